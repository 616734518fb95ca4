"""The widget that draws a table: only the lines that are seen, straight as strips. No state
but the table's, which moves the cursor and decides what is where.
"""

from __future__ import annotations

from typing import Any, ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from whoasks import text
from whoasks.ui.live.columns import GAP, Column, Placed, place
from whoasks.ui.live.marks import Kind
from whoasks.ui.live.table import Table

MARGIN = 2
"""Cells in front of a row: its mark, which says without colour what the colour says."""
_EMPTY_AT = 2
"""The line that says why there are no rows."""
SIGNS: dict[Kind, str] = {"new": "+", "changed": "~", "gone": "-"}
_PARTS: dict[Kind, tuple[str, str, str]] = {
    "new": ("grid--new-0", "grid--new-1", "grid--new-2"),
    "changed": ("grid--changed-0", "grid--changed-1", "grid--changed-2"),
    "gone": ("grid--gone-0", "grid--gone-1", "grid--gone-2"),
}


class Grid(ScrollView, can_focus=True):
    """A table with a fixed header. Posts ``Moved`` when another row is under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False, priority=True),
        Binding("down,j", "move(1)", "Down", show=False, priority=True),
        Binding("pageup,ctrl+b", "page(-1)", "Page up", show=False, priority=True),
        Binding("pagedown,ctrl+f", "page(1)", "Page down", show=False, priority=True),
        Binding("home", "top", "Top", show=False, priority=True),
        Binding("end,G", "bottom", "Bottom", show=False, priority=True),
        Binding("space", "fold", "Close or open group", show=False, priority=True),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "grid--header", "grid--sorted", "grid--cursor", "grid--heading", "grid--stale",
        "severity-info", "severity-low", "severity-medium", "severity-high",
        "verdict-routine", "verdict-unusual", "verdict-suspicious",
        "kind-new", "kind-changed", "kind-gone", "kind-malformed",
        *(name for names in _PARTS.values() for name in names),
    }  # fmt: skip
    DEFAULT_CSS = """
    Grid {
        background: $background; color: $foreground; overflow-x: hidden; overflow-y: scroll;
        scrollbar-size-vertical: 1;
        & .grid--header { background: $panel; color: $foreground; text-style: bold; }
        & .grid--sorted { background: $panel; color: $text-accent; text-style: bold; }
        & .grid--cursor { background: $primary; color: $text; text-style: bold; }
        & .grid--heading { color: $secondary-lighten-3; text-style: bold; }
        & .grid--stale { color: $text-muted; text-style: italic; }
        & .grid--new-0 { background: $success 45%; }
        & .grid--new-1 { background: $success 25%; }
        & .grid--new-2 { background: $success 10%; }
        & .grid--changed-0 { background: $warning 35%; }
        & .grid--changed-1 { background: $warning 20%; }
        & .grid--changed-2 { background: $warning 8%; }
        & .grid--gone-0 { background: $error 45%; }
        & .grid--gone-1 { background: $error 25%; }
        & .grid--gone-2 { background: $error 10%; }
        & .severity-info { color: $text-primary; }
        & .severity-low { color: $text-primary; text-style: bold; }
        & .severity-medium, & .verdict-unusual { color: $text-warning; text-style: bold; }
        & .severity-high, & .verdict-suspicious { color: $text-error; text-style: bold; }
        & .verdict-routine { color: $text-muted; }
        & .kind-new { color: $text-success; }
        & .kind-changed { color: $text-warning; }
        & .kind-gone, & .kind-malformed { color: $text-error; }
    }
    Grid:light .grid--heading { color: $primary; }
    Grid:ansi {
        & .grid--cursor { text-style: reverse; }
        & .grid--header { text-style: bold; }
        & .grid--new-0, & .grid--changed-0, & .grid--gone-0 { text-style: bold; }
    }
    """

    class Moved(Message):
        """The cursor is on another row, or its row has changed."""

    def __init__(self, table: Table[Any], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.table = table
        self.now = 0.0
        """The clock by which marks fade, as of the last ``update``."""
        self._placed: list[Placed] = []
        self._drawn: object = None
        self._cursor_at = 0
        """The line of the cursor when it was drawn last."""

    # From the table to the screen.

    def update(self, now: float) -> None:
        """Draw what has changed in the table; the cursor's line stays at its height."""
        self.now = now
        height = self.table.index - self.scroll_offset.y
        fading = self.table.tick(now)
        arranged = self.table.arrange()
        if arranged:
            self._measure()
            if not self.table.follows and 0 <= height < self._page():
                self.scroll_to(y=self.table.index - height, animate=False, force=True)
            elif self.table.follows:
                self.scroll_to(y=0, animate=False, force=True)
        if self.table.was_touched() or arranged or fading:
            self.refresh()
            self._cursor_at = self.table.index
        self._tell()

    def _measure(self) -> None:
        self.virtual_size = Size(self.scrollable_content_region.width, len(self.table.items) + 1)

    def _page(self) -> int:
        return max(1, self.size.height - 1)

    def _tell(self) -> None:
        current = self.table.current
        if current is not self._drawn:
            self._drawn = current
            self.post_message(self.Moved())

    def on_resize(self, event: events.Resize) -> None:
        """Give the columns their widths anew."""
        self._measure()
        self._reveal()

    def _reveal(self) -> None:
        """Scroll as little as needed for the cursor to be seen."""
        top, page, index = self.scroll_offset.y, self._page(), self.table.index
        wanted = min(max(top, index - page + 1), index)
        if wanted != top:
            self.scroll_to(y=wanted, animate=False, force=True)
            self.refresh()
        else:  # what is drawn goes over somebody's network: two lines, not all of them
            for at in {self._cursor_at, index}:
                if 0 <= at - top < page:
                    self.refresh(Region(0, at - top + 1, self.size.width, 1))
        self._cursor_at = index
        self._tell()

    # Keys and the mouse.

    def action_move(self, lines: int) -> None:
        """A line up or down."""
        self.table.move(lines)
        self._reveal()

    def action_page(self, pages: int) -> None:
        """A screenful up or down."""
        self.table.move(pages * self._page())
        self._reveal()

    def action_top(self) -> None:
        """The first line; the cursor stays there whatever comes, until it is moved."""
        self.table.follow()
        self._reveal()

    def action_bottom(self) -> None:
        """The last line."""
        self.table.to(len(self.table.items) - 1)
        self._reveal()

    def action_fold(self) -> None:
        """Close or open the group of the cursor."""
        if self.table.toggle_group():
            self.update(self.now)
            self._reveal()

    def sort_step(self, step: int) -> None:
        """Sort by the column beside, of those that are shown."""
        shown = [column.at for column in self._placed] or [0]
        at = shown.index(self.table.sort) if self.table.sort in shown else -step
        self.table.sort_by(shown[(at + step) % len(shown)])

    def on_click(self, event: events.Click) -> None:
        """A row takes the cursor, a title sorts."""
        if event.y > 0:
            self.table.to(self.scroll_offset.y + event.y - 1)
            self._reveal()
            return
        x = event.x - MARGIN
        for column in self._placed:
            if 0 <= x < column.width + GAP:
                self.table.sort_by(column.at)
                self.update(self.now)
                break
            x -= column.width + GAP

    # Lines.

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        width = self.scrollable_content_region.width
        base = self.rich_style
        if y == 0:
            self._placed = place(self.table.look.columns, width - MARGIN)
            return self._header(width)
        at = self.scroll_offset.y + y - 1
        items = self.table.items
        if at >= len(items):
            words = text.terminal(self.table.emptiness) if y == _EMPTY_AT else ""
            return Strip([Segment(set_cell_size(f"{'':{MARGIN}}{words}", width), base)], width)
        item = items[at]
        on_cursor = at == self.table.index
        if (heading := self.table.heading(item)) is not None:
            style = base + self._part("grid--cursor" if on_cursor else "grid--heading")
            sign = "▾ " if heading.open else "▸ "
            line = f"{sign}{text.terminal(heading.name)}  {heading.count:,}"
            return Strip([Segment(set_cell_size(line, width), style)], width)
        return self._row(item, on_cursor, width, base)

    def _row(self, item: str, on_cursor: bool, width: int, base: Style) -> Strip:
        value = self.table.row(item)
        if value is None:  # gone since the table was arranged
            return Strip.blank(width, base)
        mark = self.table.mark(item, self.now)
        if on_cursor:
            base += self._part("grid--cursor")
        elif mark is not None:
            base += self._part(_PARTS[mark[0]][mark[1]])
        stale = self.table.is_stale(item)
        if stale:
            faded = self._part("grid--stale")
            base += Style(italic=True) if on_cursor else Style(color=faded.color, italic=True)
        sign = SIGNS[mark[0]] if mark else "·" if stale else " "
        segments = [Segment(f"{sign:<{MARGIN}}", base)]
        for placed in self._placed:
            column = self.table.look.columns[placed.at]
            style = base
            if column.style is not None and not on_cursor and (name := column.style(value)):
                style = base + self._ink(name)
            segments.append(Segment(_cell(column, value, placed.width), style))
            segments.append(Segment(" " * GAP, base))
        return Strip(segments).adjust_cell_length(width, base)

    def _header(self, width: int) -> Strip:
        plain, chosen = self._part("grid--header"), self._part("grid--sorted")
        segments = [Segment(" " * MARGIN, plain)]
        for placed in self._placed:
            column = self.table.look.columns[placed.at]
            is_sorted = placed.at == self.table.sort
            arrow = ("▼" if self.table.falling else "▲") if is_sorted else ""
            title = _fitted(column.title + arrow, placed.width, right=column.right)
            segments.append(Segment(title, chosen if is_sorted else plain))
            segments.append(Segment(" " * GAP, plain))
        return Strip(segments).adjust_cell_length(width, plain)

    def _part(self, name: str) -> Style:
        return self.get_component_rich_style(name)

    def _ink(self, name: str) -> Style:
        """A part's colour on whatever is behind it."""
        if name not in self.COMPONENT_CLASSES:
            return Style.null()
        style = self._part(name)
        return Style(color=style.color, bold=style.bold)


def _cell(column: Column[Any], value: Any, width: int) -> str:
    words = text.terminal(column.cell(value))
    if column.ending and cell_len(words) > width:
        words = words.removesuffix(column.ending)
    return _fitted(words, width, right=column.right)


def _fitted(words: str, width: int, *, right: bool) -> str:
    """Exactly so many cells; what is cut ends in an ellipsis."""
    length = cell_len(words)
    if length > width:
        return set_cell_size(words, width - 1) + "…"
    fill = " " * (width - length)
    return fill + words if right else words + fill
