"""The catalogue and a rule's page, from a detector made for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.ui.test_report import rendered

from whoasks.core.detect.base import Detector, DetectorSettings, Rule
from whoasks.core.model import Severity
from whoasks.ui import catalogue


class Settings(DetectorSettings):
    things: int = 5
    window: float = 60.0


class Knocks(Detector):
    rule = Rule(
        "knocks", "Knocked", Severity.LOW, ("T1046", "T1021"), ("visitors",), ("RFC 6762 §5.5",),
        lifts=True, needs_unicast=True,
    )  # fmt: skip
    Settings = Settings

    def on_query(self, heard) -> Iterator:
        return iter(())


class Plain(Detector):
    rule = Rule("plain", "Plain", Severity.HIGH, ("T1557",), (), ())

    def on_query(self, heard) -> Iterator:
        return iter(())


PAGE = """A host knocks at ``many``
doors.

Why it matters:
- it is late
- it is dark
"""


@pytest.fixture(autouse=True)
def documented(monkeypatch):
    monkeypatch.setitem(globals(), "__doc__", PAGE)


def test_the_table():
    assert rendered(catalogue.table([Knocks, Plain])) == (
        "Rule    Severity  ATT&CK        What it sees\n"
        "knocks  low       T1046, T1021  A host knocks at `many` doors.\n"
        "plain   high      T1557         A host knocks at `many` doors."
    )


def test_a_page():
    assert rendered(catalogue.page(Knocks, {"things": "Doors in a row;\none is no sign."})) == (
        "knocks  low  T1046, T1021\n"
        "\n"
        "  A host knocks at `many` doors.\n"
        "\n"
        "  Why it matters:\n"
        "  - it is late\n"
        "  - it is dark\n"
        "\n"
        "  - weak evidence: it lifts a finding no further than medium\n"
        "  - needs unicast packets, which a socket on a switch does not see\n"
        "\n"
        "Settings (rules: knocks:)\n"
        "  setting  default  meaning\n"
        "  things   5        Doors in a row; one is no sign.\n"
        "  window   60\n"
        "\n"
        "Benign causes\n"
        "  visitors\n"
        "\n"
        "References\n"
        "  RFC 6762 §5.5"
    )


def test_a_page_without_settings():
    shown = rendered(catalogue.page(Plain, {}))
    assert "Settings" not in shown
    assert "Benign" not in shown
