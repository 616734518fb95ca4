"""What a look-up asks, when it is answered, and what is kept of the answers."""

from __future__ import annotations

import dnslib
import pytest

from whoasks.browse.answers import MOST_RECORDS, MOST_SPEAKERS, Answers
from whoasks.browse.lookup import ANSWER_TIME, OTHERS_TIME, Lookup, target_of
from whoasks.core import wire
from whoasks.core.model import AAAA, NSEC, PTR, SRV, TXT, A, Datagram, Flow, Message, Record, Srv
from whoasks.core.packet import Nsec

WEB = "Web._http._tcp.local."
SRV_RECORD = Record(WEB, SRV, 1, 120, Srv(0, 0, 80, "h.local."), True)
TXT_RECORD = Record(WEB, TXT, 1, 4500, b"\x03a=b", True)
A_RECORD = Record("h.local.", A, 1, 120, "10.0.0.9", True)


@pytest.mark.parametrize(
    ("given", "kind", "name"),
    [
        ("nas", "host", "nas.local."),
        ("NAS.Local", "host", "NAS.Local."),
        (" nas.local. ", "host", "nas.local."),
        ("a.b.local", "host", "a.b.local."),
        ("10.0.0.9", "address", "9.0.0.10.in-addr.arpa."),
        ("9.0.0.10.in-addr.arpa", "address", "9.0.0.10.in-addr.arpa."),
        ("fe80::9%eth0", "address", "9." + "0." * 28 + "8.e.f.ip6.arpa."),
        ("Web._http._tcp", "instance", WEB),
        ("Web._http._tcp.local.", "instance", WEB),
        ("v1.2 x._http._tcp", "instance", "v1\\.2 x._http._tcp.local."),
        ("v1\\.2 x._http._tcp", "instance", "v1\\.2 x._http._tcp.local."),
        ("a\\b._http._tcp", "instance", "a\\\\b._http._tcp.local."),
        ("x\\x1b[31m._ssh._tcp", "instance", "x\x1b[31m._ssh._tcp.local."),
        ("caf\\233._ssh._tcp", "instance", "caf\\233._ssh._tcp.local."),
        ("=cmd|' /C calc'!A0._ssh._tcp", "instance", "=cmd|' /C calc'!A0._ssh._tcp.local."),
        ("x" * 63 + "._ssh._tcp", "instance", "x" * 63 + "._ssh._tcp.local."),
    ],
)
def test_what_is_meant(given: str, kind: str, name: str) -> None:
    target = target_of(given)
    assert (target.kind, target.name) == (kind, name)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("_ssh._tcp", "a type of services"),
        ("_services._dns-sd._udp.local", "a type of services"),
        ("example.com", "a name for DNS"),
        ("Web._http._tcp.example.com", "a name for DNS"),
        ("", "no name"),
        ("x" * 64, "no name"),
        ("..local", "no name"),
        (".".join(["x" * 60] * 5) + ".local", "no name"),
    ],
)
def test_what_cannot_be_looked_up(given: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        target_of(given)


def asked(packets: list[bytes]) -> list[tuple[str, int]]:
    return [(q.name, q.qtype) for packet in packets for q in wire.decode(packet).questions]


class Case:
    """A look-up with its parts at hand."""

    def __init__(self, *names: str) -> None:
        self.answers = Answers()
        self.lookup = Lookup([target_of(name) for name in names], self.answers)

    def hear(self, *records: Record, at: float = 5.0) -> None:
        self.answers.observe(Message(0, 0x8400, answers=records), at, "", "")

    def end(self, now: float = 0.0) -> float:
        """Runs it without an answer coming; when it is quiet."""
        while not self.lookup.is_quiet(now):
            now = self.lookup.next_at(now)
            self.lookup.due(now)
        return now


@pytest.mark.parametrize(
    ("name", "questions"),
    [
        ("h", [("h.local.", A), ("h.local.", AAAA)]),
        ("10.0.0.9", [("9.0.0.10.in-addr.arpa.", PTR)]),
        ("Web._http._tcp", [(WEB, SRV), (WEB, TXT)]),
        ("x._device-info._tcp", [("x._device-info._tcp.local.", TXT)]),
    ],
)
def test_what_is_asked(name: str, questions: list[tuple[str, int]]) -> None:
    packets = Case(name).lookup.due(0.0)
    assert asked(packets) == questions
    assert not any(q.unicast for packet in packets for q in wire.decode(packet).questions)


def test_everything_at_once_goes_in_one_packet() -> None:
    packets = Case("h", "10.0.0.9", "Web._http._tcp").lookup.due(0.0)
    assert len(packets) == 1
    assert len(asked(packets)) == 5


def test_it_ends_a_moment_after_the_answer() -> None:
    case = Case("h")
    case.lookup.due(0.0)
    case.hear(A_RECORD)
    assert case.lookup.due(0.05) == []
    assert case.end(0.05) == pytest.approx(0.05 + OTHERS_TIME)
    assert case.lookup.rounds == 1


def test_nobody_is_asked_three_times_at_growing_intervals() -> None:
    case = Case("h")
    times = []
    now = 0.0
    while True:
        if case.lookup.due(now):
            times.append(now)
        if case.lookup.is_quiet(now):
            break
        now = case.lookup.next_at(now)
    assert times == pytest.approx([0.0, 1.0, 3.0], abs=0.03)
    assert now == pytest.approx(times[-1] + ANSWER_TIME, abs=0.2)


def test_an_instance_leads_to_its_host() -> None:
    case = Case("Web._http._tcp")
    case.lookup.due(0.0)
    case.hear(SRV_RECORD, TXT_RECORD)
    assert asked(case.lookup.due(0.05)) == [("h.local.", A), ("h.local.", AAAA)]
    case.hear(A_RECORD)
    assert case.lookup.due(0.1) == []
    assert case.end(0.1) == pytest.approx(0.1 + OTHERS_TIME)
    types = [heard.record.rtype for heard in case.answers.about(WEB)]
    assert types == [SRV, TXT, A]


def test_only_what_is_missing_is_asked_again() -> None:
    case = Case("Web._http._tcp")
    case.lookup.due(0.0)
    case.hear(TXT_RECORD)
    assert asked(case.lookup.due(1.1)) == [(WEB, SRV)]


@pytest.mark.parametrize(
    ("name", "record"),
    [
        ("h", Record("h.local.", NSEC, 1, 120, Nsec("h.local.", (TXT,)), True)),
        ("10.0.0.9", Record("9.0.0.10.in-addr.arpa.", PTR, 1, 120, "h.local.", True)),
    ],
    ids=["its owner says that it has no address", "a pointer"],
)
def test_that_is_an_answer(name: str, record: Record) -> None:
    case = Case(name)
    case.lookup.due(0.0)
    case.hear(record)
    case.lookup.due(0.05)
    assert case.end(0.05) < 0.5


class TestAnswers:
    """Who said what."""

    def datagram(
        self, source: str, mac: str | None, *records: dnslib.RR, at: float = 1.0
    ) -> Datagram:
        packet = dnslib.DNSRecord(dnslib.DNSHeader(id=0, bitmap=0x8400))
        for record in records:
            packet.add_answer(record)
        flow = Flow("eth0", source, 5353, "224.0.0.251", 5353, mac=mac)
        return Datagram(at, flow, bytes(packet.pack()))

    def a(self, address: str, name: str = "h.local", ttl: int = 120) -> dnslib.RR:
        return dnslib.RR(name, dnslib.QTYPE.A, 1, ttl, dnslib.A(address))

    def test_one_host_with_two_addresses_is_one_speaker(self) -> None:
        answers = Answers()
        answers.want("h.local.")
        answers.feed(self.datagram("10.0.0.9", "02:00:00:00:00:09", self.a("10.0.0.9")))
        answers.feed(self.datagram("fe80::9", "02:00:00:00:00:09", self.a("10.0.0.9"), at=2.0))
        (heard,) = answers.about("h.local.")
        (speaker,) = heard.speakers.values()
        assert (speaker.addresses, speaker.at) == (["10.0.0.9", "fe80::9"], 1.0)

    def test_two_hosts_that_differ_are_two_answers(self) -> None:
        answers = Answers()
        answers.want("H.local.")
        answers.feed(self.datagram("10.0.0.9", None, self.a("10.0.0.9")))
        answers.feed(self.datagram("10.0.0.66", None, self.a("10.0.0.66")))
        said = {
            h.record.data: [s.addresses for s in h.speakers.values()]
            for h in answers.about("h.local.")
        }
        assert said == {"10.0.0.9": [["10.0.0.9"]], "10.0.0.66": [["10.0.0.66"]]}

    def test_what_nobody_asked_for_is_not_kept(self) -> None:
        answers = Answers()
        answers.want("h.local.")
        answers.feed(self.datagram("10.0.0.9", None, self.a("10.0.0.9", "other.local")))
        assert answers.about("other.local.") == []
        assert answers.knows(Record("other.local.", A, 1, 1, "10.0.0.9"))
        assert not answers.knows(Record("h.local.", A, 1, 1, "10.0.0.9"))

    def test_questions_malformed_packets_and_goodbyes(self) -> None:
        answers = Answers()
        answers.want("h.local.")
        good = self.datagram("10.0.0.9", None, self.a("10.0.0.9"))
        query = good.payload[:2] + b"\x00\x00" + good.payload[4:]
        answers.feed(Datagram(1.0, good.flow, query))
        answers.feed(Datagram(1.0, good.flow, b"junk"))
        assert answers.about("h.local.") == []
        assert answers.malformed == 1
        answers.feed(good)
        answers.feed(self.datagram("10.0.0.9", None, self.a("10.0.0.9", ttl=0)))
        assert answers.about("h.local.") == []

    def test_a_flood_meets_caps(self) -> None:
        answers = Answers()
        answers.want("h.local.")
        for n in range(MOST_RECORDS + 44):
            record = self.a(f"10.0.{n // 250}.{n % 250 + 1}")
            answers.feed(self.datagram("10.0.0.9", None, record))
        assert len(answers.about("h.local.")) == MOST_RECORDS
        assert answers.dropped == 44
        for n in range(MOST_SPEAKERS + 9):
            answers.feed(self.datagram(f"10.1.0.{n}", None, self.a("10.0.0.1")))
        assert len(answers.about("h.local.")[0].speakers) == MOST_SPEAKERS
