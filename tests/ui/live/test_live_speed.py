"""Five thousand rows without stutter: bounds far above what bench/live.py measures, so that only a
change of order fails."""

from __future__ import annotations

import time

import msgspec
from tests.helpers import samples
from tests.ui.live.stage import Feed, Hands, played

from whoasks.core.model import ServiceChanged, ServiceSeen
from whoasks.ui.live.state import State

ROWS = 5_000
STUTTER = 0.5
"""Seconds of this process alone, whatever else the machine does; a tenth of it is usual."""


def crowd() -> list:
    return [
        samples.service(instance=f"n {n}", hostname=f"h{n // 5}.local.", port=n, device=None)
        for n in range(ROWS)
    ]


def seconds(act) -> float:
    began = time.process_time()
    act()
    return time.process_time() - began


def test_the_tables():
    services, state = crowd(), State()
    state.take([ServiceSeen(1.0, service) for service in services], 0.0)
    changed = [msgspec.structs.replace(service, port=7) for service in services[:100]]

    def batch():
        state.take([ServiceChanged(2.0, service) for service in changed], 1.0)
        state.settle(1.0)
        state.services.arrange()

    def search(words):
        state.services.search(words)
        state.services.arrange()

    def sort(column):
        state.services.sort_by(column)
        state.services.arrange()

    assert seconds(state.services.arrange) < STUTTER
    assert seconds(batch) < STUTTER
    assert seconds(lambda: state.renew_services(services, 2.0)) < STUTTER
    assert max(seconds(lambda w=w: search(w)) for w in ("n", "n 4", "port:7", "")) < STUTTER
    assert max(seconds(lambda at=at: sort(at)) for at in (1, 2, 3, 4, 0)) < STUTTER


def test_the_screen_draws_only_what_is_seen():
    source, hands = Feed(services=crowd()), Hands()
    took = {}

    async def act(app, pilot):
        hands.time += 100
        app.refresh_tables()
        for key in ("end", "home", "pagedown", "s", "g"):
            began = time.process_time()
            app.grid.action_bottom() if key == "end" else await pilot.press(key)
            took[key] = time.process_time() - began
        lines = []
        app.grid.render_line, draw = lambda y: lines.append(y) or draw(y), app.grid.render_line
        app.grid.refresh()
        await pilot.pause()
        assert 0 < len(lines) <= app.size.height

    played(act, source=source, hands=hands)
    assert max(took.values()) < 3 * STUTTER
