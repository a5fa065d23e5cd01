"""Every question of `db.queries` carries examples that both engines are asked; a new one without fails here."""

from __future__ import annotations

import inspect
from datetime import datetime

from sqlalchemy import Connection

from db.queries.catalogue import QUESTIONS
from db.queries.examples import EXAMPLES, a_moment, each, example, given
from tests.engines.questions import every_question, name_of

AS_OF = datetime(2026, 7, 8, 11)


def test_every_question_carries_examples() -> None:
    assert len(every_question()) > 80
    assert [name_of(question) for question in every_question() if question not in EXAMPLES] == []


def test_what_the_terminal_asks_are_questions() -> None:
    asked = {way.function for question in QUESTIONS.values() for way in question.ways.values()}
    assert asked <= set(every_question())


def test_examples_are_multiplied_by_choices_and_filled_by_what_the_database_says() -> None:
    connection = object.__new__(Connection)  # never asked
    examples = each(given(a_moment, limit=3, place=lambda connection, as_of: as_of.year), by=("day", "week"), few=(1,))
    assert list(examples(connection, AS_OF)) == [
        {"as_of": AS_OF, "limit": 3, "place": 2026, "by": "day", "few": 1},
        {"as_of": AS_OF, "limit": 3, "place": 2026, "by": "week", "few": 1},
    ]


def test_a_question_stays_the_function_that_it_was() -> None:
    def question(connection: Connection, *, as_of: datetime) -> datetime:
        return as_of

    before = inspect.signature(question)
    try:
        assert example(a_moment, in_order=False)(question) is question
        assert (EXAMPLES[question].in_order, inspect.signature(question)) == (False, before)
    finally:
        EXAMPLES.pop(question, None)
