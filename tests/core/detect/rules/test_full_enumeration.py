"""``full-enumeration``: the follow-up, its share, its window."""

import pytest
from tests.helpers.traffic import META, announce, ask, findings, fired, flow, run

OFFERED = ["_ipp._tcp", "_http._tcp", "_smb._tcp", "_ssh._tcp", "_hap._tcp"]
HERE = [(0.0, flow(9), announce("it", kind)) for kind in OFFERED]


def after(types: list[str], delay: float = 0.2, asker: int = 23):
    names = [f"{kind}.local" for kind in types]
    return [*HERE, (1.0, flow(), ask(META)), (1.0 + delay, flow(asker), ask(*names))]


FIRES = {
    "all of them": after(OFFERED),
    "sixty percent": after(OFFERED[:3]),
    "at the window's edge": after(OFFERED, 60.0),
    "in one packet with it": [*HERE, (1.0, flow(), ask(META, *(f"{k}.local" for k in OFFERED)))],
    "three instances": [
        *HERE,
        (1.0, flow(), ask(META)),
        *((2.0, flow(), ask(f"it.{k}.local", qtype=33)) for k in OFFERED[:3]),
    ],
}
QUIET = {
    "one short of the share": after(OFFERED[:2]),
    "out of the window": after(OFFERED, 60.1),
    "another host follows": after(OFFERED, asker=24),
    "no meta-query": [*HERE, (1.0, flow(), ask(*(f"{k}.local" for k in OFFERED)))],
    "types nobody offers": after(["_a._tcp", "_b._tcp", "_c._tcp", "_d._tcp"]),
    "two instances": [
        *HERE,
        (1.0, flow(), ask(META)),
        *((2.0, flow(), ask(f"it.{k}.local", qtype=33)) for k in OFFERED[:2]),
    ],
}


@pytest.mark.parametrize("said", FIRES.values(), ids=FIRES)
def test_fires(said):
    assert fired(said)["full-enumeration"] == "high"


@pytest.mark.parametrize("said", QUIET.values(), ids=QUIET)
def test_stays_quiet(said):
    assert "full-enumeration" not in fired(said)


def test_it_says_how_much_of_what_is_here():
    found = findings(run(after(OFFERED[:4])))["full-enumeration"]
    assert found.observed["types"] == 4
    assert found.observed["offered"] == 5
    assert "4 of the 5 types" in found.explanation
    assert {"meta-query", "full-enumeration"} <= set(found.rules)


def test_a_second_round_in_a_packet_that_repeats():
    """What was asked again after the meta-query counts, though nothing of it is new."""
    names = [f"{kind}.local" for kind in OFFERED]
    said = [*HERE, (1.0, flow(), ask(*names)), (2.0, flow(), ask(META)), (3.0, flow(), ask(*names))]
    assert fired(said)["full-enumeration"] == "high"
