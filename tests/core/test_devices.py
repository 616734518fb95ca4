"""What a device is, by what it announces: each case with all that is told of it."""

from __future__ import annotations

import pytest
from tests.helpers.offered import offered, vendor_of
from tests.helpers.samples import HOSTILE

from whoasks import knowledge
from whoasks.core import device_evidence, devices
from whoasks.core.device_groups import Group
from whoasks.core.names import escape_label

FACTS = knowledge.devices()
APPLE_MAC, ESPRESSIF_MAC = "3c:22:fb:01:02:03", "a0:b7:65:11:22:33"


def device(*services, hostnames=("thing.local.",), macs=(), systems=()):
    group = Group(hostnames, services, (), macs, systems)
    return devices.identify(group, FACTS, vendor_of)


def told(*services, **options):
    return devices.as_record(device(*services, **options))


CASES = {
    "nothing known": ([offered()], {}),
    "Mac": (
        [
            offered("_airplay._tcp", {"model": "MacBookPro18,3", "osvers": "14.4"}),
            offered("_device-info._tcp", {"model": "MacBookPro18,3", "osxvers": "23"}, at=None),
        ],
        {
            "kind": "computer",
            "vendor": "Apple",
            "model": "MacBookPro18,3",
            "marketing_name": "MacBook Pro (14-inch, 2021)",
            "os": "macOS",
            "os_version": "14.4",
        },
    ),
    "Mac that says less": (
        [
            offered("_device-info._tcp", {"model": "Mac99,9", "osxvers": "22"}, at=None),
            offered("_smb._tcp"),
        ],
        {
            "kind": "computer",
            "vendor": "Apple",
            "model": "Mac99,9",
            "os": "macOS",
            "os_version": "13",
        },
    ),
    "NAS that shows a Mac's picture": (
        [
            offered("_device-info._tcp", {"model": "RackMac"}),
            offered("_smb._tcp"),
            offered("_adisk._tcp", {"sys": "waMA=0,adVF=0x100"}),
            offered("_http._tcp", {"vendor": "Synology", "model": "DS920+", "version_major": "7"}),
        ],
        {
            "kind": "NAS",
            "vendor": "Synology",
            "model": "DS920+",
            "os": "DSM",
            "os_version": "7",
        },
    ),
    "printer": (
        [
            offered("_ipp._tcp", {"ty": "HP LaserJet MFP M428fdw", "product": "(HP LaserJet)"}),
            offered("_uscan._tcp", {"ty": "HP LaserJet MFP M428fdw"}),
        ],
        {"kind": "printer", "vendor": "HP", "model": "HP LaserJet MFP M428fdw"},
    ),
    "printer by its USB names": (
        [offered("_printer._tcp", {"usb_MFG": "EPSON", "usb_MDL": "ET-2750 Series"})],
        {"kind": "printer", "vendor": "Epson", "model": "ET-2750 Series"},
    ),
    "scanner alone": ([offered("_uscan._tcp")], {"kind": "scanner"}),
    "Chromecast": (
        [offered("_googlecast._tcp", {"md": "Chromecast Ultra", "ca": "201221"})],
        {"kind": "media player", "vendor": "Google", "model": "Chromecast Ultra"},
    ),
    "Cast speaker of another maker": (
        [offered("_googlecast._tcp", {"md": "JBL Link 10", "ca": "2052"})],
        {"kind": "speaker", "model": "JBL Link 10"},
    ),
    "Sonos, whose RAOP names an Apple model": (
        [
            offered("_sonos._tcp"),
            offered("_airplay._tcp", {"model": "One", "manufacturer": "Sonos"}),
            offered("_raop._tcp", {"am": "AppleTV14,1", "ov": "18.1"}),
        ],
        {"kind": "speaker", "vendor": "Sonos", "model": "One"},
    ),
    "Hue bridge": (
        [
            offered("_hue._tcp", {"modelid": "BSB002", "bridgeid": "ecb5fafffe1a2b3c"}),
            offered("_hap._tcp", {"md": "BSB002", "ci": "2"}),
        ],
        {
            "kind": "hub",
            "vendor": "Signify",
            "model": "BSB002",
            "marketing_name": "Hue Bridge (2nd generation)",
            "mac": "ec:b5:fa:1a:2b:3c",
        },
    ),
    "HomeKit camera": ([offered("_hap._tcp", {"ci": "17"})], {"kind": "camera"}),
    "HomeKit sensor": (
        [offered("_hap._udp", {"md": "Eve Door", "ci": "10"})],
        {"kind": "sensor", "vendor": "Eve", "model": "Eve Door"},
    ),
    "Matter plug": (
        [offered("_matterc._udp", {"VP": "4447+8194", "DT": "266"})],
        {"kind": "plug", "vendor": "Aqara"},
    ),
    "ESPHome": (
        [
            offered(
                "_esphomelib._tcp",
                {"board": "esp32dev", "version": "2024.10.3", "mac": "a0b765112233"},
            )
        ],
        {
            "kind": "smart device",
            "vendor": "Espressif",
            "model": "esp32dev",
            "software": "ESPHome 2024.10.3",
            "mac": ESPRESSIF_MAC,
        },
    ),
    "Home Assistant": (
        [offered("_home-assistant._tcp", {"version": "2024.11.2"})],
        {"kind": "hub", "model": "Home Assistant", "software": "Home Assistant 2024.11.2"},
    ),
    "Fire TV": (
        [offered("_amzn-wplay._tcp", {"n": "Living room"})],
        {"kind": "media player", "vendor": "Amazon", "os": "Fire OS"},
    ),
    "AirPort station": (
        [offered("_airport._tcp", {"waMA": "3C-22-FB-01-02-03,syAP=107,syVs=7.5.2"})],
        {
            "kind": "router",
            "vendor": "Apple",
            "marketing_name": "AirPort Express (802.11n)",
            "firmware": "7.5.2",
            "mac": APPLE_MAC,
        },
    ),
    "workstation": (
        [offered("_workstation._tcp", name="desk [3c:22:fb:01:02:03]")],
        {"kind": "computer", "vendor": "Apple", "os": "Linux", "mac": APPLE_MAC},
    ),
    "router by its instance name": (
        [offered("_http._tcp", name="FRITZ!Box 7590")],
        {"kind": "router", "vendor": "AVM", "model": "FRITZ!Box 7590"},
    ),
    "version without a system": ([offered("_raop._tcp", {"ov": "18.1"})], {"kind": "speaker"}),
}


@pytest.mark.parametrize(("services", "expected"), CASES.values(), ids=CASES)
def test_told(services, expected):
    assert told(*services) == expected


@pytest.mark.parametrize(
    ("hostname", "expected"),
    [
        pytest.param("Annas-iPhone.local.", ("phone", "Apple"), id="iPhone"),
        pytest.param("Annas-iPad-2.local.", ("tablet", "Apple"), id="iPad"),
        pytest.param("DESKTOP-M3JAMSQ.local.", ("computer", None), id="Windows"),
        pytest.param("Android-2.local.", ("phone", None), id="Android"),
        pytest.param("BRW5CF370AABBCC.local.", ("printer", "Brother"), id="printer"),
        pytest.param("attic-nas.local.", ("NAS", None), id="NAS"),
        pytest.param("dynastic.local.", (None, None), id="not a NAS"),
        pytest.param("hp.local.", (None, None), id="not yet a printer"),
        pytest.param("television.local.", (None, None), id="no word of its own"),
    ],
)
def test_by_host_name(hostname, expected):
    found = device(hostnames=(hostname,))
    assert (found.told("kind"), found.told("vendor")) == expected


def test_the_mac_of_the_sender_and_its_maker():
    found = device(macs=(APPLE_MAC,))
    assert (found.told("mac"), found.told("vendor")) == (APPLE_MAC, "Apple")
    assert found.claims[0].why == (f"MAC {APPLE_MAC} is registered to Apple, Inc.",)
    assert not found.known
    assert found.notes == ()


def test_a_chip_is_not_the_device():
    service = offered("_airplay._tcp", {"manufacturer": "Acme"})
    found = device(service, macs=(ESPRESSIF_MAC,))
    assert found.told("vendor") == "Acme"
    (_, chip) = [claim for claim in found.claims if claim.what == "vendor"]
    assert (chip.value, chip.weight) == ("Espressif", device_evidence.OF_PART_VENDOR)


def test_a_made_up_mac_names_no_vendor_and_comes_last():
    asked = []
    group = Group(("x.local.",), (), (), ("02:00:00:00:00:01", APPLE_MAC))
    found = devices.identify(group, FACTS, lambda mac: asked.append(mac) or vendor_of(mac))
    assert found.told("mac") == APPLE_MAC
    assert found.notes == (
        "MAC 02:00:00:00:00:01 is made up by the device (locally administered): it names no vendor",
    )


def test_the_sender_s_mac_beats_what_txt_says():
    service = offered("_esphomelib._tcp", {"mac": "3c22fb010203"})
    assert told(service, macs=("02:00:00:00:00:01",))["mac"] == "02:00:00:00:00:01"


def test_hinfo_tells_the_system():
    assert told(systems=("X86_64 LINUX",)) == {"os": "Linux"}
    assert told(systems=("X86_64 LINUXOID",)) == {}


def test_evidence_adds_up_and_one_rule_counts_once():
    one = device(offered("_ipp._tcp"), hostnames=("x.local.",))
    four = device(
        *(offered(type_) for type_ in ("_ipp._tcp", "_ipps._tcp", "_printer._tcp")),
        hostnames=("x.local.",),
    )
    more = device(offered("_ipp._tcp"), hostnames=("study-printer.local.",))
    weight = {name: d.claims[0].weight for name, d in (("1", one), ("4", four), ("+", more))}
    assert weight == {"1": 0.7, "4": 0.7, "+": 0.82}
    assert more.claims[0].why == ("offers _ipp._tcp", "host name study-printer")


def test_every_claim_has_its_evidence():
    found = device(
        offered("_airplay._tcp", {"model": "One", "manufacturer": "Sonos"}),
        offered("_raop._tcp", {"am": "AppleTV14,1"}),
        macs=(APPLE_MAC,),
    )
    why = {(claim.what, claim.value): claim.why for claim in found.claims}
    assert why["model", "One"] == ("TXT model=One of _airplay._tcp",)
    assert why["model", "AppleTV14,1"] == ("TXT am=AppleTV14,1 of _raop._tcp",)
    assert why["kind", "speaker"] == ("offers _raop._tcp", "vendor Sonos")
    assert [claim.value for claim in found.claims if claim.what == "vendor"] == ["Sonos", "Apple"]
    record = devices.as_record(found, why=True)
    assert record["why"][0] == {
        "what": "kind",
        "value": "speaker",
        "weight": 0.51,
        "because": ["offers _raop._tcp", "vendor Sonos"],
    }


@pytest.mark.parametrize("text", [*HOSTILE.values(), "x" * 1_300], ids=repr)
def test_hostile_text_is_harmless(text):
    keys = ("model", "manufacturer", "osvers", "deviceid", "fv")
    found = device(
        offered("_airplay._tcp", dict.fromkeys(keys, text), name=text),
        offered("_ipp._tcp", {"ty": text, "product": f"({text})"}, name=text),
        hostnames=(escape_label(text.encode("utf-8", "replace")) + ".local.",),
    )
    for claim in found.claims:
        assert len(claim.value) <= 80
        assert all(len(why) <= 200 for why in claim.why)
        assert 0 < claim.weight < 1


def test_a_flood_of_services_and_values_is_capped():
    services = [
        offered("_airplay._tcp", {"model": f"M{number}", "deviceid": f"3c22fb{number:06x}"})
        for number in range(2_000)
    ]
    asked = []
    group = Group(("x.local.",), tuple(services))
    found = devices.identify(group, FACTS, asked.append)
    assert len(found.services) == 2_000
    per_claim = [claim.what for claim in found.claims]
    assert max(map(per_claim.count, per_claim)) <= devices.MAX_VALUES
    assert len(asked) <= 4


def test_devices_of_services_and_back():
    services = [
        offered("_ipp._tcp", {"ty": "Inkwell"}, at="p.local."),
        offered("_http._tcp", at="other.local."),
    ]
    found = devices.devices(services, FACTS, vendor_of)
    assert [d.hostnames for d in found] == [("p.local.",), ("other.local.",)]
    filled = devices.attach(services, found)
    assert [service.device for service in filled] == [
        {"kind": "printer", "model": "Inkwell"},
        None,
    ]
    assert devices.attach(services, []) == services


def test_only_what_was_asked_for():
    ipp, web = offered("_ipp._tcp", at="p.local."), offered("_http._tcp", at="w.local.")
    found = devices.devices([ipp, web], FACTS, vendor_of)
    (one,) = devices.only(found, [ipp])
    assert (one.hostnames, one.services, one.told("kind")) == (("p.local.",), (ipp,), "printer")
