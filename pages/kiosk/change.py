"""How it has changed: two years by month, what was closed and on how many of these the work was done."""

from components.kiosk import drawing, figures, frame_parts, sentences, state

view = state.current()
words = view.words
months = figures.months(view.snapshot)[-frame_parts.MONTHS_DRAWN :]
sentence = sentences.changed(words, months)

drawing.show(
    drawing.headline(sentence),
    drawing.bars(months, frame_parts.ticks(words, months), words.number, sentence),
    drawing.legend(words.say("work done, a week"), words.say("closed for any reason, a week")),
    drawing.hidden_table(
        [words.say("Month"), words.say("work done, a week"), words.say("closed for any reason, a week")],
        frame_parts.month_rows(words, months),
        words.say("How it has changed"),
    ),
)
