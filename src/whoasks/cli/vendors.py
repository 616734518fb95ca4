"""Who made a network card, by its MAC: the IEEE's table as ``aiooui`` ships it. Asks no network."""

from __future__ import annotations

from collections.abc import Callable

_LOCAL = 0x02
"""The bit of a MAC's first byte that says: made up on this machine, no maker's prefix."""


async def load() -> Callable[[str], str | None]:
    """A function from a MAC (lower-case with colons) to its vendor; the name is raw."""
    import aiooui

    await aiooui.async_load()

    def vendor(mac: str) -> str | None:
        try:
            local = int(mac[:2], 16) & _LOCAL
        except ValueError:
            return None
        return None if local else aiooui.get_vendor(mac)

    return vendor
