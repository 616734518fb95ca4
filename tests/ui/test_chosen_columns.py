"""Tables of the columns that were chosen, for any kind of value."""

from __future__ import annotations

import io
from datetime import UTC

import pytest
from rich.cells import cell_len
from rich.console import Console
from tests.helpers import samples

from whoasks.core.model import Asker, Burst, Finding, Service
from whoasks.outputs.records import STRUCTS
from whoasks.ui.cells import Clock
from whoasks.ui.columns import chosen
from whoasks.ui.fields import fields, find

CLOCK = Clock(samples.AT + 60, UTC)


def shown(values, kind, *names: str, width: int = 80) -> str:
    columns = [find(kind, name) for name in names]
    file = io.StringIO()
    Console(file=file, width=width, color_system=None, markup=True).print(
        chosen(values, columns, CLOCK)
    )
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines())


def test_a_title_is_the_name_that_chooses_it():
    assert shown([samples.service(txt={"rp": "ipp"})], Service, "port", "instance", "txt.rp") == (
        "port  instance      txt.rp\n 631  Büro-Drucker  ipp"
    )


def test_what_the_usual_table_leaves_out():
    value = samples.service(stale=True, last_seen=samples.AT + 3)
    names = ("instance", "interfaces", "first_seen", "last_seen", "stale")
    assert shown([value], Service, *names) == (
        "instance      interfaces  first_seen  last_seen  stale\n"
        "Büro-Drucker  eth0        10:00:00    10:00:03   yes\n"
        "              wlan0"
    )


def test_every_address_with_its_scope():
    value = samples.service()
    narrow = shown([value], Service, "hostname", "addresses")
    assert narrow.splitlines()[1:] == ["printer.local  10.0.0.9", "               fe80::9%eth0"]
    wide = shown([value], Service, "hostname", "addresses", width=140)
    assert wide.splitlines()[1] == "printer.local  10.0.0.9, fe80::9%eth0"


def test_nothing_is_an_empty_cell():
    value = samples.service(hostname=None, port=None, addresses=(), txt={"flag": None})
    names = ("hostname", "port", "addresses", "txt.flag", "type")
    assert shown([value], Service, *names).splitlines()[1].split() == ["_ipp._tcp"]


def test_findings():
    names = ("id", "severity", "rule", "tool", "claims", "observed.types", "attack")
    assert shown([samples.finding()], Finding, *names, width=140).splitlines()[1] == (
        "3f9c2a7b11d04e55  high      full-enumeration  avahi-browse -a  "
        "full-enumeration=high, meta-query=medium  38              T1046"
    )


def test_hosts_verdicts_and_numbers():
    lines = shown([samples.burst()], Burst, "host", "verdict", "vlan", "meta_query").splitlines()
    assert lines[1].split() == ["10.0.0.23", samples.burst().verdict, "12", "yes"]
    assert [line.strip() for line in lines[2:]] == ["cli.local", "02:00:00:00:00:17"]
    assert "10.0.0.23 (cli.local" in shown([samples.asker()], Asker, "host", width=140)


@pytest.mark.parametrize("width", [80, 140])
@pytest.mark.parametrize("kind", ["finding", "burst", "service", "asker", "summary", "change"])
def test_every_field_of_every_kind_can_be_shown(kind, width):
    value = getattr(samples, kind)()
    for name in fields(STRUCTS[kind]):
        assert shown([value], STRUCTS[kind], name, width=width).startswith(name[:40])


@pytest.mark.parametrize("width", [80, 140])
@pytest.mark.parametrize("name", samples.HOSTILE.values(), ids=samples.HOSTILE)
def test_hostile_names(name, width):
    value = samples.service(
        instance=name, hostname=name, txt={name: name}, interfaces=(name, name), device={name: name}
    )
    names = ("instance", "hostname", "txt", f"txt.{name}", "interfaces", "device")
    columns = [find(Service, each) or find(Service, "txt.odd") for each in names]
    file = io.StringIO()
    Console(file=file, width=width, color_system=None, markup=True, emoji=True).print(
        chosen([value], columns, CLOCK)
    )
    lines = file.getvalue().splitlines()
    assert all(char.isprintable() or char == "\u0301" for line in lines for char in line)
    assert max(cell_len(line) for line in lines) <= width
