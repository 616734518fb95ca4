"""``poison-reply``: what fires, what stays quiet."""

import pytest
from dnslib import AAAA, RR, A, DNSHeader, DNSQuestion, DNSRecord
from tests.helpers.traffic import findings, fired, flow, run

from whoasks.core.detect.rules.poison_reply import PoisonReply
from whoasks.core.settings import CoreSettings, RoleEntry

ALONE = flow(destination="10.0.0.9")


def answer(name="fileserver.local", flush=False, ident=0, question=False, ttl=120, more=False):
    record = DNSRecord(DNSHeader(id=ident, bitmap=0x8400))
    if question:
        record.add_question(DNSQuestion(name, 1))
    record.add_answer(RR(name, 1, 0x8001 if flush else 1, ttl, A("10.0.0.23")))
    if more:
        record.add_answer(RR("other.local", 1, 1, ttl, A("10.0.0.23")))
    return bytes(record.pack())


def ipv6() -> bytes:
    record = DNSRecord(DNSHeader(id=0, bitmap=0x8400))
    record.add_answer(RR("fileserver.local", 28, 1, 120, AAAA("fe80::23")))
    return bytes(record.pack())


FIRES = {
    "A": [(1.0, ALONE, answer())],
    "AAAA": [(1.0, flow(source="fe80::17", destination="fe80::9"), ipv6())],
    "another name than its own": [(0.0, flow(), answer("me.local")), (1.0, ALONE, answer())],
}
QUIET = {
    "multicast": [(1.0, flow(), answer())],
    "cache-flush": [(1.0, ALONE, answer(flush=True))],
    "legacy reply with ID and question": [(1.0, ALONE, answer(ident=7, question=True))],
    "two answers": [(1.0, ALONE, answer(more=True))],
    "goodbye": [(1.0, ALONE, answer(ttl=0))],
    "from another port": [(1.0, flow(source_port=4000, destination="10.0.0.9"), answer())],
    "its own name, announced without the bit": [(0.0, flow(), answer()), (1.0, ALONE, answer())],
}


@pytest.mark.parametrize("said", FIRES.values(), ids=FIRES)
def test_fires(said):
    assert fired(said) == {"poison-reply": "high"}


@pytest.mark.parametrize("said", QUIET.values(), ids=QUIET)
def test_stays_quiet(said):
    assert fired(said) == {}


def test_a_reflector_may():
    entry = RoleEntry(role="reflector", reason="tested", mac=ALONE.mac)
    found = findings(run([(1.0, ALONE, answer())], CoreSettings(roles=(entry,))))
    assert found["poison-reply"].silenced_by == "reflector"


def test_it_names_the_lie_and_lists_no_service():
    found = findings(run([(1.0, ALONE, answer()), (2.0, ALONE, answer())]))["poison-reply"]
    assert "fileserver.local" in found.explanation
    assert found.packets == 2
    assert found.host.hostname is None
    assert PoisonReply.rule.needs_unicast
