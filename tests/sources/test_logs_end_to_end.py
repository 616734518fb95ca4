"""What the logs of Suricata and Zeek are worth: recordings written as such logs, and read again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.sources.test_zeek import HEAD, row

from whoasks.core import names
from whoasks.core.malformed import MalformedMessage
from whoasks.core.model import AAAA, PTR, SRV, TXT, A, Datagram, FindingClosed, Record, Srv
from whoasks.core.pipeline import Pipeline
from whoasks.core.settings import CoreSettings
from whoasks.core.wire import decode
from whoasks.knowledge import load
from whoasks.sources.capture_file import CaptureFile

FIXTURES = Path(__file__).parents[2] / "fixtures"
WORDS = {A: "a", AAAA: "aaaa", PTR: "ptr", SRV: "srv", TXT: "txt"}
SECTIONS = ("answers", "authorities", "additionals")


def logged(name: str) -> str:
    """As a log writes a name: labels joined with bare dots."""
    return written(b".".join(names.labels(name)))


def written(raw: bytes) -> str:
    r"""Text where it is UTF-8, else with ``\xHH``, as Suricata has it."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("ascii", "backslashreplace")


def strings(raw: bytes) -> Iterator[str]:
    """Those of a TXT record."""
    while raw:
        yield written(raw[1 : 1 + raw[0]])
        raw = raw[1 + raw[0] :]


def value(record: Record) -> Any:
    match record.data:
        case Srv() as srv:
            return {"priority": 0, "weight": 0, "port": srv.port, "name": logged(srv.target)}
        case bytes() as raw:
            return list(strings(raw))
        case str() as text:
            return logged(text) if record.rtype == PTR else text
    return ""


def eve(datagrams: Iterable[Datagram]) -> Iterator[str]:
    for datagram in datagrams:
        flow = datagram.flow
        try:
            message = decode(datagram.payload)
        except MalformedMessage:
            continue
        told: dict[str, Any] = {"type": "response" if message.is_response else "request"}
        told["id"] = message.id
        told["flags"] = ["rd"] if message.recursion_desired else []
        told["queries"] = [
            {"rrname": logged(q.name), "rrtype": WORDS.get(q.qtype, f"type{q.qtype}")}
            for q in message.questions
        ]
        for section in SECTIONS:
            told[section] = [
                {"rrname": logged(r.name), WORDS[r.rtype]: value(r)}
                for r in getattr(message, section)
                if r.rtype in WORDS
            ]
        yield json.dumps(
            {
                "timestamp": f"{datagram.at:.6f}",
                "event_type": "mdns",
                "src_ip": flow.source,
                "src_port": flow.source_port,
                "dest_ip": flow.destination,
                "dest_port": flow.destination_port,
                "ether": {"src_mac": flow.mac},
                "mdns": told,
            }
        )


def zeek(datagrams: Iterable[Datagram]) -> Iterator[str]:
    yield HEAD
    for datagram in datagrams:
        flow, message = datagram.flow, decode(datagram.payload)
        for question in message.questions[:1] if not message.is_response else ():
            yield row(
                ts=f"{datagram.at:.6f}",
                id__orig_h=flow.source,
                id__orig_p=str(flow.source_port),
                id__resp_h=flow.destination,
                id__resp_p=str(flow.destination_port),
                query=logged(question.name),
                qtype=str(question.qtype),
                RD="F",
            )


def findings(file: CaptureFile) -> set[tuple[str, tuple[str, ...]]]:
    pipeline = Pipeline(CoreSettings(), load())
    events = [event for batch in file.read() for event in pipeline.feed_all(batch)]
    events += pipeline.finish()
    return {
        (event.finding.rule, event.finding.host.addresses[:1])
        for event in events
        if isinstance(event, FindingClosed)
    }


@pytest.mark.parametrize(
    ("name", "write"),
    [
        pytest.param("enum-avahi-browse-all", eve, id="EVE: avahi-browse"),
        pytest.param("enum-zeroconf-find", eve, id="EVE: zeroconf"),
        pytest.param("enum-nmap-broadcast", eve, id="EVE: nmap"),
        pytest.param("enum-reverse-26", eve, id="EVE: reverse names"),
        pytest.param("benign-evening", eve, id="EVE: an ordinary evening"),
        pytest.param("enum-dig-meta", zeek, id="Zeek: dig"),
        pytest.param("enum-slow-avahi", zeek, id="Zeek: slowly"),
        pytest.param("benign-quiet-home", zeek, id="Zeek: a quiet home"),
    ],
)
def test_the_same_hosts_are_found(tmp_path: Path, name: str, write: Any) -> None:
    recording = CaptureFile(FIXTURES / f"{name}.pcap")
    datagrams = [datagram for batch in recording.read() for datagram in batch]
    log = tmp_path / "log"
    log.write_text("\n".join(write(datagrams)) + "\n", "utf-8")
    hosts = {host for _, host in findings(recording)}
    file = CaptureFile(log)
    assert {host for _, host in findings(file)} == hosts
    assert file.counts["mdns"] > 0
