"""Every advertising host of the lab, by what its configuration lets it announce."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.helpers.offered import offered

from whoasks import knowledge
from whoasks.core.devices import devices

HOSTS = json.loads((Path(__file__).parents[1] / "lab" / "conf" / "hosts.json").read_text("utf-8"))

# Kind, vendor, model. Neither vendor nor model: nothing that they announce says it.
EXPECTED = {
    "DESKTOP-7QK2": ("computer", None, None),
    "HP5A1B2C": ("printer", "HP", "HP LaserJet MFP M428fdw"),
    "annas-mbp": ("computer", "Apple", "Mac15,6"),
    "buero-nas": ("NAS", "Synology", "DS920+"),
    "chromecast": ("media player", "Google", "Chromecast Ultra"),
    "fritz-box": ("router", "AVM", "FRITZ!Box 7590"),
    "garage-door": ("smart device", None, "esp32dev"),
    "homeassistant": ("hub", None, "Home Assistant"),
    "homehub": ("hub", "Signify", "BSB002"),
    "linux-dev": ("computer", None, None),
    "sonos-kitchen": ("speaker", "Sonos", "One"),
    "weird": ("computer", None, None),
    "wohnzimmer-tv": ("media player", "Apple", "AppleTV14,1"),
}


def services(name):
    host = HOSTS[name].get("hostname", name)
    found = [
        offered(
            item["type"],
            item.get("txt"),
            name=item["name"].replace("%h", host),
            at=f"{host}.local.",
        )
        for item in HOSTS[name]["services"]
    ]
    if HOSTS[name].get("workstation"):
        found.append(offered("_workstation._tcp", name=f"{host} [02:00:00:00:00:0a]"))
    return [service for service in found if service.hostname == f"{host}.local."]


@pytest.mark.parametrize(("name", "expected"), EXPECTED.items(), ids=EXPECTED)
def test_a_host_of_the_lab(name, expected):
    (device,) = devices(services(name), knowledge.devices(), lambda mac: None)
    assert (device.told("kind"), device.told("vendor"), device.told("model")) == expected


def test_all_hosts_are_here():
    advertising = {
        name for name, host in HOSTS.items() if host.get("services") and host.get("auto", True)
    }
    assert advertising - {"b-server"} == set(EXPECTED)
