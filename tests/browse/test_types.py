"""Service types as people write them."""

from __future__ import annotations

import pytest

from whoasks.browse.types import matches, names_of


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("_ssh._tcp", ("_ssh._tcp.local.",)),
        ("_ssh._tcp.local.", ("_ssh._tcp.local.",)),
        ("_SSH._TCP.Local", ("_ssh._tcp.local.",)),
        ("ssh", ("_ssh._tcp.local.", "_ssh._udp.local.")),
        ("_hap", ("_hap._tcp.local.", "_hap._udp.local.")),
        ("_printer._sub._http._tcp", ("_printer._sub._http._tcp.local.",)),
    ],
)
def test_understood(text: str, names: tuple[str, ...]) -> None:
    assert names_of(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a b",
        "\x1b[31m",
        "a.b",
        "web._http._tcp",
        "_x._sctp",
        "._tcp",
        "_" + "x" * 70,
        "_services._dns-sd._udp",
    ],
)
def test_refused_with_what_would_be_right(text: str) -> None:
    with pytest.raises(ValueError, match="Write it like ssh"):
        names_of(text)


@pytest.mark.parametrize(
    ("names", "kind", "subtypes", "matched"),
    [
        ((), "_ssh._tcp", (), True),
        (("_ssh._tcp.local.",), "_ssh._tcp", (), True),
        (("_ssh._tcp.local.",), "_ssh._udp", (), False),
        (("_p._sub._http._tcp.local.",), "_http._tcp", ("_p",), True),
        (("_p._sub._http._tcp.local.",), "_http._tcp", (), False),
    ],
)
def test_matching(
    names: tuple[str, ...], kind: str, subtypes: tuple[str, ...], matched: bool
) -> None:
    assert matches(names, kind, subtypes) is matched
