"""Messages that nobody's browser sends: whole ones of the protocol with odd contents, torn ones, and plain noise."""

from __future__ import annotations

import random
from urllib.parse import quote_from_bytes, urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg

NAMES = ("screen", "lang", "district", "page", "seconds", "embed", "embed_options", "sr_number", "department", "as_of")
WORDS = (
    *("now", "district", "queue", "en", "ko", "xx", "1", "-1", "99999999999", "1e309", "NaN", "", "\x00", "../../etc"),
    *("<script>alert(1)</script>", "' or 1=1 --", "{count}", "%s%n", "İ", "\ud7ff", "１２", "a" * 5_000),
)
PAGES = ("", "now", "queue", "../frame", "pages/kiosk/about.py", "\x00", "x" * 2_000)
KEYS = ("kiosk_next", "kiosk_back", "kiosk_more", "district_1", "district_", "no_such_key", "")


def query(chance: random.Random) -> str:
    """A query of the URL, from sensible to senseless."""
    if chance.random() < 0.2:
        return quote_from_bytes(chance.randbytes(chance.randrange(60)), safe="&=")
    pairs = [(chance.choice(NAMES), chance.choice(WORDS)) for _ in range(chance.randrange(6))]
    return urlencode(pairs)


def message(chance: random.Random, widgets: list[str]) -> bytes | str:
    """One message. `widgets`: ids of widgets that the server has named, for values of the wrong kind."""
    kind = chance.random()
    if kind < 0.05:
        return chance.choice(WORDS)
    if kind < 0.15:
        return chance.randbytes(chance.randrange(200))
    made = bytearray(_of_the_protocol(chance, widgets))
    if kind < 0.35 and made:
        for _ in range(chance.randrange(1, 6)):
            made[chance.randrange(len(made))] = chance.randrange(256)
        made = made[: chance.randrange(1, len(made) + 1)]
    return bytes(made)


def _of_the_protocol(chance: random.Random, widgets: list[str]) -> bytes:
    made = BackMsg()
    if chance.random() < 0.2:
        field = chance.choice(made.DESCRIPTOR.oneofs_by_name["type"].fields)
        if field.message_type is None:
            setattr(made, field.name, True if field.type == field.TYPE_BOOL else 7 if field.type < 9 else "x")
        else:
            getattr(made, field.name).SetInParent()
        return made.SerializeToString()
    state = made.rerun_script
    state.query_string = query(chance)
    state.page_name = chance.choice(PAGES)
    if chance.random() < 0.3:
        state.page_script_hash = chance.choice(WORDS)
    if chance.random() < 0.3:
        state.fragment_id = chance.choice(WORDS)
    state.is_auto_rerun = chance.random() < 0.2
    state.cached_message_hashes[:] = [chance.choice(WORDS) for _ in range(chance.randrange(4))]
    for _ in range(chance.randrange(4)):
        _widget(chance, state.widget_states.widgets.add(), widgets)
    state.context_info.timezone = chance.choice(WORDS)
    state.context_info.locale = chance.choice(WORDS)
    return made.SerializeToString()


def _widget(chance: random.Random, made: object, widgets: list[str]) -> None:
    """A widget's state whose value is as likely of the wrong kind as of the right one."""
    made.id = chance.choice([*widgets, *KEYS, *(f"$$ID-{'0' * 32}-{key}" for key in KEYS)])  # type: ignore[attr-defined]
    kind = chance.randrange(5)
    if kind == 0:
        made.trigger_value = True  # type: ignore[attr-defined]
    elif kind == 1:
        made.string_value = chance.choice(WORDS)  # type: ignore[attr-defined]
    elif kind == 2:
        made.int_value = chance.randrange(-(2**62), 2**62)  # type: ignore[attr-defined]
    elif kind == 3:
        made.json_value = chance.choice(WORDS)  # type: ignore[attr-defined]
    else:
        made.bytes_value = chance.randbytes(30)  # type: ignore[attr-defined]
