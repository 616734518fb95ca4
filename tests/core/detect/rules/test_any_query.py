"""``any-query``: what fires, what stays quiet, the edge of each."""

import pytest
from tests.helpers.traffic import META, ask, findings, fired, flow, probe, run, types

FIRES = {
    "three types": [(1.0, flow(), ask(*types(3), qtype=255))],
    "three types in 60 s": [(n * 30.0, flow(), ask(t, qtype=255)) for n, t in enumerate(types(3))],
    "the list of types": [(1.0, flow(), ask(META, qtype=255))],
    "one type, in a tool's shape": [(1.0, flow(), ask(*types(1), qtype=255, recursion=True))],
}
QUIET = {
    "PTR for three types": [(1.0, flow(), ask(*types(3)))],
    "ANY for hosts": [(1.0, flow(), ask(*(f"h{n}.local" for n in range(9)), qtype=255))],
    "ANY for instances": [
        (1.0, flow(), ask(*(f"i{n}._x._tcp.local" for n in range(9)), qtype=255))
    ],
    "probes": [(1.0, flow(), probe(*types(5)))],
}


@pytest.mark.parametrize("said", FIRES.values(), ids=FIRES)
def test_fires(said):
    assert fired(said)["any-query"] == "medium"


@pytest.mark.parametrize("said", QUIET.values(), ids=QUIET)
def test_stays_quiet(said):
    assert "any-query" not in fired(said)


def test_one_or_two_types_are_low():
    for count in (1, 2):
        found = findings(run([(1.0, flow(), ask(*types(count), qtype=255))]))["any-query"]
        assert found.severity.label == "low"
