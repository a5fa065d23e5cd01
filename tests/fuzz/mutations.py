"""Ways to spoil a file of requests: each takes its bytes and a source of chance, and gives other bytes."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable
from random import Random

Mutation = Callable[[bytes, Random], bytes]
HOSTILE = (
    b'=HYPERLINK("http://example.invalid","x")',
    b"+1+1",
    b"@SUM(A1:A9)",
    b"<script>alert(1)</script>",
    b"<img src=x onerror=alert(1)>",
    b"'; drop table requests; --",
    b"%s%n{0}${x}",
    b"\\N",
    b"../../../etc/passwd",
    "Ünïcode \u202e\u200b 🕳".encode(),
    b"\xff\xfe\x80\x81",
    b"31/02/2026 25:61:00",
    b"0000-00-00",
    b"99/99/9999 99:99:99 PM",
    b"1e999",
    b"NaN",
    b"-0",
    b"",
)


def _somewhere(data: bytes, chance: Random) -> int:
    return chance.randrange(len(data) + 1)


def flip_bytes(data: bytes, chance: Random) -> bytes:
    spoiled = bytearray(data)
    for _ in range(chance.randrange(1, 30)):
        spoiled[chance.randrange(len(spoiled))] = chance.randrange(256)
    return bytes(spoiled)


def cut_off(data: bytes, chance: Random) -> bytes:
    return data[: _somewhere(data, chance)]


def drop_piece(data: bytes, chance: Random) -> bytes:
    start = _somewhere(data, chance)
    return data[:start] + data[start + chance.randrange(400) :]


def double_piece(data: bytes, chance: Random) -> bytes:
    start, end = sorted((_somewhere(data, chance), _somewhere(data, chance)))
    return data[:end] + data[start:end] + data[end:]


def insert_hostile(data: bytes, chance: Random) -> bytes:
    for _ in range(chance.randrange(1, 8)):
        place = _somewhere(data, chance)
        data = data[:place] + chance.choice(HOSTILE) + data[place:]
    return data


def replace_cells(data: bytes, chance: Random) -> bytes:
    lines = data.split(b"\n")
    for _ in range(chance.randrange(1, 10)):
        number = chance.randrange(len(lines))
        cells = lines[number].split(b",")
        cells[chance.randrange(len(cells))] = chance.choice(HOSTILE)
        lines[number] = b",".join(cells)
    return b"\n".join(lines)


def insert_quotes(data: bytes, chance: Random) -> bytes:
    for _ in range(chance.randrange(1, 6)):
        place = _somewhere(data, chance)
        data = data[:place] + chance.choice((b'"', b'""', b'"\n', b'",', b"\\")) + data[place:]
    return data


def drop_quotes(data: bytes, chance: Random) -> bytes:
    return data.replace(b'"', b"", chance.randrange(1, 50))


def other_delimiter(data: bytes, chance: Random) -> bytes:
    return data.replace(b",", chance.choice((b";", b"\t", b"|", b":")), chance.choice((-1, 50)))


def other_line_ends(data: bytes, chance: Random) -> bytes:
    return data.replace(b"\n", chance.choice((b"\r\n", b"\r", b"\n\n", b"\n\r")))


def other_encoding(data: bytes, chance: Random) -> bytes:
    return data.decode("utf-8", "replace").encode(chance.choice(("utf-16", "utf-8-sig", "utf-32", "cp1252")), "replace")


def insert_nul(data: bytes, chance: Random) -> bytes:
    place = _somewhere(data, chance)
    return data[:place] + b"\0" * chance.randrange(1, 200) + data[place:]


def huge_field(data: bytes, chance: Random) -> bytes:
    place = _somewhere(data, chance)
    return data[:place] + chance.choice((b"x", b",", b'"', b"\n")) * chance.randrange(1, 300_000) + data[place:]


def shuffle_lines(data: bytes, chance: Random) -> bytes:
    lines = data.split(b"\n")
    chance.shuffle(lines)
    return b"\n".join(lines)


def packed(data: bytes, chance: Random) -> bytes:
    """Packed, and then perhaps cut off or spoiled."""
    if chance.random() < 0.5:
        whole = gzip.compress(data)
    else:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("requests.csv", data)
        whole = buffer.getvalue()
    return chance.choice((lambda: whole, lambda: cut_off(whole, chance), lambda: flip_bytes(whole, chance)))()


MUTATIONS: tuple[Mutation, ...] = (
    *(flip_bytes, cut_off, drop_piece, double_piece, insert_hostile, replace_cells, insert_quotes, drop_quotes),
    *(other_delimiter, other_line_ends, other_encoding, insert_nul, huge_field, shuffle_lines, packed),
)


def mutate(data: bytes, chance: Random) -> bytes:
    """One to three mutations, one after the other."""
    for _ in range(chance.choice((1, 1, 2, 3))):
        data = chance.choice(MUTATIONS)(data, chance) if data else data
    return data
