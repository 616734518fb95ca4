"""``probe-storm``: what fires, what stays quiet, the edge of each."""

import pytest
from tests.helpers.traffic import address, ask, fired, flow, probe


def probes(count, step=1.0, host=23, names=None):
    return [
        (10 + n * step, flow(host), probe((names or ["me-{}.local"])[0].format(n)))
        for n in range(count)
    ]


def taken(count, step=0.5, host=23, **changes):
    """Names that others hold are probed for."""
    owners = [
        (n * 0.1, flow(100 + n, **changes), address(f"own-{n}", f"10.0.0.{100 + n}"))
        for n in range(count)
    ]
    return owners + [
        (10 + n * step, flow(host, **changes), probe(f"own-{n}.local")) for n in range(count)
    ]


NO_MAC = {"mac": None, "mac_source": None}
FIRES = {
    "forty in a minute": probes(40),
    "one name forty times": probes(40, names=["me.local"]),
    "fifteen conflicts in ten seconds": taken(15),
}
QUIET = {
    "thirty-nine": probes(39),
    "slower": probes(80, step=1.6),
    "fourteen conflicts": taken(14),
    "conflicts, slower": taken(16, step=1.0),
    "conflicts without MACs": taken(20, **NO_MAC),
    "questions": [(n, flow(), ask(f"h{n}.local", qtype=255)) for n in range(10)],
    "its own names": [
        *((n * 0.1, flow(), address(f"own-{n}", "10.0.0.23")) for n in range(15)),
        *((10 + n * 0.5, flow(), probe(f"own-{n}.local")) for n in range(15)),
    ],
}


@pytest.mark.parametrize("said", FIRES.values(), ids=FIRES)
def test_fires(said):
    assert fired(said)["probe-storm"] == "low"


@pytest.mark.parametrize("said", QUIET.values(), ids=QUIET)
def test_stays_quiet(said):
    assert "probe-storm" not in fired(said)
