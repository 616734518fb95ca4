"""What ``watch`` and ``explain`` say, to the letter."""

from __future__ import annotations

import io
from datetime import UTC

import pytest
from rich.console import Console, Group
from tests.helpers import samples

from whoasks.core.detect.base import Rule
from whoasks.core.model import Claim, Host, Severity, Tool
from whoasks.core.settings import RoleEntry
from whoasks.ui import report
from whoasks.ui.cells import Clock

CLOCK = Clock(samples.AT + 60, UTC)
RULE = Rule("full-enumeration", "t", Severity.HIGH, ("T1046",), ("diagnosis tools",), ())


def rendered(renderable, width: int = 80, **how) -> str:
    file = io.StringIO()
    Console(file=file, width=width, color_system=None).print(renderable, **how)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines())


def test_the_block_of_a_finding():
    assert rendered(report.finding_block(samples.finding(), CLOCK)) == (
        "HIGH  Enumerated every service  10:00:00 to 10:00:03\n"
        "  who       10.0.0.23 (cli.local, 02:00:00:00:00:17) on eth0\n"
        "  what      10.0.0.23 asked for the list of all service types, then for 38 of 39\n"
        "            asked for _services._dns-sd._udp.local, _ipp._tcp.local and 3 more\n"
        "  why       rule full-enumeration: types 38 (threshold 3), advertised 39, share\n"
        "            0.97 (threshold 0.6); also meta-query\n"
        "  how sure  host known by the MAC of its frames; looks like avahi-browse -a\n"
        "            (90%); coverage: multicast only\n"
        "  more      whoasks explain 3f9c2a7b11d04e55"
    )


def test_a_finding_of_which_less_is_known():
    host = Host("address", None, ("10.0.0.5",))
    bare = samples.finding(
        host=host, tool=None, names=(), names_dropped=0, observed={}, threshold={}, coverage=(),
        rules=(), silenced_by="hub",
    )  # fmt: skip
    shown = rendered(report.finding_block(bare, CLOCK), 120)
    assert "who       10.0.0.5 on eth0" in shown
    assert "by its address alone" in shown
    assert "silenced  by hub" in shown
    assert "why       rule full-enumeration: Enumerated every service" in shown
    assert "asked for\n" not in shown


def test_the_line_of_a_burst_stays_one():
    line = rendered(report.burst_line(samples.burst(), CLOCK), soft_wrap=True)
    assert line == (
        "10:00:00  suspicious  10.0.0.23 (cli.local, 02:00:00:00:00:17) on eth0 VLAN 12: "
        "41 questions in 6 packets over 3.5 s, the list of all types, 38 types, 2 instances, "
        "1 host name; full-enumeration"
    )


def test_the_line_of_a_burst_with_a_tool():
    burst = samples.burst(
        tool=Tool("nmap", 0.9), meta_query=False, types=0, instances=0, hostnames=0,
        reverse_names=9, reasons=(),
    )  # fmt: skip
    line = rendered(report.burst_line(burst, CLOCK), soft_wrap=True)
    assert line.endswith("over 3.5 s, 9 reverse names; like nmap")


def test_everything_about_a_finding():
    assert rendered(report.explain(samples.finding(), RULE, CLOCK)) == (
        "HIGH  Enumerated every service\n"
        "  finding    3f9c2a7b11d04e55 (open)\n"
        "  who        10.0.0.23 (cli.local, 02:00:00:00:00:17) on eth0\n"
        "  addresses  10.0.0.23, fe80::17%eth0\n"
        "  when       10:00:00 to 10:00:03\n"
        "  rules      full-enumeration, meta-query\n"
        "  ATT&CK     T1046\n"
        "  how sure   host known by the MAC of its frames; looks like avahi-browse -a\n"
        "             (90%); coverage: multicast only\n"
        "  tool       avahi-browse -a: port 5353, known answers\n"
        "  burst      b7d1\n"
        "\n"
        "What happened\n"
        "  10.0.0.23 asked for the list of all service types, then for 38 of 39\n"
        "  41 questions in 6 packets over 3.5 s\n"
        "\n"
        "Why it counts\n"
        "  full-enumeration, high: asked for the list of all service types, then for 38\n"
        "  of 39\n"
        "    measure     observed  threshold\n"
        "    types       38        3\n"
        "    advertised  39\n"
        "    share       0.97      0.6\n"
        "  meta-query, medium, silenced by hub: asked for the list of all service types\n"
        "    measure       observed  threshold\n"
        "    meta queries  1         1\n"
        "\n"
        "Names asked for\n"
        "  _services._dns-sd._udp.local.\n"
        "  _ipp._tcp.local.\n"
        "  … and 3 more that were not kept\n"
        "\n"
        "Evidence\n"
        "  10:00:00.250 PTR _services._dns-sd._udp.local. QM\n"
        "\n"
        "What was and was not seen\n"
        "  multicast only\n"
        "\n"
        "Benign causes\n"
        "  diagnosis tools\n"
        "\n"
        "If this host may do so\n"
        "  Give it a role in the configuration; what a role silences is still recorded.\n"
        "  Roles: hub, inventory, reflector, sensor, ignore."
    )


def test_a_finding_of_an_earlier_version_has_no_claims():
    shown = rendered(report.explain(samples.finding(claims=()), RULE, CLOCK))
    assert (
        "Why it counts\n  measure     observed  threshold\n  types       38        3\n"
    ) in shown


def test_a_drill_says_so():
    drill = samples.finding(drill="3f9c2a7b")
    words = "drill      it announced itself as the drill 3f9c2a7b (`whoasks drill`)"
    assert words in rendered(report.explain(drill, RULE, CLOCK))
    assert " ".join(words.split()) in " ".join(rendered(report.finding_block(drill, CLOCK)).split())


def test_why_a_tool_is_guessed():
    found = samples.finding(tool=Tool("nmap", 0.9, ("a new port each time", "RD set")))
    assert "tool       nmap: a new port each time, RD set" in rendered(
        report.explain(found, RULE, CLOCK)
    )


def test_a_role_that_expired():
    role = RoleEntry("hub", "x", mac=samples.HOST.mac, until=samples.AT)
    shown = rendered(report.explain(samples.finding(), RULE, CLOCK, roles=(role,)))
    assert "role       its role hub expired on 2026-01-01 at 10:00 UTC" in shown


def test_a_role_that_would_fit_comes_as_lines():
    hidden = samples.finding(coverage=("true source hidden: it re-sends",))
    shown = rendered(report.explain(hidden, RULE, CLOCK))
    assert "It looks like a reflector: true source hidden: it re-sends." in shown
    assert shown.endswith(
        "  hosts:\n"
        '    - match: {mac: "02:00:00:00:00:17"}\n'
        "      role: reflector\n"
        "      reason: what it is, and who looks after it\n"
        "      until: 2027-01-01"
    )


@pytest.mark.parametrize(
    ("addresses", "match"),
    [
        pytest.param(("fe80::1%eth0", "10.0.0.5"), 'address: "10.0.0.5"', id="one that lasts"),
        pytest.param(("fe80::1%eth0",), 'address: "fe80::1"', id="link-local, without its scope"),
        pytest.param((), 'address: "ADDRESS"', id="none"),
    ],
)
def test_what_the_configuration_can_know_a_host_by(addresses, match):
    hidden = ("true source hidden",)
    finding = samples.finding(host=Host("address", None, addresses), coverage=hidden)
    assert f"match: {{{match}}}" in rendered(report.explain(finding, None, CLOCK))


def test_a_rule_that_is_no_more():
    shown = rendered(report.explain(samples.finding(silenced_by="hub", burst=None), None, CLOCK))
    assert "Benign causes" not in shown
    assert "silenced   by hub" in shown
    assert "burst" not in shown


def test_what_a_run_came_to():
    run = samples.summary(dropped={"instances": 1200}, time_went_back=2)
    assert [line.plain for line in report.summary(run)] == [
        "100 mDNS packets of 120 packets: 69 services, 3 askers, 5 bursts.",
        "Findings: 1 high, and 1 silenced by a role.",
        "Malformed: 2 truncated.",
        "Dropped at a cap: 1,200 instances.",
        "Time went back 2 times; it was held.",
        "Coverage: multicast only",
        "Note: the last packet is cut off",
    ]
    quiet = samples.summary(findings={"high": 0}, silenced=0, malformed={})
    assert report.summary(quiet)[1].plain == "Findings: none."


@pytest.mark.parametrize("name", samples.HOSTILE.values(), ids=samples.HOSTILE)
def test_hostile_names(name):
    host = Host("mac", name, (name,), name, name, name)
    finding = samples.finding(
        host=host, title=name, explanation=name, names=(name,), observed={name: name},
        threshold={name: [name]}, coverage=(name,), evidence=(name,), tool=Tool(name, 1.0, (name,)),
        silenced_by=name, interface=name, burst=name, rules=(name,), drill=name,
        claims=(Claim(name, Severity.LOW, name, {name: name}, {name: [name]}, name),),
    )  # fmt: skip
    burst = samples.burst(host=host, reasons=(name,), tool=Tool(name, 0.5), interface=name)
    run = samples.summary(malformed={name: 1}, coverage=(name,), notes=(name,))
    for renderable in (
        report.finding_block(finding, CLOCK),
        report.burst_line(burst, CLOCK),
        report.explain(finding, None, CLOCK),
        Group(*report.summary(run)),
    ):
        for line in rendered(renderable).split("\n"):
            assert line.isprintable()


def test_a_name_cannot_begin_a_line_of_its_own():
    forged = "asked for x\n  how sure  not at all"
    shown = rendered(report.finding_block(samples.finding(explanation=forged), CLOCK))
    assert "asked for x\\x0a  how sure  not at all" in shown
