"""``query-flood``: what fires, what stays quiet, the edge of each."""

import pytest
from tests.helpers.traffic import ask, fired, flow, probe

FIRES = {
    "a hundred names": [(n / 10, flow(), ask(f"h{n}.local", qtype=1)) for n in range(100)],
    "a hundred in one packet": [(1.0, flow(), ask(*(f"h{n}.local" for n in range(100)), qtype=1))],
    "fifty names, two record types": [
        (n / 10, flow(), ask(f"h{n // 2}.local", qtype=(1, 28)[n % 2])) for n in range(100)
    ],
}
QUIET = {
    "99 names": [(n / 10, flow(), ask(f"h{n}.local", qtype=1)) for n in range(99)],
    "one name 999 times": [(n / 20, flow(), ask("wpad.local", ident=n)) for n in range(1000)],
    "a hundred names in 70 s": [(n * 0.7, flow(), ask(f"h{n}.local")) for n in range(100)],
    "probes": [(n / 10, flow(), probe(f"h{n}.local")) for n in range(100)],
}


@pytest.mark.parametrize("said", FIRES.values(), ids=FIRES)
def test_fires(said):
    assert fired(said)["query-flood"] == "medium"


@pytest.mark.parametrize("said", QUIET.values(), ids=QUIET)
def test_stays_quiet(said):
    assert "query-flood" not in fired(said)
