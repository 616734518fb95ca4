"""A full screen without a network: the feed and the hands of a test, and a clock it turns."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from tests.helpers import samples

from whoasks.core.model import FindingOpened, ServiceSeen
from whoasks.ui.live.app import LiveApp

START = samples.AT


class Feed:
    """Tells what it is given, and remembers what it is asked."""

    title = "eth0"

    def __init__(self, services=(), askers=(), events=(), failure=None):
        self.listed, self.asking, self.first = list(services), list(askers), list(events)
        self.failure = failure
        self.asked: list[Any] = []
        self.ended = asyncio.Event()
        self.ending = "quit"
        self.tell = self.say = None

    async def run(self, tell, say):
        self.tell, self.say = tell, say
        if self.failure is not None:
            raise self.failure
        tell(self.first)
        await self.ended.wait()
        return self.ending

    def stop(self, ending):
        self.ending = ending
        self.ended.set()

    def services(self):
        return self.listed

    def askers(self):
        return self.asking

    def identify(self, offered):
        return None

    def shown_at(self):
        return START

    def status(self):
        return "listening"

    def notes(self):
        return ["unicast between others \x1b[2J is not heard"]

    def pause(self, paused):
        self.asked.append(("pause", paused))

    def ask(self):
        self.asked.append("ask")
        return "asking once more"

    def faster(self, factor):
        self.asked.append(("faster", factor))
        return f"{factor:g} times"


class Hands:
    """Opens nothing, writes nothing; the clock stands until a test turns it."""

    def __init__(self, there=(), takes=False):
        self.time = 100.0
        self.there, self.takes = set(there), takes
        self.opened, self.exported = [], []
        self.problem = None

    def clock(self):
        return self.time

    def exists(self, path):
        return path in self.there

    def export(self, path, values):
        self.exported.append((path, list(values)))
        return self.problem

    def takes_terminal(self, door):
        return self.takes

    def open(self, door):
        self.opened.append(door)
        return self.problem


def many() -> list[Any]:
    """A few services of three hosts."""
    plain = [
        ("Attic NAS", "_smb._tcp", "attic.local.", 445, "10.0.0.12", {}),
        ("Attic NAS", "_ssh._tcp", "attic.local.", 22, "10.0.0.12", {}),
        ("Büro-Drucker", "_ipp._tcp", "printer.local.", 631, "10.0.0.9", {"ty": "Laser 3000"}),
        ("Heron Router", "_http._tcp", "router.local.", 80, "10.0.0.1", {"path": "/admin"}),
        ("Zwei 10", "_http._tcp", "attic.local.", 8080, "10.0.0.12", {}),
        ("Zwei 9", "_http._tcp", "attic.local.", 8081, "10.0.0.12", {}),
    ]
    return [
        samples.service(
            instance=name,
            type=kind,
            hostname=host,
            port=port,
            addresses=(address,),
            txt=txt,
            subtypes=(),
            device=None,
            description=None,
        )
        for name, kind, host, port, address, txt in plain
    ]


def feed(**changes: Any) -> Feed:
    """Services, an asker and a finding."""
    services = many()
    known = {
        "services": services,
        "askers": [samples.asker()],
        "events": [
            *(ServiceSeen(START, service) for service in services),
            FindingOpened(START + 1, samples.finding()),
        ],
    }
    return Feed(**known | changes)


def played(
    act: Callable[..., Awaitable[None]],
    *,
    source: Feed | None = None,
    hands: Hands | None = None,
    size: tuple[int, int] = (80, 24),
    **how: Any,
) -> LiveApp:
    """Run the app headless, let ``act(app, pilot)`` press keys, end it."""

    async def run() -> LiveApp:
        app = LiveApp(source or feed(), hands or Hands(), **how)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            app.refresh_tables()
            await pilot.pause()
            await act(app, pilot)
        return app

    return asyncio.run(run())


def shown(app: LiveApp) -> str:
    """What stands on the screen, a line each."""
    width, height = app.size
    lines = []
    for y in range(height):
        strips = app.screen._compositor.render_strips()
        lines.append("".join(segment.text for segment in strips[y])[:width])
    return "\n".join(lines)
