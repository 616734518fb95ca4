"""``whoasks resolve`` on a network of real responders, beside avahi's own look-ups."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest
from tests.lab.lab import WHOASKS, Lab

RESOLVE = (*WHOASKS, "resolve", "--format", "ndjson")


def looked_up(lab: Lab, *names: str) -> list[dict[str, Any]]:
    done = lab.run("client", [*RESOLVE, *names])
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("name", ["printer", "printer.local", "hub"])
def test_a_host_name_gives_its_addresses(lab: Lab, name: str) -> None:
    spec = lab.spec(name.partition(".")[0])
    records = looked_up(lab, name)
    assert {r["data"] for r in records} >= {spec.ipv4(), spec.ipv6()}
    speakers = [s for r in records for s in r["answered_by"]]
    assert {s["interface"] for s in speakers} == {"eth0"}
    link_local = {f"fe80::77:ff:fe00:{spec.octet:x}"}
    assert {a for s in speakers for a in s["addresses"]} <= {spec.ipv4(), spec.ipv6()} | link_local


def test_an_address_gives_its_name(lab: Lab) -> None:
    spec = lab.spec("nas")
    records = looked_up(lab, spec.ipv4(), spec.ipv6())
    assert {(r["asked"], r["type"], r["data"]) for r in records} == {
        (spec.ipv4(), "PTR", "nas.local."),
        (spec.ipv6(), "PTR", "nas.local."),
    }


@pytest.mark.parametrize("host", ["printer", "nas", "hub"])
def test_an_instance_gives_everything(lab: Lab, host: str) -> None:
    spec = lab.spec(host)
    for item in spec.services:
        records = looked_up(lab, f"{item.name}.{item.type}")
        by_type = {r["type"]: r for r in records}
        assert by_type["SRV"]["port"] == item.port
        assert by_type["SRV"]["hostname"] == item.hostname
        assert by_type["TXT"]["txt"] == item.txt
        assert by_type["A"]["data"] == spec.ipv4()


def test_it_is_quick_and_asks_once(lab: Lab) -> None:
    begun = time.monotonic()
    done = lab.run("client", [*WHOASKS, "resolve", "printer"])
    assert time.monotonic() - begun < 1.5
    assert re.search(r"10\.77\.0\.11 (\(02:77:00:00:00:0b\) )?on eth0 after", done.stdout)


def test_nobody(lab: Lab) -> None:
    done = lab.run("client", [*RESOLVE, "nobody", "10.77.0.99"])
    assert (done.returncode, done.stdout) == (1, "")
    # 3.5 s and what a busy machine adds.
    assert len(re.findall(r"nobody answered in (?:3\.[5-9]|4\.\d) s\.", done.stderr)) == 2
