"""The engine: one finding for each host and rule, silenced, lifted, closed; never our own."""

from ipaddress import ip_network

import pytest
from tests.helpers.traffic import (
    META,
    address,
    all_findings,
    announce,
    ask,
    findings,
    fired,
    flow,
    flow6,
    pipeline,
    run,
    types,
)

from whoasks.core.detect.base import Detector, DetectorSettings, Rule
from whoasks.core.detect.engine import Engine
from whoasks.core.detect.rules import ALL
from whoasks.core.detect.telling import describe
from whoasks.core.detect.view import Heard
from whoasks.core.habits import Habits
from whoasks.core.model import (
    Datagram,
    FindingClosed,
    FindingOpened,
    FindingUpdated,
    Host,
)
from whoasks.core.segment import Segment
from whoasks.core.settings import CoreSettings, RoleEntry

SSH = ask("_ssh._tcp.local")
SWEEP = ask(*types(30))
MAC = flow().mac
HERE, ELSEWHERE = ip_network("10.0.0.0/24"), ip_network("10.9.0.0/24")


def test_every_rule_declares_itself():
    assert len({kind.rule.id for kind in ALL}) == len(ALL)
    for kind in ALL:
        assert issubclass(kind, Detector)
        assert isinstance(kind.rule, Rule)
        assert issubclass(kind.Settings, DetectorSettings)
        assert kind.rule.attack
        assert kind.rule.benign


def test_one_finding_is_opened_and_updated_in_place():
    events = run((float(n), flow(), ask(META, ident=n)) for n in range(1, 6))
    meta = [e for e in events if getattr(e, "finding", None) and e.finding.rule == "meta-query"]
    assert [type(e) for e in meta] == [FindingOpened, FindingClosed]
    assert meta[-1].finding.packets == 5
    assert (meta[-1].finding.first_seen, meta[-1].finding.last_seen) == (1.0, 5.0)


def test_repeats_of_one_payload_keep_it_alive():
    made = pipeline(CoreSettings(close_after=30.0))
    events = [e for n in range(5) for e in made.feed(Datagram(n * 20.0, flow(), ask(META)))]
    assert not any(isinstance(e, FindingClosed) for e in events)
    closed = [e for e in made.advance(111.5) if isinstance(e, FindingClosed)]
    assert [e.finding.packets for e in closed] == [5]


def test_after_closing_a_new_one_is_opened():
    said = [(1.0, flow(), ask(META)), (1000.0, flow(), ask(META, ident=2))]
    opened = [e for e in run(said) if isinstance(e, FindingOpened)]
    assert len({e.finding.id for e in opened if e.finding.rule == "meta-query"}) == 2


def test_two_hosts_have_two():
    events = run([(1.0, flow(23), ask(META)), (1.0, flow(24), ask(META))])
    ids = {e.finding.id for e in events if isinstance(e, FindingOpened)}
    assert len(ids) == 2


def test_ids_are_stable_and_do_not_hang_on_microseconds_or_the_mac():
    one = findings(run([(61.0, flow(), ask(META))]))["meta-query"]
    two = findings(run([(61.000050, flow(mac=None), ask(META))]))["meta-query"]
    later = findings(run([(161.0, flow(), ask(META))]))["meta-query"]
    assert one.id == two.id != later.id


def test_one_address_two_macs_in_one_minute_are_two_findings():
    said = [
        (1.0, flow(1, source="0.0.0.0"), ask(META)),  # noqa: S104
        (1.0, flow(2, source="0.0.0.0"), ask(META)),  # noqa: S104
    ]
    ids = {e.finding.id for e in run(said) if isinstance(e, FindingOpened)}
    assert len(ids) == 2


ROLES = {
    "hub silences a sweep": ("hub", {"mac": MAC}, SWEEP, "type-sweep", "hub"),
    "hub silences ssh": ("hub", {"mac": MAC}, SSH, "remote-access-browse", "hub"),
    "hub does not silence the list": ("hub", {"mac": MAC}, ask(META), "meta-query", None),
    "inventory": ("inventory", {"mac": MAC}, ask(META), "meta-query", "inventory"),
    "sensor": ("sensor", {"mac": MAC}, ask(META), "meta-query", "sensor"),
    "ignore": ("ignore", {"mac": MAC}, ask(META), "meta-query", "ignore"),
    "reflector hides the asker, not the asking": (
        "reflector", {"mac": MAC}, ask(META), "meta-query", None,
    ),
    "by network": ("ignore", {"network": HERE}, SSH, "remote-access-browse", "ignore"),
    "by another network": ("ignore", {"network": ELSEWHERE}, SSH, "remote-access-browse", None),
    "by another MAC": ("ignore", {"mac": "02:00:00:00:00:99"}, SSH, "remote-access-browse", None),
    "not yet ended": ("ignore", {"mac": MAC, "until": 13.0}, SSH, "remote-access-browse", "ignore"),
    "ended": ("ignore", {"mac": MAC, "until": 12.0}, SSH, "remote-access-browse", None),
}  # fmt: skip


@pytest.mark.parametrize(("role", "match", "said", "rule", "by"), ROLES.values(), ids=ROLES)
def test_roles(role, match, said, rule, by):
    settings = CoreSettings(roles=(RoleEntry(role=role, reason="tested", **match),))
    found = findings(run([(12.0, flow(), said)], settings))[rule]
    assert found.silenced_by == by


def test_a_role_by_host_name():
    entry = RoleEntry(role="ignore", reason="tested", hostname="pi.local.")
    said = [(1.0, flow(), announce("x", "_http._tcp", "Pi", 23)), (2.0, flow(), SSH)]
    found = findings(run(said, CoreSettings(roles=(entry,))))["remote-access-browse"]
    assert found.silenced_by == "ignore"
    assert found.host.hostname is not None


def test_silenced_findings_are_counted_apart_and_leave_the_burst_routine():
    made = pipeline(CoreSettings(roles=(RoleEntry(role="ignore", reason="t", mac=MAC),)))
    made.feed(Datagram(1.0, flow(), ask(META)))
    events = made.finish()
    assert [e.burst.verdict for e in events if hasattr(e, "burst")] == ["routine"]
    summary = made.summary()
    assert summary.silenced == 1
    assert sum(summary.findings.values()) == 0


def test_only_selected_rules_run():
    some = CoreSettings(rules={"meta-query": ALL[0].Settings()})
    assert fired([(1.0, flow(), ask(META, *types(30)))], some) == {"meta-query": "medium"}
    assert fired([(1.0, flow(), ask(META))], CoreSettings(rules={})) == {}


def test_our_own_questions_are_never_a_finding():
    own = frozenset({"10.0.0.23"})
    assert fired([(1.0, flow(), ask(META))], own_addresses=own) == {}
    # Nor are they over the other family of the same MAC.
    said = [(1.0, flow(), ask("_x._tcp.local")), (2.0, flow6(), ask(META))]
    assert fired(said, own_addresses=own) == {}


def test_severity_that_grows_is_told():
    said = [(1.0, flow(), SSH), (2.0, flow(), ask("_ipp._tcp.local", recursion=True))]
    updates = [e for e in run(said) if isinstance(e, FindingUpdated)]
    assert [(e.finding.rule, e.finding.severity.label) for e in updates] == [
        ("remote-access-browse", "medium")
    ]


def test_describe():
    host = Host("mac", "02:00:00:00:00:17", ("10.0.0.23",), "pi.local.", "Maker")
    assert describe(host) == "10.0.0.23 (pi.local, MAC 02:00:00:00:00:17, Maker)"
    assert describe(Host("address", None, ("10.0.0.23",))) == "10.0.0.23"


def test_windows_are_those_of_the_rules():
    engine = Engine(
        CoreSettings(), lambda host: Host("mac", None, ()), [], Segment(Habits(None, 1))
    )
    assert engine.windows == (60.0,)
    assert Heard.__doc__


def test_a_role_given_to_an_address_that_is_known_only_later():
    entry = RoleEntry(role="hub", reason="tested", network=ip_network("10.0.0.23/32"))
    said = [(1.0, flow6(), SWEEP), (2.0, flow(), ask(*types(31)))]
    assert findings(run(said[:1], CoreSettings(roles=(entry,))))["type-sweep"].silenced_by is None
    assert findings(run(said, CoreSettings(roles=(entry,))))["type-sweep"].silenced_by == "hub"


# One finding for one action.


def test_what_several_rules_say_of_one_action_is_one_finding():
    said = [(1.0, flow(), ask(META, *types(30), ident=7, recursion=True))]
    (found,) = all_findings(run(said))
    assert found.rule == "meta-query"
    assert set(found.rules) == {"meta-query", "type-sweep", "scanner-shape"}
    assert [claim.rule for claim in found.claims] == list(found.rules)
    assert found.claims[0].explanation in found.explanation


def test_a_stronger_rule_takes_the_lead_and_the_id_stays():
    offered = [(0.1, flow(9), announce("a", kind)) for kind in ("_a._tcp", "_b._tcp", "_c._tcp")]
    said = [*offered, (1.0, flow(), ask(META))]
    (first,) = all_findings(run(said))
    follow = ask("_a._tcp.local", "_b._tcp.local", "_c._tcp.local")
    (found,) = all_findings(run([*said, (1.5, flow(), follow)]))
    assert (first.rule, found.rule) == ("meta-query", "full-enumeration")
    assert first.id == found.id
    assert found.severity.label == "high"


FOLDED = {
    "in one burst": (9.0, 1),
    "within a minute": (59.0, 1),
    "after a minute": (62.0, 2),
}


@pytest.mark.parametrize(("later", "count"), FOLDED.values(), ids=FOLDED)
def test_what_belongs_together(later, count):
    said = [(1.0, flow(), SSH), (1.0 + later, flow(), ask(META))]
    assert len(all_findings(run(said))) == count


def test_claims_to_names_and_questions_are_two_things():
    said = [(1.0, flow(), ask(META))]
    for n in range(3):
        said.append((2.0 + n, flow(50), ask(f"n{n}.local", qtype=1)))
        said.append((2.1 + n, flow(), address(f"n{n}", "10.0.0.99")))
    rules = {found.rule for found in all_findings(run(said)) if found.host.mac == MAC}
    assert rules == {"meta-query", "many-names"}


def test_a_claim_that_a_role_silences_does_not_lead():
    entry = RoleEntry(role="hub", reason="tested", mac=MAC)
    said = [(1.0, flow(), ask(*types(30))), (2.0, flow(), ask(META))]
    (found,) = all_findings(run(said, CoreSettings(roles=(entry,))))
    assert (found.rule, found.silenced_by) == ("meta-query", None)
    assert {claim.rule: claim.silenced_by for claim in found.claims}["type-sweep"] == "hub"


LIFTS = {
    "a shape lifts": (ask("_ssh._tcp.local", ident=7, recursion=True), "medium"),
    "alone it is low": (ask("_x._tcp.local", ident=7, recursion=True), "low"),
    "one kind twice is one kind": (ask("_ssh._tcp.local", qtype=255), "low"),
}


@pytest.mark.parametrize(("packet", "severity"), LIFTS.values(), ids=LIFTS)
def test_kinds_of_evidence(packet, severity):
    (found,) = all_findings(run([(1.0, flow(), packet)]))
    assert found.severity.label == severity


def test_a_later_burst_lifts_nothing_of_an_earlier_one():
    said = [(1.0, flow(), SSH), (40.0, flow(), ask("_x._tcp.local", ident=7, recursion=True))]
    assert {f.severity.label for f in all_findings(run(said))} == {"low"}


# Drills.

MARK = ask("0123abcd._whoasks-drill._udp.local", qtype=33)


def test_a_drill_marks_what_follows_and_silences_nothing():
    said = [(1.0, flow(), MARK), (2.0, flow(), ask(META)), (200.0, flow(), SSH)]
    found = {f.rule: (f.drill, f.severity.label) for f in all_findings(run(said))}
    assert found == {"meta-query": ("0123abcd", "medium"), "remote-access-browse": (None, "low")}


def test_a_drill_of_our_own_is_a_finding():
    own = frozenset({"10.0.0.23"})
    said = [(1.0, flow(), MARK), (2.0, flow(), ask(META))]
    (found,) = all_findings(run(said, own_addresses=own))
    assert (found.rule, found.drill, found.host.role) == ("meta-query", "0123abcd", "self")
    assert all_findings(run(said[1:], own_addresses=own)) == []


def test_anothers_mark_is_not_ours():
    said = [(1.0, flow(9), MARK), (2.0, flow(), ask(META))]
    assert all_findings(run(said, own_addresses=frozenset({"10.0.0.23"}))) == []
