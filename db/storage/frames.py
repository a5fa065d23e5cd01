"""A statement to a frame: the same columns, types and order of text from both engines.

| kind | SQL | in the frame |
| --- | --- | --- |
| `text` | text | object, None where empty |
| `category` | text, where asked for | category: far cheaper where few texts come often |
| `count` | integers | int64, Int64 where some are empty |
| `number` | floats and decimals | float64, NaN where empty |
| `flag` | booleans | boolean |
| `moment` | timestamps without zone | datetime64[us], cut to the second |
| `moments` | arrays of timestamps | object, a datetime64[us] array each, cut to the second, None where empty |
| `day` | dates | datetime64[us], midnight |

Microseconds, because a typing error may put a due date in the year 9999, which nanoseconds
cannot hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray
from sqlalchemy import ColumnElement, Connection, Executable, nulls_last
from sqlalchemy.types import Integer

KINDS = ("text", "category", "count", "number", "flag", "moment", "moments", "day")

# Numbers of PostgreSQL's types -> kinds.
_SERVER_KINDS = {
    16: "flag",  # bool
    18: "text",  # "char"
    19: "text",  # name
    20: "count",  # int8
    21: "count",  # int2
    23: "count",  # int4
    25: "text",  # text
    26: "count",  # oid
    700: "number",  # float4
    701: "number",  # float8
    705: "text",  # unknown
    1042: "text",  # char(n)
    1043: "text",  # varchar
    1082: "day",  # date
    1114: "moment",  # timestamp
    1115: "moments",  # timestamp[]
}
_SERVER_DECIMAL = 1700  # numeric


def fetch(connection: Connection, statement: Executable, columns: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Run `statement` and give its rows; no rows still means all columns with their types.

    `columns` names the kind of a column where the engines disagree or cannot know it (a plain
    NULL). Raises ValueError for a column of a type a frame has no place for, and for a column
    of whole numbers that turns out to hold fractions.
    """
    kind_by_column = dict(columns or {})
    if unknown := sorted(set(kind_by_column.values()) - set(KINDS)):
        raise ValueError(f"kind {unknown[0]!r} is not one of {', '.join(KINDS)}")
    if connection.dialect.name == "duckdb":
        return _from_arrow(connection, statement, kind_by_column)
    return _from_rows(connection, statement, kind_by_column)


def bytes_order(column: ColumnElement[Any], *, descending: bool = False) -> ColumnElement[Any]:
    """ORDER BY for text: by bytes whatever the server's language, empty ones last."""
    ordered = column.collate("C")
    return empty_last(ordered.desc() if descending else ordered.asc())


def empty_last(ordered: ColumnElement[Any]) -> ColumnElement[Any]:
    """NULLS LAST written out, because the engines differ for descending order."""
    return nulls_last(ordered)


def _from_arrow(connection: Connection, statement: Executable, kind_by_column: Mapping[str, str]) -> pd.DataFrame:
    # With this option the dialect hands over columns as DuckDB built them, instead of building rows from them.
    result: Any = connection.execute(statement, execution_options={"duckdb_arrow": True})
    table: pa.Table = result.arrow
    columns = {}
    for field, values in zip(table.schema, table.columns, strict=True):
        own_kind = _arrow_kind(field)
        kind = kind_by_column.get(field.name, own_kind)
        if kind == own_kind or (kind == "category" and own_kind == "text"):
            columns[field.name] = _converted(values, kind)
        else:
            columns[field.name] = _as_kind(values.to_pandas(integer_object_nulls=True), kind, field.name)
    return pd.DataFrame(columns)


def _converted(values: pa.ChunkedArray, kind: str) -> Any:
    """The same column as from `_as_kind`, straight from Arrow: converting takes most of the time of a small answer."""
    if kind in ("flag", "count"):
        target = pa.bool_() if kind == "flag" else pa.int64()
        whole = values.cast(target).combine_chunks()
        if kind == "count" and not whole.null_count:
            return whole.to_numpy(zero_copy_only=False, writable=True)
        known = whole.fill_null(False if kind == "flag" else 0).to_numpy(zero_copy_only=False)
        missing = whole.is_null().to_numpy(zero_copy_only=False)
        array_class = pd.arrays.BooleanArray if kind == "flag" else pd.arrays.IntegerArray
        return array_class(known.copy(), missing.copy())
    if kind == "number":
        return values.cast(pa.float64()).to_numpy()
    if kind in ("moment", "day"):
        return _seconds(values.cast(pa.timestamp("us")).to_numpy())
    if kind == "moments":
        return _moment_arrays(values.to_numpy())
    if kind == "category":
        encoded = values.combine_chunks().dictionary_encode()
        return pd.Categorical.from_codes(encoded.indices.fill_null(-1).to_numpy(), encoded.dictionary.to_pylist())
    return values.to_numpy()


def _from_rows(connection: Connection, statement: Executable, kind_by_column: Mapping[str, str]) -> pd.DataFrame:
    result = connection.execute(statement)
    described: Any = result.cursor.description
    names = list(result.keys())
    kinds = [
        kind_by_column.get(name) or _server_kind(name, entry.type_code, entry.scale, statement)
        for name, entry in zip(names, described, strict=True)
    ]
    rows = result.all()
    values: Sequence[Sequence[Any]] = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    series = {
        name: _as_kind(pd.Series(list(column), dtype=object), kind, name)
        for name, kind, column in zip(names, kinds, values, strict=True)
    }
    return pd.DataFrame(series)


def _arrow_kind(field: pa.Field) -> str:
    kind = field.type
    if pa.types.is_boolean(kind):
        return "flag"
    if pa.types.is_integer(kind):
        return "count"
    if pa.types.is_decimal(kind):  # a sum of integers comes as a decimal without decimals
        return "count" if kind.scale == 0 else "number"
    if pa.types.is_floating(kind):
        return "number"
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return "text"
    if pa.types.is_timestamp(kind) and kind.tz is None:
        return "moment"
    if pa.types.is_list(kind) and pa.types.is_timestamp(kind.value_type) and kind.value_type.tz is None:
        return "moments"
    if pa.types.is_date(kind):
        return "day"
    raise _unknown_type(field.name, str(kind))


def _server_kind(name: str, type_code: int, scale: int | None, statement: Executable) -> str:
    if type_code in _SERVER_KINDS:
        return _SERVER_KINDS[type_code]
    if type_code == _SERVER_DECIMAL:
        # A sum of big integers is numeric without a scale; only the statement knows it is whole.
        selected = getattr(statement, "selected_columns", None)
        is_whole = selected is not None and name in selected and isinstance(selected[name].type, Integer)
        return "count" if is_whole or scale == 0 else "number"
    raise _unknown_type(name, f"type number {type_code}")


def _unknown_type(name: str, kind: str) -> ValueError:
    return ValueError(f"column {name} has {kind}, which no frame column takes: cast it in the statement")


def _as_kind(values: pd.Series, kind: str, name: str) -> pd.Series:
    if kind in ("text", "category"):
        return values.astype(object if kind == "text" else "category")
    if kind == "flag":
        return values.astype("boolean")
    if kind == "number":
        return pd.to_numeric(values).astype("float64") if values.dtype != object else values.astype("float64")
    if kind == "count":
        return _whole_numbers(values, name)
    if kind == "moments":
        return _moment_arrays(values)
    moments = pd.to_datetime(values).astype("datetime64[us]") if values.empty else values.astype("datetime64[us]")
    return moments.dt.floor("D" if kind == "day" else "s")


def _moment_arrays(values: Iterable[Any]) -> pd.Series:
    return pd.Series([None if moments is None else _seconds(moments) for moments in values], dtype=object)


def _seconds(moments: ArrayLike) -> NDArray[np.datetime64]:
    return np.asarray(moments, "datetime64[us]").astype("datetime64[s]").astype("datetime64[us]")


def _whole_numbers(values: pd.Series, name: str) -> pd.Series:
    try:
        if values.isna().any():
            return values.astype("Int64")
        whole = values.astype("int64")
    except TypeError as error:
        raise ValueError(f"column {name} should hold whole numbers: cast it in the statement") from error
    if not (whole == values).all():
        raise ValueError(f"column {name} should hold whole numbers and holds fractions: cast it in the statement")
    return whole
