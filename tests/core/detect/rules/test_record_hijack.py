"""``record-hijack`` and ``name-conflict``: who is accused, and who is not."""

import pytest
from tests.helpers.traffic import accused, address, announce, ask, fired, flow, probe, service

from whoasks.core.habits import Learned, OwnerHabit

INSTANCE = "laser._ipp._tcp"
OWNER, THIEF, THIRD = flow(40), flow(66), flow(50)
OWNED = [(1.0, OWNER, announce("laser", "_ipp._tcp", "printer", 40))]
CLAIM = service(INSTANCE, "evil")
DEFENCE = service(INSTANCE, "printer")
ALIVE = (33.0, OWNER, ask("_x._tcp.local"))

ACCUSED = {
    "the owner defends itself": [(30.0, THIEF, CLAIM), (30.5, OWNER, DEFENCE)],
    "the owner is heard at all": [(30.0, THIEF, CLAIM), ALIVE],
    "the owner repeats what it said": [(30.0, THIEF, CLAIM), (32.0, OWNER, OWNED[0][2])],
    "just in time": [(30.0, THIEF, CLAIM), (149.9, OWNER, ask("_x._tcp.local"))],
    "the owner probes again": [(30.0, THIEF, CLAIM), (30.1, OWNER, probe(f"{INSTANCE}.local"))],
    "it answers a question, for a name long known": [
        (89.9, THIRD, ask(f"{INSTANCE}.local", qtype=33)),
        (90.0, THIEF, CLAIM),
        (91.0, OWNER, DEFENCE),
    ],
}
NOBODY = {
    "the owner is dead: a fail-over": [(30.0, THIEF, CLAIM), (50.0, THIRD, ask("_x._tcp.local"))],
    "the owner comes back much later": [(30.0, THIEF, CLAIM), (155.0, OWNER, DEFENCE)],
    "the owner starts again": [
        (30.0, THIEF, CLAIM),
        (60.0, OWNER, probe(f"{INSTANCE}.local")),
        (61.0, OWNER, DEFENCE),
    ],
    "it probed": [(29.0, THIEF, probe(f"{INSTANCE}.local")), (30.0, THIEF, CLAIM), ALIVE],
    "it was asked": [
        (29.9, THIRD, ask(f"{INSTANCE}.local", qtype=33)),
        (30.0, THIEF, CLAIM),
        ALIVE,
    ],
    "the same target": [(30.0, THIEF, service(INSTANCE, "printer")), ALIVE],
    "the owner said goodbye": [
        (20.0, OWNER, announce("laser", "_ipp._tcp", "printer", 40, ttl=0)),
        (30.0, THIEF, CLAIM),
        ALIVE,
    ],
    "the owner moves": [(30.0, OWNER, service(INSTANCE, "printer-2")), ALIVE],
    "another instance": [(30.0, THIEF, service("laser-2._ipp._tcp", "evil")), ALIVE],
}


@pytest.mark.parametrize("said", ACCUSED.values(), ids=ACCUSED)
def test_the_claimant_is_accused(said):
    found = accused(OWNED + said)
    assert found["record-hijack", "00:42"] == "high"
    assert {who for rule, who in found if rule == "record-hijack"} == {"00:42"}


@pytest.mark.parametrize("said", NOBODY.values(), ids=NOBODY)
def test_nobody_is_accused(said):
    assert "record-hijack" not in fired(OWNED + said)


def test_who_claims_first_in_a_recording_gets_no_right_by_the_owners_defence():
    said = [(1.0, THIEF, CLAIM), (1.5, OWNER, DEFENCE), (2.0, THIEF, ask("_x._tcp.local"))]
    assert ("record-hijack", "00:28") not in accused(said)


def test_without_macs_it_is_info():
    bare = {"mac": None, "mac_source": None}
    said = [
        (at, flow(40 if by is OWNER else 66, **bare), payload)
        for at, by, payload in OWNED + ACCUSED["the owner defends itself"]
    ]
    assert fired(said)["record-hijack"] == "info"


NAMED = [(1.0, OWNER, address("nas", "10.0.0.40"))]
OTHER = [(30.0, THIEF, address("nas", "10.0.0.66")), ALIVE]
CONFLICTS = {
    "two hosts, one name": (NAMED + OTHER, "low"),
    "one of its addresses": ([*NAMED, (30.0, THIEF, address("nas", "10.0.0.40")), ALIVE], None),
    "probed": ([*NAMED, (29.0, THIEF, probe("nas.local")), *OTHER], None),
    "one host with two addresses": (
        [*NAMED, (30.0, OWNER, address("nas", "10.0.0.41")), ALIVE],
        None,
    ),
}


@pytest.mark.parametrize(("said", "severity"), CONFLICTS.values(), ids=CONFLICTS)
def test_conflicts(said, severity):
    found = fired(said)
    assert found.get("name-conflict") == severity
    assert "record-hijack" not in found


def test_an_owner_known_for_the_whole_learning_time_is_robbed():
    at = 8 * 86_400.0
    owner = OwnerHabit("nas.local.", OWNER.mac, 1.0, at - 60)
    learned = Learned(started=1.0, owners=(owner,))
    said = [(at + when, by, payload) for when, by, payload in NAMED + OTHER]
    found = accused(said, habits=learned)
    assert found["record-hijack", "00:42"] == "high"
    assert ("name-conflict", "00:42") not in found
