"""An audit as a whole: hosts, grades, caps, ids; every check documented."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.helpers import samples
from tests.helpers.audits import at

from whoasks.core.audit import audit, letter
from whoasks.core.auditing.checks import ALL
from whoasks.core.auditing.hosts import hosts_of

DOCS = Path(__file__).parents[2] / "docs"
TELNET = at("telnet", port=23)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((0, 0, 0), "A"),
        ((0, 0, 1), "B"),
        ((0, 0, 40), "B"),
        ((0, 1, 9), "C"),
        ((0, 2, 0), "D"),
        ((1, 9, 9), "E"),
        ((2, 0, 0), "F"),
    ],
)
def test_grades(counts, expected):
    assert letter(*counts) == expected


def test_a_host_with_nothing_to_mend_is_listed_too():
    (one,) = audit([at("smb")])
    assert (one.grade.grade, one.grade.reason) == ("A", "nothing that needs mending")
    assert [e.severity.label for e in one.exposures] == ["info"]


def test_worst_host_first_then_by_name():
    hosts = audit(
        [
            at("http", host="b.local.", addresses=("10.0.0.2",)),
            at("telnet", host="c.local.", addresses=("10.0.0.3",)),
            at("http", host="a.local.", addresses=("10.0.0.1",)),
        ]
    )
    assert [(one.grade.hostname, one.grade.grade) for one in hosts] == [
        ("c.local.", "E"),
        ("a.local.", "A"),
        ("b.local.", "A"),
    ]


def test_exposures_explain_themselves():
    (one,) = audit([TELNET])
    (found,) = one.exposures
    assert found.grade == one.grade.grade == "E"
    assert found.says == "It offers Telnet on port 23."
    assert found.reason.startswith("Whoever can see the traffic")
    assert found.services == ("Thing._telnet._tcp",)
    assert found.ports == (23,)
    assert found.references == ("CWE-319",)
    assert one.grade.reason == "high: remote login without encryption"
    assert one.grade.checks == ("clear-text-login",)


def test_the_id_is_the_same_next_time_and_another_elsewhere():
    def id_of(*services):
        return audit(services)[0].exposures[0].id

    later = at("telnet", port=23, last_seen=samples.AT + 9e5, addresses=("10.0.0.77",))
    assert id_of(TELNET) == id_of(later)
    assert id_of(TELNET) != id_of(at("telnet", port=24))
    assert id_of(TELNET) != id_of(at("telnet", port=23, host="other.local."))


def test_skipped_checks():
    (one,) = audit([TELNET], skip={"clear-text-login"})
    assert (one.grade.grade, one.exposures) == ("A", ())


def test_what_has_gone_was_given_away_all_the_same():
    assert audit([at("telnet", stale=True)])[0].grade.grade == "E"


def test_a_flood_of_services_is_counted_and_capped():
    (one,) = audit([at("ssh", f"s{n}", port=n) for n in range(700)])
    assert (one.grade.low, len(one.exposures), one.grade.dropped) == (700, 500, 200)
    (one,) = audit([at("ssh", f"s{n}", port=22) for n in range(700)])
    assert len(one.exposures[0].services) == 16


@pytest.mark.parametrize("name", samples.HOSTILE.values(), ids=samples.HOSTILE)
def test_hostile_names_are_audited(name):
    for one in audit([at("smb", name, txt={name: name, "serial": name, "u": name})]):
        assert one.grade.hostname == "thing.local."


class TestHosts:
    """Which services are of one host."""

    def names(self, *services):
        return [[s.instance for s in host.services] for host in hosts_of(services)]

    def test_one_name(self):
        assert self.names(at("a", "1"), at("b", "2", host="THING.local.")) == [["1", "2"]]

    def test_two_names_with_the_same_addresses(self):
        other = at("b", "2", host="x.local.", addresses=("10.0.0.9", "fe80::9%eth0"))
        assert self.names(at("a", "1"), other) == [["1", "2"]]

    def test_two_names_with_one_address_in_common(self):
        one = at("a", "1", addresses=("10.0.0.1", "172.17.0.1"))
        two = at("a", "2", host="x.local.", addresses=("10.0.0.2", "172.17.0.1"))
        assert self.names(one, two) == [["1"], ["2"]]

    def test_two_names_at_the_loopback_or_at_nonsense(self):
        one = at("a", "1", addresses=("127.0.0.1",))
        two = at("a", "2", host="x.local.", addresses=("127.0.0.1",))
        three = at("a", "3", host="y.local.", addresses=("?",))
        assert self.names(one, two, three) == [["1"], ["2"], ["3"]]

    def test_device_info_is_its_namesakes(self):
        info = at("device-info", "Thing", host=None, addresses=(), port=None)
        lost = at("device-info", "Nobody", host=None, addresses=(), port=None)
        assert self.names(info, lost, at("smb")) == [["Thing", "Thing"], ["Nobody"]]


def test_no_check_has_the_id_of_another():
    ids = [check.id for check in ALL]
    assert sorted(set(ids)) == sorted(ids)


@pytest.mark.parametrize("check", ALL, ids=lambda check: check.id)
def test_a_check_is_told_in_full(check):
    assert re.fullmatch(r"[a-z][a-z-]+", check.id)
    assert check.why.endswith(".")
    assert check.remedy.endswith(".")
    assert check.references
    page = (DOCS / "audit.md").read_text(encoding="utf-8")
    row = rf"^\| `{check.id}` \| {re.escape(check.title)} \| {check.severity.label} \|"
    assert re.search(row, page, re.MULTILINE), "not in docs/audit.md"
