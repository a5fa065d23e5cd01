"""How the city is doing: of ten promises so many were kept, what waits, and a month ago."""

from components.kiosk import drawing, figures, sentences, state

view = state.current()
words, snapshot = view.words, view.snapshot
newest, *earlier = [*figures.promises(snapshot), None]
said = sentences.kept(words, newest)

parts = [drawing.headline(said)]
if newest is not None and newest.percent is not None:
    parts.append(drawing.ten_marks(sentences.tens(newest), said))
    parts.append(drawing.note(sentences.kept_exactly(words, newest, earlier[0])))
parts += [drawing.sentence(text) for text in sentences.waits(words, figures.waiting(snapshot))]
parts.append(drawing.note(sentences.promised(words, *figures.promised_services(snapshot))))
drawing.show(*parts)
