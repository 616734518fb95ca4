"""``--filter``, ``--sort`` and ``--columns``: a shape or an error of ours; then any value goes."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from tests.helpers import samples

from fuzz.measuring import cost
from fuzz.targets.base import Costs, Target
from whoasks.cli import shaping
from whoasks.cli.errors import WhoasksError
from whoasks.cli.filtering import parse
from whoasks.core.model import Asker, Burst, Finding, Service

NOW = samples.AT + 3_600.0
VALUES: tuple[msgspec.Struct, ...] = (
    samples.service(), samples.service(port=None, addresses=(), txt={}, device=None),
    *(samples.service(instance=name, txt={name: name}) for name in samples.HOSTILE.values()),
    samples.finding(), samples.burst(), samples.asker(),
)  # fmt: skip
KINDS = (Service, Finding, Burst, Asker)


def one(data: bytes) -> Costs:
    return (cost(lambda: _shape(data)),)


def _shape(data: bytes) -> None:
    kind = KINDS[data[0] % len(KINDS)] if data else Service
    expression, _, rest = data[1:].decode("utf-8", "replace").partition("\n")
    sort, _, columns = rest.partition("\n")
    wanted = shaping.Wanted(columns or None, sort or None, (expression,) if expression else ())
    try:
        shape = wanted.of(kind, NOW)
    except WhoasksError as error:
        assert error.args
        return
    mine = [value for value in VALUES if isinstance(value, kind)]
    passed = list(shape.rows(mine))
    assert len(passed) <= len(mine)
    if shape.filter is not None:
        again = parse(kind, str(shape.filter), NOW)
        assert [again.matches(each) for each in mine] == [
            shape.filter.matches(each) for each in mine
        ]


def seeds() -> Iterator[bytes]:
    for expression in (
        "port>=8000", "instance~*laser* and stale=no", 'host.role=""', "severity>=medium",
        "addresses=10.0.0.0/8,fe80::1", 'first_seen>=2h and type="_ipp._tcp",_http._tcp',
        "txt.ty~Laser*\ntype,-port\ninstance,port,addresses", "verdict!=routine", "names!~*ssh*",
        'last_seen<"2026-01-31T08:00:00Z"', "observed.types>=10", "packets<=5\n-packets\nhost",
    ):  # fmt: skip
        for kind in range(len(KINDS)):
            yield bytes((kind,)) + expression.encode()


FILTERS = Target(
    name="filter",
    promise="an error of ours or a filter that takes any value and reads the same when written",
    one=one,
    seeds=seeds,
    limit=0.25,
    words=(b" and ", b"!=", b"!~", b"<=", b">=", b"~", b'"', b"'", b"\\", b"*", b"?", b",", b"txt.",
           b"device.", b"host.", b"observed.", b"severity", b"first_seen", b"addresses", b"2h",
           b"2026-01-31", b"::/0", b"%eth0", b"1e9", b"\n-"),
    longest=1_000,
)  # fmt: skip
