"""The app: what each key does. The screen below it is ``screen``'s; the rows are the state's."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import ContentSwitcher, Input

from whoasks.ui.live import choices
from whoasks.ui.live.dialogs import Menu, PathQuestion, keys_sheet, notes_sheet
from whoasks.ui.live.doors import Door, doors, scraps
from whoasks.ui.live.outside import Ending
from whoasks.ui.live.screen import THEMES, LiveScreen
from whoasks.ui.live.state import TITLES
from whoasks.ui.live.table import Table


class LiveApp(LiveScreen):
    """The full screen with its keys."""

    _searched: Table[Any] | None = None
    """The table that the query is for."""

    # All of them are looked at before a key is handed on, in the order in which keys come: what
    # is typed faster than it is drawn goes where it is meant to.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key, action, show=False, priority=True)
        for key, action in (
            *((str(at + 1), f"tab({at})") for at in range(len(TITLES))),
            ("tab", "tab_step(1)"),
            ("shift+tab", "tab_step(-1)"),
            ("slash", "search"),
            ("escape", "clear"),
            ("enter", "leave_query"),
            ("enter", "details"),
            ("s", "sort(1)"),
            ("S", "sort(-1)"),
            ("r", "reverse"),
            ("g", "group"),
            ("x", "hide"),
            ("ctrl+d", "scroll_details(1)"),
            ("ctrl+u", "scroll_details(-1)"),
            ("c", "copy"),
            ("o", "open"),
            ("e", "export"),
            ("p", "pause"),
            ("b", "ask"),
            ("left_square_bracket", "faster(0.5)"),
            ("right_square_bracket", "faster(2.0)"),
            ("i", "notes"),
            ("t", "theme"),
            ("question_mark", "keys"),
            ("q", "end"),
            ("ctrl+q", "stop('quit')"),
            ("ctrl+c", "stop('interrupted')"),
        )
    ]
    _EVERYWHERE = frozenset({"stop"})
    _IN_QUERY = frozenset({"clear", "leave_query", "tab_step"})
    _OURS = frozenset(
        binding.action.partition("(")[0] for binding in BINDINGS if isinstance(binding, Binding)
    )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Which keys are keys: in a dialog only those that end, in the query a few more."""
        if action not in self._OURS or action in self._EVERYWHERE:
            return True
        if self.screen is not self.base:
            return False
        in_query = isinstance(self.focused, Input)
        return action in self._IN_QUERY if in_query else action != "leave_query"

    def action_tab(self, at: int) -> None:
        """Show that table."""
        self.base.query_one("#tables", ContentSwitcher).current = TITLES[at].lower()
        query = self.base.query_one("#query", Input)
        query.display = False
        with query.prevent(Input.Changed):
            query.value = self.table.typed
        self.base.set_focus(self.grid)
        self.draw_now()
        self.on_grid_moved()

    def action_tab_step(self, step: int) -> None:
        """The table beside."""
        self.action_tab((self.at + step) % len(TITLES))

    def action_search(self) -> None:
        """Type a query; what is shown follows every letter."""
        query = self.base.query_one("#query", Input)
        self._searched = self.table
        query.display = True
        self.base.set_focus(query)

    def on_input_changed(self, event: Input.Changed) -> None:
        """A letter more or less."""
        if event.input.id == "query":
            (self._searched or self.table).search(event.value)
            self.draw_now()

    def action_leave_query(self) -> None:
        """Back to the table, which stays filtered."""
        self.base.query_one("#query").display = False
        self.base.set_focus(self.grid)

    def action_clear(self) -> None:
        """No query any more."""
        query = self.base.query_one("#query", Input)
        query.value = ""
        query.display = False
        self.table.search("")
        self.base.set_focus(self.grid)
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

    def action_end(self) -> None:
        """The usual way out."""
        self.action_stop("quit")

    def action_stop(self, ending: Ending) -> None:
        """End: first the watching, which writes what is open, then the screen."""
        self._report("ending…")
        self.feed.stop(ending)

    def _report(self, sentence: str) -> None:
        self.say(sentence)
        self.draw_now()
