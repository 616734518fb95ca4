"""The details pane: all there is, and nothing but text of what strangers chose."""

from __future__ import annotations

import io
from datetime import UTC

import pytest
from rich.console import Console
from tests.helpers import samples

from whoasks.core.devices import Device, DeviceClaim
from whoasks.ui.cells import Clock
from whoasks.ui.live import hosts
from whoasks.ui.live.details import details
from whoasks.ui.live.moments import Moment

CLOCK = Clock(samples.AT, UTC)


def printed(value, width=60) -> str:
    out = io.StringIO()
    Console(file=out, width=width, color_system=None).print(details(value, CLOCK))
    return out.getvalue()


def has(text: str, *lines: str) -> None:
    plain = " ".join(text.split())
    assert [line for line in lines if line not in plain] == []


DEVICE = Device(
    (), (), (), (), (
        DeviceClaim("kind", "printer", 0.9, ("it offers _ipp._tcp", "its name", "third")),
        DeviceClaim("kind", "scanner", 0.2, ()),
        DeviceClaim("model", "Laser 3000", 0.8, ("TXT ty",)),
    ),
)  # fmt: skip


def test_a_service():
    has(
        printed(samples.service(domain="example.org", name_raw=b"\x1b\xff")),
        "Büro-Drucker", "type _ipp._tcp Printer (IPP)", "host printer.local", "port 631",
        "address 10.0.0.9 fe80::9%eth0", "subtypes _universal, _print", "domain example.org",
        "on eth0, wlan0", "first seen 10:00:00", "name bytes 1b ff", "TXT, 3 keys",
        "ty Laser 3000", "Duplex present, no value", "device Laser 3000",
    )  # fmt: skip


def test_states_of_a_service():
    has(printed(samples.service(stale=True)), "state gone: said goodbye")
    has(printed(samples.service(resolved=False, missing=("SRV",))), "state not known yet: SRV")
    has(printed(samples.service(txt={})), "TXT is empty")
    assert "TXT" not in printed(samples.service(txt={}, txt_raw=None))


def test_a_txt_value_that_is_no_text_is_shown_in_hex():
    has(
        printed(samples.service(txt={"id": "a\udcff\udc80", "n": "a\0b"})), "id 61 ff 80", "n 61 00"
    )


def test_a_host_with_the_evidence_for_what_it_is():
    gone = samples.service(instance="Old", stale=True)
    shown = printed(hosts.view("k", [samples.service(), gone], samples.asker(), DEVICE))
    has(
        shown,
        "printer.local", "kind printer it offers _ipp._tcp its name model Laser 3000 TXT ty",
        "MAC 02:00:00:00:00:17", "asked 41 questions in 6 packets, 1 burst", "Offers 2 services",
        "_ipp._tcp 631 Büro-Drucker",
    )  # fmt: skip
    assert "scanner" not in shown
    assert "third" not in shown


def test_an_asker():
    has(
        printed(samples.asker()),
        "cli.local", "asked 41 questions in 6 packets, 1 burst", "findings 1",
        "Types asked for _ipp._tcp _ssh._tcp and 36 more",
    )  # fmt: skip


def test_a_finding_is_explained():
    has(printed(samples.finding()), "HIGH", "What happened", "Why it counts", "multicast only")
    assert "HIGH" in printed(samples.finding(rule="a rule of another version"))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        pytest.param(samples.burst(), "_services._dns-sd._udp.local", id="a burst"),
        pytest.param(samples.burst(names=()), "suspicious", id="a burst without names"),
        pytest.param(samples.service(), "Büro-Drucker", id="a service"),
        pytest.param(samples.finding(), "What happened", id="a finding"),
        pytest.param(None, "somebody something", id="a malformed packet"),
    ],
)
def test_a_moment_tells_of_what_it_is_about(value, words):
    moment = Moment(1, samples.AT, "kind", "somebody", "something", value)
    has(printed(moment), "10:00:00 kind", words)


def test_no_row():
    assert printed(None) == "No row.\n"


@pytest.mark.parametrize("name", samples.HOSTILE.values(), ids=samples.HOSTILE)
def test_names_are_text(name):
    host = samples.Host("mac", name, (name,), name, name, name)
    service = samples.service(
        instance=name, hostname=name, txt={name: name}, interfaces=(name,), addresses=(name,),
        subtypes=(name,), description=name, device={"model": name}, domain=name,
    )  # fmt: skip
    claims = (DeviceClaim("model", name, 1.0, (name,)),)
    asker = samples.asker(host=host, interface=name, types=(name,))
    values = [
        service,
        hosts.view("k", [service], asker, Device((), (), (), (), claims)),
        asker,
        samples.finding(host=host, title=name, names=(name,)),
        Moment(1, 0.0, "asked", name, name, samples.burst(host=host, names=(name,))),
        Moment(1, 0.0, "malformed", name, name),
    ]
    for value in values:
        shown = printed(value).replace("\n", "")
        assert {char for char in shown if not char.isprintable()} == set()
