"""The composition: order of events, time, what cannot be counted, hostile floods."""

import json
import os
from pathlib import Path

import pytest
from tests.helpers import replays
from tests.helpers.traffic import (
    META,
    announce,
    ask,
    fired,
    flow,
    one_a_packet,
    pipeline,
    run,
    types,
)  # fmt: skip

from whoasks.core import askers, bursts
from whoasks.core.detect.rules.type_sweep import TypeSweep
from whoasks.core.model import (
    BurstClosed,
    Datagram,
    Finding,
    FindingClosed,
    FindingOpened,
    MalformedSeen,
    ServiceSeen,
    Severity,
)  # fmt: skip
from whoasks.core.settings import ROLES, CoreSettings, RoleEntry
from whoasks.core.window import MAX_UTTERANCES
from whoasks.core.words import MAX_ENTRIES


def test_events_in_order():
    events = run([(1.0, flow(9), announce("x", "_ipp._tcp")), (2.0, flow(), ask(META))])
    kinds = [type(e) for e in events]
    assert kinds.index(ServiceSeen) < kinds.index(FindingOpened)
    assert kinds.index(BurstClosed) < kinds.index(FindingClosed)


def test_a_malformed_packet_is_an_event():
    made = pipeline()
    events = made.feed(Datagram(1.0, flow(), b"\x00" * 5))
    assert [(type(e), e.reason) for e in events] == [(MalformedSeen, "truncated")]
    assert made.summary().malformed == {"truncated": 1}


def test_questions_before_garbage_are_heard():
    payload = bytearray(ask(META))
    payload[7] = 1
    assert fired([(1.0, flow(), bytes(payload) + b"\xff" * 20)])["meta-query"] == "medium"


FILES = ("_nfs", "_ipp", "_ipps", "_ftp", "_webdav", "_webdavs", "_sftp-ssh", "_smb", "_afpovertcp")


@pytest.mark.parametrize(
    ("names", "times", "tools"),
    [
        (
            [f"{name}._tcp.local" for name in FILES],
            (0, 30, 60),
            ["gvfs (Linux desktop)", "gvfs (Linux desktop)", "gvfs (Linux desktop)"],
        ),
        (
            ["_ssh._tcp.local"],
            (0, 1, 3, 7, 40),
            ["avahi-browse TYPE or another Avahi client", None],
        ),
    ],
    ids=["by what is asked: in each burst", "by its intervals: where they were"],
)
def test_a_burst_of_known_words_names_their_tool(names, times, tools):
    said = [(1.0 + at, flow(), ask(*names)) for at in times]
    closed = [event.burst for event in run(said) if isinstance(event, BurstClosed)]
    assert [burst.tool and burst.tool.name for burst in closed] == tools


def test_windowed_rules_rest_without_time():
    said = [(0.0, flow(), ask(name)) for name in types(60)]
    assert "type-sweep" not in fired(said)
    assert fired([*said, (0.0, flow(), ask(META))])["meta-query"] == "medium"
    made = pipeline()
    list(made.feed_all(Datagram(*one) for one in said))
    assert any("no usable time" in note for note in made.summary().notes)


def test_windowed_rules_rest_in_a_crowd_of_one_timestamp():
    crowd = [(5.0, flow(99), ask("a.local", ident=n)) for n in range(60)]
    assert "type-sweep" not in fired([*crowd, (5.0, flow(), ask(*types(30)))])
    assert "type-sweep" in fired([*crowd, (6.0, flow(), ask(*types(30)))])


def test_late_packets_are_counted_and_taken():
    made = pipeline()
    made.feed(Datagram(100.0, flow(), ask("a.local")))
    events = made.feed(Datagram(99.5, flow(), ask(META)))
    assert any(isinstance(e, FindingOpened) for e in events)
    assert made.summary().time_went_back == 1


def test_another_recording_begins_anew():
    made = pipeline()
    made.feed(Datagram(10_000.0, flow(), ask(META)))
    events = made.feed(Datagram(1.0, flow(), ask("a.local")))
    assert any(isinstance(e, FindingClosed) for e in events)
    assert any("another recording" in note for note in made.summary().notes)


def test_time_alone_closes():
    made = pipeline()
    made.feed(Datagram(1.0, flow(), ask("a.local")))
    assert made.advance(5.0) == []
    assert [type(e) for e in made.advance(12.5)] == [BurstClosed]


def test_askers():
    made = pipeline()
    list(made.feed_all(Datagram(*one) for one in one_a_packet(types(3), start=1.0)))
    (asker,) = made.askers()
    assert (asker.packets, asker.questions, len(asker.types), asker.bursts) == (3, 3, 3, 1)
    assert (asker.first_seen, asker.last_seen) == (1.0, 3.0)


def test_the_own_host_is_logged_as_self():
    made = pipeline()
    made.set_own(frozenset({"10.0.0.23"}))
    assert made.feed(Datagram(1.0, flow(), ask(META))) == []
    (burst,) = [e.burst for e in made.finish() if isinstance(e, BurstClosed)]
    assert burst.host.role == "self"


def test_a_flood_of_spoofed_sources_stays_bounded(monkeypatch):
    monkeypatch.setattr(bursts, "MAX_FRESH", 500)
    made = pipeline()
    for number in range(20_000):
        made.feed(Datagram(1.0 + number / 1e5, flow(1000 + number), ask("x.local")))
    made.feed(Datagram(2.0, flow(1), ask(META)))
    assert made.summary().dropped["open bursts"] >= 19_000
    assert [e.finding.host.addresses for e in made.finish() if isinstance(e, FindingClosed)] == [
        ("10.0.0.1",)
    ]


def test_a_flood_of_names_stays_bounded():
    made = pipeline()
    for number in range(20_000):
        made.feed(Datagram(1.0 + number / 1e4, flow(), ask(f"_t{number}._tcp.local")))
    (asker,) = made.askers()
    assert asker.questions == 20_000
    assert asker.types_dropped > 17_000
    dropped = made.summary().dropped
    assert dropped["types of an asker"] == 20_000 - askers.MAX_TYPES_EVER
    assert dropped["packets of a window"] > 0
    (host,) = list(made._identities)
    assert len(host.asked.types) == askers.MAX_TYPES_EVER
    for window in host.asked.windows.values():
        assert len(window._said) <= MAX_UTTERANCES
    assert len(host.asked.burst.names) == bursts.MAX_NAMES
    assert len(made._words.memo) <= 2 * MAX_ENTRIES


def test_drops_are_silent_in_peace():
    made = pipeline()
    list(made.feed_all(Datagram(*one) for one in one_a_packet(types(30))))
    assert made.summary().dropped == {}


def test_a_packet_of_nine_thousand_bytes_is_a_packet():
    """A jumbo frame's worth (RFC 6762 §17): 300 questions, each a type, the list among them."""
    names = [f"_made-up-{n:03}-long._tcp.local" for n in range(300)]
    payload = ask(*names[:150], META, *names[150:])
    padded = payload + ask("x.local")[12:] * ((9_000 - len(payload)) // len(ask("x.local")[12:]))
    for said in (payload, padded):
        found = fired([(1.0, flow(), said)])
        assert found["meta-query"] == "medium"
        assert found["type-sweep"] == "medium"
    assert 8_900 < len(padded) <= 9_000


def test_the_same_packets_give_the_same_events():
    said = [*one_a_packet(types(12)), (20.0, flow(), ask(META))]
    assert run(said) == run(said)


def test_role_names_are_those_of_the_design():
    assert ROLES == ("hub", "inventory", "reflector", "sensor", "ignore")


# Recordings that are not ours: measured on, never shipped.

SHARED = os.environ.get("WHOASKS_CAPTURES")


def read(path: Path, settings: CoreSettings | None = None) -> list[Finding]:
    """Every finding in its last state: of all hosts, a bystander's too."""
    return replays.findings(replays.replay(path, settings)[1])


def serious(found: list[Finding]) -> list[Finding]:
    return [f for f in found if f.severity >= Severity.MEDIUM and f.silenced_by is None]


def shared(pattern: str) -> list[Path]:
    return sorted(Path(SHARED).glob(pattern)) if SHARED else []


@pytest.mark.captures
@pytest.mark.parametrize("path", shared("lab/enum-*.pcap"), ids=lambda p: p.stem)
def test_enumerations_name_the_actor_and_nobody_else(path):
    actor = json.loads(path.with_suffix(".json").read_text())["actor"]["mac"]
    assert {f.host.mac for f in serious(read(path))} == {actor}


@pytest.mark.captures
@pytest.mark.parametrize(
    "path", shared("lab/benign-*.pcap") + shared("real/*.pcap*"), ids=lambda p: p.stem[:40]
)
def test_benign(path):
    hub = RoleEntry(role="hub", reason="Home Assistant", mac="02:77:00:00:00:24")
    assert serious(read(path, CoreSettings(roles=(hub,)))) == []


@pytest.mark.captures
@pytest.mark.parametrize("path", shared("lab/benign-avahi-browse-one-type-t.pcap"))
def test_one_browse_for_ssh_is_low(path):
    assert [(f.rule, f.severity.label) for f in read(path)] == [("remote-access-browse", "low")]


def test_other_settings_while_it_runs():
    made = pipeline(CoreSettings(rules={}))
    assert made.feed(Datagram(1.0, flow(), ask(META))) == []
    made.configure(CoreSettings())
    made.feed(Datagram(2.0, flow(), ask(META, *types(3))))
    role = RoleEntry(role="ignore", reason="tested", mac=flow(9).mac)
    slow = TypeSweep.Settings(types=5, window=120.0)
    made.configure(CoreSettings(roles=(role,), rules={"type-sweep": slow}))
    for n, name in enumerate(types(9)):
        made.feed(Datagram(3.0 + n * 10, flow(9), ask(name)))
    found = {e.finding.rule: e.finding for e in made.finish() if isinstance(e, FindingClosed)}
    assert set(found) == {"meta-query", "type-sweep"}
    assert found["type-sweep"].silenced_by == "ignore"
    assert found["meta-query"].status == "closed"
