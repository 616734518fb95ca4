"""Names: what they say, and that nothing is lost between bytes and text."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whoasks.core.names import from_labels, labels, normal, parse, split, type_of

KINDS = {
    "_services._dns-sd._udp.local.": "meta",
    "_SERVICES._dns-sd._UDP.local.": "meta",
    "_services._dns-sd._udp.local.local.": "meta",
    "_services._dns-sd._udp.example.com.": "meta",
    "_http._tcp.local.": "type",
    "_http._tcp.example.com.": "type",
    "_printer._sub._http._tcp.local.": "subtype",
    "My Web._http._tcp.local.": "instance",
    "Dr\\. No._http._tcp.local.": "instance",
    "printer.local.": "host",
    "a.b.local.": "other",
    "9.0.0.10.in-addr.arpa.": "reverse",
    "b._dns-sd._udp.0.0.0.10.in-addr.arpa.": "other",
    "local.": "other",
    ".": "other",
    "version.bind.": "other",
}


@pytest.mark.parametrize(("name", "kind"), KINDS.items())
def test_kind(name, kind):
    assert parse(name).kind == kind


def test_parts():
    name = parse("My Web._HTTP._tcp.Local.")
    assert (name.instance, name.type, name.domain) == ("My Web", "_http._tcp", "local")
    assert name.key == "my web._http._tcp.local."
    sub = parse("_a._sub._http._tcp.local.")
    assert (sub.subtype, sub.type, type_of(sub)) == ("_a", "_http._tcp", "_http._tcp")
    assert type_of(name) is None


def test_only_ascii_letters_lose_their_case():
    assert normal("BÜRO.local.") == "bÜro.local."


@given(st.lists(st.binary(min_size=1, max_size=63), max_size=6))
def test_any_labels_come_back(parts):
    assert labels(from_labels(parts)) == tuple(parts)


PIECES = {
    ".": [],
    "": [],
    "a": ["a"],
    "a.b": ["a", "b"],
    "a..b.": ["a", "", "b"],
    "Dr\\. No.local.": ["Dr\\. No", "local"],
    "a\\\\.b.": ["a\\\\", "b"],
    "a\\046b.": ["a\\046b"],
    "a\\.": ["a\\."],
    "a\\": ["a\\\\"],
    "a.b\\": ["a", "b\\\\"],
    "\\.": ["\\."],
    "a\n.b.": ["a\n", "b"],
}


@pytest.mark.parametrize(("name", "pieces"), PIECES.items())
def test_split(name, pieces):
    assert split(name) == pieces


@pytest.mark.parametrize("text", ["\\", "\\.", "a\\", "\\255", ".", "a"])
def test_a_long_name_is_split_in_linear_time(text):
    start = time.thread_time()
    split(text * 200_000 + "\\")
    assert time.thread_time() - start < 1.0


@given(st.text(max_size=80))
def test_any_text_is_parsed(text):
    parse(text)
    labels(text)
