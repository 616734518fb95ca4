"""Nothing is missing: services that are odd or hostile, half there, moving or leaving.

One program answers for them by the book (tools/crowd.py): no real responder would publish most.
"""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from tests.lab.host import LabProcess
from tests.lab.lab import WHOASKS, Lab

Labels = list[bytes]
Record = dict[str, Any]
Service = dict[str, Any]

LOCAL = b"local"
HTTP = [b"_http", b"_tcp", LOCAL]
HOST = [b"odd", LOCAL]
A, PTR, TXT, SRV = 1, 12, 16, 33
META = [b"_services", b"_dns-sd", b"_udp", LOCAL]
CONF = {
    "crowd": {"ip": 11, "kind": "bare"},
    "other": {"ip": 12, "kind": "bare", "seg": "b"},
    "client": {"ip": 21, "kind": "bare", "seg": "ab"},
}


def record(name: Labels, rtype: int, data: Any, ttl: int = 120) -> Record:
    plain = [label.hex() for label in data] if isinstance(data, list) else data
    plain = plain.hex() if isinstance(plain, bytes) else plain
    name_hex = [label.hex() for label in name]
    return {"name": name_hex, "type": rtype, "ttl": ttl, "unique": rtype != PTR, "data": plain}


def srv(name: Labels, port: int = 80, host: Labels = HOST, ttl: int = 120) -> Record:
    return record(name, SRV, {"port": port, "target": [label.hex() for label in host]}, ttl)


def service(label: bytes, port: int = 80, kind: Labels = HTTP) -> list[Record]:
    """Everything about one instance but the address of its host."""
    name = [label, *kind]
    return [record(kind, PTR, name), srv(name, port), record(name, TXT, b"\x03a=b")]


def address(host: Labels = HOST, last: int = 11, second: int = 77) -> Record:
    return record(host, A, bytes((10, second, 0, last)))


NAMES: list[tuple[str, bytes, str]] = [
    ("dots", b"v1.2 (beta).", "v1.2 (beta)."),
    ("an escape sequence", b"\x1b]0;owned\x07", "\x1b]0;owned\x07"),
    ("a newline", b"two\nlines", "two\nlines"),
    ("a NUL", b"nul\x00byte", "nul\x00byte"),
    ("not UTF-8", b"caf\xe9", "caf\\233"),
    ("63 bytes", b"x" * 63, "x" * 63),
    ("a formula", b"=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
    ("a backslash", b"back\\slash", "back\\slash"),
    ("markup", b"[/bold] <b>", "[/bold] <b>"),
    ("a right-to-left override", "abc\u202egpj".encode(), "abc\u202egpj"),
    ("letters of others", "Büro 写真".encode(), "Büro 写真"),
    ("a type's look", b"_http._tcp.local", "_http._tcp.local"),
]
PARTS: list[tuple[str, list[Record], str, list[str]]] = [
    ("no TXT", service(b"no TXT")[:2], "_http._tcp", ["TXT"]),
    ("no SRV", [service(b"no SRV")[0], service(b"no SRV")[2]], "_http._tcp", ["SRV", "address"]),
    ("a name only", service(b"a name only")[:1], "_http._tcp", ["SRV", "TXT", "address"]),
    (
        "no address",
        [
            *service(b"no address")[::2],
            srv([b"no address", *HTTP], host=[b"nowhere", LOCAL]),
        ],
        "_http._tcp",
        ["address"],
    ),
    (
        "TXT alone",
        service(b"TXT alone", kind=[b"_device-info", b"_tcp", LOCAL])[::2],
        "_device-info._tcp",
        [],
    ),
    ("not in the list of types", service(b"not in the list of types"), "_http._tcp", []),
    (
        "a type of its own",
        [
            record(META, PTR, [b"_odd", b"_udp", LOCAL]),
            *service(b"a type of its own", kind=[b"_odd", b"_udp", LOCAL]),
        ],
        "_odd._udp",
        [],
    ),
]

Crowd = Callable[..., Callable[..., None]]


@pytest.fixture(scope="module")
def odd_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    conf = tmp_path_factory.mktemp("odd") / "odd.json"
    conf.write_text(json.dumps(CONF))
    with Lab(str(conf)) as lab:
        yield lab


@pytest.fixture
def crowd(odd_lab: Lab, tmp_path: Path) -> Iterator[Crowd]:
    """Starts a host that answers with these records; what it gives changes them."""
    with ExitStack() as stack:

        def begin(records: list[Record], name: str = "crowd", **more: Any) -> Callable[..., None]:
            spec = odd_lab.spec(name)
            host = {"v4": spec.ipv4(), "v6": spec.ipv6(), "records": records}
            path = tmp_path / f"{name}.json"
            path.write_text(json.dumps({"hosts": [host], **more}))
            command = [sys.executable, "tests/lab/tools/crowd.py", path]
            process = odd_lab.popen(name, command, stdin=subprocess.PIPE)
            assert process.stdin is not None
            assert process.stdout is not None
            stack.callback(end, process)
            said, told = process.stdout, process.stdin
            assert said.readline() == "ready\n"

            def change(records: list[Record]) -> None:
                told.write(json.dumps({"host": 0, "records": records, "say": True}) + "\n")
                told.flush()
                assert said.readline() == "done\n"

            return change

        yield begin


def end(process: LabProcess) -> None:
    """Its input ends, and with it the process."""
    assert process.stdin is not None
    process.stdin.close()
    process.stdin = None
    process.communicate(timeout=10)


def listed(lab: Lab, *options: str, code: int = 0) -> list[Service]:
    done = lab.run("client", [*WHOASKS, "list", "--format", "ndjson", *options])
    assert done.returncode == code, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("additionals", [True, False], ids=["brought along", "asked for"])
def test_every_name_is_listed_as_it_is(odd_lab: Lab, crowd: Crowd, additionals: bool) -> None:
    records = [r for n, (_, label, _) in enumerate(NAMES) for r in service(label, 8000 + n)]
    crowd([*records, address()], additionals=additionals)
    found = {s["instance"]: s for s in listed(odd_lab)}
    assert sorted(found) == sorted(shown for _, _, shown in NAMES)
    for n, (what, label, shown) in enumerate(NAMES):
        one = found[shown]
        assert one["resolved"], what
        assert (one["port"], one["hostname"], one["txt"]) == (8000 + n, "odd.local.", {"a": "b"})
        assert one["addresses"] == ["10.77.0.11"]
        if one["name_raw"] is not None:
            assert bytes.fromhex(one["name_raw"]) == label, what
        else:
            assert shown.encode() == label, what


def test_every_name_is_harmless_on_paper(odd_lab: Lab, crowd: Crowd) -> None:
    crowd([*(r for _, label, _ in NAMES for r in service(label)), address()])
    for format_ in ("table", "csv"):
        done = odd_lab.run("client", [*WHOASKS, "list", "--format", format_])
        body = done.stdout.replace("\n", "").replace("\r", "")
        assert body.isprintable(), format_
        assert "\u202e" not in body
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert len(rows) == len(NAMES)
    assert not any(row["instance"].startswith("=") for row in rows)


def test_what_is_half_there_is_listed_with_what_is_missing(odd_lab: Lab, crowd: Crowd) -> None:
    crowd([*(r for _, records, _, _ in PARTS for r in records), address()])
    done = odd_lab.run("client", [*WHOASKS, "list", "--format", "ndjson"])
    found = {s["instance"]: s for s in map(json.loads, done.stdout.splitlines())}
    seen = [(name, found[name]["type"], found[name]["missing"]) for name in sorted(found)]
    assert seen == sorted((name, kind, missing) for name, _, kind, missing in PARTS)
    assert "7 services, 4 unresolved" in done.stderr
    assert "no SRV and no TXT and no address: a name only._http._tcp" in done.stderr


def test_many_instances_on_one_port(odd_lab: Lab, crowd: Crowd) -> None:
    kinds = [[b"_http", b"_tcp", LOCAL], [b"_ipp", b"_tcp", LOCAL], [b"_ipps", b"_tcp", LOCAL]]
    several = [(b"first", kinds[0]), (b"second", kinds[0]), (b"first", kinds[1])]
    crowd([*(r for label, kind in several for r in service(label, 80, kind)), address()])
    found = listed(odd_lab)
    assert [(s["instance"], s["type"], s["port"]) for s in found] == [
        ("first", "_http._tcp", 80),
        ("first", "_ipp._tcp", 80),
        ("second", "_http._tcp", 80),
    ]


def test_subtypes_are_told(odd_lab: Lab, crowd: Crowd) -> None:
    sub = record([b"_printer", b"_sub", *HTTP], PTR, [b"with", *HTTP])
    crowd([*service(b"with"), *service(b"without"), sub, address()])
    found = {s["instance"]: s["subtypes"] for s in listed(odd_lab, "--subtypes")}
    assert found == {"with": ["_printer"], "without": []}
    assert [s["instance"] for s in listed(odd_lab, "_printer._sub._http._tcp")] == ["with"]


def test_one_service_on_two_interfaces_is_one_row(odd_lab: Lab, crowd: Crowd) -> None:
    crowd([*service(b"both"), address()])
    crowd([*service(b"both"), address(last=12, second=78)], name="other")
    (one,) = listed(odd_lab)
    assert one["interfaces"] == ["eth0", "eth1"]
    assert one["addresses"] == ["10.77.0.11", "10.78.0.12"]
    (one,) = listed(odd_lab, "--interface", "eth1")
    assert (one["interfaces"], one["addresses"]) == (["eth1"], ["10.78.0.12"])


def during(lab: Lab, change: Callable[..., None], *records: Record) -> list[Service]:
    """What a list says when these are announced in the middle of it."""
    process = lab.popen("client", [*WHOASKS, "list", "--format", "ndjson"])
    time.sleep(0.8)
    change([*records])
    out, err = process.communicate(timeout=20)
    assert process.returncode in (0, 1), err
    return [json.loads(line) for line in out.splitlines()]


def test_a_service_that_moves_while_listing(odd_lab: Lab, crowd: Crowd) -> None:
    host, other = [b"there", LOCAL], service(b"stays")
    change = crowd([*service(b"port", 80), *service(b"host"), *other, address()])
    moved = [srv([b"host", *HTTP], host=host), address(host, last=99)]
    moved += [*service(b"port", 81), *service(b"host")[::2], *other, address()]
    found = {s["instance"]: s for s in during(odd_lab, change, *moved)}
    assert sorted(found) == ["host", "port", "stays"]
    assert found["port"]["port"] == 81
    assert (found["host"]["hostname"], found["host"]["addresses"]) == (
        "there.local.",
        ["10.77.0.99"],
    )


def test_a_goodbye_while_listing(odd_lab: Lab, crowd: Crowd) -> None:
    change = crowd([*service(b"leaves"), *service(b"stays"), address()])
    gone = [{**r, "ttl": 0} for r in service(b"leaves")]
    found = during(odd_lab, change, *gone, *service(b"stays"), address())
    assert [s["instance"] for s in found] == ["stays"]


def test_one_that_comes_while_listing(odd_lab: Lab, crowd: Crowd) -> None:
    """Listened for to the end, and of a type that nobody had."""
    new = [record(META, PTR, [b"_new", b"_udp", LOCAL])]
    new += service(b"comes", kind=[b"_new", b"_udp", LOCAL])
    change = crowd([*service(b"stays"), address()])
    found = during(odd_lab, change, *service(b"stays"), address(), *new)
    assert [(s["instance"], s["resolved"]) for s in found] == [("comes", True), ("stays", True)]
