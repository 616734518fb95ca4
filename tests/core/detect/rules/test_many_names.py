"""``many-names``: what fires, what stays quiet, the edge of each."""

import pytest
from tests.helpers.traffic import accused, address, ask, fired, flow, probe

NO_MAC = {"mac": None, "mac_source": None}


def answers(count, delay=0.1, same=True, **changes):
    """A victim asks for names; another host answers for each of them."""
    said = []
    for n in range(count):
        said.append((10.0 + n, flow(50, **changes), ask(f"share-{n}.local", qtype=1)))
        at = "10.0.0.66" if same else f"10.0.0.{66 + n}"
        said.append((10.0 + n + delay, flow(66, **changes), address(f"share-{n}", at)))
    return said


OWN = [(1.0 + n, flow(66), address(f"share-{n}", "10.0.0.66")) for n in range(6)]
PROBED = [(1.0 + n, flow(66), probe(f"share-{n}.local")) for n in range(6)]
OTHERS = [(1.0 + n, flow(70), address(f"share-{n}", "10.0.0.66")) for n in range(6)]

FIRES = {"three": answers(3), "six": answers(6), "late, but soon enough": answers(3, delay=0.9)}
QUIET = {
    "two": answers(2),
    "different addresses": answers(6, same=False),
    "names of its own": OWN + answers(6),
    "names it probed for": PROBED + answers(6),
    "another host said the same": OTHERS + answers(6),
    "nobody asked": [one for one in answers(6) if one[1].mac != flow(50).mac],
    "goodbyes": [
        (at, by, payload if by.mac == flow(50).mac else address("x", "10.0.0.66", ttl=0))
        for at, by, payload in answers(6)
    ],
}


@pytest.mark.parametrize("said", FIRES.values(), ids=FIRES)
def test_fires(said):
    assert accused(said)["many-names", "00:42"] == "high"


@pytest.mark.parametrize("said", QUIET.values(), ids=QUIET)
def test_stays_quiet(said):
    assert "many-names" not in fired(said)


def test_without_macs_it_is_info():
    assert fired(answers(4, **NO_MAC))["many-names"] == "info"
