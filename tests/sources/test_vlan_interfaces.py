"""Which VLANs of an interface are captured as interfaces of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from whoasks.sources.vlan_interfaces import captured_apart

LISTING = """VLAN Dev name    | VLAN ID
Name-Type: VLAN_NAME_TYPE_RAW_PLUS_VID_NO_PAD
eth0.5         | 5  | eth0
eth0.6         | 6  | eth0
office         | 7  | eth1
"""


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        pytest.param(["eth0", "eth0.5"], {"eth0": {5}}, id="one of them"),
        pytest.param(["eth0.5", "eth0.6", "office"], {"eth0": {5, 6}, "eth1": {7}}, id="all"),
        pytest.param(["eth0"], {}, id="none"),
        pytest.param([], {}, id="no names"),
    ],
)
def test_captured_apart(names: list[str], expected: dict[str, set[int]], tmp_path: Path) -> None:
    listing = tmp_path / "config"
    listing.write_text(LISTING, encoding="ascii")
    assert captured_apart(names, listing) == expected


def test_a_kernel_without_vlans(tmp_path: Path) -> None:
    assert captured_apart(["eth0"], tmp_path / "none") == {}


@pytest.mark.parametrize("text", ["", "a | b | c\n", "a | 5\n", "||||\n", "a | 99999999 | \n"])
def test_a_listing_that_makes_no_sense(text: str, tmp_path: Path) -> None:
    listing = tmp_path / "config"
    listing.write_text(text, encoding="ascii")
    assert set(captured_apart(["a"], listing)) <= {""}
