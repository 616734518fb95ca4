"""The evaluation's arithmetic: networks, matching, counting, rewriting. It judges nothing here."""

from __future__ import annotations

import json

import pytest
from bench.detection import (
    document,
    moments,
    naive,
    networks,
    reading,
    rewriting,
    scoring,
    tables,
    techniques,
    truth,
)  # fmt: skip
from bench.detection import report as developer
from bench.detection.alarms import Alarm, of_record
from bench.detection.observed import LOSS, PLAIN, Moment, Observed, Run, described
from bench.detection.results import Results
from bench.detection.truth import Actor, Labelled
from tests.helpers.replays import FIXTURES
from tests.helpers.samples import finding
from tests.helpers.traffic import META, announce, ask, flow, flow6

from whoasks.core.model import Datagram, Severity
from whoasks.outputs.records import record_of
from whoasks.sources.capture_file import CaptureFile

INFO, LOW, MEDIUM, HIGH = Severity
A, B, C = (f"02:00:00:00:00:0{number}" for number in (1, 2, 3))
ZEROS, GROUP = "00:00:00:00:00:00", "01:00:5e:00:00:fb"

WHO = Actor(frozenset([A]), frozenset(["10.0.0.1", "fe80::1"]), frozenset(["10.0.0.91"]))
DEED = 100.0, 110.0


def alarm(severity=MEDIUM, mac=A, first=101.0, last=None, rule="meta-query", **more):
    fields = {"rules": (rule,), "addresses": frozenset(["10.0.0.1"] if mac == A else [])} | more
    return Alarm(
        rule=rule, severity=severity, mac=mac, first=first, last=last or first, **fields
    )  # fmt: skip


def labelled(name="a", kind="attack", group="lab", actor=WHO, **more):
    fields = {"expected": {"meta-query": MEDIUM}, "start": DEED[0], "stop": DEED[1]} | more
    return Labelled(FIXTURES / f"{name}.pcap", group, kind, actor, **fields)


def observed(*alarms, naive=(), macs=(), times=(100.5, 101.0, 102.0), **more):
    said = labelled(**more)
    run = Run(PLAIN, None, alarms, naive)
    return Observed(said, frozenset(macs), said.actor, times, [run])


NETWORKS = {
    "nothing in common": ({"a": [A], "b": [B]}, [{"a"}, {"b"}]),
    "one MAC in common": ({"a": [A, B], "b": [B, C]}, [{"a", "b"}]),
    "in common by a third": ({"a": [A], "b": [B], "c": [A, B]}, [{"a", "b", "c"}]),
    "a long chain": (
        {number: [f"02:00:00:00:00:{number + more:02x}" for more in (0, 1)] for number in range(9)},
        [set(range(9))],
    ),
    "no MAC: alone": ({"a": [], "b": []}, [{"a"}, {"b"}]),
    "zeros join nothing": ({"a": [ZEROS], "b": [ZEROS]}, [{"a"}, {"b"}]),
    "a group address joins nothing": ({"a": [GROUP], "b": [GROUP]}, [{"a"}, {"b"}]),
}


@pytest.mark.parametrize(("macs", "expected"), NETWORKS.values(), ids=NETWORKS)
def test_captures_that_share_a_mac_are_one_network(macs, expected):
    found = {}
    for name, number in networks.networks(macs).items():
        found.setdefault(number, set()).add(name)
    assert list(found.values()) == expected


NAMED = {
    "by its MAC": (alarm(addresses=frozenset()), True),
    "by an address, whatever the MAC": (alarm(mac=B, addresses=frozenset(["fe80::1"])), True),
    "by an address that only it used, without MACs": (
        alarm(mac=None, addresses=frozenset(["10.0.0.91"])),
        True,
    ),
    "not by an address that it borrowed": (
        alarm(mac=B, addresses=frozenset(["10.0.0.91"])),
        False,
    ),
    "another host": (alarm(mac=B, addresses=frozenset(["10.0.0.2"])), False),
    "nobody": (alarm(mac=None, addresses=frozenset()), False),
}


@pytest.mark.parametrize(("said", "expected"), NAMED.values(), ids=NAMED)
def test_who_is_the_actor(said, expected):
    assert scoring.names(said, WHO) is expected
    assert not scoring.names(said, None)


JUDGED = {
    # floor and catalogue: medium
    "named": ([alarm()], {"meta-query": MEDIUM}, (True, True)),
    "named too low": ([alarm(LOW)], {"meta-query": MEDIUM}, (False, False)),
    "named, but not as the catalogue has it": (
        [alarm()],
        {"full-enumeration": HIGH},
        (True, False),
    ),
    "named by a rule that was not meant": (
        [alarm(HIGH, rule="type-sweep")],
        {"full-enumeration": HIGH},
        (True, True),
    ),
    "low where the catalogue says low": ([alarm(LOW)], {"malformed": LOW}, (True, True)),
    "info where the catalogue says low": ([alarm(INFO)], {"malformed": LOW}, (False, False)),
    "info where the catalogue says info": ([alarm(INFO)], {"any-query": INFO}, (True, True)),
    "of two the strongest counts": (
        [alarm(LOW), alarm(HIGH)],
        {"full-enumeration": HIGH, "meta-query": MEDIUM},
        (True, True),
    ),
    "silenced": ([alarm(silenced=True)], {"meta-query": MEDIUM}, (False, False)),
    "another host": ([alarm(mac=B)], {"meta-query": MEDIUM}, (False, False)),
    "long before": ([alarm(first=90.0)], {"meta-query": MEDIUM}, (False, False)),
    "before, and still going on": (
        [alarm(first=90.0, last=100.0)],
        {"meta-query": MEDIUM},
        (True, True),
    ),
    "just after": ([alarm(first=114.0)], {"meta-query": MEDIUM}, (True, True)),
    "long after": ([alarm(first=116.0)], {"meta-query": MEDIUM}, (False, False)),
    "nothing said": ([], {"meta-query": MEDIUM}, (False, False)),
    "nothing expected": ([alarm(LOW)], {}, (False, False)),
}


@pytest.mark.parametrize(("said", "expected", "judged"), JUDGED.values(), ids=JUDGED)
def test_an_action_is_found_or_not(said, expected, judged):
    outcome = scoring.outcome(observed(expected=expected), said)
    assert (outcome.found, outcome.at_catalogue) == judged


def test_bystanders_are_counted_at_medium_and_above():
    said = [
        alarm(),
        alarm(mac=B),
        alarm(HIGH, mac=C, first=5.0),
        alarm(LOW, mac=B),
        alarm(mac=B, silenced=True),
    ]
    assert scoring.outcome(observed(), said).bystanders == 2


def test_time_is_counted_from_the_deed():
    said = [
        alarm(LOW, first=100.5, rule="scanner-shape"),
        alarm(first=101.0, rules=("meta-query", "scanner-shape")),
        alarm(HIGH, first=102.0, rule="full-enumeration"),
    ]
    sent = observed(times=(42.0, 98.0, 100.5, 101.0, 102.0))
    outcome = scoring.outcome(sent, said)
    assert (outcome.first, outcome.time) == ("meta-query", (2, 1.0))
    assert outcome.leaders == {"meta-query", "full-enumeration"}
    assert outcome.rules == {"meta-query", "scanner-shape", "full-enumeration"}
    later = scoring.outcome(sent, said, moment=Moment(102.0, "type-sweep"))
    assert (later.first, later.time) == ("type-sweep", (3, 2.0))


class Teller:
    """Says what one host's packets come to; remembers how often it was asked."""

    def __init__(self, low_from, loud_from):
        self.asked = 0
        self._levels = low_from, loud_from

    def __call__(self, datagrams):
        self.asked += 1
        low_from, loud_from = self._levels
        if len(datagrams) < low_from:
            return []
        is_loud = len(datagrams) >= loud_from
        return [
            alarm(
                MEDIUM if is_loud else LOW,
                first=datagrams[low_from - 1].at,
                last=datagrams[-1].at,
                rule="slow-sweep" if is_loud else "remote-access-browse",
            )
        ]


MOMENTS = {
    "in the first packet": (1, 1, Moment(100.0, "slow-sweep"), 1),
    "at once, later": (40, 40, Moment(103.9, "slow-sweep"), 1),
    "low first": (1, 60, Moment(105.9, "slow-sweep"), 9),
    "with the last packet": (1, 100, Moment(109.9, "slow-sweep"), 9),
    "never loud": (1, 101, None, 0),
    "never": (101, 101, None, 0),
}


@pytest.mark.parametrize(("low", "loud", "expected", "most"), MOMENTS.values(), ids=MOMENTS)
def test_the_moment_is_the_shortest_beginning_that_is_found(low, loud, expected, most):
    tell = Teller(low, loud)
    given = packets(100, 0.1)
    whole = tell(given)
    found = moments.moment(observed(), given, whole, tell)
    assert found == (expected and Moment(pytest.approx(expected.at), expected.rule))
    assert tell.asked - 1 <= most


TIMES = {
    "before the start, by the clocks": (99.6, (1, 0.0)),
    "the first packet": (99.5, (1, 0.0)),
    "none of its packets yet": (99.2, (0, 0.0)),
    "written with microseconds": (101.234567, (2, pytest.approx(1.234567))),
}


@pytest.mark.parametrize(("at", "expected"), TIMES.values(), ids=TIMES)
def test_time_to_a_moment(at, expected):
    assert scoring.time_to(at, labelled(), (99.5, 101.2345672)) == expected


def test_benign_networks_are_counted_once():
    runs = [
        (observed(name="a", kind="benign"), [alarm(), alarm(HIGH, rule="type-sweep")]),
        (observed(name="b", kind="benign"), [alarm(mac=B)]),
        (observed(name="c", kind="benign"), [alarm(LOW), alarm(silenced=True)]),
    ]
    numbers = {str(o.labelled.path): number for (o, _), number in zip(runs, (4, 4, 5), strict=True)}
    counted = scoring.benign(runs, numbers)
    assert (counted.captures, counted.networks, counted.alarmed) == (3, 2, {4})
    assert counted.rules == {"meta-query": {4}, "type-sweep": {4}}


HUBS = {
    "quiet both ways": ([], [], True),
    "reported once, then silenced": ([alarm()], [alarm(silenced=True)], True),
    "reported twice": ([alarm(), alarm(rule="slow-sweep")], [], False),
    "too high": ([alarm(HIGH)], [], False),
    "somebody else": ([alarm(mac=B)], [], False),
    "not silenced": ([alarm()], [alarm()], False),
}


@pytest.mark.parametrize(("without", "with_role", "good"), HUBS.values(), ids=HUBS)
def test_a_hub_may_be_reported_once(without, with_role, good):
    said = observed(kind="hub")
    run = Run(PLAIN, None, tuple(with_role), (), tuple(without))
    assert scoring.hub(said, run).good is good


def packets(count, gap, host=1, payload=None, begin=100.0):
    asked = payload or ask(META)
    return [Datagram(begin + number * gap, flow(host), asked) for number in range(count)]


NAIVE = {
    "ten in ten seconds": (packets(10, 1.0), [(109.0, 109.0)]),
    "nine": (packets(9, 0.1), []),
    "ten in more": (packets(10, 1.2), []),
    "two hosts": (packets(6, 0.1) + packets(6, 0.1, host=2), []),
    "answers": (packets(20, 0.1, payload=announce("a", "_ipp._tcp")), []),
    "no messages": (packets(20, 0.1, payload=b"\0" * 3), []),
    "one stretch is one alarm": (packets(40, 1.0), [(109.0, 139.0)]),
    "two stretches are two": (
        packets(10, 0.5) + packets(10, 0.5, begin=200.0),
        [(104.5, 104.5), (204.5, 204.5)],
    ),
    "time went back": (packets(9, 0.0) + packets(1, 0.0, begin=3.0), [(100.0, 100.0)]),
}


@pytest.mark.parametrize(("given", "expected"), NAIVE.values(), ids=NAIVE)
def test_the_naive_rule_counts_query_packets(given, expected):
    assert [(a.first, a.last) for a in naive.alarms(given)] == expected


def test_the_naive_rule_names_its_source():
    both = [d for pair in zip(packets(10, 0.1), _over_ipv6(10), strict=True) for d in pair]
    (found,) = naive.alarms(both)
    assert found.mac == flow(1).mac
    assert found.addresses == {flow(1).source, flow6(1).source}


def _over_ipv6(count):
    return [Datagram(100.0 + number, flow6(1), ask(META)) for number in range(count)]


def test_a_capture_written_anew_is_the_same(tmp_path):
    given = [
        Datagram(1_700_000_000.25, flow(1, ttl=1, source_port=40_000), ask(META)),
        Datagram(1_700_000_000.5, flow6(2, vlan=10), ask(META)),
        Datagram(0.0, flow(3, mac=None, mac_source=None), announce("a", "_ipp._tcp")),
    ]
    rewriting.write(tmp_path / "a.pcap", given)
    read = _read(tmp_path / "a.pcap")
    assert [(d.at, d.payload) for d in read] == [(d.at, d.payload) for d in given]
    for one, other in zip(read, given, strict=True):
        for name in ("source", "source_port", "destination", "mac", "vlan", "ttl"):
            assert getattr(one.flow, name) == getattr(other.flow, name), name


def test_macs_are_stripped_and_nothing_else(tmp_path):
    given = [Datagram(5.0, flow(1, vlan=10), ask(META)), Datagram(5.0, flow6(1), ask(META))]
    rewriting.write(tmp_path / "a.pcap", given, macs=False)
    read = _read(tmp_path / "a.pcap")
    assert [d.flow.mac for d in read] == [None, None]
    assert [(d.flow.source, d.flow.vlan) for d in read] == [
        (d.flow.source, d.flow.vlan) for d in given
    ]


def _read(path):
    return [datagram for batch in CaptureFile(path).read() for datagram in batch]


def test_loss_is_by_chance_and_repeatable():
    given = packets(2000, 0.01)
    left = rewriting.lossy(given, 0.3, seed=1)
    assert 1300 < len(left) < 1500
    assert left == rewriting.lossy(given, 0.3, seed=1)
    assert left != rewriting.lossy(given, 0.3, seed=2)
    assert rewriting.lossy(given, 0.0, seed=1) == given


KINDS = {
    "benign": ({"label": "benign"}, "benign"),
    "benign of some kind": ({"label": "benign-stress"}, "benign"),
    "another protocol": ({"label": "not-mdns"}, "benign"),
    "a hub by its label": ({"label": "hub"}, "hub"),
    "a hub by its notes": (
        {"label": "benign", "notes": "A home-automation hub browses.", "actor": {"mac": A}},
        "hub",
    ),
    "a hub without an actor cannot have a role": (
        {"label": "benign", "notes": "a hub somewhere"},
        "benign",
    ),
    "a GitHub is no hub": ({"label": "benign", "notes": "GitHub", "actor": {"mac": A}}, "benign"),
    "anything else": ({"label": "spoofing"}, "attack"),
}


@pytest.mark.parametrize(("given", "kind"), KINDS.values(), ids=KINDS)
def test_what_a_label_means(given, kind):
    assert truth.kind_of(given) == kind


EXPECTED = {
    "the ground truth's own word": ({"expected": {"malformed": "low"}}, "malformed", LOW),
    "the strongest of several": (
        {"expected": {"meta-query": "medium", "full-enumeration": "high"}},
        "full-enumeration",
        HIGH,
    ),
    "none": ({"expected": {}}, techniques.UNNAMED, MEDIUM),
    "all types": ({"technique": "T1046 all types"}, "full-enumeration", HIGH),
    "the list only": ({"technique": "T1046 meta query"}, "meta-query", MEDIUM),
    "slow before fast": ({"technique": "slow sweep: one type per 20 s"}, "slow-sweep", MEDIUM),
    "many types": ({"technique": "T1046 100 types in 2 s"}, "type-sweep", MEDIUM),
    "poisoning": ({"technique": "T1557.001 mDNS poisoning"}, "poison-reply", HIGH),
    "a chain": ({"label": "chain", "technique": "T1046 all types"}, "remote-access-browse", LOW),
    "by its kind": ({"technique": "odd packets", "kind": "malformed"}, "malformed", LOW),
    "unheard of": ({"label": "strange"}, techniques.UNNAMED, MEDIUM),
}


@pytest.mark.parametrize(("given", "rule", "severity"), EXPECTED.values(), ids=EXPECTED)
def test_what_the_catalogue_calls_it(given, rule, severity):
    assert techniques.strongest(techniques.expected(given)) == (rule, severity)


TOOLS = {
    "with a version": ({"tool": "dig/9.18"}, "dig"),
    "among others": ({"tool": "avahi-browse 0.8 + bash /dev/tcp + nmap 7.93"}, "avahi-browse"),
    "by its command": ({"command": ["avahi-browse", "--all"]}, "avahi-browse"),
    "by the library of a script": (
        {"command": ["python", "fixtures/tools/find_types.py"]},
        "python-zeroconf",
    ),
    "said so": ({"tool": "python-zeroconf 0.154.0"}, "python-zeroconf"),
    "one that we do not know": ({"tool": "sonar 1.2"}, "sonar"),
    "a script": ({"tool": "tools/attacks.py malformed"}, techniques.OWN),
    "home-made": ({"tool": "home-made"}, techniques.OWN),
    "nothing said": ({}, techniques.OWN),
}


@pytest.mark.parametrize(("given", "tool"), TOOLS.values(), ids=TOOLS)
def test_which_tool_it_was(given, tool):
    assert techniques.tool(given) == tool


def test_a_folder_of_captures(tmp_path):
    def put(name, **said):
        (tmp_path / f"{name}.pcap").write_bytes(b"")
        (tmp_path / f"{name}.json").write_text(json.dumps(said), encoding="utf-8")

    put("one", label="enumeration", actor={"mac": A.upper(), "ips": ["FE80::1%eth0"]}, technique="")
    put("two", label="flood", actor={"macs": [A, B], "addresses": ["10.0.0.1"]}, start_epoch=3)
    put("three", label="benign", actor=None)
    (tmp_path / "unlabelled.pcap").write_bytes(b"")
    (tmp_path / "alone.json").write_text("{}", encoding="utf-8")
    (tmp_path / "listed.pcap").write_bytes(b"")
    index = [{"file": "listed.pcap", "label": "benign"}, {"file": "gone.pcap", "label": "benign"}]
    (tmp_path / "index.json").write_text(json.dumps(index), encoding="utf-8")

    found = {each.path.stem: each for each in truth.labelled(tmp_path, "some")}
    assert {name: each.kind for name, each in found.items()} == {
        "listed": "benign",
        "one": "attack",
        "three": "benign",
        "two": "attack",
    }
    assert found["one"].actor == Actor(frozenset([A]), frozenset(["fe80::1"]))
    assert found["two"].actor == Actor(frozenset([A, B]), frozenset(["10.0.0.1"]))
    assert (found["two"].start, found["two"].stop) == (3.0, float("inf"))


def test_the_fixtures_have_a_ground_truth_and_further_captures_may_be_named(tmp_path, monkeypatch):
    names = {each.path for each in truth.collect(None)}
    assert names >= {FIXTURES / "home.pcap", FIXTURES / "hub-60-types.pcap"}
    monkeypatch.setenv("WHOASKS_CAPTURES", str(tmp_path))
    assert truth.captures_folder() == tmp_path
    monkeypatch.setenv("WHOASKS_CAPTURES", str(tmp_path / "nowhere"))
    assert truth.captures_folder() is None


def test_packets_add_addresses_and_times_of_the_actor():
    given = [
        Datagram(3.0, flow(1), ask(META)),
        Datagram(1.0, flow6(1), ask(META)),
        Datagram(2.0, flow(2), ask(META)),
    ]
    actor = Actor(frozenset([flow(1).mac]), frozenset([flow(1).source]))
    found = described(labelled(actor=actor), given)
    assert found.macs == {flow(1).mac, flow(2).mac}
    assert found.actor.seen == {flow(1).source, flow6(1).source}
    assert found.actor_times == (1.0, 3.0)


def test_a_finding_is_read_as_it_is_written():
    value = finding(silenced_by="hub", rules=("full-enumeration", "meta-query"))
    said = of_record(json.loads(json.dumps(record_of(value))))
    assert said == Alarm(
        rule="full-enumeration",
        rules=("full-enumeration", "meta-query"),
        severity=HIGH,
        mac=value.host.mac,
        addresses=frozenset(["10.0.0.23", "fe80::17"]),
        first=value.first_seen,
        last=value.last_seen,
        silenced=True,
    )


def test_the_command_is_run_from_outside(tmp_path):
    config = reading.config(tmp_path / "config.yaml")
    found = reading.read(FIXTURES / "enum-dig-meta.pcap", config)
    assert found.failure is None
    assert "meta-query" in {rule for each in found.alarms for rule in each.rules}


def test_a_run_that_fails_says_so(tmp_path):
    config = reading.config(tmp_path / "config.yaml")
    found = reading.read(tmp_path / "nowhere.pcap", config)
    assert found.alarms == ()
    assert "ended with 2" in found.failure


def test_a_hub_gets_its_role(tmp_path):
    said = truth.of(
        FIXTURES / "hub-60-types.pcap",
        "fixtures",
        json.loads((FIXTURES / "hub-60-types.json").read_text(encoding="utf-8")),
    )
    config = reading.config(tmp_path / "config.yaml", said.actor)
    found = reading.read(said.path, config)
    assert found.failure is None
    assert scoring.loud(found.alarms) == []


def results():
    """Two actions, one missed; two benign captures of one network, one alarmed."""
    return Results(
        [
            observed(alarm(), name="a", naive=(alarm(rule="naive", first=105.0),), macs=[A]),
            observed(name="b", group="fixtures", expected={"malformed": LOW}, macs=[B]),
            observed(alarm(mac=C), name="c", kind="benign", group="real", macs=[C]),
            observed(name="d", kind="benign", group="real", macs=[C]),
        ],
        12.3,
    )


def test_the_tables_count_what_was_observed():
    page = tables.page(results())
    assert "| as recorded | whoasks | 1 of 2 (50 %) | 1 of 2 (50 %) | 0 of 2 (0 %) | 1 of 1" in page
    assert "| as recorded | naive rule | 1 of 2 (50 %) | – | 0 of 2 (0 %) | 0 of 1 (0 %) |" in page
    assert "| `meta-query` | T1046 | medium | 1 | 1 | 1 | 1 | 1 |" in page
    assert "| `b` | malformed | own program | low | nothing |" in page
    assert "| `meta-query` first | 1 | 2 | 2 | 1.0 | 1.0 |" in page


def test_no_capture_but_a_fixture_is_named_in_the_tables():
    page = tables.page(
        Results([observed(name="secret", group="lab"), observed(name="open", group="fixtures")], 0)
    )
    assert "secret" not in page
    assert "`open`" in page


def test_variants_are_rows_of_their_own():
    one = observed(alarm(), macs=[A])
    one.runs += [Run(LOSS, 0, (), ()), Run(LOSS, 1, (alarm(),), ())]
    found = Results([one], 0)
    assert "| 30 % of the packets lost, 2 times | whoasks | 1 of 2 (50 %)" in tables.page(found)
    assert "MISSED lab/a.pcap: meta-query is medium, found nothing (packets lost, seed 0)" in (
        developer.details(found)
    )


def test_a_developer_is_told_the_names():
    told = developer.details(results())
    assert "MISSED fixtures/b.pcap: malformed is low, found nothing (as recorded)" in told
    assert f"FALSE real/c.pcap: meta-query: {C} (as recorded)" in told


def test_everything_is_in_the_json():
    value = json.loads(developer.as_json(results()))
    (variant,) = value["variants"]
    assert (variant["whoasks"]["found"], variant["naive"]["found"]) == (1, 1)
    first = variant["whoasks"]["outcomes"][0]
    assert (first["first"], first["time"]) == ("meta-query", {"packets": 2, "seconds": 1.0})
    assert len(value["captures_in_detail"]) == 4


def test_an_evaluation_with_failed_runs_is_not_written():
    one = observed()
    one.runs[0] = one.runs[0]._replace(failure="ended with 1: no")
    found = Results([one], 0)
    with pytest.raises(ValueError, match="1 runs failed"):
        document.write(found, 2)
    assert "FAILED lab/a.pcap: ended with 1: no (as recorded)" in developer.details(found)


def test_the_page_says_what_was_run():
    said = document.origin(results(), 2)
    assert "4 captures (`lab`, `fixtures`, `real`): 2 actions, 2 benign, 0 of hubs" in said
    assert "`whoasks read` ran 4 times in 12 s, 2 at a time" in said


def test_only_what_is_between_the_markers_is_written():
    before = document.PAGE.read_text(encoding="utf-8")
    head, _, rest = before.partition(document.BEGIN)
    tail = rest.partition(document.END)[2]
    made = document.between(before, "tables")
    assert made == f"{head}{document.BEGIN}\n\ntables\n\n{document.END}{tail}"
    with pytest.raises(ValueError, match="needs the lines"):
        document.between("nothing here", "tables")


WILSON = {
    "all of few": (23, 23, 0.857, 1.0),
    "none of few": (0, 51, 0.0, 0.070),
    "half": (50, 100, 0.404, 0.596),
    "nothing tried": (0, 0, 0.0, 1.0),
}


@pytest.mark.parametrize(("part", "whole", "low", "high"), WILSON.values(), ids=WILSON)
def test_what_few_recordings_leave_open(part, whole, low, high):
    assert tables.wilson(part, whole) == (
        pytest.approx(low, abs=1e-3),
        pytest.approx(high, abs=1e-3),
    )
