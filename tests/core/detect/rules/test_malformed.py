"""``malformed``: what fires, what stays quiet, the edge of each."""

import pytest
from tests.helpers.traffic import ask, fired, flow

SHORT = b"\x00\x00\x00\x00\x00\x01"
LYING = ask("_x._tcp.local")[:4] + b"\xff\xff" + ask("_x._tcp.local")[6:]

FIRES = {
    "three": [(1 + n * 10.0, flow(), SHORT + bytes([n])) for n in range(3)],
    "the same one three times": [(1 + n * 10.0, flow(), SHORT) for n in range(3)],
    "within ten minutes": [(1 + n * 299.0, flow(), LYING) for n in range(3)],
}
QUIET = {
    "two": [(1 + n * 10.0, flow(), SHORT) for n in range(2)],
    "one a day": [(n * 86_400.0, flow(), SHORT) for n in range(9)],
    "three hosts": [(1 + n * 10.0, flow(n), SHORT) for n in range(3)],
    "messages": [(1 + n * 10.0, flow(), ask("_x._tcp.local")) for n in range(9)],
}


@pytest.mark.parametrize("said", FIRES.values(), ids=FIRES)
def test_fires(said):
    assert fired(said) == {"malformed": "low"}


@pytest.mark.parametrize("said", QUIET.values(), ids=QUIET)
def test_stays_quiet(said):
    assert "malformed" not in fired(said)
