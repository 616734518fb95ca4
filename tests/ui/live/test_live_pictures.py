"""What the full screen looks like, compared with pictures beside this file (``--regen`` draws them
anew)."""

from __future__ import annotations

import re
import time
from pathlib import Path

import msgspec
import pytest
from docs import render_live
from tests.ui.live.stage import START, Feed, Hands, feed, many, played

from whoasks.core.model import ServiceGone
from whoasks.ui.live.marks import FADES

HERE = Path(__file__).parent / "pictures"
SIZES = {"80x24": (80, 24), "120x40": (120, 40)}
VIEWS = {
    "services": (),
    "services by type": ("g",),
    "services filtered": ("slash", *"zwei"),
    "details": ("down", "down", "enter"),
    "hosts": ("2",),
    "askers": ("3",),
    "findings": ("4", "enter"),
    "timeline": ("5",),
    "copy": ("c",),
    "keys": ("question_mark",),
}


@pytest.fixture(autouse=True)
def utc(monkeypatch):
    """Times of day as in London, so that a picture is the same everywhere."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def normal(svg: str) -> str:
    """The picture without what is different each time: numbers in names, spaces at ends."""
    found = re.sub(r"terminal-\d+", "terminal", svg)
    return "".join(f"{line.rstrip()}\n" for line in found.splitlines())


def drawn(keys, size, source=None, **how) -> str:
    hands, pictures = Hands(), []

    async def act(app, pilot):
        hands.time += FADES[1]
        app.refresh_tables()
        for key in keys:
            await pilot.press(key)
        await pilot.pause()
        app.said = ""
        app.refresh_tables()
        await pilot.pause()
        pictures.append(app.export_screenshot(title="whoasks live"))

    played(act, source=source, hands=hands, size=size, **how)
    return normal(pictures[0])


def compare(name: str, svg: str, regen: bool) -> None:
    path = HERE / f"{name.replace(' ', '-')}.svg"
    if regen:
        path.parent.mkdir(exist_ok=True)
        path.write_text(svg, encoding="utf-8")
    assert svg == path.read_text(encoding="utf-8"), "look at it with --regen and git diff"


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("keys", VIEWS.values(), ids=VIEWS)
def test_a_view(request, regen, keys, size):
    view, dimensions = request.node.callspec.id.rsplit("-", 1)
    compare(f"{view} {dimensions}", drawn(keys, size), regen)


@pytest.mark.parametrize("theme", ["light", "terminal"])
def test_a_theme(regen, theme):
    compare(f"theme {theme}", drawn(("4", "1"), (80, 24), theme=theme), regen)


def test_without_colours(regen, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    compare("without colours", drawn(("down",), (80, 24), colours=False), regen)


def test_rows_that_went(regen):
    source: Feed = feed()
    gone = source.listed[3] = msgspec.structs.replace(many()[3], stale=True)
    source.first.append(ServiceGone(START, gone, "goodbye"))
    compare("gone", drawn((), (80, 24), source=source), regen)


def test_the_picture_in_the_documentation_is_current():
    """What is written in it; shapes and colours are the drawing library's to change."""
    texts = re.compile(r"<text [^>]*>([^<]*)</text>")
    kept = render_live.IMAGE.read_text(encoding="utf-8")
    assert texts.findall(kept) == texts.findall(render_live.picture())
