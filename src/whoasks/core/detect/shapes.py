"""Which program asks, from the shape of a query: a guess with a confidence, never a verdict.

The shapes are data (``knowledge/tool_shapes.yaml``). Every field a shape states must hold;
of the shapes that fit, the one with the highest confidence is the guess.
"""

from __future__ import annotations

from collections.abc import Callable

from whoasks.core.detect.view import Heard
from whoasks.core.knowledge import ToolShape


class Shapes:
    """The tool table, compiled: every new query of every host is held against it."""

    def __init__(self, shapes: tuple[ToolShape, ...]) -> None:
        # The surest first, so that the first that fits is the guess.
        ordered = sorted(shapes, key=lambda shape: -shape.confidence)
        self._compiled = [(shape, _stated(shape)) for shape in ordered]

    def guess(self, heard: Heard) -> ToolShape | None:
        """The shape that fits this query best, if any does."""
        for shape, checks in self._compiled:
            for check, stated in checks:
                if not check(stated, heard):
                    break
            else:
                return shape
        return None


def fits(shape: ToolShape, heard: Heard) -> bool:
    """Whether everything the shape states holds for the query."""
    return all(check(stated, heard) for check, stated in _stated(shape))


def _stated(shape: ToolShape) -> list[tuple[Callable[..., bool], object]]:
    """The checks of what a shape states, the quickest and most telling first."""
    return [
        (check, getattr(shape, field))
        for field, check in _CHECKS.items()
        if getattr(shape, field) is not None
    ]


def is_group(address: str) -> bool:
    """Whether an address string is a multicast one (RFC 5771, RFC 4291 §2.7)."""
    if ":" in address:
        return address.startswith("ff")
    return 224 <= int(address.split(".", 1)[0]) <= 239


def _port(stated: str, heard: Heard) -> bool:
    port = heard.flow.source_port
    if stated == "mdns":
        return port == 5353
    if stated == "ephemeral":
        return port != 5353 and port >= 1024
    return str(port) == stated


def _id(stated: str, heard: Heard) -> bool:
    ident = heard.message.id
    if stated == "zero":
        return ident == 0
    return ident != 0 if stated == "nonzero" else str(ident) == stated


def _ttl(stated: tuple[int, ...], heard: Heard) -> bool:
    return heard.flow.ttl is None or heard.flow.ttl in stated


def _unicast_bit(stated: bool, heard: Heard) -> bool:
    return (heard.said.qu == len(heard.said.asks)) if stated else heard.said.qu == 0


def _questions(stated: tuple[int, int], heard: Heard) -> bool:
    return stated[0] <= len(heard.said.asks) <= stated[1]


def _name_is(stated: tuple[str, ...], heard: Heard) -> bool:
    return any(ask.name.key in stated for ask in heard.said.asks)


_CHECKS: dict[str, Callable[..., bool]] = {
    "port": _port,
    "id": _id,
    "recursion": lambda stated, heard: heard.message.recursion_desired is stated,
    "ttl": _ttl,
    "edns": lambda stated, heard: heard.message.edns is stated,
    "unicast_bit": _unicast_bit,
    "unicast_destination": lambda stated, heard: (not is_group(heard.flow.destination)) is stated,
    "meta_query": lambda stated, heard: heard.said.meta is stated,
    "name_ends": lambda stated, heard: all(
        ask.name.key.endswith(stated) for ask in heard.said.asks
    ),
    "name_is": _name_is,
    "questions": _questions,
    "qtype": lambda stated, heard: all(ask.qtype == stated for ask in heard.said.asks),
    "known_answers": lambda stated, heard: bool(heard.message.answers) is stated,
}
