"""What opens above the tables: the keys, a menu, a question for a path. Names are never markup."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static

from whoasks.ui.cells import safe

KEYS = (
    ("1 to 5, Tab", "Services, Hosts, Askers, Findings, Timeline"),
    ("↑ ↓ PgUp PgDn Home End", "move; Home keeps the cursor on the first line"),
    ("/", "filter as you type: words, -word, column:word, \"two words\"; Esc clears it"),
    ("s S, click a title", "sort by the next or the previous column"),
    ("r", "turn the order round"),
    ("g", "group: by type or host, by vendor, by rule; space closes a group"),
    ("x", "hide what is gone or silenced, or show it again"),
    ("Enter", "details of the row; again to close them"),
    ("ctrl+d ctrl+u", "scroll the details"),
    ("c", "copy a part of the row to the clipboard (OSC 52)"),
    ("o", "open its page or an ssh session; asks first"),
    ("e", "export what is shown as CSV or NDJSON"),
    ("p", "hold the screen; a recording stops, the network goes on being heard"),
    ("b", "ask the network once more"),
    ("[ ]", "a recording slower, faster"),
    ("i", "what cannot be seen from here"),
    ("t", "dark, light, the terminal's own colours"),
    ("?", "these keys"),
    ("q, ctrl+c", "end"),
)  # fmt: skip

_CSS = """
    align: center middle;
    & > Vertical, & > VerticalScroll {
        width: 76; max-width: 96%; height: auto; max-height: 90%;
        border: round $primary; background: $surface; padding: 0 1;
    }
    & .title { text-style: bold; width: 100%; }
    & .hint { color: $text-muted; width: 100%; }
    & OptionList, & OptionList:focus {
        background: $surface; height: auto; max-height: 14; border: none; padding: 0;
    }
    & Input { border: none; height: 1; padding: 0; background: $panel; }
"""


class Sheet(ModalScreen[None]):
    """Something to read; any of its keys closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q,question_mark,i", "app.pop_screen", "Close")
    ]
    DEFAULT_CSS = f"Sheet {{ {_CSS} }}"

    def __init__(self, title: str, body: Table | Text) -> None:
        super().__init__()
        self._title, self._body = title, body

    def compose(self) -> ComposeResult:
        """A title over the text."""
        with VerticalScroll():
            yield Static(Text(self._title), classes="title")
            yield Static(self._body)


def keys_sheet() -> Sheet:
    """All keys."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for key, meaning in KEYS:
        table.add_row(Text(key), Text(meaning))
    return Sheet("Keys", table)


def notes_sheet(title: str, lines: Sequence[str]) -> Sheet:
    """Sentences; raw."""
    return Sheet(title, Text("\n").join(safe(line) for line in lines or ["Nothing to say."]))


class Menu(ModalScreen[int | None]):
    """Choose one of several lines, by its number, with the arrows or the mouse."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "dismiss(None)", "Close")]
    DEFAULT_CSS = f"Menu {{ {_CSS} }}"

    def __init__(self, title: str, lines: Sequence[tuple[str, str]]) -> None:
        """``lines``: what it is, and the thing itself; raw."""
        super().__init__()
        self._title, self._lines = title, lines

    def compose(self) -> ComposeResult:
        """The lines with their numbers."""
        with Vertical():
            yield Static(Text(self._title), classes="title")
            yield OptionList(*(self._line(at) for at in range(len(self._lines))), markup=False)
            yield Static(Text("Enter or a number; Esc for none"), classes="hint")

    def _line(self, at: int) -> Text:
        title, thing = self._lines[at]
        number = f"{at + 1} " if at < 9 else "  "
        return (
            Text(number, style="bold")
            .append_text(safe(f"{title}  "))
            .append_text(safe(thing, "dim"))
        )

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """The line is chosen."""
        self.dismiss(event.option_index)

    def on_key(self, event: events.Key) -> None:
        """A number chooses its line."""
        if event.key.isdecimal() and 0 < int(event.key) <= len(self._lines):
            event.stop()
            self.dismiss(int(event.key) - 1)


class PathQuestion(ModalScreen[str | None]):
    """Where to export to; a file that is there already must be meant twice."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Close")]
    DEFAULT_CSS = f"PathQuestion {{ {_CSS} }}"

    def __init__(
        self,
        title: str,
        path: str,
        check: Callable[[str], str | None],
        exists: Callable[[str], bool],
    ) -> None:
        """``check``: what is wrong with a path, in a sentence."""
        super().__init__()
        self._title, self._path = title, path
        self._check, self._exists = check, exists
        self._meant = ""

    def compose(self) -> ComposeResult:
        """The path, to be changed."""
        with Vertical():
            yield Static(Text(self._title), classes="title")
            yield Input(self._path, select_on_focus=False)
            yield Static(Text("Enter writes it; .csv or .ndjson; Esc for none"), classes="hint")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take it, or say what is wrong."""
        path = event.value.strip()
        problem = self._check(path)
        if problem is None and self._exists(path) and self._meant != path:
            self._meant = path
            problem = "There is a file of that name; Enter once more replaces it"
        if problem is None:
            self.dismiss(path)
        else:
            self.query_one(".hint", Static).update(safe(problem, "bold"))
