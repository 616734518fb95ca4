"""The app: what each key does. The screen below it is ``screen``'s; the rows are the state's."""

from __future__ import annotations

from contextlib import nullcontext
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import ContentSwitcher, Input

from whoasks.ui.live import choices
from whoasks.ui.live.dialogs import Menu, PathQuestion, keys_sheet, notes_sheet
from whoasks.ui.live.doors import Door, doors, scraps
from whoasks.ui.live.outside import Ending
from whoasks.ui.live.screen import THEMES, LiveScreen
from whoasks.ui.live.state import TITLES


class LiveApp(LiveScreen):
    """The full screen with its keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(str(at + 1), f"tab({at})", title, show=False) for at, title in enumerate(TITLES)),
        Binding("tab", "tab_step(1)", "Next table", show=False, priority=True),
        Binding("shift+tab", "tab_step(-1)", "Previous table", show=False, priority=True),
        Binding("slash", "search", "Filter"),
        Binding("escape", "clear", "Clear", show=False),
        Binding("s", "sort(1)", "Sort"),
        Binding("S", "sort(-1)", "Sort back", show=False),
        Binding("r", "reverse", "Reverse", show=False),
        Binding("g", "group", "Group"),
        Binding("x", "hide", "Hide gone", show=False),
        Binding("enter", "details", "Details"),
        Binding("ctrl+d", "scroll_details(1)", "Scroll details", show=False),
        Binding("ctrl+u", "scroll_details(-1)", "Scroll details back", show=False),
        Binding("c", "copy", "Copy"),
        Binding("o", "open", "Open"),
        Binding("e", "export", "Export"),
        Binding("p", "pause", "Pause"),
        Binding("b", "ask", "Ask again", show=False),
        Binding("left_square_bracket", "faster(0.5)", "Slower", show=False),
        Binding("right_square_bracket", "faster(2.0)", "Faster", show=False),
        Binding("i", "notes", "Blind spots", show=False),
        Binding("t", "theme", "Theme", show=False),
        Binding("question_mark", "keys", "Keys"),
        Binding("q", "stop('quit')", "End"),
        Binding("ctrl+q", "stop('quit')", show=False, priority=True),
        Binding("ctrl+c", "stop('interrupted')", show=False, priority=True),
    ]

    def action_tab(self, at: int) -> None:
        """Show that table."""
        self.base.query_one("#tables", ContentSwitcher).current = TITLES[at].lower()
        query = self.base.query_one("#query", Input)
        query.remove_class("shown")
        with query.prevent(Input.Changed):
            query.value = self.table.typed
        self.grid.focus()
        self.draw_now()
        self.on_grid_moved()

    def action_tab_step(self, step: int) -> None:
        """The table beside."""
        self.action_tab((self.at + step) % len(TITLES))

    def action_search(self) -> None:
        """Type a query; what is shown follows every letter."""
        query = self.base.query_one("#query", Input)
        query.add_class("shown")
        query.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """A letter more or less."""
        if event.input.id == "query":
            self.table.search(event.value)
            self.draw_now()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Back to the table, which stays filtered."""
        if event.input.id == "query":
            event.input.set_class(bool(event.value), "shown")
            self.grid.focus()

    def action_clear(self) -> None:
        """No query any more."""
        query = self.base.query_one("#query", Input)
        query.value = ""
        query.remove_class("shown")
        self.table.search("")
        self.grid.focus()
        self.draw_now()

    def action_sort(self, step: int) -> None:
        """By the column beside that can be seen."""
        self.grid.sort_step(step)
        self.draw_now()

    def action_reverse(self) -> None:
        """The other way round."""
        self.table.sort_by(self.table.sort)
        self.draw_now()

    def action_group(self) -> None:
        """The next way of grouping."""
        self.table.group_next()
        grouping = self.table.grouping
        self.say(f"grouped by {grouping.title}" if grouping else "not grouped")
        self.draw_now()

    def action_hide(self) -> None:
        """What is gone, or silenced."""
        self.table.hide_stale(not self.table.hides_stale)
        self.say("hidden: what is gone" if self.table.hides_stale else "shown again: what is gone")
        self.draw_now()

    def action_details(self) -> None:
        """Open or close the details."""
        self.base.query_one("#details").toggle_class("shown")
        self.on_grid_moved()

    def action_scroll_details(self, pages: int) -> None:
        """A page of the details."""
        pane = self.base.query_one("#details", VerticalScroll)
        pane.scroll_relative(y=pages * max(1, pane.size.height - 1), animate=False)

    def action_pause(self) -> None:
        """Hold the screen, or let it go on."""
        self.paused = not self.paused
        self.feed.pause(self.paused)
        self.refresh_tables()

    def action_ask(self) -> None:
        """Once more."""
        self.say(self.feed.ask())
        self.draw_now()

    def action_faster(self, factor: float) -> None:
        """A recording's speed."""
        self.say(self.feed.faster(factor))
        self.draw_now()

    def action_theme(self) -> None:
        """The next theme; none without colours."""
        names = list(THEMES)
        if self.no_color:
            self.say("NO_COLOR is set")
        else:
            self.theme_name = names[(names.index(self.theme_name) + 1) % len(names)]
            self.theme = THEMES[self.theme_name]
        self.draw_now()

    def action_keys(self) -> None:
        """All keys."""
        self.push_screen(keys_sheet())

    def action_notes(self) -> None:
        """What cannot be seen, and what went wrong."""
        self.push_screen(notes_sheet("What cannot be seen from here", self.feed.notes()))

    def action_copy(self) -> None:
        """Choose what of the row goes to the clipboard."""
        found = scraps(self.table.current)
        if not found:
            self._report("nothing to copy here")
            return

        def chosen(at: int | None) -> None:
            if at is not None:
                self.copy_to_clipboard(found[at].text)
                self._report(f"copied: {found[at].text}")

        self.push_screen(Menu("Copy", [(each.title, each.text) for each in found]), chosen)

    def action_open(self) -> None:
        """Choose what of the row to open; strangers choose addresses, so each is shown first."""
        found = doors(self.table.current)
        if not found:
            self._report("nothing to open here: neither a web page nor ssh")
            return

        def chosen(at: int | None) -> None:
            if at is not None:
                self._open(found[at])

        self.push_screen(Menu("Open", [(each.title, each.words) for each in found]), chosen)

    def _open(self, door: Door) -> None:
        with self.suspend() if self.hands.takes_terminal(door) else nullcontext():
            problem = self.hands.open(door)
        self._report(problem or f"opened: {door.words}")

    def action_export(self) -> None:
        """Ask where to, then write what is shown."""
        table = self.table
        values = choices.exported(table)

        def chosen(path: str | None) -> None:
            if path is not None:
                problem = self.hands.export(path, values)
                self._report(problem or f"{len(values):,} records written to {path}")

        title, path = choices.export_words(TITLES[self.at], len(values))
        check = choices.path_check(TITLES[self.at])
        self.push_screen(PathQuestion(title, path, check, self.hands.exists), chosen)

    def action_stop(self, ending: Ending) -> None:
        """End: first the watching, which writes what is open, then the screen."""
        self._report("ending…")
        self.feed.stop(ending)

    def _report(self, sentence: str) -> None:
        self.say(sentence)
        self.draw_now()
