"""``query-flood``: what fires, what stays quiet, the edge of each."""

import pytest
from tests.helpers.traffic import ask, findings, fired, flow, probe, run

FIRES = {
    "a hundred names": [(n / 10, flow(), ask(f"h{n}.local", qtype=1)) for n in range(100)],
    "a hundred in one packet": [(1.0, flow(), ask(*(f"h{n}.local" for n in range(100)), qtype=1))],
    "fifty names, two record types": [
        (n / 10, flow(), ask(f"h{n // 2}.local", qtype=(1, 28)[n % 2])) for n in range(100)
    ],
}
QUIET = {
    "99 names": [(n / 10, flow(), ask(f"h{n}.local", qtype=1)) for n in range(99)],
    "one name 299 times": [(n / 20, flow(), ask("wpad.local", ident=n)) for n in range(299)],
    "one name five times a second": [(n / 4.7, flow(), ask("wpad.local")) for n in range(999)],
    "a hundred names in 70 s": [(n * 0.7, flow(), ask(f"h{n}.local")) for n in range(100)],
    "probes": [(n / 10, flow(), probe(f"h{n}.local")) for n in range(100)],
}


@pytest.mark.parametrize("said", FIRES.values(), ids=FIRES)
def test_fires(said):
    assert fired(said)["query-flood"] == "medium"


STORMS = {
    "one name, repeated": [(n / 10, flow(), ask("wpad.local", qtype=1)) for n in range(400)],
    "one name, each time anew": [(n / 10, flow(), ask("wpad.local", ident=n)) for n in range(400)],
    "a few names": [(n / 10, flow(), ask(f"h{n % 9}.local", qtype=1)) for n in range(400)],
}


@pytest.mark.parametrize("said", STORMS.values(), ids=STORMS)
def test_a_storm_is_low_and_named(said):
    found = findings(run(said))["query-flood"]
    assert found.severity.label == "low"
    assert found.observed["storm"] in ("wpad.local.", *(f"h{n}.local." for n in range(9)))


def test_a_storm_is_no_second_kind_of_evidence():
    said = [(n / 20, flow(), ask("wpad.local", ident=7, recursion=True)) for n in range(400)]
    assert set(fired(said).values()) == {"low"}


@pytest.mark.parametrize("said", QUIET.values(), ids=QUIET)
def test_stays_quiet(said):
    assert "query-flood" not in fired(said)
