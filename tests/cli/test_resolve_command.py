"""``whoasks resolve``: what it prints, says and returns. The network is made of values here."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from dnslib import AAAA, QTYPE, RR, SRV, TXT, A, DNSHeader, DNSLabel, DNSRecord

from whoasks.browse.session import Ending
from whoasks.cli import asking, main, resolving
from whoasks.core.model import Datagram, Flow
from whoasks.sources.interfaces import Interface

HOST = DNSLabel([b"nas", b"local"])


def answer(label: bytes = b"Web", link_local: bool = False) -> bytes:
    """Everything about one service."""
    name = DNSLabel([label, b"_http", b"_tcp", b"local"])
    packet = DNSRecord(DNSHeader(id=0, bitmap=0x8400))
    packet.add_answer(RR(name, QTYPE.SRV, 0x8001, 120, SRV(0, 0, 80, HOST)))
    packet.add_answer(RR(name, QTYPE.TXT, 0x8001, 4500, TXT([b"path=/", b"\x1b[31m=red"])))
    packet.add_answer(RR(HOST, QTYPE.A, 0x8001, 120, A("10.0.0.9")))
    if link_local:
        packet.add_answer(RR(HOST, QTYPE.AAAA, 0x8001, 120, AAAA("fe80::9")))
    return bytes(packet.pack())


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A network that answers with these payloads."""

    def make(*payloads: bytes, mac: str | None = None, ending: str = "quiet") -> None:
        async def heard(browser: Any, *rest: object, **more: object) -> Ending:
            flow = Flow("eth0", "10.0.0.9", 5353, "224.0.0.251", 5353, mac=mac)
            browser._plan.due(0.0)
            browser.hear([Datagram(1e9, flow, p) for p in payloads])
            if ending == "interrupted":
                raise KeyboardInterrupt
            return Ending("quiet", 0.2, 3.5, 1, 1)

        eth0 = Interface("eth0", 2, up=True, multicast=True, ipv4=("10.0.0.1",), ipv6=("fe80::1",))
        monkeypatch.setattr("whoasks.sources.interfaces.choose", lambda names: (eth0,))
        monkeypatch.setattr(asking, "listen_and_ask", heard)
        monkeypatch.setattr(asking, "interfaces_from", lambda given, path: given)

    return make


def test_a_table_with_who_answered(
    network: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    network(answer(link_local=True), mac="02:00:00:00:00:09")
    assert main(["resolve", "Web._http._tcp"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.splitlines()[0] == "Web._http._tcp  Web._http._tcp.local."
    for piece in ("SRV", "nas.local.:80", "4500 s", "path=/", "10.0.0.9", "fe80::9%eth0"):
        assert piece in out
    assert "10.0.0.9 (02:00:00:00:00:09) on eth0 after " in out
    assert "\x1b" not in out
    assert "\\x1b[31m=red" in out


def test_ndjson(network: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    network(answer(b"v1.2 \x1b[2J"))
    assert main(["resolve", "v1.2 \\x1b[2J._http._tcp", "--format", "ndjson"]) == 0
    out, _ = capsys.readouterr()
    assert "\x1b" not in out
    records = [json.loads(line) for line in out.splitlines()]
    assert [(r["type"], r["ttl"]) for r in records] == [("SRV", 120), ("TXT", 4500), ("A", 120)]
    assert {r["record"] for r in records} == {"answer"}
    assert (records[0]["hostname"], records[0]["port"]) == ("nas.local.", 80)
    assert records[0]["name"] == "v1\\.2 \x1b[2J._http._tcp.local."
    assert records[1]["txt"] == {"path": "/", "\x1b[31m": "red"}
    (speaker,) = records[2]["answered_by"]
    assert (speaker["addresses"], speaker["mac"], speaker["interface"]) == (
        ["10.0.0.9"],
        None,
        "eth0",
    )


def test_json_is_one_array(
    network: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    network(answer())
    assert main(["resolve", "nas", "--format", "json"]) == 0
    assert [r["data"] for r in json.loads(capsys.readouterr().out)] == ["10.0.0.9"]


def test_nobody_answered(network: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    network()
    assert main(["resolve", "nas\x1b[31m", "tv"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "nas\\x1b[31m: nobody answered in 3.5 s.",
        "tv: nobody answered in 3.5 s.",
        "A service is looked up with its type, as in 'Name._ipp._tcp'; `whoasks list` has all.",
    ]


@pytest.mark.parametrize(
    ("name", "hint"),
    [("10.0.0.77", "announces nothing"), ("Web._http._tcp", "that are here now")],
)
def test_what_to_do_when_nobody_answered(
    name: str, hint: str, network: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    network()
    assert main(["resolve", name]) == 1
    assert hint in capsys.readouterr().err


def test_one_of_two_was_answered(
    network: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    network(answer())
    assert main(["resolve", "nas", "10.0.0.77"]) == 1
    out, err = capsys.readouterr()
    assert "10.0.0.9" in out
    assert "10.0.0.77: nobody answered" in err


def test_interrupted_prints_what_it_has(
    network: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    network(answer(), ending="interrupted")
    assert main(["resolve", "nas"]) == 130
    assert "10.0.0.9" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 2, "Missing argument"),
        (["_ssh._tcp"], 2, "whoasks list"),
        (["example.com"], 2, "a name for DNS"),
        (["nas", "--timeout", "0"], 2, "timeout"),
        (["nas", "-i", "nosuch0"], 3, "nosuch0"),
    ],
)
def test_wrong_usage_is_a_sentence(
    arguments: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["resolve", *arguments]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert "Traceback" not in err


@pytest.mark.parametrize(("rtype", "name"), [(33, "SRV"), (47, "NSEC"), (64, "TYPE64")])
def test_types_have_names(rtype: int, name: str) -> None:
    assert resolving.type_name(rtype) == name
