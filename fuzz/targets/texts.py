"""``whoasks.text`` and what writes through it: nothing that acts gets out, nothing is lost."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Iterator

from tests.helpers import samples

from fuzz.measuring import cost
from fuzz.targets import recordings
from fuzz.targets.base import Costs, Target
from whoasks import outputs, text
from whoasks.core import names
from whoasks.core.malformed import MalformedMessage
from whoasks.core.wire import decode

FORMULA = "=+-@\t\r\uff1d\uff0b\uff0d\uff20"
_MOST = 1_000
_LINES = {"\n", "\r"}


def one(data: bytes) -> Costs:
    name = as_text(data)[:_MOST]
    taken = cost(lambda: (text.terminal(name), text.csv_cell(name), text.csv_list([name])))
    on_a_terminal(name)
    in_a_table(name)
    as_json(name)
    if len(data) % 4 == 0:  # ten times as slow as all the rest
        in_every_output(name)
    return (taken,)


def as_text(data: bytes) -> str:
    """The first byte says how the rest is read, so that every code point is in reach."""
    way, rest = data[:1], data[1:]
    if way == b"\x00":
        return rest.decode("latin-1")
    if way == b"\x01":
        groups = (rest[at : at + 3] for at in range(0, len(rest), 3))
        return "".join(chr(int.from_bytes(group, "big") % 0x110000) for group in groups)
    return data.decode("utf-8", "surrogateescape")


def on_a_terminal(name: str) -> None:
    shown = text.terminal(name)
    assert_safe(shown)
    assert text.unescape(shown) == name
    assert text.log(name) == shown
    assert text.terminal(shown).count("\x1b") == 0


def assert_safe(shown: str, allowed: frozenset[str] = frozenset()) -> None:
    for char in set(shown) - allowed:
        category = unicodedata.category(char)
        assert category[0] != "C", hex(ord(char))
        assert category not in ("Zl", "Zp"), hex(ord(char))


def in_a_table(name: str) -> None:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerow([text.csv_cell(name), text.csv_list([name, "b"] if name else [])])
    ((cell, listed),) = csv.reader(io.StringIO(buffer.getvalue(), newline=""))
    assert text.csv_text(cell) == name
    assert text.csv_texts(listed) == ([name, "b"] if name else [])
    for part in (*cell.split(";"), *listed.split(";")):
        assert part.strip(' "')[:1] not in tuple(FORMULA), part


def as_json(name: str) -> None:
    safe = text.json(json.dumps({name: name}, ensure_ascii=False))
    assert json.loads(safe) == {name: name}
    assert_safe(safe)


def in_every_output(name: str) -> None:
    """A finding and a service full of that name, in every format."""
    host = samples.Host("mac", "02:00:00:00:00:17", ("10.0.0.23",), name, name)
    values = (
        samples.finding(host=host, explanation=name, names=(name,), observed={"names": name}),
        samples.service(instance=name, hostname=name, txt={"k": name}, device=None),
    )
    for format_ in outputs.FORMATS:
        stream = io.StringIO(newline="")
        out = outputs.writer(format_, stream, "finding")
        out.begin()
        for value in values:
            out.write(value)
        out.end()
        assert_safe(stream.getvalue(), frozenset(_LINES))


def seeds() -> Iterator[bytes]:
    for name in samples.HOSTILE.values():
        yield name.encode("utf-8", "surrogatepass")
        yield b"\x00" + name.encode("latin-1", "replace")
        yield b"\x01" + b"".join(ord(char).to_bytes(3, "big") for char in name)
    for payload in recordings.payloads()[:2_000:10]:
        try:
            message = decode(payload)
        except MalformedMessage:
            continue
        for record in message.answers[:2]:
            yield b"\n".join(names.labels(record.name))


TEXTS = Target(
    name="text",
    promise="terminal, CSV, JSON and every output are safe, and give back what went in",
    one=one,
    seeds=seeds,
    limit=0.010,
    words=(b"\\x1b", b"\\u202e", b"\\U0001f600", b"\\x5c", b"=", b";", b'"', b"'", b"\x1b[2J",
           b"\x1b]52;c;", b"\xc2\x9b", b"\xe2\x80\xae", b"\xcc\x81", b"\xef\xb8\x8f", b"[red]",
           b"; ", b"\r\n", b"\x01\x01\xf6\x00", b"\xed\xb2\x80", b"'="),
    longest=1_500,
)  # fmt: skip
