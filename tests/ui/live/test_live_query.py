"""What is typed behind ``/``."""

from __future__ import annotations

import pytest

from whoasks.ui.live.query import parse

TITLES = ["Name", "Type", "Port"]
ROW = ["Laser 2nd Floor", "_ipp._tcp", "631"]


@pytest.mark.parametrize(
    ("typed", "fits"),
    [
        ("", True),
        ("   ", True),
        ("laser", True),
        ("LASER ipp", True),
        ("laser smb", False),
        ("-laser", False),
        ("-smb", True),
        ("port:631", True),
        ("po:63", True),
        ("port:ipp", False),
        ("-port:631", False),
        ('"2nd floor"', True),
        ('"2nd  floor"', False),
        ('name:"laser 2nd"', True),
        ('"2nd', True),
        ("nothing:631", False),
        ("::1", False),
        ("-", True),
        ("port:", True),
        ('"', True),
        ("[red]", False),
        ("631 -tcp", False),
    ],
)
def test_queries(typed, fits):
    query = parse(typed, TITLES)
    words = "\n".join(ROW).casefold()
    assert query.matches(words, ROW.__getitem__) is fits


def test_an_address_is_no_column():
    assert parse("fe80::1", TITLES).terms[0].word == "fe80::1"
