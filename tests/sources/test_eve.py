"""Suricata's EVE log: each mdns event becomes the message that it tells of."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from whoasks.core.malformed import MalformedMessage
from whoasks.core.model import PTR, SRV, TXT, Datagram, Question, Srv
from whoasks.core.wire import decode
from whoasks.sources.capture_file import CaptureError, CaptureFile

IPP = "_ipp._tcp.local"
PRINTER = f"A. Printer.{IPP}"
QUERY = {"type": "request", "id": 0, "opcode": 0, "rcode": 0}
QUERY["queries"] = [{"rrname": IPP, "rrtype": "ptr"}]


def event(mdns: Any = QUERY, **changes: Any) -> dict[str, Any]:
    made = {
        "timestamp": "2026-01-05T10:00:00.250000+0100",
        "flow_id": 7,
        "in_iface": "eth0",
        "event_type": "mdns",
        "src_ip": "10.0.0.1",
        "src_port": 5353,
        "dest_ip": "224.0.0.251",
        "dest_port": 5353,
        "proto": "UDP",
        "mdns": mdns,
        **changes,
    }
    return {key: value for key, value in made.items() if value is not None}


def read(folder: Path, *lines: Any) -> tuple[list[Datagram], CaptureFile]:
    path = folder / "eve.json"
    whole = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("".join(f"{line}\n" for line in whole), "utf-8")
    file = CaptureFile(path)
    return [datagram for batch in file.read() for datagram in batch], file


def reasons(file: CaptureFile) -> dict[str, int]:
    usual = {"packets", "mdns", "flows"}
    return {key: n for key, n in file.counts.items() if n and key not in usual}


def test_a_question(tmp_path: Path) -> None:
    [datagram], file = read(tmp_path, event(ether={"src_mac": "02:00:00:00:00:01"}, vlan=[30]))
    flow = datagram.flow
    assert datagram.at == 1_767_603_600.25
    assert (flow.source, flow.source_port, flow.destination) == ("10.0.0.1", 5353, "224.0.0.251")
    assert (flow.interface, flow.vlan, flow.ttl) == ("eth0", 30, None)
    assert (flow.mac, flow.mac_source) == ("02:00:00:00:00:01", "frame")
    message = decode(datagram.payload)
    assert message.questions == (Question(f"{IPP}.", PTR),)
    assert (message.id, message.flags, message.counts) == (0, 0, (1, 0, 0, 0))
    [note] = file.notes
    assert "QU bit" in note
    assert file.counts["packets"] == file.counts["mdns"] == 1


def test_flags_and_id(tmp_path: Path) -> None:
    [datagram], _ = read(tmp_path, event({**QUERY, "id": 77, "flags": ["rd", "tc"]}))
    message = decode(datagram.payload)
    assert (message.id, message.recursion_desired, message.is_truncated) == (77, True, True)


def test_an_answer(tmp_path: Path) -> None:
    answer = {
        "type": "response",
        "id": 0,
        "flags": ["aa"],
        "answers": [{"rrname": IPP, "ptr": PRINTER}],
        "additionals": [
            {
                "rrname": PRINTER,
                "srv": {"priority": 0, "weight": 0, "port": 631, "name": "p.local"},
            },
            {"rrname": PRINTER, "txt": ["ty=A", "note=caf\\xe9", ""]},
            {"rrname": "p.local", "a": "10.0.0.9"},
            {"rrname": "p.local", "aaaa": "fe80::9"},
            {"rrname": "p.local", "nsec": "something\\x00"},
            {"rrname": "p.local", "a": "not an address"},
        ],
    }
    [datagram], file = read(tmp_path, event(answer))
    message = decode(datagram.payload)
    assert message.is_response
    [pointer] = message.answers
    srv, text, a, aaaa = message.additionals
    assert pointer.data == r"A\. Printer._ipp._tcp.local."
    assert srv.data == Srv(0, 0, 631, "p.local.")
    assert (srv.rtype, text.rtype) == (SRV, TXT)
    assert text.data == b"\x04ty=A\x09note=caf\xe9\x00"
    assert (a.data, aaaa.data) == ("10.0.0.9", "fe80::9")
    assert [record.ttl for record in (pointer, srv, text, a)] == [4_500, 120, 4_500, 120]
    assert reasons(file) == {"records left out": 2}


def test_a_probe(tmp_path: Path) -> None:
    probe = {**QUERY, "authorities": [{"rrname": "p.local", "a": "10.0.0.9"}]}
    assert decode(read(tmp_path, event(probe))[0][0].payload).is_probe


V2 = {"version": 2, "id": 5, "rrname": IPP, "rrtype": "PTR"}


@pytest.mark.parametrize(
    ("dns", "changes", "source", "is_response"),
    [
        pytest.param({**V2, "type": "query"}, {}, "10.0.0.1", False, id="2, query"),
        pytest.param(
            {
                **V2,
                "type": "answer",
                "flags": "8400",
                "answers": [{"rrname": IPP, "rrtype": "PTR", "ttl": 10, "rdata": PRINTER}],
            },
            {"dest_ip": "10.0.0.9"},
            "10.0.0.9",
            True,
            id="2, answer: the asker stands first",
        ),
        pytest.param(
            {**V2, "type": "answer", "answers": []}, {}, "10.0.0.1", True, id="2, to the group"
        ),
        pytest.param(
            {"version": 3, "type": "request", "queries": QUERY["queries"]}, {}, "10.0.0.1", False,
            id="3, request",
        ),
        pytest.param(
            {
                "version": 3,
                "type": "response",
                "queries": [],
                "answers": [{"rrname": "p.local", "rrtype": "A", "ttl": 9, "rdata": "10.0.0.9"}],
            },
            {},
            "10.0.0.1",
            True,
            id="3, response",
        ),
    ],
)  # fmt: skip
def test_dns_events(
    tmp_path: Path, dns: dict[str, Any], changes: dict[str, Any], source: str, is_response: bool
) -> None:
    [datagram], _ = read(tmp_path, event(None, event_type="dns", dns=dns, **changes))
    assert datagram.flow.source == source
    message = decode(datagram.payload)
    assert message.is_response is is_response
    assert all(record.ttl < 100 for record in message.answers)


def test_a_group_never_asks(tmp_path: Path) -> None:
    turned = event(src_ip="ff02::fb", dest_ip="fe80::1")
    assert read(tmp_path, turned)[0][0].flow.source == "fe80::1"


@pytest.mark.parametrize(
    ("line", "counts"),
    [
        pytest.param({"event_type": "flow", "app_proto": "mdns"}, {}, id="a flow"),
        pytest.param({"event_type": "alert", "mdns": QUERY}, {}, id="an alert"),
        pytest.param(event(None, event_type="dns", dns=V2, dest_port=53, src_port=9), {}, id="53"),
        pytest.param(event({"type": "request"}), {"event without a message": 1}, id="no content"),
        pytest.param(
            event({"queries": [{"rrname": "x" * 64, "rrtype": "A"}]}),
            {"event without a message": 1},
            id="a long label",
        ),
        pytest.param(
            event({"queries": [{"rrname": ".".join(["abc"] * 80), "rrtype": "A"}]}),
            {"event without a message": 1},
            id="a long name",
        ),
        pytest.param(
            event({"queries": [{"rrname": 5, "rrtype": []}, 7]}),
            {"event without a message": 1},
            id="no strings",
        ),
        pytest.param(
            event({"queries": [{"rrname": "a." * 300_000, "rrtype": "A"}]}),
            {"event without a message": 1},
            id="an endless name",
        ),
        pytest.param(
            event({"queries": [{"rrname": "abc." * 60, "rrtype": "A"}] * 2_000}),
            {"event without a message": 1},
            id="more than UDP holds",
        ),
        pytest.param(
            event({"answers": [{"rrname": "a", "txt": ["x" * 250] * 3_000}]}),
            {"event without a message": 1, "records left out": 1},
            id="an endless TXT record",
        ),
        pytest.param(event(src_ip="nowhere"), {"unreadable line": 1}, id="no address"),
        pytest.param(event(src_ip="fe80::1"), {"unreadable line": 1}, id="two families"),
        pytest.param(event(src_port=-1), {"unreadable line": 1}, id="no port"),
        pytest.param(event(src_port="x"), {"unreadable line": 1}, id="port of another type"),
        pytest.param(event(timestamp="soon"), {"line without time": 1}, id="no time"),
        pytest.param(event(timestamp="9e99"), {"line without time": 1}, id="no such time"),
        pytest.param('{"mdns": ', {"unreadable line": 1}, id="half a line"),
        pytest.param('{"mdns":' + "[" * 200_000, {"unreadable line": 1}, id="very deep"),
        pytest.param("", {}, id="an empty line"),
    ],
)  # fmt: skip
def test_what_is_left_out(tmp_path: Path, line: Any, counts: dict[str, int]) -> None:
    found, file = read(tmp_path, event(), line, event())
    assert len(found) == 2
    assert reasons(file) == counts


def test_odd_fields_do_no_harm(tmp_path: Path) -> None:
    odd = event(
        {**QUERY, "id": "x", "flags": {"rd": 1}, "answers": "none", "additionals": [[]]},
        ether={"src_macs": ["02:00:00:00:00:01", "02:00:00:00:00:02"], "src_mac": "g"},
        vlan=[100, 30],
        in_iface=None,
    )
    [datagram], _ = read(tmp_path, odd)
    flow = datagram.flow
    assert (flow.interface, flow.vlan, flow.mac) == ("eve.100", 30, None)


def test_names_of_any_kind_decode_or_are_left_out(tmp_path: Path) -> None:
    names = ["", ".", "a..b", "ünï.local", "\\x00.local", "x." * 200, "\\xZZ", "a" * 64, "_a._tcp"]
    names += ["My.Mac._ssh._tcp.local", "_x._sub._ipp._tcp.local", "\ud800.local"]
    found, _ = read(
        tmp_path, *(event({"queries": [{"rrname": name, "rrtype": "any"}]}) for name in names)
    )
    decoded = []
    for datagram in found:
        try:
            decoded += [question.name for question in decode(datagram.payload).questions]
        except MalformedMessage as error:
            pytest.fail(f"{error}: {datagram.payload!r}")
    assert r"My\.Mac._ssh._tcp.local." in decoded
    assert "_x._sub._ipp._tcp.local." in decoded


class TestLines:
    """Lines whole, however the file comes."""

    def test_the_last_needs_no_end(self, tmp_path: Path) -> None:
        path = tmp_path / "eve.json"
        path.write_text(json.dumps(event()))
        file = CaptureFile(path)
        assert sum(map(len, file.read())) == 1
        assert file.counts["truncated"] == 0

    def test_half_a_last_line_is_truncation(self, tmp_path: Path) -> None:
        path = tmp_path / "eve.json"
        path.write_text(json.dumps(event()) + "\n" + json.dumps(event())[:-5])
        file = CaptureFile(path)
        assert sum(map(len, file.read())) == 1
        assert "inside a line" in " ".join(file.notes)

    def test_a_line_beyond_all_bounds(self, tmp_path: Path) -> None:
        long = '{"mdns": "' + "x" * (4 << 20) + '"}'
        found, file = read(tmp_path, event(), long, event())
        assert (len(found), reasons(file)) == (2, {"unreadable line": 1})

    def test_packed(self, tmp_path: Path) -> None:
        path = tmp_path / "eve.json.gz"
        path.write_bytes(gzip.compress((json.dumps(event()) + "\n").encode() * 3_000))
        assert sum(map(len, CaptureFile(path).read())) == 3_000

    def test_other_json_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(CaptureError, match="not a pcap"):
            read(tmp_path, {"hello": "world"})
