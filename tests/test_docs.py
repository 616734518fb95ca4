"""The documentation says what the code does: generated pages are current, nothing is left out."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import click
import pytest
from docs import generate

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"


@pytest.mark.parametrize("page", generate.PAGES)
def test_a_generated_page_is_current(page):
    committed = (DOCS / page).read_text(encoding="utf-8")
    assert committed == generate.PAGES[page](), "run `make docs` and commit the difference"


@pytest.mark.parametrize(
    ("path", "command"),
    [pytest.param(path, command, id=path) for path, command in generate.commands()],
)
def test_every_command_and_option_is_documented(path, command):
    text = (DOCS / "commands.md").read_text(encoding="utf-8")
    section = re.search(rf"^## {re.escape(path)}$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert section is not None
    options = [p for p in command.params if isinstance(p, click.Option) and not p.hidden]
    assert [name for option in options for name in option.opts if name not in section[1]] == []
    assert [option.opts[-1] for option in options if not option.help] == []
    assert command.help or command.short_help


def test_every_rule_says_what_why_and_when_not():
    asked = ("What it sees:", "Why it matters:", "Benign causes:")
    page = {detector.rule.id: sys.modules[detector.__module__].__doc__ for detector in generate.ALL}
    missing = {name: [part for part in asked if part not in text] for name, text in page.items()}
    assert {name: parts for name, parts in missing.items() if parts} == {}


def test_every_setting_of_a_rule_is_explained():
    unexplained = [
        f"{detector.rule.id}: {line}"
        for detector in generate.ALL
        for line in generate._settings(detector).splitlines()
        if line.endswith("|  |")
    ]
    assert unexplained == []


def test_a_page_out_of_date_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(generate, "HERE", tmp_path)
    assert generate.main(["--check"]) == 1
    assert "docs/rules.md, docs/commands.md" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0


LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)#\s]+)")


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(path, id=str(path.relative_to(ROOT)))
        for path in sorted([*ROOT.glob("*.md"), *DOCS.glob("*.md"), *ROOT.glob("*/README.md")])
    ],
)
def test_links_inside_the_project_lead_somewhere(page):
    links = LINK.findall(page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []
