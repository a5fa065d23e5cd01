"""What the screens say, as plain text in the visitor's language."""

from __future__ import annotations

from typing import Any

from components.kiosk import figures
from components.kiosk.figures import Month, Promises, Row, Waiting
from components.kiosk.language import Words
from db.publish.read import Snapshot

A_YEAR_OF_MONTHS = 12


def titles(words: Words) -> dict[str, str]:
    """The screens' names in their order."""
    return {
        "now": words.say("How we are doing"),
        "district": words.say("Your district"),
        "expect": words.say("What to expect"),
        "change": words.say("How it has changed"),
        "about": words.say("About these numbers"),
    }


def kept(words: Words, found: Promises | None) -> str:
    """Of ten promises, how many were kept."""
    if found is None or found.due == 0:
        return words.say("No published promise fell due.")
    month = words.month(found.month)
    if found.percent is None:
        return words.say("Too few promises fell due in {month} to say how many were kept.", month=month)
    return words.say("{kept} of 10 promises that fell due in {month} were kept.", kept=tens(found), month=month)


def kept_exactly(words: Words, found: Promises, before: Promises | None) -> str:
    """The percent behind the ten, and the month before."""
    texts = [_percent(words, found)]
    if before is not None and before.percent is not None:
        texts.append(words.say("The month before: {percent}%.", percent=words.number(before.percent)))
    return " ".join(texts)


def tens(found: Promises) -> int:
    """How many of ten: the percent to the nearest ten."""
    return round((found.percent or 0) / 10)


def _percent(words: Words, found: Promises) -> str:
    percent, due = words.number(found.percent or 0), words.number(found.due or 0)
    if found.bound == "at_least":
        return words.say("{percent}% or more of {due} promises.", percent=percent, due=due)
    if found.bound == "at_most":
        return words.say("{percent}% or less of {due} promises.", percent=percent, due=due)
    return words.say("{percent}% of {due} promises.", percent=percent, due=due)


def promised(words: Words, with_promise: int, services: int) -> str:
    return words.say(
        "The city has published a promised time for {some} of its {all} services.",
        some=words.number(with_promise),
        all=words.number(services),
    )


def waits(words: Words, found: Waiting | None) -> list[str]:
    """What waits, and how that compares with four weeks before."""
    if found is None:
        return []
    day = words.day(found.on)
    if found.count is None:
        return [words.say("Fewer than 10 requests were waiting on {day}.", day=day)]
    texts = [words.say("About {count} requests were waiting on {day}.", count=words.number(found.count), day=day)]
    if found.before is None:
        return texts
    change = words.number(abs(found.count - found.before))
    if found.count == found.before:
        texts.append(words.say("That is about as many as four weeks before."))
    elif found.count < found.before:
        texts.append(words.say("That is about {change} fewer than four weeks before.", change=change))
    else:
        texts.append(words.say("That is about {change} more than four weeks before.", change=change))
    return texts


def district_name(words: Words, snapshot: Snapshot, row: Row) -> str:
    """Council district 4, or the name of a district that has more than a number."""
    key = str(row["district"])
    if not key.isdigit():
        return str(row["name"])
    labels = {
        "Council district": words.say("Council district {name}", name=key),
        "City council district": words.say("Council district {name}", name=key),
        "Borough": words.say("Borough {name}", name=key),
        "Neighborhood council": words.say("Neighborhood council {name}", name=key),
    }
    return labels.get(snapshot.said["district_label"], str(row["name"]))


def service_name(words: Words, name: str) -> str:
    """A service's public name, in this language where it has been translated."""
    return words.say(name) if "{" not in name else name


def district_speed(words: Words, row: Row) -> str:
    """How fast it went there, against the same mix of requests in the whole city."""
    if row["within_week_percent"] is None:
        return words.say("Too few requests to say how long it took there.")
    return words.say(
        "{here} of 100 were closed within a week. For the same kinds of request in the whole city: {city} of 100.",
        here=words.number(row["within_week_percent"]),
        city=words.number(row["same_mix_percent"]),
    )


def district_asked(words: Words, snapshot: Snapshot, district: str) -> str:
    total, month = figures.district_total(snapshot, district), figures.newest_month(snapshot)
    if total is None or month is None:
        return words.say("Too few requests to show.")
    return words.say("{count} requests in {month}", count=words.number(total), month=words.month(month))


def days(words: Words, number: int | None, is_over: int) -> str:
    if number is None:
        return words.say("too few to say")
    if is_over:
        return words.count("more than {count} day", "more than {count} days", number)
    return words.count("{count} day", "{count} days", number)


def promise(words: Words, row: Row) -> str:
    amount: Any = row["promise_amount"]
    if amount is None:
        return words.say("no promise published")
    if row["promise_unit"] == "hours":
        return words.count("{count} hour", "{count} hours", amount)
    if row["promise_unit"] == "business_hours":
        return words.count("{count} working hour", "{count} working hours", amount)
    if row["promise_unit"] == "business_days":
        return words.count("{count} working day", "{count} working days", amount)
    return words.count("{count} day", "{count} days", amount)


def changed(words: Words, months: list[Month]) -> str:
    """The newest month's work against a year before."""
    newest = months[-1] if months else None
    if newest is None or newest.done is None:
        return words.say("Too few requests to show.")
    text = words.say(
        "In {month} the work was done on {count} requests a week.",
        month=words.month(newest.name),
        count=words.number(round(newest.done)),
    )
    before = months[-1 - A_YEAR_OF_MONTHS] if len(months) > A_YEAR_OF_MONTHS else None
    if before is None or before.done is None:
        return text
    return f"{text} " + words.say("A year before: {count}.", count=words.number(round(before.done)))


def about(words: Words, snapshot: Snapshot, contact: str) -> list[tuple[str, str]]:
    """Heading and text of each paragraph about the numbers."""
    paragraphs = [
        (
            words.say("What counts"),
            words.say(
                "Requests that residents made. Reports by the city's own crews, duplicates and tests are left out. A "
                "promise that is past its day and still open counts as not kept."
            ),
        ),
        (
            words.say("What is hidden"),
            words.say(
                "Counts under 10, and others from which they could be worked out. Shares and times of fewer than 30 "
                "requests. Addresses, names and single requests are not here at all."
            ),
        ),
        (
            words.say("When"),
            words.say(
                "Published on {day}. Months are whole weeks; each is counted once, 8 days after it has ended.",
                day=words.moment(figures.moment(snapshot, "published_at")),
            ),
        ),
    ]
    if contact:
        paragraphs.append((words.say("How to get the data"), words.say("Ask for them: {contact}", contact=contact)))
    return paragraphs
