"""The catalogue of rules and a rule's page, from what the detectors declare."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterable, Mapping

import msgspec
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from whoasks.core.detect.base import Detector
from whoasks.ui.cells import safe, severity, value


def table(detectors: Iterable[type[Detector]]) -> RenderableType:
    """A row a rule: id, severity, ATT&CK and the first sentence of its page."""
    rows = Table(box=None, pad_edge=False, header_style="bold underline")
    for title in ("Rule", "Severity", "ATT&CK", "What it sees"):
        rows.add_column(title, no_wrap=title in ("Rule", "Severity"), overflow="fold")
    for detector in detectors:
        rule = detector.rule
        summary = _plain(_doc(detector).partition("\n\n")[0])
        rows.add_row(
            safe(rule.id), severity(rule.severity), safe(", ".join(rule.attack)), safe(summary)
        )
    return rows


def page(detector: type[Detector], told: Mapping[str, str]) -> RenderableType:
    """All about one rule; ``told`` is the meaning of each setting."""
    rule = detector.rule
    head = safe(rule.id, "bold").append("  ").append_text(severity(rule.severity))
    head.append_text(safe(f"  {', '.join(rule.attack)}", "not bold"))
    parts: list[RenderableType] = [head]
    for paragraph in _doc(detector).split("\n\n"):
        parts += [Text(), _indented(paragraph)]
    limits = []
    if rule.lifts:
        limits.append("- weak evidence: it lifts a finding no further than medium")
    if rule.needs_unicast:
        limits.append("- needs unicast packets, which a socket on a switch does not see")
    if limits:
        parts += [Text(), _indented("\n".join(limits))]
    parts += _settings(detector, told)
    parts += _list("Benign causes", rule.benign)
    parts += _list("References", rule.references)
    return Group(*parts)


def _settings(detector: type[Detector], told: Mapping[str, str]) -> list[RenderableType]:
    rows = Table(box=None, pad_edge=False, header_style="dim")
    for title in ("setting", "default", "meaning"):
        rows.add_column(title, no_wrap=title == "setting", overflow="fold")
    for name, default in msgspec.structs.asdict(detector.Settings()).items():
        rows.add_row(safe(name), safe(value(default)), safe(_plain(told.get(name, ""))))
    if not rows.row_count:
        return []
    heading = Text.assemble(("Settings", "bold underline"), (f" (rules: {detector.rule.id}:)", ""))
    return [Text(), heading, Padding(rows, (0, 0, 0, 2), expand=False)]


def _list(title: str, lines: Iterable[str]) -> list[RenderableType]:
    listed = [_indented(line) for line in lines]
    return [Text(), Text(title, style="bold underline"), *listed] if listed else []


def _doc(detector: type[Detector]) -> str:
    """The module's docstring, which is the rule's page."""
    return inspect.cleandoc(sys.modules[detector.__module__].__doc__ or detector.rule.title)


def _indented(paragraph: str) -> RenderableType:
    """A paragraph: lines that are indented or listed keep their ends, others flow."""
    lines = paragraph.split("\n")
    if any(line.startswith((" ", "-", "*")) for line in lines):
        words = Text("\n").join(safe(line.replace("``", "`")) for line in lines)
    else:
        words = safe(_plain(paragraph))
    return Padding(words, (0, 0, 0, 2), expand=False)


def _plain(paragraph: str) -> str:
    return " ".join(paragraph.replace("``", "`").split())
