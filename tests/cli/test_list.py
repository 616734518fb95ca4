"""``whoasks list``: what it prints, says and returns. The network is made of values here."""

from __future__ import annotations

import csv
import io
import json
import os
import pkgutil
import signal
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from dnslib import AAAA, PTR, QTYPE, RR, SRV, TXT, A, DNSHeader, DNSLabel, DNSRecord
from tests.helpers import pcaps
from tests.helpers.samples import service

from whoasks.browse.session import Ending
from whoasks.cli import asking, browsing, listing, main
from whoasks.core.inventory import Inventory
from whoasks.core.model import Datagram, Flow
from whoasks.sources.interfaces import Interface
from whoasks.store import Store

HTTP = DNSLabel([b"_http", b"_tcp", b"local"])


def announcement(label: bytes = b"Web", port: int = 80, *, txt: bool = True) -> bytes:
    """Everything about one service, as its responder announces it."""
    name, host = DNSLabel([label, *HTTP.label]), DNSLabel([b"nas", b"local"])
    packet = DNSRecord(DNSHeader(id=0, bitmap=0x8400))
    packet.add_answer(RR(HTTP, QTYPE.PTR, 1, 4500, PTR(name)))
    packet.add_ar(RR(name, QTYPE.SRV, 0x8001, 120, SRV(0, 0, port, host)))
    packet.add_ar(RR(host, QTYPE.A, 0x8001, 120, A("10.0.0.9")))
    packet.add_ar(RR(host, QTYPE.AAAA, 0x8001, 120, AAAA("fe80::9")))
    if txt:
        packet.add_ar(RR(name, QTYPE.TXT, 0x8001, 4500, TXT([b"path=/"])))
    return bytes(packet.pack())


@pytest.fixture
def capture(tmp_path: Path) -> Callable[..., Path]:
    def write(*payloads: bytes, tail: bytes = b"") -> Path:
        frames = (pcaps.record(pcaps.ethernet(pcaps.ipv4(pcaps.udp(p)))) for p in payloads)
        path = tmp_path / "made.pcap"
        path.write_bytes(pcaps.pcap(*frames) + tail)
        return path

    return write


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A network that announces these payloads, browsed without a socket."""

    def make(*payloads: bytes, ending: str = "quiet") -> None:
        async def heard(browser: object, *rest: object, **more: object) -> Ending:
            flow = Flow("eth0", "10.0.0.9", 5353, "224.0.0.251", 5353)
            browser.hear([Datagram(1e9, flow, p) for p in payloads])  # type: ignore[attr-defined]
            if ending == "interrupted":
                raise KeyboardInterrupt
            return Ending("quiet", 1.25, 1.5, 2, 9, 0, 0.2)

        eth0 = Interface("eth0", 2, up=True, multicast=True, ipv4=("10.0.0.1",), ipv6=("fe80::1",))
        monkeypatch.setattr("whoasks.sources.interfaces.choose", lambda names: (eth0,))
        monkeypatch.setattr("whoasks.sources.interfaces.left_out", lambda: ())
        monkeypatch.setattr(asking, "listen_and_ask", heard)

    return make


@pytest.fixture(autouse=True)
def unconfigured(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tester's own configuration changes nothing."""
    monkeypatch.setattr(
        "whoasks.cli.options.settings",
        lambda path: SimpleNamespace(interfaces=(), database=None),
    )


LATE = (
    "whoasks.cli.devices.identified",
    "whoasks.cli.list_.closing",
    "whoasks.cli.list_.shaped",
    "whoasks.store.Store.save_list",
    "whoasks.cli.rows.writer",
)
"""Steps between the end of a browse and the last line that is written."""


def interrupt_at(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C at the moment in which that is called."""
    where, _, last = name.rpartition(".")
    place = pkgutil.resolve_name(where)
    original = getattr(place, last)

    def called(*args: object, **more: object) -> object:
        os.kill(os.getpid(), signal.SIGINT)
        return original(*args, **more)

    monkeypatch.setattr(place, last, called)


class TestNetwork:
    """Browsing."""

    def test_ndjson_on_stdout_the_sentence_on_stderr(
        self, network: Callable[..., None], capsys: pytest.CaptureFixture[str]
    ) -> None:
        network(announcement(b"v1.2 \x1b[31m"))
        assert main(["list", "--format", "ndjson"]) == 0
        out, err = capsys.readouterr()
        (line,) = out.splitlines()
        assert "\x1b" not in line
        record = json.loads(line)
        assert record["record"] == "service"
        assert record["instance"] == "v1.2 \x1b[31m"
        assert record["name_raw"] == b"v1.2 \x1b[31m".hex()
        assert record["addresses"] == ["10.0.0.9", "fe80::9%eth0"]
        assert record["txt"] == {"path": "/"}
        assert err == (
            "Quiet for 1.2 s, 1 service, 0 unresolved (2 rounds of questions, "
            "the last brought nothing new, answers waited for 0.2 s).\n"
        )
        assert record["description"]

    def test_nothing_there(
        self, network: Callable[..., None], capsys: pytest.CaptureFixture[str]
    ) -> None:
        network()
        assert main(["list"]) == 1
        out, err = capsys.readouterr()
        assert out == ""
        assert "0 services, 0 unresolved" in err
        assert "whoasks doctor" in err
        assert main(["list", "ssh"]) == 1
        assert "Nothing here offers that" in capsys.readouterr().err

    def test_unresolved_is_listed_and_named(
        self, network: Callable[..., None], capsys: pytest.CaptureFixture[str]
    ) -> None:
        network(announcement(b"\x1b]0;x", txt=False))
        assert main(["list", "--format", "csv"]) == 0
        out, err = capsys.readouterr()
        (row,) = csv.DictReader(io.StringIO(out))
        assert (row["resolved"], row["missing"]) == ("false", "TXT")
        assert "1 unresolved" in err
        assert "no TXT: \\x1b]0;x._http._tcp" in err

    def test_interrupted_prints_what_it_has(
        self, network: Callable[..., None], capsys: pytest.CaptureFixture[str]
    ) -> None:
        network(announcement(), ending="interrupted")
        assert main(["list", "--format", "ndjson"]) == 130
        out, err = capsys.readouterr()
        assert json.loads(out)["port"] == 80
        assert err.startswith("Interrupted after ")

    @pytest.mark.parametrize("late", LATE)
    def test_the_whole_list_is_written_when_interrupted_after_the_browse(
        self,
        network: Callable[..., None],
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
        late: str,
    ) -> None:
        network(announcement())
        interrupt_at(late, monkeypatch)
        out = tmp_path / "out.nd"
        db = str(tmp_path / "s.db")
        args = ["list", "--format", "ndjson", "-o", str(out), "--save", "monday", "--db", db]
        assert main(args) == 130
        assert json.loads(out.read_text())["port"] == 80
        _, err = capsys.readouterr()
        assert err.startswith("Saved as monday; ")
        assert "Quiet for 1.2 s, 1 service" in err
        with Store(db, read_only=True) as store:
            assert store.saved_list("monday") is not None

    @pytest.mark.parametrize(
        ("names", "given", "said"),
        [
            pytest.param(["docker0"], [], "Not asked on docker0, of containers", id="one"),
            pytest.param(
                ["docker0", "br-1", "br-2", "virbr0", "br-\x1b", "br-4"],
                [],
                "Not asked on docker0, br-1, br-2, virbr0 and 2 more, of",
                id="many",
            ),
            pytest.param(["docker0"], ["-i", "eth0"], "", id="somebody chose"),
            pytest.param([], [], "", id="none"),
        ],
    )
    def test_where_it_did_not_ask(
        self,
        names: list[str],
        given: list[str],
        said: str,
        network: Callable[..., None],
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        network(announcement())
        found = [Interface(name, 3, up=True, multicast=True) for name in names]
        monkeypatch.setattr("whoasks.sources.interfaces.left_out", lambda: found)
        assert main(["list", *given]) == 0
        _, err = capsys.readouterr()
        assert said in err
        assert ("Not asked" in err) is bool(said)

    def test_only_the_types_asked_for(
        self, network: Callable[..., None], capsys: pytest.CaptureFixture[str]
    ) -> None:
        network(announcement())
        assert main(["list", "ssh", "--format", "ndjson"]) == 1
        assert main(["list", "HTTP", "--format", "ndjson"]) == 0

    def test_table_in_a_file(
        self, network: Callable[..., None], capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        network(announcement())
        assert main(["list", "-o", str(tmp_path / "out.txt")]) == 0
        assert capsys.readouterr().out == ""
        text = (tmp_path / "out.txt").read_text()
        assert "Web" in text
        assert "nas.local" in text


class TestCapture:
    """A recording instead of the network."""

    @pytest.mark.parametrize("by", ["service", "host", "type"])
    def test_listed(
        self, capture: Callable[..., Path], by: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = capture(announcement(b"B", 81), announcement(b"a", 82))
        assert main(["list", "--from", str(path), "--by", by, "--format", "ndjson"]) == 0
        out, err = capsys.readouterr()
        assert [json.loads(line)["instance"] for line in out.splitlines()] == ["a", "B"]
        assert err == "2 services, 0 unresolved.\n"

    def test_interrupted_while_reading_lists_what_was_read(
        self,
        capture: Callable[..., Path],
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        path = capture(announcement())
        interrupt_at("whoasks.browse.intake.Intake.feed", monkeypatch)
        assert main(["list", "--from", str(path), "--format", "ndjson", "--save", "cut"]) == 130
        out, err = capsys.readouterr()
        assert json.loads(out)["port"] == 80
        assert browsing.CUT_OFF in err
        assert "Not saved as cut" in err

    def test_undecodable_packets_are_told(
        self, capture: Callable[..., Path], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["list", "--from", str(capture(announcement(), b"junk"))]) == 0
        assert "1 packet could not be decoded." in capsys.readouterr().err

    def test_what_the_last_packet_changed_is_settled(
        self, capture: Callable[..., Path], capsys: pytest.CaptureFixture[str]
    ) -> None:
        many = DNSRecord(DNSHeader(id=0, bitmap=0x8400))
        for number in range(120):  # more than one packet may change at once
            name = f"s{number}._http._tcp.local"
            many.add_answer(RR(name, QTYPE.SRV, 1, 120, SRV(0, 0, 80, "h.local")))
        path = capture(bytes(many.pack()))
        assert main(["list", "--from", str(path), "--format", "ndjson"]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert [json.loads(line)["port"] for line in lines] == [80] * 120

    def test_cut_off_file_lists_what_is_there(
        self, capture: Callable[..., Path], capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = capture(announcement(), tail=b"\0\0\0\0\0")
        assert main(["list", "--from", str(path), "--format", "ndjson"]) == 0
        out, err = capsys.readouterr()
        assert json.loads(out)["instance"] == "Web"
        assert len(err.splitlines()) > 1

    def test_no_services(self, capture: Callable[..., Path]) -> None:
        assert main(["list", "--from", str(capture(pcaps.QUERY))]) == 1


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["a b"], 2, "not a service type"),
        (["--from", "/dev/null/no"], 2, "/dev/null/no"),
        (["--from", __file__], 2, "not a pcap"),
        (["--from", __file__, "--ipv4"], 2, "--from reads a recording"),
        (["--timeout", "0"], 2, "timeout"),
        (["-i", "nosuch0"], 3, "nosuch0"),
    ],
)
def test_wrong_usage_is_a_sentence(
    arguments: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["list", *arguments]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert "Traceback" not in err


def test_no_address_of_that_family(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    eth0 = Interface("eth0", 2, up=True, multicast=True, ipv4=("10.0.0.1",))
    monkeypatch.setattr("whoasks.sources.interfaces.choose", lambda names: (eth0,))
    assert main(["list", "--ipv6"]) == 3
    assert "No IPv6 address on eth0" in capsys.readouterr().err


class TestListing:
    """Orders and sentences."""

    @pytest.mark.parametrize(
        ("reason", "asked", "said"),
        [
            pytest.param("quiet", None, "", id="for another command"),
            pytest.param("quiet", (), "whoasks doctor", id="everything"),
            pytest.param("timeout", ("_ssh._tcp.local.",), "without a TYPE", id="a type"),
            pytest.param("interrupted", (), "", id="interrupted"),
        ],
    )
    def test_what_to_do_when_nothing_was_found(self, reason, asked, said) -> None:
        _, *more = listing.closing(
            Ending(reason, 0.3, 9.5, 4, 30, 0, 0.2), [], str, asked=asked
        ).splitlines()
        assert len(more) == bool(said)
        assert said in "".join(more)

    SERVICES = (
        service(instance="b", hostname="X.local.", type="_ssh._tcp"),
        service(instance="A", hostname="w.local.", type="_ipp._tcp"),
        service(instance="c", hostname=None, type="_ipp._tcp", resolved=False, missing=("SRV",)),
        service(instance="gone", stale=True),
    )

    @pytest.mark.parametrize(
        ("by", "order"), [("service", "Abc"), ("type", "Acb"), ("host", "Abc")]
    )
    def test_order(self, by: listing.By, order: str) -> None:
        chosen = listing.select(self.SERVICES, (), by, stale=False)
        assert "".join(s.instance for s in chosen) == order

    def test_stale_ones_belong_to_recordings(self) -> None:
        assert len(listing.select(self.SERVICES, (), "service", stale=True)) == 4

    def test_many_unresolved_are_named_in_part(self) -> None:
        many = [service(instance=f"i{n}", resolved=False, missing=("SRV", "TXT")) for n in range(8)]
        said = listing.closing(Ending("timeout", 0.1, 15.0, 4, 99), many, str)
        assert said.splitlines()[0] == (
            "Timeout after 15.0 s, 8 services, 8 unresolved (4 rounds of questions)."
        )
        assert said.splitlines()[1] == "  no SRV and no TXT: i0._ipp._tcp"
        assert said.splitlines()[-1] == "  and 3 more"

    @pytest.mark.parametrize(
        ("ending", "fast", "said"),
        [
            (
                Ending("quiet", 0.3, 0.5, 1, 3, 69, 0.3),
                True,
                "Quiet for 0.3 s, 0 services, 0 unresolved (1 round of questions, answers waited "
                "for 0.3 s).\n--fast asks once: what a lost packet held is missing, and what its "
                "owner told everybody a second ago. Without "
                "--fast it is asked for again.",
            ),
            (
                Ending("quiet", 0.3, 9.5, 4, 30, 2, 0.2),
                False,
                "Quiet for 0.3 s, 0 services, 0 unresolved (4 rounds of questions, the last "
                "brought 2 new: run it again for more, answers waited for 0.2 s).",
            ),
            (
                Ending("interrupted", 0.3, 0.5, 1, 3, 69, 0.3),
                True,
                "Interrupted after 0.5 s, 0 services, 0 unresolved (1 round of questions).",
            ),
        ],
        ids=["fast", "never done", "fast and interrupted"],
    )
    def test_how_far_it_can_be_trusted(self, ending: Ending, fast: bool, said: str) -> None:
        assert listing.closing(ending, [], str, fast=fast) == said


def test_progress_is_for_terminals(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    quiet = browsing.Progress(Inventory({}))
    quiet.show()
    quiet.clear()
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    loud = browsing.Progress(Inventory({}))
    loud.show()
    loud.show()
    loud.clear()
    assert capsys.readouterr().err == "\r\x1b[K0 services, 0 to resolve\r\x1b[K"
