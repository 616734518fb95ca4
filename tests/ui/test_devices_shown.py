"""Blocks of devices at 80 columns and wide, without a colour, and whatever a name holds."""

from __future__ import annotations

import io
import re

import msgspec
import pytest
from rich.cells import cell_len
from rich.console import Console
from tests.helpers import samples
from tests.helpers.offered import offered, vendor_of

from whoasks import knowledge
from whoasks.core.device_groups import Group
from whoasks.core.devices import Device, DeviceClaim, identify
from whoasks.ui import devices

MAC = "3c:22:fb:01:02:03"


def rendered(renderable, width: int = 80) -> str:
    file = io.StringIO()
    Console(file=file, width=width, color_system=None, markup=True).print(renderable)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines())


def made(*claims, **fields) -> Device:
    """A device of which this is told."""
    said = tuple(DeviceClaim(what, value, 0.5, ("why",)) for what, value in claims)
    plain = Device(("thing.local.",), (), ("10.0.0.9",), (), said)
    return msgspec.structs.replace(plain, **fields)


def mac_of_anna() -> Device:
    services = (
        offered("_airplay._tcp", {"model": "MacBookPro18,3", "osvers": "14.4"}, name="Anna’s Mac"),
        offered("_ssh._tcp", name="Anna’s Mac"),
    )
    group = Group(("annas-mac.local.",), services, ("10.0.0.9", "fe80::9%eth0"), (MAC,))
    return identify(group, knowledge.devices(), vendor_of)


def test_a_device_at_80_columns():
    silent = made(("kind", "phone"), hostnames=("a.local.", "b.local."), addresses=())
    lost = made(hostnames=(), addresses=(), services=(offered(name="Lost", at=None),))
    assert rendered(devices.blocks([mac_of_anna(), lost, silent])) == (
        "annas-mac.local  computer, Apple MacBook Pro (14-inch, 2021) (MacBookPro18,3),\n"
        "                 macOS 14.4\n"
        "  10.0.0.9, fe80::9%eth0  MAC 3c:22:fb:01:02:03\n"
        "  Anna’s Mac  _airplay._tcp  80\n"
        "  Anna’s Mac  _ssh._tcp      80\n"
        "\n"
        "host not known  not known what it is\n"
        "  Lost        _http._tcp\n"
        "\n"
        "a.local, b.local  phone\n"
        "  no service heard of"
    )


def test_where_there_is_room():
    service = samples.service(missing=("TXT",), stale=False)
    text = rendered(devices.blocks([made(services=(service,))]), 140)
    assert text.endswith("Büro-Drucker (no TXT)  _ipp._tcp  631  Printer (IPP)  eth0, wlan0")


def test_why():
    text = rendered(devices.blocks([mac_of_anna()], why=True), 150)
    of_model = "TXT model=MacBookPro18,3 of _airplay._tcp"
    assert [line.split("  ", 1) for line in compact(text)[2:10]] == [
        ["kind", "computer  84%  model MacBookPro18,3; offers _ssh._tcp"],
        ["not media player", "10%  offers _airplay._tcp"],
        ["vendor", f"Apple  89%  model MacBookPro18,3; MAC {MAC} is registered to Apple, Inc."],
        ["model", f"MacBookPro18,3  85%  {of_model}"],
        ["sold as", "MacBook Pro (14-inch, 2021)  85%  model MacBookPro18,3"],
        ["system", "macOS  81%  model MacBookPro18,3"],
        ["its version", "14.4  85%  TXT osvers=14.4 of _airplay._tcp"],
        ["MAC", f"{MAC}  99%  sender of its own address records"],
    ]


def compact(text: str) -> list[str]:
    """Lines whose columns stand two blanks apart."""
    return [re.sub(" {2,}", "  ", line.strip()) for line in text.splitlines()]


def test_why_tells_what_lost_and_what_is_no_evidence():
    device = made(("kind", "hub"), ("kind", "plug"), notes=("MAC is made up",))
    assert rendered(devices.blocks([device], why=True)) == (
        "thing.local  hub\n"
        "  10.0.0.9\n"
        "  kind  hub       50%  why\n"
        "        not plug  50%  why\n"
        "  MAC is made up\n"
        "  no service heard of"
    )
    guess = msgspec.structs.replace(made(), claims=(DeviceClaim("kind", "TV", 0.1, ("x",)),))
    assert "kind  perhaps TV  10%  x" in rendered(devices.blocks([guess], why=True))
    assert "thing.local  not known what it is" in rendered(devices.blocks([guess]))
    assert "nothing speaks for anything" in rendered(devices.blocks([made()], why=True))


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        pytest.param([], "", id="nothing"),
        pytest.param([("kind", "printer")], "printer", id="kind"),
        pytest.param([("vendor", "HP"), ("model", "HP OfficeJet")], "HP OfficeJet", id="once"),
        pytest.param([("vendor", "Sonos"), ("model", "One")], "Sonos One", id="vendor and model"),
        pytest.param(
            [("kind", "hub"), ("vendor", "Signify"), ("model", "B2"), ("marketing_name", "Hue")],
            "hub, Signify Hue (B2)",
            id="sold under another name",
        ),
        pytest.param(
            [("model", "Home Assistant"), ("software", "Home Assistant 2024.11.2")],
            "Home Assistant 2024.11.2",
            id="software that is the product",
        ),
        pytest.param([("os", "Linux")], "Linux", id="system"),
        pytest.param(
            [("kind", "hub"), ("software", "Home Assistant 2024.11.2")],
            "hub, Home Assistant 2024.11.2",
            id="software",
        ),
    ],
)
def test_summary(claims, expected):
    assert devices.summary(made(*claims)) == expected


@pytest.mark.parametrize(
    ("device", "expected"),
    [
        pytest.param(made(), "10.0.0.9", id="address"),
        pytest.param(made(macs=(MAC, "02::")), f"10.0.0.9  MAC {MAC}, 02::", id="its own MACs"),
        pytest.param(made(("mac", MAC)), f"10.0.0.9  MAC {MAC}, as it tells", id="told MAC"),
        pytest.param(made(addresses=(), macs=(MAC,)), f"MAC {MAC}", id="no address"),
        pytest.param(made(addresses=()), "", id="nothing"),
    ],
)
def test_where(device, expected):
    assert str(devices.where(device)) == expected


def test_subtypes_and_what_is_gone():
    service = samples.service(stale=True, domain="example.com.")
    assert rendered(devices.blocks([made(services=(service,))], subtypes=True)) == (
        "thing.local  not known what it is\n"
        "  10.0.0.9\n"
        "  Büro-Drucker (gone)  _ipp._tcp         631\n"
        "                         _universal\n"
        "                         _print\n"
        "                         in example.com"
    )


def test_no_devices():
    assert rendered(devices.blocks([])) == ""


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("name", samples.HOSTILE.values(), ids=samples.HOSTILE)
def test_hostile_names(name, width):
    service = samples.service(
        instance=name, type=name, subtypes=(name,), domain=name, description=name
    )
    claims = tuple(
        DeviceClaim(what, name, 0.5, (name,)) for what in ("kind", "vendor", "model", "os")
    )
    device = Device((name,), (service,), (name,), (name,), claims, (name,))
    for line in rendered(devices.blocks([device], why=True, subtypes=True), width).split("\n"):
        assert line.isprintable()
        assert cell_len(line) <= width
