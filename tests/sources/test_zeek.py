"""Zeek's dns.log, in both its forms: one question a row, and a warning."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from whoasks.core.model import PTR, Datagram, Question
from whoasks.core.wire import decode
from whoasks.sources.capture_file import CaptureError, CaptureFile

IPP = "_ipp._tcp.local"
FIELDS = "ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto trans_id rtt query qclass qtype"
FIELDS += " qtype_name RD"
HEAD = "\n".join(
    (
        r"#separator \x09",
        "#set_separator\t,",
        "#empty_field\t(empty)",
        "#unset_field\t-",
        "#path\tdns",
        "#fields\t" + FIELDS.replace(" ", "\t"),
        "#types\ttime",
    )
)
ROW = f"1700000000.250000 C1 10.0.0.1 5353 224.0.0.251 5353 udp 7 - {IPP} 1 12 PTR T"


def row(**changes: str) -> str:
    cells = dict(zip(FIELDS.split(), ROW.split(), strict=True)) | {
        key.replace("__", "."): value for key, value in changes.items()
    }
    return "\t".join(cells.values())


def read(folder: Path, *lines: str) -> tuple[list[Datagram], CaptureFile]:
    path = folder / "dns.log"
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8", "surrogateescape")
    file = CaptureFile(path)
    return [datagram for batch in file.read() for datagram in batch], file


def in_json(**changes: object) -> str:
    made = {
        "ts": "2023-11-14T22:13:20.250000Z",
        "id.orig_h": "10.0.0.1",
        "id.orig_p": 5353,
        "id.resp_h": "224.0.0.251",
        "id.resp_p": 5353,
        "trans_id": 7,
        "query": IPP,
        "qtype": 12,
        "RD": True,
        **changes,
    }
    return json.dumps({key: value for key, value in made.items() if value is not None})


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param((HEAD, row(), "#close\t2023"), id="tabs"),
        pytest.param((in_json(),), id="JSON"),
        pytest.param((in_json(ts=1_700_000_000.25),), id="JSON, epoch"),
        pytest.param((in_json(qtype=None, qtype_name="PTR"),), id="type by its name"),
        pytest.param((HEAD.replace(r"\x09", r"\x7c").replace("\t", "|").replace(" |", " \\x7c"),
                      row().replace("\t", "|")), id="another separator"),
    ],
)  # fmt: skip
def test_a_question(tmp_path: Path, lines: tuple[str, ...]) -> None:
    [datagram], file = read(tmp_path, *lines)
    flow = datagram.flow
    assert datagram.at == 1_700_000_000.25
    assert (flow.source, flow.source_port, flow.destination) == ("10.0.0.1", 5353, "224.0.0.251")
    assert (flow.interface, flow.mac, flow.ttl) == ("zeek", None, None)
    message = decode(datagram.payload)
    assert message.questions == (Question(f"{IPP}.", PTR),)
    assert (message.id, message.recursion_desired) == (7, True)
    [note] = file.notes
    assert "one question a packet" in note
    assert file.counts["packets"] == 1


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        pytest.param({"query": "-", "qtype_name": "-"}, {"answers only": 1}, id="no question"),
        pytest.param({"id__orig_p": "9", "id__resp_p": "53"}, {}, id="another port"),
        pytest.param({"id__orig_h": "-"}, {"unreadable line": 1}, id="no host"),
        pytest.param({"id__orig_p": "many"}, {"unreadable line": 1}, id="no port"),
        pytest.param({"ts": "-"}, {"line without time": 1}, id="no time"),
        pytest.param({"query": "a..b"}, {"event without a message": 1}, id="no name"),
        pytest.param({"qtype": "99999999"}, {"answers only": 1}, id="no type"),
    ],
)  # fmt: skip
def test_what_is_left_out(tmp_path: Path, changes: dict[str, str], counts: dict[str, int]) -> None:
    found, file = read(tmp_path, HEAD, row(), row(**changes), row())
    assert len(found) == 2
    usual = {"packets", "mdns", "flows"}
    assert {key: n for key, n in file.counts.items() if n and key not in usual} == counts


def test_two_logs_in_one_file(tmp_path: Path) -> None:
    turned = HEAD.replace("query\tqclass", "qclass\tquery")
    swapped = row().replace(f"{IPP}\t1", f"1\t{IPP}")
    found, _ = read(tmp_path, HEAD, row(), turned, swapped)
    assert [decode(d.payload).questions[0].name for d in found] == [f"{IPP}."] * 2


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    [one], _ = read(tmp_path, HEAD, row(query="caf\udce9.local"))
    [two], _ = read(tmp_path, HEAD, row(query=r"caf\xe9.local"))
    assert b"\x04caf\xe9\x05local" in one.payload
    assert one.payload == two.payload


def test_another_log_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match=r"without query, qtype: give dns\.log"):
        read(tmp_path, HEAD.replace("query", "service").replace("qtype\t", "kind\t"), row())
