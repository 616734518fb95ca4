"""What the screen needs of the world: somebody who watches, and hands that touch it. No code.

``cli`` brings both; a test brings its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, Protocol

from whoasks.core.devices import Device
from whoasks.core.model import Asker, Event, Service
from whoasks.ui.live.doors import Door

Ending = Literal["quit", "interrupted", "terminated"]
Tell = Callable[[Sequence[Event]], None]
Say = Callable[[str], None]


class Feed(Protocol):
    """Where everything that is shown comes from. All of it happens inside the event loop."""

    title: str
    """What is watched, raw."""

    async def run(self, tell: Tell, say: Say) -> Ending:
        """Watch until ``stop`` or a signal; ``tell`` gets events, ``say`` sentences for a
        person. All that is to be kept is kept when it returns or raises."""

    def stop(self, ending: Ending) -> None:
        """End ``run`` in good order; may be called at any time."""

    def services(self) -> Sequence[Service]:
        """All services as they are now."""

    def askers(self) -> Sequence[Asker]:
        """All askers as they are now."""

    def identify(self, offered: Sequence[Service]) -> Device | None:
        """What the device is that offers these."""

    def shown_at(self) -> float:
        """The time of what is shown, epoch seconds."""

    def status(self) -> str:
        """What it is doing, in a few words; raw."""

    def notes(self) -> Sequence[str]:
        """What cannot be seen from here, and what went wrong; raw sentences."""

    def pause(self, paused: bool) -> None:
        """The screen is held: a recording stops, the network goes on being watched."""

    def ask(self) -> str:
        """Ask the network once more; a sentence on what comes of it."""

    def faster(self, factor: float) -> str:
        """Change the speed of a recording; a sentence on what comes of it."""


class Hands(Protocol):
    """Files, other programs and the clock. Each method that can fail returns a sentence then."""

    def clock(self) -> float:
        """Seconds that never go back."""

    def exists(self, path: str) -> bool:
        """Whether there is a file already."""

    def export(self, path: str, values: Sequence[Any]) -> str | None:
        """Write these values in the format that the path's ending names."""

    def takes_terminal(self, door: Door) -> bool:
        """Whether what opens it needs this terminal for itself."""

    def open(self, door: Door) -> str | None:
        """Open it; with ``takes_terminal`` this returns when it is over."""
