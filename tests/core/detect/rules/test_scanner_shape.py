"""``scanner-shape``: what an mDNS client never does; alone low, and it lifts low to medium."""

import pytest
from tests.helpers.traffic import META, ask, findings, fired, flow, run, types

ONE = "_ipp._tcp.local"
LEGACY = flow(source_port=40000)
FIRES = {
    "recursion": [(1.0, flow(), ask(ONE, recursion=True))],
    "legacy with ID asks the list": [(1.0, LEGACY, ask(META, ident=5))],
    "legacy with ID asks three types": [(1.0, LEGACY, ask(t, ident=5)) for t in types(3)],
    "nmap": [(1.0, flow(source_port=40000, ttl=1), ask(ONE, ident=5, recursion=True))],
    "bettercap": [(1.0, flow(source_port=12345), ask(META, ident=1, recursion=True))],
}
QUIET = {
    "a client": [(1.0, flow(), ask(ONE))],
    "legacy port alone": [(1.0, LEGACY, ask(ONE))],
    "legacy with ID, one type": [(1.0, LEGACY, ask(ONE, ident=5))],
    "ID alone (Google Cast counts)": [(1.0, flow(), ask("_googlecast._tcp.local", ident=3))],
    "TTL 1": [(1.0, flow(ttl=1), ask("_googlecast._tcp.local"))],
}


@pytest.mark.parametrize("said", FIRES.values(), ids=FIRES)
def test_fires(said):
    assert fired(said)["scanner-shape"] == "low"


@pytest.mark.parametrize("said", QUIET.values(), ids=QUIET)
def test_stays_quiet(said):
    assert "scanner-shape" not in fired(said)


def test_it_lifts_a_low_finding_of_the_same_burst_and_no_further():
    said = [(1.0, flow(), ask("_ssh._tcp.local", recursion=True))]
    assert fired(said) == {"remote-access-browse": "medium", "scanner-shape": "low"}


def test_it_lifts_nothing_of_another_burst():
    said = [
        (1.0, flow(), ask("_ssh._tcp.local")),
        (30.0, flow(), ask(ONE, recursion=True)),
    ]
    assert fired(said)["remote-access-browse"] == "low"


def test_it_names_the_tool():
    nmap = findings(run(FIRES["nmap"]))["scanner-shape"]
    assert nmap.tool is not None
    assert nmap.tool.name.startswith("nmap")
