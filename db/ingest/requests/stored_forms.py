"""Words that the profile does not know, in the form that is stored already: one type in two files is one type.

Within a file `source_words` has made one form of them; two files may write the same word with other capitals or spaces.
"""

from __future__ import annotations

import duckdb
import pyarrow as pa
from sqlalchemy import Connection, select

from db.cities.words import fold_word
from db.ingest.requests.source_words import one_form
from db.model.schema import offered
from db.rules.vocabulary import BITS, Flag

KINDS = {"service_type": Flag.UNKNOWN_TYPE, "channel": Flag.UNKNOWN_CHANNEL}


def adopt(connection: Connection, scratch: duckdb.DuckDBPyConnection) -> None:
    """Give rows of `incoming` the stored form of an unknown word. Their hash stays that of what the file says."""
    for kind, flag in KINDS.items():
        unknown = f"flags & {BITS[flag]} <> 0"
        fresh = scratch.execute(
            f"select distinct {kind} from incoming where {unknown} and {kind} is not null"
        ).fetchall()
        if not fresh:
            continue
        stored = [str(value) for value in connection.scalars(select(offered.c.value).where(offered.c.kind == kind))]
        forms = {fold_word(form): form for form in one_form(sorted(stored)).values()}
        changes = [(word, form) for (word,) in fresh if (form := forms.get(fold_word(word), word)) != word]
        if changes:
            words, chosen = zip(*changes, strict=True)
            scratch.register("stored_forms", pa.table({"word": words, "form": chosen}))
            scratch.execute(f"update incoming set {kind} = form from stored_forms where {kind} = word and {unknown}")
            scratch.unregister("stored_forms")
