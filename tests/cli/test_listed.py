"""Where lists come from: which word is what, and what is said when it is nothing."""

from __future__ import annotations

import io
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from dnslib import PTR, QTYPE, RR, SRV, A, DNSHeader, DNSRecord
from tests.helpers import pcaps, samples
from tests.helpers.audits import at

from whoasks.cli import browsing, errors, listed
from whoasks.cli.errors import WhoasksError
from whoasks.cli.interrupts import Interrupts
from whoasks.core.model import ServiceGone, ServiceSeen
from whoasks.outputs.ndjson import line
from whoasks.sources.capture_file import CaptureError, CaptureFile
from whoasks.store import Store

HOME = Path(__file__).parents[2] / "fixtures" / "home.pcap"


def packet(name: str, ttl: int) -> bytes:
    made = DNSRecord(DNSHeader(id=0, bitmap=0x8400))
    made.add_answer(RR("_http._tcp.local", QTYPE.PTR, 1, ttl, PTR(f"{name}._http._tcp.local")))
    if ttl:
        srv = SRV(0, 0, 80, "h.local")
        made.add_answer(RR(f"{name}._http._tcp.local", QTYPE.SRV, 1, ttl, srv))
        made.add_answer(RR("h.local", QTYPE.A, 1, ttl, A("10.0.0.9")))
    return bytes(made.pack())


@pytest.fixture
def lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> listed.Lists:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("WHOASKS_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    with Store("store.db") as store:
        store.save_list("monday", 5.0, [at("ssh", "A")], ("_ssh._tcp.local.",))
    return listed.Lists(Interrupts(), db="store.db", config_path=None)


def test_a_saved_list(lists):
    found = lists.named("monday")
    assert [service.instance for service in found.services] == ["A"]
    assert found.shown.startswith("monday (1970-01-01 ")
    assert found.asked == ("_ssh._tcp.local.",)
    assert lists.names() == ["monday"]


def test_a_saved_list_before_a_file_of_its_name(lists):
    Path("monday").write_text(line(at("ssh", "file")))
    assert lists.named("monday").services[0].instance == "A"
    assert lists.named("./monday").services[0].instance == "file"


def test_a_file_where_no_list_has_its_name(lists):
    Path("tuesday").write_text(line(at("ssh", "file")) + "\n")
    assert lists.named("tuesday").services[0].instance == "file"


def test_a_file_and_no_store():
    file = Path("tuesday")
    nowhere = listed.Lists(Interrupts(), db="nowhere.db", config_path=None)
    with pytest.raises(WhoasksError, match="There is no file 'tuesday', nor a saved list") as error:
        nowhere.named("tuesday")
    assert error.value.exit_code == errors.USAGE
    assert nowhere.names() == []
    assert not file.exists()


def test_a_file_where_the_store_is_missing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("tuesday").write_text("")
    assert (
        listed.Lists(Interrupts(), db="nowhere.db", config_path=None).named("tuesday").services
        == []
    )


def test_neither(lists):
    with pytest.raises(WhoasksError, match="Saved are: monday"):
        lists.named("sunday")


def test_a_capture(lists):
    found = lists.named(str(HOME))
    assert (len(found.services), found.code, found.notes) == (27, 0, [])
    assert any((service.device or {}).get("kind") == "printer" for service in found.services)


def capture(path: Path, *packets: tuple[int, bytes]) -> str:
    frames = (
        pcaps.record(pcaps.ethernet(pcaps.ipv4(pcaps.udp(payload))), when)
        for when, payload in packets
    )
    path.write_bytes(pcaps.pcap(*frames))
    return str(path)


def test_in_a_capture_only_a_goodbye_makes_a_service_go(lists, tmp_path):
    path = capture(
        tmp_path / "x.pcap",
        (100, packet("stays", 120)),
        (101, packet("goes", 120)),
        (102, packet("back", 120)),
        (110, packet("goes", 0)),
        (110, packet("back", 0)),
        (200, packet("back", 120)),
        (9000, packet("late", 120)),
    )
    stale = {service.instance: service.stale for service in lists.named(path).services}
    assert stale == {"stays": False, "goes": True, "back": False, "late": False}


def test_what_the_last_packet_changed_is_settled(lists, tmp_path):
    made = DNSRecord(DNSHeader(id=0, bitmap=0x8400))
    for number in range(120):  # more than one packet may change at once
        srv = SRV(0, 0, 80, "h.local")
        made.add_answer(RR(f"s{number}._http._tcp.local", QTYPE.SRV, 1, 120, srv))
    path = capture(tmp_path / "x.pcap", (100, bytes(made.pack())))
    assert [s.port for s in lists.named(path).services] == [80] * 120


def test_a_capture_that_breaks_off_is_read_so_far(lists, tmp_path, monkeypatch):
    path = capture(tmp_path / "x.pcap", (100, packet("a", 120)))
    whole = CaptureFile.read

    def breaks_off(file):
        yield from whole(file)
        raise CaptureError("It breaks off.")

    monkeypatch.setattr(CaptureFile, "read", breaks_off)
    found = lists.named(path)
    assert (len(found.services), found.code) == (1, errors.USAGE)
    assert found.notes == ["It breaks off."]


def test_a_capture_of_nothing_that_breaks_off(lists, tmp_path):
    path = tmp_path / "x.pcap"
    path.write_bytes(b"\xd4\xc3\xb2\xa1\1")
    with pytest.raises(CaptureError):
        lists.named(str(path))


WRONG = {
    "missing": ("nowhere.pcap", "nowhere.pcap cannot be read: No such file"),
    "a folder": ("./", "cannot be read: Is a directory"),
    "NUL": ("a\0b.pcap", "cannot be read"),
}


@pytest.mark.parametrize(("word", "sentence"), WRONG.values(), ids=WRONG)
def test_files_that_are_none(lists, word, sentence):
    with pytest.raises(WhoasksError, match=sentence):
        lists.named(word)


def test_bytes_that_are_no_text(lists):
    Path("x.nd").write_bytes(b'{"record": "\xff\xfe"}\n')
    with pytest.raises(WhoasksError, match="it is no text"):
        lists.named("x.nd")


def test_standard_input(lists, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(line(at("ssh", "piped"))))
    assert lists.named("-").services[0].instance == "piped"


def test_a_byte_order_mark_is_no_capture(lists):
    Path("x.nd").write_text("\ufeff" + line(at("ssh", "A")), encoding="utf-8")
    assert lists.named("x.nd").services[0].instance == "A"


def test_a_capture_that_is_not_read_to_its_end(lists):
    stopped = Interrupts()
    stopped.seen = True
    found = listed.from_file(str(HOME), stopped)
    assert (found.code, found.notes) == (errors.INTERRUPTED, [browsing.CUT_OFF])


def test_the_store_at_a_time(lists):
    with Store("store.db") as store:
        store.save([ServiceSeen(100.0, samples.service())])
        store.save([ServiceGone(200.0, samples.service(), "goodbye")])
    assert len(lists.stored(150.0).services) == 1
    found = lists.stored(250.0)
    assert found.services == []
    assert "No service is known to the store at 1970-01-01" in found.notes[0]


def test_a_list_confined_to_types():
    found = listed.Listed("x", [at("ssh"), at("http")])
    assert found.confined(()) == found.services
    assert [s.type for s in found.confined(("_ssh._tcp.local.",))] == ["_ssh._tcp"]


@pytest.mark.parametrize("reason", ["quiet", "interrupted"])
def test_now(lists, monkeypatch, reason):
    from whoasks.browse.session import Ending

    seen = SimpleNamespace()

    def browse(plan, inventory, senders, interfaces, interrupts, **rest):
        rest["prepare"]()
        seen.interfaces = interfaces
        return Ending(reason, 1.25, 1.5, 2, 9)

    monkeypatch.setattr("whoasks.cli.browsing.browse", browse)
    places = listed.Lists(Interrupts(), db=None, config_path=None, interfaces=("eth9",))
    found = places.now(("_ssh._tcp.local.",))
    assert (found.shown, found.services, found.asked) == ("now", [], ("_ssh._tcp.local.",))
    assert found.code == (errors.INTERRUPTED if reason == "interrupted" else 0)
    assert seen.interfaces == ("eth9",)
    assert "0 services" in found.notes[0]


def test_times():
    context, parameter = SimpleNamespace(), SimpleNamespace(name="at")
    assert listed._moments(context, parameter, None) is None
    assert listed._moments(context, parameter, ()) == ()
    assert abs(listed._moments(context, parameter, "now") - time.time()) < 5
    assert listed._moments(context, parameter, ("1970-01-01T00:01:00Z",)) == (60.0,)
    assert listed._shown(1e300).startswith("1")
