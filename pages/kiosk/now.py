"""How the city is doing: how many of ten promises were kept, and what waits, each beside an earlier figure."""

from components.kiosk import drawing, figures, sentences, state

view = state.current()
words, snapshot = view.words, view.snapshot
by_month = figures.promises(snapshot)
newest = by_month[0] if by_month else None
before = by_month[1] if len(by_month) > 1 else None
sentence = sentences.kept(words, newest)

parts = [drawing.headline(sentence)]
if newest is not None and newest.percent is not None:
    parts.append(drawing.ten_marks(sentences.tens(newest), sentence))
    parts.append(drawing.note(sentences.kept_exactly(words, newest, before)))
parts += [drawing.sentence(text) for text in sentences.waits(words, figures.waiting(snapshot))]
parts.append(drawing.note(sentences.promised(words, *figures.promised_services(snapshot))))
drawing.show(*parts)
