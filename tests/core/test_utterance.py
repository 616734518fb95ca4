"""What a payload says."""

import pytest
from tests.helpers.traffic import META, announce, ask, probe

from whoasks.core.utterance import Utterance
from whoasks.core.wire import decode


def said(payload: bytes) -> Utterance:
    return Utterance(decode(payload), None, len(payload))


def test_a_query_taken_apart():
    got = said(ask(META, "_a._sub._ipp._tcp.local", "x._ipp._tcp.local", "H.local", qtype=255))
    assert got.is_query
    assert got.meta
    assert got.types == {"_ipp._tcp"}
    assert got.instances == {"x._ipp._tcp.local."}
    assert got.hostnames == {"h.local."}
    assert said(ask("9.0.0.10.in-addr.arpa")).reverse_names == {"9.0.0.10.in-addr.arpa."}


def test_probes_and_answers_ask_nothing():
    assert not said(probe("_ssh._tcp.local")).is_query
    assert not said(announce("x", "_ssh._tcp")).is_query


def test_other_record_types_of_a_type_do_not_browse():
    assert said(ask("_ipp._tcp.local", qtype=6)).types == set()


OWN = (
    "asked", "burst", "echo", "flow", "heard", "last", "places", "rules", "shape", "shown_by",
    "shown_for", "words",
)  # fmt: skip


@pytest.mark.parametrize("kind", ["again", "renewed"])
def test_what_is_shared_is_all_of_its_meaning(kind):
    first = said(ask(META))
    first.heard, first.rules, first.burst = True, ("meta-query",), 7
    other = first.again() if kind == "again" else first.renewed(first.message, first.size)
    same = {name for name in Utterance.__slots__ if getattr(other, name) == getattr(first, name)}
    assert same >= set(Utterance.__slots__) - set(OWN)
    assert (other.heard, other.burst) == ((False, -1) if kind == "again" else (True, 7))
