"""Every key of the full screen, pressed."""

from __future__ import annotations

import asyncio
import base64

import msgspec
import pytest
from tests.helpers import samples
from tests.ui.live.stage import START, Feed, Hands, feed, many, played, shown
from textual import events

from whoasks.core.model import FindingOpened, ServiceChanged, ServiceGone, ServiceSeen
from whoasks.ui.live.app import LiveApp
from whoasks.ui.live.dialogs import KEYS
from whoasks.ui.live.grid import Grid
from whoasks.ui.live.marks import FADES
from whoasks.ui.live.state import TITLES


def names(app: LiveApp) -> list[str]:
    """The first column of what is shown."""
    return [app.table.look.columns[0].cell(value) for value in app.table.listed()]


async def typed(pilot, *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
    await pilot.pause()


SERVICES = ["Attic NAS", "Attic NAS", "Büro-Drucker", "Heron Router", "Zwei 9", "Zwei 10"]


@pytest.mark.parametrize(("key", "title"), [(str(n + 1), t) for n, t in enumerate(TITLES)])
def test_a_number_shows_its_table(key, title):
    async def act(app, pilot):
        await typed(pilot, key)
        assert TITLES[app.at] == title
        assert app.focused is app.grid
        assert len(app.table) > 0

    played(act)


def test_a_step_of_the_cursor_draws_two_lines(monkeypatch):
    drawn = []
    line = Grid.render_line
    monkeypatch.setattr(Grid, "render_line", lambda self, y: drawn.append(y) or line(self, y))

    async def act(app, pilot):
        await pilot.pause()
        for key, lines in (("down", {1, 2}), ("down", {2, 3}), ("home", {1, 3}), ("end", {1, 6})):
            drawn.clear()
            await typed(pilot, key)
            assert set(drawn) == lines
        await typed(pilot, "r", "down")  # after another order as before it
        drawn.clear()
        await typed(pilot, "up")
        assert len(set(drawn)) == 2

    played(act)


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        pytest.param("nas.local.", "nas.local    ", id="room for all of it"),
        pytest.param("wohnzimmer-tv.local.", "wohnzimmer-tv", id="the ending goes first"),
        pytest.param("wohnzimmer-lampe.local.", "wohnzimmer-l…", id="then the rest"),
        pytest.param("wohnzimmer.example.", "wohnzimmer.e…", id="another domain stays"),
    ],
)
def test_a_host_in_a_narrow_column(name, cell):
    async def act(app, pilot):
        await pilot.pause()
        assert cell in shown(app).splitlines()[2]
        app.table.search(f"host:{name.removesuffix('.')}")  # cut or not, all of it is found
        app.table.arrange()
        assert len(app.table.listed()) == 1

    service = samples.service(hostname=name)
    played(act, source=Feed([service], events=[ServiceSeen(START, service)]))


@pytest.mark.parametrize(("key", "title"), [(str(n + 1), t) for n, t in enumerate(TITLES)])
def test_an_empty_table_says_so(key, title):
    async def act(app, pilot):
        await typed(pilot, key)
        line = shown(app).splitlines()[3].strip()
        assert line == app.table.look.empty
        assert line.startswith(("No ", "Nobody ", "Nothing "))

    played(act, source=Feed())


def test_tab_goes_round():
    async def act(app, pilot):
        seen = []
        for _ in range(5):
            await typed(pilot, "tab")
            seen.append(TITLES[app.at])
        assert seen == [*TITLES[1:], TITLES[0]]
        await typed(pilot, "shift+tab")
        assert TITLES[app.at] == "Timeline"

    played(act)


@pytest.mark.parametrize(
    ("keys", "index"),
    [
        (["down"], 1),
        (["j", "j", "k"], 1),
        (["down", "down", "up"], 1),
        (["end"], 5),
        (["G"], 5),
        (["end", "home"], 0),
        (["pagedown"], 5),
        (["end", "pageup"], 0),
        (["up"], 0),
    ],
)
def test_moving(keys, index):
    async def act(app, pilot):
        await typed(pilot, *keys)
        assert app.table.index == index

    played(act)


def test_sorting():
    async def act(app, pilot):
        assert names(app) == SERVICES
        await typed(pilot, "s", "s", "s")
        assert [s.port for s in app.table.listed()] == [22, 80, 445, 631, 8080, 8081]
        await typed(pilot, "r")
        assert [s.port for s in app.table.listed()] == [8081, 8080, 631, 445, 80, 22]
        await typed(pilot, "S", "S", "S", "r")
        assert names(app) == SERVICES[::-1]

    played(act)


def test_sorting_goes_round_the_columns_that_are_shown():
    async def act(app, pilot):
        shown_ = len(app.grid._placed)
        assert shown_ < len(app.table.look.columns)
        await typed(pilot, *["s"] * shown_)
        assert app.table.sort == 0

    played(act)


def test_a_click_sorts_and_takes_the_cursor():
    async def act(app, pilot):
        await pilot.click("#services", offset=(shown(app).split("\n")[1].index("Address"), 0))
        assert app.table.sort == 4
        await pilot.click("#services", offset=(5, 3))
        assert app.table.index == 2

    played(act)


def test_a_filter_follows_every_letter():
    async def act(app, pilot):
        await typed(pilot, "slash", "z", "w")
        assert names(app) == ["Zwei 9", "Zwei 10"]
        await typed(pilot, "backspace", "backspace", *"port:80")
        assert names(app) == ["Heron Router", "Zwei 9", "Zwei 10"]
        await typed(pilot, "enter")
        assert app.focused is app.grid
        assert "filter port:80" in shown(app)
        await typed(pilot, "2", "1")
        assert names(app) == ["Heron Router", "Zwei 9", "Zwei 10"]
        await typed(pilot, "escape")
        assert names(app) == SERVICES

    played(act)


def test_keys_are_letters_while_a_filter_is_typed():
    async def act(app, pilot):
        await typed(pilot, "slash", "q", "p", "1")
        assert app.table.typed == "qp1"
        await typed(pilot, "escape")
        assert (app.table.typed, app.focused) == ("", app.grid)

    played(act)


def test_keys_that_come_all_at_once_are_a_filter_too():
    """As over a slow line, or when somebody types fast."""

    async def act(app, pilot):
        for key in ("slash", "z", "w", "enter", "s", "r"):
            app.post_message(events.Key(key, key if len(key) == 1 else None))
        await pilot.pause(0.3)
        assert (app.table.typed, app.table.sort, app.table.falling) == ("zw", 1, True)
        assert len(names(app)) == 2

    played(act)


def test_groups():
    async def act(app, pilot):
        await typed(pilot, "g")
        assert "▾ _http._tcp  3" in shown(app)
        await typed(pilot, "space")
        assert "▸ _http._tcp  3" in shown(app)
        await typed(pilot, "g")
        assert "▾ attic.local  4" in shown(app)
        assert "by host" in shown(app)
        await typed(pilot, "g")
        assert names(app) == SERVICES

    played(act)


def test_details_open_and_close_and_scroll():
    async def act(app, pilot):
        assert "Laser 3000" not in shown(app)
        await typed(pilot, "down", "down", "enter")
        assert "TXT, 1 key" in shown(app)
        await typed(pilot, "ctrl+d", "ctrl+d")
        assert "Laser 3000" in shown(app)
        await typed(pilot, "ctrl+u", "ctrl+u", "down")
        assert "router.local" in shown(app).rpartition("────")[2]
        await typed(pilot, "enter")
        assert "────" not in shown(app)

    played(act)


def test_details_have_a_place_of_their_own_where_there_is_room():
    async def act(app, pilot):
        assert "state" not in shown(app)
        assert "first seen" in shown(app)
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert "first seen" not in shown(app)
        await pilot.resize_terminal(120, 40)
        await pilot.pause()
        assert "first seen" in shown(app)

    played(act, size=(120, 40))


def sent(app: LiveApp) -> list[str]:
    """Make the app remember what it writes to the terminal."""
    written: list[str] = []
    app._driver.write = written.append
    return written


def test_copying():
    async def act(app, pilot):
        written = sent(app)
        await typed(pilot, "c")
        assert "Copy" in shown(app)
        await typed(pilot, "2")
        assert app.clipboard == "attic.local"
        copied = base64.b64encode(b"attic.local").decode()
        assert f"\x1b]52;c;{copied}\a" in written
        assert "copied: attic.local" in shown(app)
        await typed(pilot, "c", "down", "down", "enter")
        assert app.clipboard == "10.0.0.12"
        await typed(pilot, "c", "escape")
        assert app.clipboard == "10.0.0.12"
        await typed(pilot, "slash", *"nothing", "enter", "c")
        assert "nothing to copy here" in shown(app)

    played(act)


def test_opening():
    hands = Hands()

    async def act(app, pilot):
        await typed(pilot, "o")
        assert "nothing to open here" in shown(app)
        await typed(pilot, "end", "o")
        assert hands.opened == []
        assert "http://attic.local:8080/" in shown(app)
        await typed(pilot, "enter")
        assert [door.url for door in hands.opened] == ["http://attic.local:8080/"]
        assert "opened: http://attic.local:8080/" in shown(app)
        hands.problem = "no browser was found here"
        await typed(pilot, "o", "2")
        assert [door.url for door in hands.opened[1:]] == ["http://10.0.0.12:8080/"]
        assert "no browser was found here" in shown(app)
        await typed(pilot, "o", "escape", "o", "9", "q")
        assert len(hands.opened) == 2

    played(act, hands=hands)


def test_a_session_takes_the_terminal(monkeypatch):
    hands = Hands(takes=True)
    order = []

    class Suspended:
        def __enter__(self):
            order.append("away")

        def __exit__(self, *error):
            order.append("back")

    async def act(app, pilot):
        monkeypatch.setattr(app, "suspend", Suspended)
        hands.open = lambda door: order.append(door.command)
        await typed(pilot, "s", "end", "o", "1")

    played(act, hands=hands)
    assert order == ["away", ("ssh", "--", "attic.local"), "back"]


def test_exporting_what_is_shown():
    hands = Hands(there={"services.csv"})

    async def act(app, pilot):
        await typed(pilot, "slash", *"zwei", "enter", "r", "e")
        assert "Export 2 services" in shown(app)
        await typed(pilot, "enter")
        assert "Enter once more replaces it" in shown(app)
        assert hands.exported == []
        await typed(pilot, "enter")
        ((path, values),) = hands.exported
        assert (path, [v.instance for v in values]) == ("services.csv", ["Zwei 10", "Zwei 9"])
        assert "2 records written to services.csv" in shown(app)
        hands.problem = "x.ndjson cannot be written: No space left on device"
        await typed(pilot, "e", "ctrl+u", *"x.ndjson", "enter")
        assert "No space left on device" in shown(app)
        await typed(pilot, "e", "backspace", "enter")
        assert "must end in .csv or .ndjson" in shown(app)
        await typed(pilot, "escape", "e", "escape")
        assert len(hands.exported) == 2

    played(act, hands=hands)


@pytest.mark.parametrize(
    ("key", "path", "kinds"),
    [
        ("2", "hosts.csv", ["Service"] * 6),
        ("3", "askers.csv", ["Asker"]),
        ("4", "findings.csv", ["Finding"]),
        ("5", "timeline.ndjson", ["Finding"] + ["Service"] * 6),
    ],
)
def test_exports_of_the_other_tables(key, path, kinds):
    hands = Hands()

    async def act(app, pilot):
        await typed(pilot, key, "e", "enter")

    played(act, hands=hands)
    ((written, values),) = hands.exported
    assert (written, [type(value).__name__ for value in values]) == (path, kinds)


def test_a_timeline_is_no_csv():
    hands = Hands()

    async def act(app, pilot):
        await typed(pilot, "5", "e", "ctrl+u", *"t.csv", "enter")
        assert "a timeline is of several kinds" in shown(app)

    played(act, hands=hands)
    assert hands.exported == []


def test_holding_the_screen():
    source = feed()

    async def act(app, pilot):
        await typed(pilot, "p")
        assert source.asked == [("pause", True)]
        late = samples.service(instance="Late", device=None)
        source.tell([ServiceSeen(START, late)])
        source.listed.append(late)
        app.refresh_tables()
        await typed(pilot, "slash", "escape")
        assert "PAUSED" in shown(app)
        assert "Late" not in names(app)
        await typed(pilot, "p")
        assert source.asked[1:] == [("pause", False)]
        assert "Late" in names(app)

    played(act, source=source)


def test_asking_and_speed():
    source = feed()

    async def act(app, pilot):
        await typed(pilot, "b")
        assert "asking once more" in shown(app)
        await typed(pilot, "left_square_bracket", "right_square_bracket")
        assert "2 times" in shown(app)

    played(act, source=source)
    assert source.asked == ["ask", ("faster", 0.5), ("faster", 2.0)]


def test_what_cannot_be_seen():
    async def act(app, pilot):
        await typed(pilot, "i")
        assert r"unicast between others \x1b[2J is not heard" in shown(app)
        await typed(pilot, "escape")
        assert "Heron Router" in shown(app)

    played(act)


def test_the_keys_are_told():
    async def act(app, pilot):
        await typed(pilot, "question_mark")
        assert "filter as you type" in shown(app)
        await typed(pilot, "question_mark")
        assert app.screen is app.base

    played(act, size=(80, 40))


def test_every_key_is_told():
    told = {word for keys, _ in KEYS for word in keys.replace(",", " ").split()}
    names_ = {
        "slash": "/", "escape": "Esc", "enter": "Enter", "left_square_bracket": "[", "tab": "Tab",
        "right_square_bracket": "]", "question_mark": "?", "ctrl+q": "q", "shift+tab": "Tab",
        **{str(n): str(n) for n in (1, 5)}, **dict.fromkeys("234", "1"),
    }  # fmt: skip
    keys = {key for binding in LiveApp.BINDINGS for key in binding.key.split(",")}
    text = " ".join(f"{keys} {meaning}" for keys, meaning in KEYS)
    missing = {key for key in keys if names_.get(key, key) not in told and key != "escape"}
    assert missing == set()
    assert "Esc clears it" in text


def test_hiding_what_is_gone():
    source, hands = feed(), Hands()
    gone = msgspec.structs.replace(many()[3], stale=True)

    async def act(app, pilot):
        hands.time += FADES[-1]
        source.listed[3] = gone
        source.tell([ServiceGone(START, gone, "goodbye")])
        app.refresh_tables()
        await pilot.pause()
        assert "- Heron Router" in shown(app)
        await typed(pilot, "x")
        assert "Heron Router" in names(app)  # until it has been seen going
        hands.time += FADES[-1]
        app.refresh_tables()
        assert "Heron Router" not in names(app)
        await typed(pilot, "x")
        assert "· Heron Router" in shown(app)

    played(act, source=source, hands=hands)


def test_new_rows_are_marked_and_fade():
    hands = Hands()

    async def act(app, pilot):
        looks = []
        for step in (0.0, 2.0, 3.0, 4.0):
            hands.time += step
            app.refresh_tables()
            await pilot.pause()
            line = app.grid.render_line(3)
            looks.append((line.text[0], line._segments[0].style.bgcolor))
        signs, colours = zip(*looks, strict=True)
        assert signs == ("+", "+", "+", " ")
        assert len(set(colours)) == 4

    played(act, hands=hands)


def test_the_cursor_stays_on_its_row():
    source = feed()

    async def act(app, pilot):
        await typed(pilot, "down", "down")
        here = app.table.current
        await typed(pilot, "r", "s", "s", "s")
        assert app.table.current == here
        first = samples.service(instance="AAA first", device=None, port=1)
        source.listed.append(first)
        source.tell([ServiceSeen(START, first)])
        changed = msgspec.structs.replace(here, port=9)
        source.listed[2] = changed
        source.tell([ServiceChanged(START, changed)])
        app.refresh_tables()
        assert app.table.current == changed

    played(act, source=source)


def test_its_line_stays_at_its_height():
    crowd = [samples.service(instance=f"n {n:03}", device=None) for n in range(100)]
    source = Feed(services=crowd)

    async def act(app, pilot):
        await typed(pilot, "pagedown", "pagedown", "up", "up", "up")
        height = app.table.index - app.grid.scroll_offset.y
        assert app.grid.scroll_offset.y > 0
        before = [samples.service(instance=f"a {n}", device=None) for n in range(7)]
        source.listed += before
        source.tell([ServiceSeen(START, each) for each in before])
        app.refresh_tables()
        await pilot.pause()
        assert app.table.index - app.grid.scroll_offset.y == height

    played(act, source=source)


@pytest.mark.parametrize(
    ("how", "themes"),
    [
        pytest.param({}, ["textual-dark", "textual-light", "ansi-dark", "textual-dark"], id="dark"),
        pytest.param({"theme": "light"}, ["textual-light", "ansi-dark"], id="light"),
    ],
)
def test_themes(how, themes):
    async def act(app, pilot):
        seen = [app.theme]
        for _ in themes[1:]:
            await typed(pilot, "t")
            seen.append(app.theme)
        assert seen == themes

    played(act, **how)


def test_without_colours_there_is_one_theme(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")

    async def act(app, pilot):
        await typed(pilot, "t")
        assert app.theme == "ansi-dark"
        assert "NO_COLOR is set" in shown(app)

    played(act, colours=False)


@pytest.mark.parametrize(
    ("key", "ending"), [("q", "quit"), ("ctrl+q", "quit"), ("ctrl+c", "interrupted")]
)
@pytest.mark.parametrize("first", [[], ["slash"], ["question_mark"]], ids=["", "query", "dialog"])
def test_ending(key, ending, first):
    source = feed()

    async def act(app, pilot):
        await typed(pilot, *first)
        if first == ["slash"] and key == "q":
            await typed(pilot, "escape")
        elif first and key == "q":
            await typed(pilot, "q")
        await pilot.press(key)
        await asyncio.sleep(0.05)

    app = played(act, source=source)
    assert (source.ending, app.return_value, app.failure) == (ending, ending, None)


def test_what_ends_the_watching_is_kept_for_the_caller():
    async def act(app, pilot):
        await asyncio.sleep(0.05)

    app = played(act, source=Feed(failure=OSError("gone")))
    assert str(app.failure) == "gone"
    assert app.return_value is None


def test_an_empty_network():
    async def act(app, pilot):
        for key in ("1", "2", "3", "4", "5"):
            await typed(pilot, key, "down", "enter", "c", "o", "e", "escape", "g", "space", "s")
        assert "0 rows" in shown(app)

    played(act, source=Feed())


@pytest.mark.parametrize("size", [(80, 24), (40, 10), (20, 5), (10, 3), (300, 80)], ids=str)
def test_any_size(size):
    async def act(app, pilot):
        for key in ("1", "2", "3", "4", "5"):
            await typed(pilot, key, "end", "enter")
            assert shown(app)

    played(act, size=size)


def hostile() -> Feed:
    """A service, an asker and a finding of each hostile name."""
    services, askers, events = [], [], []
    for number, name in enumerate(samples.HOSTILE.values()):
        host = samples.Host("mac", f"02:00:00:00:01:{number:02x}", (f"10.1.0.{number}",), name)
        service = samples.service(
            instance=name, hostname=name, txt={name: name}, device=None, type="_http._tcp"
        )
        finding = samples.finding(id=f"{number:02}", host=host, title=name, explanation=name)
        services.append(service)
        askers.append(samples.asker(host=host, types=(name,)))
        events += [ServiceSeen(START, service), FindingOpened(START, finding)]
    source = Feed(services, askers, events)
    source.title = "\x1b[2J[red]"
    return source


def unprintable(app: LiveApp) -> set[str]:
    return {char for char in shown(app).replace("\n", "") if not char.isprintable()}


@pytest.mark.parametrize("key", ["1", "2", "3", "4", "5"])
def test_hostile_names_are_text_everywhere(key):
    async def act(app, pilot):
        await typed(pilot, key, "enter")
        for _ in samples.HOSTILE:
            await typed(pilot, "down")
            assert unprintable(app) == set()
        for more in (["g"], ["g"], ["c"], ["escape", "o"], ["escape", "e"], ["escape"]):
            await typed(pilot, *more)
            assert unprintable(app) == set()

    played(act, source=hostile(), size=(120, 50))


def test_a_tick_after_the_screens_are_gone():
    apps = []

    async def act(app, pilot):
        apps.append(app)

    played(act)
    (app,) = apps
    assert not app.screen_stack
    app._look()
