"""About the numbers: what counts, what is hidden and why, when they were published, how to get the data."""

from components.kiosk import drawing, sentences, state

view = state.current()
drawing.show(drawing.paragraphs(sentences.about(view.words, view.snapshot, view.settings.contact)))
