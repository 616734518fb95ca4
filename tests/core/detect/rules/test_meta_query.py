"""``meta-query``: what fires, what stays quiet."""

import pytest
from tests.helpers.traffic import META, ask, fired, flow, flow6, probe

FIRES = {
    "multicast from 5353": (flow(), ask(META)),
    "over IPv6": (flow6(), ask(META)),
    "QU": (flow(), ask(META, qu=True)),
    "ANY": (flow(), ask(META, qtype=255)),
    "legacy port": (flow(source_port=40000), ask(META, ident=7, recursion=True)),
    "unicast": (flow(destination="10.0.0.9"), ask(META)),
    "among others": (flow(), ask("_ipp._tcp.local", META)),
    "other case": (flow(), ask(META.upper())),
    "domain twice": (flow(), ask(META + ".local")),
}
QUIET = {
    "one type": ask("_ipp._tcp.local"),
    "a probe for it": probe(META),
    "a name like it": ask("_services._dns-sd._tcp.local"),
    "browsing domains": ask("b._dns-sd._udp.0.0.10.in-addr.arpa"),
}


@pytest.mark.parametrize(("by", "said"), FIRES.values(), ids=FIRES)
def test_fires(by, said):
    assert fired([(12.0, by, said)])["meta-query"] == "medium"


@pytest.mark.parametrize("said", QUIET.values(), ids=QUIET)
def test_stays_quiet(said):
    assert "meta-query" not in fired([(12.0, flow(), said)])


def test_an_answer_is_no_question():
    response = bytearray(ask(META))
    response[2] = 0x84
    assert fired([(12.0, flow(), bytes(response))]) == {}
