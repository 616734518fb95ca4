"""``foreign-goodbye``: what fires, what stays quiet, the edge of each."""

import pytest
from tests.helpers.traffic import PTR, accused, address, announce, ask, fired, flow, records

OWNER, THIEF = flow(40), flow(66)
WHOLE = announce("laser", "_ipp._tcp", "printer", 40)
GONE = announce("laser", "_ipp._tcp", "printer", 40, ttl=0)
OWNED = [(1.0, OWNER, WHOLE)]

FIRES = {
    "rescued at once": [(30.0, THIEF, GONE), (30.5, OWNER, WHOLE)],
    "asserted a minute later": [(30.0, THIEF, GONE), (100.0, OWNER, WHOLE)],
    "the pointer alone": [
        (30.0, THIEF, records(("_ipp._tcp.local", PTR("laser._ipp._tcp.local"), 0))),
        (31.0, OWNER, WHOLE),
    ],
    "the address alone": [
        (30.0, THIEF, address("printer", "10.0.0.40", ttl=0)),
        (31.0, OWNER, address("printer", "10.0.0.40")),
    ],
}
QUIET = {
    "the owner's own": [(30.0, OWNER, GONE), (31.0, OWNER, WHOLE)],
    "relayed after the owner's own": [
        (30.0, OWNER, GONE), (30.001, THIEF, GONE), (40.0, OWNER, WHOLE),
    ],
    "the owner is never heard again": [(30.0, THIEF, GONE), (40.0, flow(9), ask("_x._tcp.local"))],
    "the owner asks, but asserts nothing": [
        (30.0, THIEF, GONE), (31.0, OWNER, ask("_x._tcp.local")),
    ],
    "too late": [(30.0, THIEF, GONE), (151.0, OWNER, WHOLE)],
    "it had announced the same": [(5.0, THIEF, WHOLE), (30.0, THIEF, GONE), (31.0, OWNER, WHOLE)],
    "nobody's record": [
        (30.0, THIEF, announce("x", "_ipp._tcp", "y", 9, ttl=0)), (31.0, OWNER, WHOLE),
    ],
}  # fmt: skip


@pytest.mark.parametrize("said", FIRES.values(), ids=FIRES)
def test_fires(said):
    found = accused(OWNED + said)
    assert found["foreign-goodbye", "00:42"] == "high"
    assert ("foreign-goodbye", "00:28") not in found


@pytest.mark.parametrize("said", QUIET.values(), ids=QUIET)
def test_stays_quiet(said):
    assert "foreign-goodbye" not in fired(OWNED + said)


def test_without_macs_it_is_info():
    bare = {"mac": None, "mac_source": None}
    said = [
        (at, flow(40 if by is OWNER else 66, **bare), payload)
        for at, by, payload in OWNED + FIRES["rescued at once"]
    ]
    assert fired(said)["foreign-goodbye"] == "info"
