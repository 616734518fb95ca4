"""The table of what other settings would change."""

from __future__ import annotations

import io
from datetime import UTC

import pytest
from rich.console import Console
from tests.helpers import samples

from whoasks.core.setting_changes import Change
from whoasks.ui.cells import Clock
from whoasks.ui.changes import table

CLOCK = Clock(samples.AT + 60, UTC)
PLAIN = samples.change()


def rendered(*changes: Change, width: int = 200) -> list[str]:
    file = io.StringIO()
    Console(file=file, width=width, color_system=None).print(table(changes, CLOCK))
    return [line.rstrip() for line in file.getvalue().splitlines()]


def test_wide() -> None:
    heading, row = rendered(PLAIN)
    assert heading.split() == [
        *("Change", "Rule", "Before", "After", "Host", "Times", "Last", "Where", "Why"),
    ]
    assert row == (
        "vanishes  type-sweep  medium  none   10.0.0.23 (cli.local, 02:00:00:00:00:17)  1,200  "
        "10:00:03  eth0 VLAN 12, store  asked for 30 types"
    )


def test_narrow() -> None:
    lines = rendered(PLAIN, width=80)
    assert max(map(len, lines)) <= 80
    assert "Why" not in lines[0]
    assert lines[1].startswith("vanishes  type-sweep  medium  none   10.0.0.23")


@pytest.mark.parametrize("name", samples.HOSTILE.values(), ids=samples.HOSTILE)
def test_hostile_names(name: str) -> None:
    host = samples.Host("mac", name, (name,), name, name, name)
    hostile = samples.change(
        host=host, rule=name, before=name, after=name, interface=name, source=name, why=name
    )
    for width in (80, 200):
        assert all(line.isprintable() for line in rendered(hostile, width=width))
