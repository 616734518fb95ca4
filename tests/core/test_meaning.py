"""What a payload asks, taken apart."""

from tests.helpers.traffic import META, announce, ask, probe

from whoasks.core.meaning import Meaning
from whoasks.core.wire import decode


def meant(payload: bytes) -> Meaning:
    return Meaning(decode(payload))


def test_a_query_taken_apart():
    got = meant(ask(META, "_a._sub._ipp._tcp.local", "x._ipp._tcp.local", "H.local", qtype=255))
    assert got.is_query
    assert got.meta
    assert got.types == {"_ipp._tcp"}
    assert got.instances == {"x._ipp._tcp.local."}
    assert got.hostnames == {"h.local."}
    assert meant(ask("9.0.0.10.in-addr.arpa")).reverse_names == {"9.0.0.10.in-addr.arpa."}


def test_probes_and_answers_ask_nothing():
    assert not meant(probe("_ssh._tcp.local")).is_query
    assert not meant(announce("x", "_ssh._tcp")).is_query


def test_no_message_means_nothing():
    nothing = Meaning(None)
    assert (nothing.is_query, nothing.is_probe, nothing.is_response) == (False, False, False)
    assert nothing.keys == set()


def test_other_record_types_of_a_type_do_not_browse():
    assert meant(ask("_ipp._tcp.local", qtype=6)).types == set()
