"""The README's pictures show what the demo's recording gives now."""

from __future__ import annotations

import html
import re
import shutil

import pytest
from docs import render_images

ROOT = render_images.IMAGES.parent.parent
PICTURES = render_images.pictures()


def texts(svg):
    """What is written in a picture; shapes and colours are the drawing library's to change."""
    return [html.unescape(text) for text in re.findall(r"<text [^>]*>([^<]*)</text>", svg)]


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_current(name):
    kept = (render_images.IMAGES / name).read_text(encoding="utf-8")
    assert texts(kept) == texts(PICTURES[name]), "run docs/render_images.py"


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_stands_in_the_readme(name):
    assert f"(docs/images/{name})" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_a_picture_out_of_date_is_named(tmp_path, monkeypatch, capsys):
    images = tmp_path / "images"
    monkeypatch.setattr(render_images, "IMAGES", images)
    assert render_images.main(["--check"]) == 1
    assert render_images.main([]) == 0
    assert render_images.main(["--check"]) == 0
    shutil.copy(images / "list.svg", images / "finding.svg")
    assert render_images.main(["--check"]) == 1
    assert capsys.readouterr().err.endswith("finding.svg; run docs/render_images.py.\n")
