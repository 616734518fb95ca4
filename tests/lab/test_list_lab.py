"""``whoasks list`` on a network of real responders: all of it, resolved, right, politely asked."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from ipaddress import ip_address
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tests.lab.hosts import Advertised
from tests.lab.lab import WHOASKS, Lab

from whoasks.core import wire
from whoasks.core.names import META_QUERY
from whoasks.sources.capture_file import CaptureFile

Service = dict[str, Any]
NDJSON = (*WHOASKS, "list", "--format", "ndjson")


def records(done: subprocess.CompletedProcess[str]) -> list[Service]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def facts(service: Service) -> tuple[object, ...]:
    """What must be the same however a service was heard of."""
    fixed = [a for a in service["addresses"] if not a.startswith("fe80")]
    keys = ("instance", "type", "hostname", "port", "txt", "resolved", "interfaces")
    return (*(json.dumps(service[key]) for key in keys), *fixed)


def expected(lab: Lab, item: Advertised) -> tuple[object, ...]:
    spec = lab.spec(item.host)
    plain = (item.name, item.type, item.hostname, item.port, item.txt, True, ["eth0"])
    return (*map(json.dumps, plain), spec.ipv4(), spec.ipv6())


def test_everything_is_listed_and_right(full_lab: Lab) -> None:
    done = full_lab.run("cli-raw", NDJSON)
    assert done.returncode == 0, done.stderr
    listed = records(done)
    wanted = {expected(full_lab, item) for item in full_lab.advertised}
    assert len(wanted) == 69
    assert {facts(service) for service in listed} == wanted
    assert len(listed) == 69
    assert "69 services, 0 unresolved" in done.stderr
    assert "Quiet for" in done.stderr


def test_beside_a_running_avahi(full_lab: Lab) -> None:
    listed = records(full_lab.run("cli-avahi", NDJSON))
    assert len(listed) == 69
    assert all(service["resolved"] for service in listed)


@pytest.mark.parametrize("version", [4, 6])
def test_one_family_only(full_lab: Lab, version: int, tmp_path: Path) -> None:
    path = tmp_path / "sent.pcap"
    with full_lab.capture("cli-raw", path, "-Qout", "udp"):
        listed = records(full_lab.run("cli-raw", [*NDJSON, f"--ipv{version}"]))
    assert len(listed) == 69
    sent = {ip_address(d.flow.source).version for b in CaptureFile(path).read() for d in b}
    assert sent == {version}


def test_what_is_sent_is_polite(full_lab: Lab, tmp_path: Path) -> None:
    path = tmp_path / "sent.pcap"
    with full_lab.capture("cli-raw", path, "-Qout", "udp", "or", "tcp"):
        full_lab.run("cli-raw", NDJSON)
    sent = [d for batch in CaptureFile(path).read() for d in batch]
    assert 0 < len(sent) <= 30  # six or so for each family, ten with a third round
    asked: dict[tuple[str, str, int], list[float]] = {}
    for datagram in sent:
        message = wire.decode(datagram.payload)
        assert not message.is_response
        assert len(datagram.payload) <= 1440
        assert datagram.flow.destination in ("224.0.0.251", "ff02::fb")
        for question in message.questions:
            assert not question.unicast
            key = (datagram.flow.destination, question.name, question.qtype)
            asked.setdefault(key, []).append(datagram.at)
    for key, times in asked.items():  # RFC 6762 §5.2
        gaps = [after - before for before, after in pairwise(times)]
        assert all(gap >= 1.0 for gap in gaps), key
        assert all(after >= 1.99 * before for before, after in pairwise(gaps)), key
    assert any(name == META_QUERY for _, name, _ in asked)
    assert any(wire.decode(d.payload).known_answers for d in sent)


def test_a_recording_of_it_lists_the_same(full_lab: Lab, tmp_path: Path) -> None:
    path = tmp_path / "seen.pcap"
    with full_lab.capture("cli-raw", path, "udp", "port", "5353"):
        live = records(full_lab.run("cli-raw", NDJSON))
    read = records(full_lab.run("cli-raw", [*NDJSON, "--from", path]))
    without_interface = [{**service, "interfaces": []} for service in (*live, *read)]
    assert len(live) == len(read) == 69
    assert len({facts(service) for service in without_interface}) == 69


def test_only_a_type(full_lab: Lab) -> None:
    listed = records(full_lab.run("cli-raw", [*NDJSON, "ipp", "_sleep-proxy._udp.local."]))
    assert {service["type"] for service in listed} == {"_ipp._tcp", "_sleep-proxy._udp"}
    assert full_lab.run("cli-raw", [*NDJSON, "_nothing._tcp"]).returncode == 1


def test_subtypes(full_lab: Lab) -> None:
    listed = records(full_lab.run("cli-raw", [*NDJSON, "_ipp._tcp", "--subtypes"]))
    assert [service["subtypes"] for service in listed] == [["_print", "_universal"]]


def test_fast_asks_once_and_says_what_that_risks(full_lab: Lab) -> None:
    time.sleep(3.0)  # owners repeat nothing within a second (RFC 6762 §6), nor do the tests' list
    began = time.monotonic()
    done = full_lab.run("cli-raw", [*NDJSON, "--fast"])
    assert time.monotonic() - began < 1.3
    assert len(records(done)) == 69
    assert "69 services, 0 unresolved (1 round of questions" in done.stderr
    assert "what a lost packet held is missing" in done.stderr


def test_interrupted(full_lab: Lab) -> None:
    time.sleep(4.0)  # what answered the test before does not repeat itself at once (RFC 6762 §6)
    process = full_lab.popen("cli-raw", NDJSON)
    time.sleep(1.0)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=10)
    assert process.returncode == 130
    assert len(out.splitlines()) > 40  # most of it: an answer may take half a second
    assert "Interrupted after" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("after", [1.2, 1.35, 1.5, 1.65])
def test_interrupted_about_when_it_ends_it_loses_nothing(full_lab: Lab, after: float) -> None:
    time.sleep(2.2)  # its owners told everybody a moment ago
    process = full_lab.popen("cli-raw", NDJSON)
    time.sleep(after)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=10)
    assert process.returncode in (130, 0, -signal.SIGINT)  # while Python ends, a signal kills it
    assert len(out.splitlines()) == 69, err
    assert "69 services" in err
    assert "Traceback" not in err


def test_gone_with_a_goodbye_is_not_listed_any_more(full_lab: Lab) -> None:
    full_lab.start("newcomer")
    assert len(records(full_lab.run("cli-raw", NDJSON))) == 79
    full_lab.stop("newcomer", goodbye=True)
    assert len(records(full_lab.run("cli-raw", NDJSON))) == 69


def test_a_quiet_network(full_lab: Lab) -> None:
    done = full_lab.run("cli-raw", [*NDJSON, "_nothing._udp", "--timeout", "0.3"])
    assert (done.returncode, done.stdout) == (1, "")
    assert "Timeout after 0.3 s, 0 services" in done.stderr
