"""Audits and differences as people read them, at 80 columns and wide; names stay harmless."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from tests.helpers import samples
from tests.helpers.audits import at

from whoasks.core.audit import audit
from whoasks.core.difference import Comparison
from whoasks.ui import audit as ui
from whoasks.ui import difference


def shown(renderable: object, width: int = 80) -> str:
    out = io.StringIO()
    Console(file=out, width=width, color_system=None, markup=False, emoji=False).print(renderable)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


SWITCH = at("telnet", "Switch", port=23, host="switch.local.", txt={"serial": "X1"})


def test_a_host_its_items_and_then_what_to_do():
    lines = shown(ui.report(audit([SWITCH])), 100).splitlines()
    assert lines[0] == "E  switch.local  10.0.0.9"
    assert lines[1].split("  ")[1].split() == ["high"] or "high" in lines[1]
    assert "remote login without encryption" in lines[1]
    assert "Telnet on port 23" in lines[1]
    assert "Switch._telnet._tcp" in lines[2]
    assert lines[4] == "What it means, and what to do"
    assert lines[6] == "high  remote login without encryption  clear-text-login, 1 host"
    assert any(line.startswith("   Remedy: Turn it off and use SSH") for line in lines)
    assert "   CWE-319, ATT&CK T1021, ATT&CK T1040" in lines


def test_advice_stands_once_for_all_hosts():
    other = at("telnet", "Two", host="two.local.", addresses=("10.0.0.2",))
    text = shown(ui.report(audit([SWITCH, other])))
    assert text.count("Remedy: Turn it off and use SSH") == 1
    assert "clear-text-login, 2 hosts" in text


def test_what_several_services_give_away_names_one_and_counts_the_rest():
    two = [at("http", name, txt={"serial": "X1"}) for name in ("a", "b", "c")]
    assert "X1  a._http._tcp and 2 more" in shown(ui.report(audit(two)), 120)


def test_a_host_of_which_nothing_is_known():
    text = shown(ui.report(audit([at("foo", host=None, addresses=())])))
    assert text == "A  host not known\n   nothing found"


def test_items_beyond_the_cap_are_counted():
    flood = [at("ssh", f"{n}", port=n) for n in range(501)]
    assert "and 1 more" in shown(ui.report(audit(flood)))


def test_grades():
    text = shown(ui.grades(audit([SWITCH, at("foo", host=None, addresses=())])))
    rows = [line.split() for line in text.splitlines()]
    assert rows[0] == ["Grade", "Host", "Address", "Device", "Because"]
    assert rows[1][:3] == ["E", "switch.local", "10.0.0.9"]
    assert "host not known" in text
    wide = shown(ui.grades(audit([SWITCH])), 140).splitlines()
    assert wide[0].split()[-4:] == ["High", "Medium", "Low", "Info"]
    assert wide[1].split()[-2:] == ["1", "1"]


def test_summaries():
    assert ui.summary(audit([SWITCH])) == "1 host: 1 E; 1 high, 1 low."
    assert ui.summary(audit([at("foo")])) == "1 host: 1 A."
    assert ui.summary([]) == "0 hosts: ."


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("name", samples.HOSTILE.values(), ids=samples.HOSTILE)
def test_hostile_names(name, width):
    service = at("telnet", name, host=f"{name}.local.", txt={"serial": f"1{name}"})
    change = samples.service_change(
        instance=name, before={f"txt.{name}": name}, after={}, fields=(f"txt.{name}",)
    )
    for made in (
        ui.report(audit([service])),
        ui.grades(audit([service])),
        difference.changes([change]),
    ):
        text = shown(made, width)
        assert not {c for c in text if (ord(c) < 32 and c != "\n") or 127 <= ord(c) < 160}
        assert "\u202e" not in text


WORDS = {
    "new": (
        samples.service_change(change="new", fields=(), before={}, after={}),
        ["+ new", "port 632, 10.0.0.9 printer.local"],
    ),
    "gone, of which little was known": (
        samples.service_change(change="gone", fields=(), hostname=None, port=None, addresses=()),
        ["- gone"],
    ),
    "changed": (samples.service_change(), ["~ changed", "port: 631 → 632"]),
    "a TXT key that went": (samples.service_change(), ["txt.note: without a value → not there"]),
    "an empty value": (
        samples.service_change(fields=("txt.a",), before={"txt.a": ""}, after={"txt.a": "b"}),
        ["txt.a: empty → b"],
    ),
    "another host": (
        samples.service_change(
            fields=("host",), before={"host": "a.local."}, after={"host": "b.local."}
        ),
        ["host: a.local → b.local"],
    ),
    "addresses": (
        samples.service_change(
            fields=("addresses",), before={"addresses": ["10.0.0.1", "fe80::1"]}, after={}
        ),
        ["addresses: 10.0.0.1, fe80::1 → not there"],
    ),
    "no port any more": (
        samples.service_change(fields=("port",), before={"port": 1}, after={"port": None}),
        ["port: 1 → not known"],
    ),
}


@pytest.mark.parametrize(("change", "words"), WORDS.values(), ids=WORDS)
def test_changes(change, words):
    text = " ".join(shown(difference.changes([change]), 140).split())
    assert [word for word in words if word not in text] == []


def test_at_80_columns_a_place_has_two_lines():
    new = samples.service_change(change="new", hostname="kitchen-speaker.local.", fields=())
    lines = shown(difference.changes([new]), 80).splitlines()
    assert lines[1].endswith("  kitchen-speaker.local")
    assert lines[2].strip() == "port 632, 10.0.0.9"


def test_summaries_of_changes():
    changes = (samples.service_change(), samples.service_change(change="new"))
    assert difference.summary(Comparison(changes, 1200, 0)) == (
        "1 new, 0 gone, 1 changed, 1,200 the same."
    )
    assert "2 values that change by themselves left out" in difference.summary(Comparison((), 1, 2))
