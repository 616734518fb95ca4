"""Tables at 80 columns and wide, without a colour, and whatever a name holds."""

from __future__ import annotations

import io
from datetime import UTC

import pytest
from rich.cells import cell_len
from rich.console import Console
from tests.helpers import samples

from whoasks.ui import tables
from whoasks.ui.cells import Clock

CLOCK = Clock(samples.AT + 60, UTC)


def rendered(renderable, width: int = 80, **options) -> str:
    file = io.StringIO()
    Console(file=file, width=width, color_system=None, markup=True, **options).print(renderable)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines())


def test_services_at_80_columns():
    cast = samples.service(
        instance="Living Room", type="_googlecast._tcp", hostname="cast.local.", port=8009
    )
    unknown = samples.service(
        instance="New", hostname=None, port=None, addresses=(), resolved=False, missing=("SRV",)
    )
    assert rendered(tables.services([samples.service(), cast, unknown])) == (
        "Name          Type              Host (.local)  Port  Address\n"
        "Büro-Drucker  _ipp._tcp         printer         631  10.0.0.9 +1\n"
        "Living Room   _googlecast._tcp  cast           8009  10.0.0.9 +1\n"
        "New           _ipp._tcp         no SRV               no address"
    )


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        pytest.param("a.LOCAL.", "a", id="in any case"),
        pytest.param("a.b.local.", "a.b", id="several labels"),
        pytest.param("a.example.", "a.example", id="another domain stays"),
        pytest.param("alocal.", "alocal", id="no label of its own"),
        pytest.param(".local.", ".local", id="nothing before it"),
        pytest.param("local.", "local", id="it alone"),
        pytest.param("\x1b[31m.local.", "\\x1b[31m", id="made safe"),
    ],
)
def test_what_ends_all_names_stands_in_the_heading(name, shown):
    lines = rendered(tables.services([samples.service(hostname=name)])).splitlines()
    assert lines[1].split()[2] == shown
    assert rendered(tables.services([samples.service(hostname="a.local.")], "type")).count(".local")


def test_services_where_there_is_room():
    assert rendered(tables.services([samples.service()]), 140) == (
        "Name          Type       Host           Port  Address      What           Seen on\n"
        "Büro-Drucker  _ipp._tcp  printer.local   631  10.0.0.9 +1  Printer (IPP)  eth0, wlan0"
    )


def test_services_by_host():
    other = samples.service(instance="Web", type="_http._tcp", port=80)
    lost = samples.service(instance="Lost", hostname=None, port=None, addresses=())
    assert rendered(tables.services([samples.service(), other, lost], "host")) == (
        "printer.local  10.0.0.9, fe80::9%eth0\n"
        "  Büro-Drucker  _ipp._tcp   631\n"
        "  Web           _http._tcp   80\n"
        "\n"
        "host not known\n"
        "  Lost          _ipp._tcp"
    )


def test_services_by_type():
    other = samples.service(instance="Web", type="_http._tcp", port=80, description=None)
    assert rendered(tables.services([samples.service(), other], "type")) == (
        "_ipp._tcp  Printer (IPP)  1 service\n"
        "  Büro-Drucker  printer.local  631  10.0.0.9 +1\n"
        "\n"
        "_http._tcp  1 service\n"
        "  Web           printer.local   80  10.0.0.9 +1"
    )


def test_subtypes_domain_and_what_is_gone():
    service = samples.service(stale=True, domain="example.com.")
    assert rendered(tables.services([service], subtypes=True)) == (
        "Name                 Type              Host (.local)  Port  Address\n"
        "Büro-Drucker (gone)  _ipp._tcp         printer         631  10.0.0.9 +1\n"
        "                       _universal\n"
        "                       _print\n"
        "                       in example.com"
    )


def test_no_services():
    assert "Name" in rendered(tables.services([]))
    assert rendered(tables.services([], "host")) == ""


def test_askers():
    assert rendered(tables.askers([samples.asker()], CLOCK)) == (
        "Asker              On    Asked for         Questions  Bursts  Findings  Last\n"
        "10.0.0.23          eth0  _ipp._tcp,               41       1         1  10:00:03\n"
        "cli.local                _ssh._tcp and 36\n"
        "02:00:00:00:00:17        more"
    )
    assert "10.0.0.23 (cli.local, 02:00" in rendered(tables.askers([samples.asker()], CLOCK), 160)


def test_bursts():
    assert rendered(tables.bursts([samples.burst()], CLOCK)) == (
        "Started   Lasted  Verdict     Asker              Questions  Types\n"
        "10:00:00   3.5 s  suspicious  10.0.0.23                 41     38\n"
        "                              cli.local\n"
        "                              02:00:00:00:00:17"
    )
    assert "full-enumeration" in rendered(tables.bursts([samples.burst()], CLOCK), 160)


def test_findings():
    listed = [samples.finding(), samples.finding(silenced_by="hub")]
    assert rendered(tables.findings(listed, CLOCK)).splitlines()[::3] == [
        "ID        Severity              Rule              Host               First seen",
        "                                                  02:00:00:00:00:17",
        "                                                  02:00:00:00:00:17",
    ]
    assert "high (silenced: hub)" in rendered(tables.findings(listed, CLOCK))
    assert "Enumerated every service" in rendered(tables.findings(listed, CLOCK), 160)


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("name", samples.HOSTILE.values(), ids=samples.HOSTILE)
def test_hostile_names(name, width):
    host = samples.Host("mac", "02:00:00:00:00:17", ("10.0.0.23",), name, name, name)
    service = samples.service(
        instance=name,
        type=name,
        hostname=name,
        subtypes=(name,),
        domain=name,
        description=name,
        addresses=(name,),
        interfaces=(name,),
    )
    for table in (
        tables.services([service], subtypes=True),
        tables.services([service], "host"),
        tables.services([service], "type"),
        tables.askers([samples.asker(host=host, types=(name,), interface=name)], CLOCK),
        tables.bursts([samples.burst(host=host, reasons=(name,))], CLOCK),
        tables.findings([samples.finding(host=host, rule=name, title=name)], CLOCK),
    ):
        for line in rendered(table, width).split("\n"):
            assert line.isprintable()
            assert cell_len(line) <= width


def test_a_colour_is_never_all(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    file = io.StringIO()
    console = Console(file=file, width=80, color_system="standard", force_terminal=True)
    console.print(tables.findings([samples.finding()], CLOCK))
    assert "\x1b[1;31mhigh" in file.getvalue()
    monkeypatch.setenv("NO_COLOR", "1")
    file = io.StringIO()
    Console(file=file, width=80, color_system="standard", force_terminal=True).print(
        tables.findings([samples.finding()], CLOCK)
    )
    assert "31m" not in file.getvalue()
