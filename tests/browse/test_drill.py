"""The drills' packets: what each kind sends, byte for byte, and what it never asks for."""

from __future__ import annotations

import ipaddress
import itertools
from pathlib import Path

import pytest

from whoasks import knowledge
from whoasks.browse import drill
from whoasks.core.detect.rules import ALL
from whoasks.core.drill import DRILL_TYPE
from whoasks.core.model import PTR, SRV
from whoasks.core.names import parse
from whoasks.core.wire import decode

MARK = "0badcafe"
OWN = "10.0.7.250"


def made(kind: str, address: str | None = OWN) -> list[drill.Packet]:
    return drill.packets(kind, MARK, address=address, ident=itertools.count(0x1234).__next__)


def asked(packet: drill.Packet) -> list[str]:
    """The names of a packet that asks for pointers and for nothing else, by multicast."""
    message = decode(packet.payload)
    assert {q.qtype for q in message.questions} == {PTR}
    assert {(q.qclass, q.unicast) for q in message.questions} == {(1, False)}
    assert message.counts == (packet.questions, 0, 0, 0)
    return [q.name for q in message.questions]


@pytest.mark.parametrize("kind", drill.KINDS)
def test_the_mark_goes_ahead_alone(kind: str) -> None:
    first, second, *_ = packets = made(kind)
    assert first.payload == (
        bytes.fromhex("0000 0000 0001 0000 0000 0000")
        + b"\x080badcafe\x0e_whoasks-drill\x04_udp\x05local\x00"
        + bytes.fromhex("0021 0001")
    )
    (question,) = decode(first.payload).questions
    assert question.qtype == SRV
    name = parse(question.name)
    assert (name.kind, name.type, name.instance) == ("instance", DRILL_TYPE, MARK)
    assert first.after == 0.0
    assert second.after == drill.MARK_AHEAD
    assert all(b"_whoasks-drill" not in packet.payload for packet in packets[1:])


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        pytest.param(
            "meta-query",
            bytes.fromhex("0000 0000 0001 0000 0000 0000")
            + b"\x09_services\x07_dns-sd\x04_udp\x05local\x00"
            + bytes.fromhex("000c 0001"),
            id="meta-query",
        ),
        pytest.param(
            "remote-type",
            bytes.fromhex("0000 0000 0001 0000 0000 0000")
            + b"\x04_ssh\x04_tcp\x05local\x00"
            + bytes.fromhex("000c 0001"),
            id="remote-type",
        ),
    ],
)
def test_one_question(kind: str, payload: bytes) -> None:
    (packet,) = made(kind)[1:]
    assert packet.payload == payload
    assert packet.questions == 1


def test_sweep() -> None:
    packets = made("sweep")[1:]
    names = [asked(packet) for packet in packets]
    assert len(packets) >= 30
    assert names == [[f"{name}.local."] for name in drill.TYPES]
    assert [packet.after for packet in packets[1:]] == [drill.STEP] * (len(packets) - 1)
    assert all(packet.payload[:4] == bytes(4) for packet in packets)


def test_packed_sweep() -> None:
    (packet,) = made("packed-sweep")[1:]
    assert asked(packet) == [f"{name}.local." for name in drill.TYPES]
    assert packet.questions == len(drill.TYPES) >= 30
    assert len(packet.payload) <= 1_400


def test_reverse_sweep() -> None:
    names = [name for packet in made("reverse-sweep")[1:] for name in asked(packet)]
    assert len(names) == len(set(names)) == drill.NEIGHBOURS >= 12
    assert {parse(name).kind for name in names} == {"reverse"}
    hosts = [
        ipaddress.ip_address(".".join(reversed(name.split(".in-addr.arpa.")[0].split("."))))
        for name in names
    ]
    assert ipaddress.ip_address(OWN) not in hosts
    assert all(host in ipaddress.ip_network("10.0.7.0/24") for host in hosts)
    # It goes round at the end of the network, and leaves network and broadcast out.
    assert [str(host) for host in hosts[:6]] == [
        *("10.0.7.251", "10.0.7.252", "10.0.7.253", "10.0.7.254", "10.0.7.1", "10.0.7.2")
    ]


def test_reverse_sweep_without_an_address() -> None:
    with pytest.raises(ValueError, match="IPv4"):
        made("reverse-sweep", None)


def test_legacy() -> None:
    packets = made("legacy")[1:]
    names = [asked(packet) for packet in packets]
    assert names == [
        ["_services._dns-sd._udp.local."],
        *([f"{name}.local."] for name in drill.LEGACY_TYPES),
    ]
    assert len(names) == 4
    messages = [decode(packet.payload) for packet in packets]
    assert [message.id for message in messages] == [0x1234, 0x1235, 0x1236, 0x1237]
    assert all(message.recursion_desired for message in messages)
    assert all(message.flags == 0x0100 for message in messages)


@pytest.mark.parametrize("kind", [kind for kind in drill.KINDS if kind != "legacy"])
def test_the_others_ask_as_clients_do(kind: str) -> None:
    """ID, flags and so the recursion bit are zero (RFC 6762 §18)."""
    assert {packet.payload[:4] for packet in made(kind)} == {bytes(4)}


def test_no_kind_is_unknown_and_an_unknown_one_is_refused() -> None:
    assert [each.kind for each in drill.DRILLS] == list(drill.KINDS)
    assert [drill.drill(kind).kind for kind in drill.KINDS] == list(drill.KINDS)
    with pytest.raises(KeyError):
        drill.drill("nosuch")
    with pytest.raises(KeyError):
        made("nosuch")


def test_a_sweep_tests_breadth_alone() -> None:
    known = knowledge.load()
    types = set(drill.TYPES)
    assert len(types) == len(drill.TYPES)
    assert types <= known.service_types.keys()
    assert not types & (known.remote_rare | known.remote_common)
    assert set(drill.LEGACY_TYPES) <= types
    assert drill.REMOTE in known.remote_rare


@pytest.mark.parametrize("each", [pytest.param(each, id=each.kind) for each in drill.DRILLS])
def test_what_is_expected_exists(each: drill.Drill) -> None:
    rules = {detector.rule.id: detector.rule for detector in ALL}
    assert set(each.rules) <= rules.keys()
    assert rules[each.rules[0]].severity == each.severity
    assert each.technique in rules[each.rules[0]].attack
    assert each.legacy == (each.kind == "legacy")


def test_the_page_has_the_same_table() -> None:
    page = (Path(__file__).parents[2] / "docs" / "drill.md").read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| `")]
    assert [(row[0], row[2], row[3], row[4]) for row in rows] == [
        (
            f"`{each.kind}`",
            " with ".join(f"`{rule}`" for rule in each.rules),
            each.severity.label,
            each.technique,
        )
        for each in drill.DRILLS
    ]
    assert f" {len(drill.TYPES)} service types, one a packet" in page
    assert f" {drill.NEIGHBOURS} addresses " in page
