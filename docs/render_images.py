"""Render the README's pictures from the demo's recording: python docs/render_images.py [--check].

rich draws them as SVG, so a picture shows what a terminal would, and none is made by hand.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from datetime import UTC
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.terminal_theme import MONOKAI
from rich.text import Text

from whoasks.cli import demo
from whoasks.cli.listing import select
from whoasks.ui import report, tables
from whoasks.ui.cells import Clock

IMAGES = Path(__file__).parent / "images"
WIDTH = 120
"""Columns; wide enough for what a table shows only where there is room."""


def pictures() -> dict[str, str]:
    """File name → SVG."""
    services, findings = demo.watched(demo.recording())
    listed = tables.services(select(services, (), "host", stale=True), "host")
    found = report.finding_block(findings[0], Clock(zone=UTC))
    return {
        "list.svg": _svg("whoasks list --from home.pcap --by host", listed),
        "finding.svg": _svg("whoasks read home.pcap", found),
    }


def _svg(command: str, shown: RenderableType) -> str:
    console = Console(
        file=io.StringIO(), width=WIDTH, record=True, force_terminal=True, color_system="truecolor"
    )
    prompt = Text.assemble(("$ ", "green"), (command, "bold"))
    console.print(Group(prompt, Text(), shown))
    # A fixed id: by default it depends on the content, and a picture's difference says little.
    svg = console.export_svg(title=command, theme=MONOKAI, unique_id=command.split()[1])
    return "".join(f"{line.rstrip()}\n" for line in svg.splitlines())


def main(argv: Sequence[str]) -> int:
    """Write the pictures, or with ``--check`` name those that are out of date."""
    made = pictures()
    if "--check" in argv:
        old = [
            name
            for name, svg in made.items()
            if not (IMAGES / name).is_file() or (IMAGES / name).read_text(encoding="utf-8") != svg
        ]
        if old:
            print(f"Out of date: {', '.join(old)}; run docs/render_images.py.", file=sys.stderr)
        return 1 if old else 0
    IMAGES.mkdir(exist_ok=True)
    for name, svg in made.items():
        (IMAGES / name).write_text(svg, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
