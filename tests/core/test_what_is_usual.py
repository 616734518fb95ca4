"""Habits: what is usual, what is new, how long it is learned, what is kept; all of it capped."""

import pytest
from tests.helpers.traffic import META, address, ask, findings, flow, pipeline, run, types

from whoasks.core import habits
from whoasks.core.habits import Habits, HostHabit, Learned, OwnerHabit, TypeHabit
from whoasks.core.model import Datagram
from whoasks.core.settings import CoreSettings

DAY = 86_400.0
SSH = ask("_ssh._tcp.local")
MAC = flow().mac


def heard(*said, **more):
    made = pipeline(**more)
    list(made.feed_all(Datagram(*one) for one in said))
    made.finish()
    return made


def test_what_a_host_asks_is_learned_by_day():
    said = [(1.0 + n * DAY, flow(), SSH) for n in range(3)]
    said += [(1.0 + n * DAY + 60, flow(), SSH) for n in range(3)]
    (host,) = heard(*sorted(said, key=lambda one: one[0])).learned().hosts
    assert (host.key, host.first_seen, host.last_seen) == (MAC, 1.0, 2 * DAY + 61)
    (habit,) = host.types
    assert (habit.type, habit.first, habit.days, habit.alone) == ("_ssh._tcp", 61.0, 3, True)


def test_a_bundle_is_not_alone():
    said = [(1.0, flow(), ask(*types(9))), (2.0, flow(), ask(types(1, 20)[0]))]
    (host,) = heard(*said).learned().hosts
    assert sum(habit.alone for habit in host.types) == 1


def test_one_packet_is_no_habit():
    assert heard((1.0, flow(), SSH)).learned().hosts == ()


def test_only_what_changed_can_be_asked_for():
    made = heard(*((n * 20.0, flow(h), SSH) for h in (1, 2) for n in range(h * 10, h * 10 + 3)))
    assert len(made.learned().hosts) == 2
    assert [h.key for h in made.learned(since=300.0).hosts] == [flow(2).mac]


def test_restarting_makes_nothing_new():
    """Eleven types known from an earlier run, each asked alone, and a twelfth."""
    known = tuple(TypeHabit(name.removesuffix(".local"), 5.0, 6.0, 2, True) for name in types(11))
    learned = Learned(started=1.0, hosts=(HostHabit(MAC, 1.0, 6.0, known),))
    said = [(DAY / 2 + n * 30, flow(), ask(name)) for n, name in enumerate(types(11))]
    assert "slow-sweep" not in findings(run(said, habits=learned))
    one_more = [(DAY / 2 + 900, flow(), ask(types(1, 50)[0]))]
    assert "slow-sweep" in findings(run([*said, *one_more], habits=learned))


def test_a_fresh_watch_says_that_it_is_learning():
    found = findings(run([(1.0, flow(), ask(META))]))["meta-query"]
    assert "still learning what is usual here: 0 seconds of 7 days watched" in found.coverage
    assert "in the last" not in found.explanation
    later = findings(run([(1.0, flow(9), SSH), (1.0 + 8 * DAY, flow(), ask(META))]))["meta-query"]
    assert not any("learning" in line for line in later.coverage)
    assert "no host here did so in the last 7 days" in later.explanation
    assert "the host was first seen 0 seconds before" in later.explanation


@pytest.mark.parametrize("days", [1, 6.9])
def test_what_another_host_did_of_late_is_not_unusual(days):
    said = [
        (1.0, flow(9), SSH),
        (1.0 + 9 * DAY, flow(9), ask(META)),
        (1.0 + (9 + days) * DAY, flow(), ask(META)),
    ]
    last = [f for f in findings_of(said) if f.host.mac == MAC]
    assert "no host here" not in last[0].explanation


def findings_of(said):
    from tests.helpers.traffic import all_findings

    return all_findings(run(said))


def test_the_learning_time_can_be_set():
    settings = CoreSettings(learning=10.0)
    said = [(1.0, flow(9), SSH), (12.0, flow(), ask(META))]
    assert "in the last 11 seconds" in findings(run(said, settings))["meta-query"].explanation


def test_remote_access_says_that_it_is_usual():
    said = [(1.0 + n * DAY, flow(), SSH) for n in range(4)]
    said += [(3.0 + n * DAY, flow(), ask("_ipp._tcp.local")) for n in range(4)]
    found = findings(run(sorted(said, key=lambda one: one[0])))["remote-access-browse"]
    assert "as it did on 2 days before" in found.explanation or "3 days" in found.explanation


def test_sole_owners_are_kept():
    made = heard(
        (1.0, flow(40), address("nas", "10.0.0.40")),
        (2.0, flow(40), address("nas", "10.0.0.40", ttl=100)),
    )
    (owner,) = made.learned().owners
    assert (owner.name, owner.key, owner.since) == ("nas.local.", flow(40).mac, 1.0)


def test_a_disputed_name_has_no_sole_owner():
    made = Habits(Learned(1.0, owners=(OwnerHabit("nas.local.", "a", 1.0, 2.0),)), 10.0)
    assert made.is_owner("nas.local.", "a", 20.0)
    assert not made.is_owner("nas.local.", "b", 20.0)
    assert not made.is_owner("nas.local.", "a", 10.0)
    made.own("nas.local.", "b", 20.0, since=19.0)
    assert not made.is_owner("nas.local.", "a", 40.0)


def test_everything_is_capped(monkeypatch):
    monkeypatch.setattr(habits, "MAX_HOSTS", 5)
    monkeypatch.setattr(habits, "MAX_TYPES", 4)
    monkeypatch.setattr(habits, "MAX_OWNERS", 3)
    made = Habits(None, 1.0)
    for n in range(50):
        made.ask(f"host-{n}", types(9), float(n), first=0.0, alone=frozenset())
        made.own(f"name-{n}", "x", float(n), since=0.0)
    learned = made.learned()
    assert [host.key for host in learned.hosts] == [f"host-{n}" for n in range(45, 50)]
    assert all(len(host.types) == 4 for host in learned.hosts)
    assert len(learned.owners) == 3


def test_what_was_kept_comes_back_the_same():
    before = heard(*((n * 20.0, flow(h), SSH) for h in (1, 2) for n in range(1, 4))).learned()
    assert set(pipeline(habits=before).learned().hosts) == set(before.hosts)
    assert pipeline(habits=before).learned().started == before.started
