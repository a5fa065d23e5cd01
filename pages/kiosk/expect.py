"""What to expect: for each service how long it takes, and what the city promised."""

import math
from dataclasses import replace

from components.kiosk import drawing, figures, frame_parts, sentences, state

view = state.current()
words, chosen = view.words, view.choice
services = figures.services(view.snapshot)
pages = math.ceil(len(services) / frame_parts.SERVICES_A_PAGE)
page = chosen.page % max(pages, 1)
first = page * frame_parts.SERVICES_A_PAGE

drawing.show(
    drawing.table(
        [words.say("Service"), words.say("Half are done within"), words.say("9 of 10 within"), words.say("Promise")],
        [
            (
                sentences.service_name(words, row["name"]),
                sentences.days(words, row["half_days"], row["half_is_over"]),
                sentences.days(words, row["most_days"], row["most_is_over"]),
                sentences.promise(words, row),
            )
            for row in services[first : first + frame_parts.SERVICES_A_PAGE]
        ],
        words.say("Page {page} of {pages}, the services asked for most first", page=page + 1, pages=pages),
    )
)
frame_parts.button(words.say("More services"), "kiosk_more", replace(chosen, page=(page + 1) % max(pages, 1)))
