"""One district: what was asked there, how long it took, against the same mix of requests in the whole city."""

from dataclasses import replace

from components.kiosk import drawing, figures, frame_parts, sentences, state

view = state.current()
words, snapshot, chosen = view.words, view.snapshot, view.choice
rows = {row["district"]: row for row in figures.districts(snapshot)}

if not rows:
    drawing.show(drawing.headline(words.say("Too few requests to show.")))
elif not chosen.district:
    frame_parts.districts(view, words.say("Touch your district."))
else:
    row = rows[chosen.district]
    asked = figures.asked_most(snapshot, chosen.district, frame_parts.MOST_SERVICES)
    drawing.show(
        drawing.two_columns(
            [
                drawing.headline(sentences.district_name(words, snapshot, row)),
                drawing.sentence(sentences.district_asked(words, snapshot, chosen.district)),
                drawing.sentence(sentences.district_speed(words, row)),
            ],
            [
                drawing.table(
                    [words.say("Asked for most"), words.say("Requests")],
                    [(sentences.service_name(words, name), words.number(count)) for name, count in asked],
                    words.say("Counts that are hidden are left out."),
                )
            ],
        )
    )
    frame_parts.button(words.say("All districts"), "kiosk_all", replace(chosen, district=""))
