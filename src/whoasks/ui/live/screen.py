"""What stands where on the screen, and how it is kept up to date. What it shows, the state decides.

All comes in through a ``Feed`` and goes out through ``Hands``; nothing here reads a clock, a
file or the network. Nothing that came from the wire is ever markup.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any

from rich.text import Text
from textual import events
from textual.app import App, ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.screen import Screen
from textual.widgets import ContentSwitcher, Input, Static

from whoasks.core.model import Event
from whoasks.ui.cells import Clock
from whoasks.ui.live import bars
from whoasks.ui.live.details import details
from whoasks.ui.live.grid import Grid
from whoasks.ui.live.outside import Ending, Feed, Hands
from whoasks.ui.live.state import TITLES, State
from whoasks.ui.live.table import Table

STEP = 0.25
"""Seconds between two looks at what has come: as quick as an eye, as slow as a modem."""
RENEW = 1.0
"""Seconds between two snapshots at the least; a snapshot that takes long is taken less often,
so that it never costs more than a fiftieth of the time."""
WIDE = 110
"""Columns from which on the details have a place beside the table."""
HELD = 20_000
"""Events that wait while the screen is held, some 30 MB; older ones are not shown any more."""
THEMES = {"dark": "textual-dark", "light": "textual-light", "terminal": "ansi-dark"}


class LiveScreen(App[Ending]):
    """All of the full screen but its keys."""

    TITLE = "whoasks live"
    ENABLE_COMMAND_PALETTE = False
    CSS_PATH = None
    CSS = """
    Screen { layout: vertical; background: $background; color: $foreground; }
    ModalScreen { background: $background 50%; }
    #tabs, #status, #keys { height: 1; width: 100%; }
    #tabs { background: $panel; }
    #status { background: $panel; color: $foreground; }
    #keys { color: $text-muted; }
    #body { height: 1fr; }
    #tables { width: 1fr; height: 100%; }
    #details { display: none; width: 40%; height: 100%; padding: 0 1; border-left: solid $panel;
               scrollbar-size-vertical: 1; }
    #details.shown { display: block; }
    .narrow #body { layout: vertical; }
    .narrow #tables { width: 100%; height: 1fr; }
    .narrow #details { width: 100%; height: 50%; border-left: none; border-top: solid $panel; }
    #query { height: 1; border: none; padding: 0 1; background: $boost; }
    """

    def __init__(
        self, feed: Feed, hands: Hands, *, theme: str = "dark", colours: bool = True
    ) -> None:
        """``theme``: one of ``THEMES``. Without ``colours`` nothing but bold, italic, reverse."""
        super().__init__(ansi_color=None if colours else True)
        self.feed, self.hands = feed, hands
        self.state = State(feed.identify)
        self.failure: BaseException | None = None
        """What ended the watching before its time."""
        self.paused = False
        self.said = ""
        """The last sentence for a person; raw."""
        self._said_at = 0.0
        self._held: deque[Event] = deque(maxlen=HELD)
        """What came while the screen was held."""
        self._fitted = False
        self._written: dict[str, Text] = {}
        self._renew_at = 0.0
        self.theme_name = theme if colours else "terminal"

    # What stands where.

    def compose(self) -> ComposeResult:
        """Tabs, the table and its details, the query, two lines of what is going on."""
        yield Static(id="tabs")
        with Horizontal(id="body"):
            with ContentSwitcher(initial=TITLES[0].lower(), id="tables"):
                for title, table in zip(TITLES, self.state.tables, strict=True):
                    yield Grid(table, id=title.lower())
            with VerticalScroll(id="details", can_focus=False):
                yield Static(id="about")
        yield Input(id="query", placeholder="filter: words, -word, column:word", compact=True)
        yield Static(id="status")
        yield Static(id="keys")

    def on_mount(self) -> None:
        """Begin to watch and to draw."""
        self.theme = THEMES[self.theme_name]
        self._fit(self.size.width)
        self.base.query_one("#query").display = False
        self.base.set_focus(self.grid)
        self.run_worker(self._watch(), exit_on_error=False)
        self.set_interval(STEP, self._look)
        self.refresh_tables()

    def on_resize(self, event: events.Resize) -> None:
        """Details beside the table where there is room, else below it."""
        self._fit(event.size.width)

    def _fit(self, width: int) -> None:
        was_narrow = self.base.has_class("narrow")
        self.base.set_class(width < WIDE, "narrow")
        about = self.base.query_one("#details")
        if width >= WIDE and (was_narrow or not self._fitted):
            about.add_class("shown")
        elif width < WIDE and not was_narrow:
            about.remove_class("shown")
        self._fitted = True

    @property
    def base(self) -> Screen[Any]:
        """The screen below whatever dialog is open."""
        return self.screen_stack[0]

    @property
    def at(self) -> int:
        """Which table is shown, of ``TITLES``."""
        current = self.base.query_one("#tables", ContentSwitcher).current or ""
        return TITLES.index(current.title())

    @property
    def grid(self) -> Grid:
        """The table that is shown."""
        return self.base.query_one(f"#{TITLES[self.at].lower()}", Grid)

    @property
    def table(self) -> Table[Any]:
        """Its view-model."""
        return self.grid.table

    # The feed.

    async def _watch(self) -> None:
        """Watch until it ends, then end; whatever went wrong is told by the caller."""
        ending: Ending | None = None
        try:
            ending = await self.feed.run(self._tell, self.say)
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001  raised again once the screen is restored
            self.failure = error
        self.exit(ending)

    def _tell(self, events_: Sequence[Event]) -> None:
        if self.paused:
            self._held.extend(events_)
        else:
            self.state.take(events_, self.hands.clock())

    def say(self, sentence: str) -> None:
        """A sentence for the person before the screen; raw."""
        self.said, self._said_at = sentence, self.hands.clock()

    def _look(self) -> None:
        """Every ``STEP``; when the app goes, its screens and their widgets go before the timer."""
        stack = self.screen_stack
        if stack and all(stack[0].query(f"#{name}") for name in ("keys", "tables", "details")):
            self.refresh_tables()

    def refresh_tables(self) -> None:
        """Bring the screen up to date; while paused only what the clock changes."""
        now = self.hands.clock()
        if not self.paused:
            if self._held:
                self.state.take(self._held, now)
                self._held.clear()
            if now >= self._renew_at:
                self.state.renew_services(self.feed.services(), now)
                self.state.renew_askers(self.feed.askers(), now)
                self._renew_at = now + max(RENEW, 50 * (self.hands.clock() - now))
            self.state.settle(now)
            self.grid.update(now)
        self._draw_bars(now)

    def _draw_bars(self, now: float) -> None:
        width = self.size.width
        counts = [len(table) for table in self.state.tables]
        said = self.said if now - self._said_at < bars.SAID_FOR else ""
        self._write("tabs", bars.tabs(TITLES, counts, self.at, width))
        line = bars.status(self.table, self.feed, said, width, paused=self.paused)
        self._write("status", line)
        self._write("keys", bars.keys(width))

    def _write(self, bar: str, line: Text) -> None:
        """Draw a line that has changed: what is drawn goes over somebody's network."""
        if self._written.get(bar) != line:
            self._written[bar] = line
            self.base.query_one(f"#{bar}", Static).update(line)

    def on_grid_moved(self) -> None:
        """Another row: its details."""
        if self.base.query_one("#details").has_class("shown"):
            value = self.table.current
            self.base.query_one("#about", Static).update(
                details(value, Clock(self.feed.shown_at()))
            )

    def draw_now(self) -> None:
        """Draw what a key has changed at once."""
        now = self.hands.clock()
        self.grid.update(now)
        self._draw_bars(now)
