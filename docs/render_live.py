"""Draw docs/images/live.svg: the demo's recording in the full screen (python docs/render_live.py).

Textual draws it, so the picture shows what a terminal would.
"""

from __future__ import annotations

import asyncio
import math
import os
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from whoasks.cli import demo, vendors
from whoasks.cli.hands import Hands
from whoasks.cli.playing import Playing
from whoasks.core.settings import CoreSettings
from whoasks.ui.live.app import LiveApp
from whoasks.ui.live.marks import FADES

IMAGE = Path(__file__).parent / "images" / "live.svg"
SIZE = (128, 30)
LATE = 100 * FADES[-1]
"""Seconds: no row is new any more, and the next snapshot is due even where one takes long."""


class Later(Hands):
    """Hands whose clock can be put forward, until no row is new any more."""

    late = 0.0

    def clock(self) -> float:
        """As usual, and later."""
        return super().clock() + self.late


def picture() -> str:
    """The picture as SVG."""

    async def drawn() -> str:
        vendor = await vendors.load()
        feed = Playing(demo.recording(), CoreSettings(), vendor, speed=math.inf)
        hands = Later()
        app = LiveApp(feed, hands)
        async with app.run_test(size=SIZE) as pilot:
            while feed.status() != "end of the recording":
                await pilot.pause(0.1)
            for key in ((), ("2",), ["down"] * 7):
                hands.late += LATE
                app.refresh_tables()
                await pilot.press(*key)
                await pilot.pause()
            app.refresh_tables()
            await pilot.pause()
            return app.export_screenshot(title="whoasks live --from home.pcap")

    svg = re.sub(r"terminal-\d+", "live", asyncio.run(drawn()))
    return "".join(f"{line.rstrip()}\n" for line in svg.splitlines())


def main(argv: Sequence[str]) -> int:
    """Write the picture, or with ``--check`` return 1 when it is out of date."""
    os.environ["TZ"] = "UTC"
    time.tzset()
    svg = picture()
    if "--check" in argv:
        current = IMAGE.is_file() and IMAGE.read_text(encoding="utf-8") == svg
        return 0 if current else 1
    IMAGE.write_text(svg, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
