"""How long the full screen keeps a key waiting, with many rows, beside textual's own DataTable.

    .venv/bin/python -m bench.live [--rows 5000] [--runs 9]

Headless, 120 by 40. Each figure is the median (and the longest) of the runs, in milliseconds, from
the call until the screen has been composed anew. "batch" is 100 services that change at once;
"snapshot" all of them compared with a fresh list, as happens now and then.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import time
from collections.abc import Awaitable, Callable

import msgspec
from tests.helpers import samples
from tests.ui.live.stage import Feed, Hands
from textual import events
from textual.app import App, ComposeResult
from textual.widgets import DataTable

from whoasks import knowledge
from whoasks.cli.known_devices import KnownDevices
from whoasks.core.model import Event, Service, ServiceChanged, ServiceSeen
from whoasks.text import terminal
from whoasks.ui.live.app import LiveApp

SIZE = (120, 40)
BATCH = 100
TYPES = ("_http._tcp", "_ipp._tcp", "_ssh._tcp", "_smb._tcp", "_airplay._tcp", "_hap._tcp")


def services(rows: int) -> list[Service]:
    """So many services, five a host, in no order."""
    chance = random.Random(4)
    made = [
        samples.service(
            instance=f"Thing {number} in room {number % 97}",
            type=TYPES[number % len(TYPES)],
            hostname=f"host-{number // 5}.local.",
            port=1024 + number * 7 % 60_000,
            addresses=(f"10.{number // 65_025}.{number // 255 % 255}.{number % 255}",),
            device=None,
        )
        for number in range(rows)
    ]
    chance.shuffle(made)
    return made


async def timed(runs: int, act: Callable[[int], object], settle: Callable[[], Awaitable[None]]):
    """Milliseconds of each run, drawing included."""
    taken = []
    for run in range(runs):
        await settle()
        began = time.perf_counter()
        act(run)
        await settle()
        taken.append(1000 * (time.perf_counter() - began))
    return taken


async def ours(rows: int, runs: int) -> dict[str, list[float]]:
    """The full screen."""
    listed = services(rows)
    devices = KnownDevices(lambda mac: None)
    feed, hands = Feed(), Hands()
    feed.identify = devices.identify  # type: ignore[method-assign]
    knowledge.devices()
    app = LiveApp(feed, hands)
    found: dict[str, list[float]] = {}
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()

        async def settle() -> None:
            app.screen._on_timer_update()
            await asyncio.sleep(0)

        def seen(events: list[Event]) -> None:
            app.state.take(events, hands.clock())
            hands.time += 0.01
            app.refresh_tables()

        found["first fill"] = await timed(
            1, lambda run: seen([ServiceSeen(samples.AT, s) for s in listed]), settle
        )
        feed.listed = listed
        while app.state._dirty:
            app.state.settle(hands.clock())
        hands.time += 100
        app.refresh_tables()
        found["batch"] = await timed(
            runs,
            lambda run: seen(
                [
                    ServiceChanged(samples.AT, msgspec.structs.replace(s, port=run))
                    for s in listed[run * BATCH : (run + 1) * BATCH]
                ]
            ),
            settle,
        )
        later = [
            [msgspec.structs.replace(s, last_seen=s.last_seen + run) for s in listed]
            for run in range(runs)
        ]
        found["snapshot"] = await timed(
            runs, lambda run: app.state.renew_services(later[run], hands.clock()), settle
        )

        def letter(run: int) -> None:
            app.table.search("room 4"[: run % 6 + 1])
            app.draw_now()

        found["filter letter"] = await timed(runs, letter, settle)
        app.table.search("")

        def sort(run: int) -> None:
            app.table.sort_by(run % 5)
            app.draw_now()

        found["sort"] = await timed(runs, sort, settle)

        def group(run: int) -> None:
            app.table.group_next()
            app.draw_now()

        found["group"] = await timed(runs, group, settle)
        found["page down"] = await timed(runs, lambda run: app.grid.action_page(1), settle)
        feed.stop("quit")
    return found


class Stock(App[None]):
    """The same rows in a DataTable."""

    def compose(self) -> ComposeResult:
        yield DataTable(cursor_type="row")


async def theirs(rows: int, runs: int) -> dict[str, list[float]]:
    """DataTable, which is cleared and filled again for a filter."""
    listed = services(rows)
    cells = {
        str(at): (terminal(s.instance), s.type, s.hostname or "", s.port, s.addresses[0])
        for at, s in enumerate(listed)
    }
    app = Stock()
    found: dict[str, list[float]] = {}
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        table = app.query_one(DataTable)
        columns = table.add_columns("Name", "Type", "Host", "Port", "Address")

        async def settle() -> None:
            await table._on_idle(events.Idle())
            app.screen._on_timer_update()
            await asyncio.sleep(0)

        def fill(words: str) -> None:
            table.clear()
            for key, row in cells.items():
                if words in row[0]:
                    table.add_row(*row, key=key)

        found["first fill"] = await timed(1, lambda run: fill(""), settle)

        def batch(run: int) -> None:
            for at in range(run * BATCH, (run + 1) * BATCH):
                table.update_cell(str(at), columns[3], run)

        found["batch"] = await timed(runs, batch, settle)
        found["sort"] = await timed(runs, lambda run: table.sort(columns[run % 5]), settle)
        found["filter letter"] = await timed(
            runs, lambda run: fill("room 4"[: run % 6 + 1]), settle
        )
        fill("")
        found["page down"] = await timed(runs, lambda run: table.action_page_down(), settle)
    return found


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--runs", type=int, default=9)
    options = parser.parse_args()
    mine = asyncio.run(ours(options.rows, options.runs))
    stock = asyncio.run(theirs(options.rows, options.runs))
    print(f"{options.rows} rows, ms: median (longest)")
    for name, taken in mine.items():
        other = stock.get(name)
        beside = f"{statistics.median(other):8.1f} ({max(other):.1f})" if other else ""
        print(f"{name:14} {statistics.median(taken):8.1f} ({max(taken):.1f})   {beside}")


if __name__ == "__main__":
    main()
