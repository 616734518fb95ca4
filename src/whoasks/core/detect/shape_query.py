"""What one query looks like, and whether that is what a tool's shape states of a query.

Almost everything a shape states depends on a few traits, of which a network shows few
combinations: which tools are left for a combination is worked out once and remembered.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

from whoasks.core.knowledge import ToolShape
from whoasks.core.names import Kind
from whoasks.core.packet import (
    AAAA,
    ANY,
    GROUP_IPV4,
    GROUP_IPV6,
    MDNS_PORT,
    NSEC,
    PTR,
    SRV,
    TXT,
    A,
    Flow,
    Message,
    is_group,
)

if TYPE_CHECKING:
    from whoasks.core.utterance import Utterance

MOST_ASKS = 64
"""Questions of one packet that are looked at: the longest bundle of a benign client has 81."""
MAX_TRAITS = 2_048
"""Combinations remembered: a busy network shows a few dozen, made-up packets any number."""
AD = 0x0020

_GROUPS = (GROUP_IPV4, GROUP_IPV6)
_KINDS = {kind: 1 << number for number, kind in enumerate(get_args(Kind))}
_QTYPES = {qtype: 1 << number for number, qtype in enumerate((A, PTR, TXT, AAAA, SRV, NSEC, ANY))}
_OTHER = 1 << len(_QTYPES)


class Traits(NamedTuple):
    """What decides which tools can have sent a query, but for the names it asks for."""

    port: int
    """5353, a port that a shape states, 1 for a privileged one, else 0."""
    id: int
    """0, an ID that a shape states, else −1."""
    recursion: bool
    authentic: bool
    edns: bool
    ttl: int | None
    """A TTL that a shape states, else −1; None when it is not known."""
    group: bool
    qu: int
    """0 none, 1 some, 2 all."""
    known_answers: bool
    meta: bool
    after_meta: bool
    questions: int
    kinds: int
    qtypes: int


class Row:
    """One shape, compiled. ``names`` is what it says of the names asked for."""

    __slots__ = ("names", "shape", "traits")

    def __init__(self, shape: ToolShape) -> None:
        self.shape = shape
        self.traits = tuple(
            (check, _MASKS[field](stated) if field in _MASKS else stated)
            for field, check in _TRAITS.items()
            if (stated := getattr(shape, field)) is not None
        )
        self.names = tuple(
            make(shape) for field, make in _NAMES.items() if getattr(shape, field) is not None
        )

    def could_be(self, traits: Traits) -> bool:
        """Whether everything stated of the traits holds."""
        for check, stated in self.traits:  # noqa: SIM110 - a generator costs on the hot path
            if not check(stated, traits):
                return False
        return True

    def fits(self, said: Utterance) -> bool:
        """Whether everything stated of the names holds."""
        for check in self.names:  # noqa: SIM110 - a generator costs on the hot path
            if not check(said):
                return False
        return True


class QueryTable:
    """Which rows a query fits."""

    def __init__(self, shapes: tuple[ToolShape, ...]) -> None:
        self.rows = tuple(Row(shape) for shape in shapes)
        self._ports = _numbers(shape.port for shape in shapes) | {MDNS_PORT}
        self._ids = _numbers(shape.id for shape in shapes) | {0}
        self._ttls = frozenset(ttl for shape in shapes for ttl in shape.ttl or ()) | {None}
        self._memo: dict[Traits, tuple[Row, ...]] = {}

    def fitting(
        self, flow: Flow, query: Message, said: Utterance, after_meta: bool
    ) -> tuple[Row, ...]:
        """The rows of which everything stated of a query holds."""
        traits = self.traits(flow, query, said, after_meta)
        rows = self._memo.get(traits)
        if rows is None:
            rows = tuple(row for row in self.rows if row.could_be(traits))
            if len(self._memo) >= MAX_TRAITS:
                self._memo.clear()
            self._memo[traits] = rows
        for row in rows:
            if row.names:
                return tuple([row for row in rows if row.fits(said)])
        return rows

    def traits(self, flow: Flow, query: Message, said: Utterance, after_meta: bool) -> Traits:
        """What the query looks like."""
        asks = said.means.asks
        number = len(asks)
        kinds = qtypes = 0
        for ask in asks if number <= MOST_ASKS else asks[:MOST_ASKS]:
            kinds |= _KINDS[ask.name.kind]
            qtypes |= _QTYPES.get(ask.qtype, _OTHER)
        port, ttl, ident, destination = flow.source_port, flow.ttl, query.id, flow.destination
        return Traits(
            port if port in self._ports else int(port < 1024),
            ident if ident in self._ids else -1,
            query.recursion_desired,
            bool(query.flags & AD),
            query.edns,
            ttl if ttl in self._ttls else -1,
            destination in _GROUPS or is_group(destination),
            0 if not said.means.qu else 1 + (said.means.qu == number),
            bool(query.answers),
            said.means.meta,
            after_meta,
            min(number, MOST_ASKS),
            kinds,
            qtypes,
        )


def _numbers(stated: Any) -> frozenset[int]:
    return frozenset(int(text) for text in stated if text is not None and text.isdecimal())


def _port(stated: str, traits: Traits) -> bool:
    if stated == "mdns":
        return traits.port == MDNS_PORT
    if stated == "ephemeral":
        return traits.port not in (MDNS_PORT, 1)
    return traits.port == int(stated)


def _id(stated: str, traits: Traits) -> bool:
    if stated == "zero":
        return traits.id == 0
    return traits.id != 0 if stated == "nonzero" else traits.id == int(stated)


_MASKS: dict[str, Callable[[Any], int]] = {
    "kinds": lambda stated: sum({_KINDS[kind] for kind in stated}),
    "qtypes": lambda stated: sum({_QTYPES.get(qtype, _OTHER) for qtype in stated}),
}
_TRAITS: dict[str, Callable[[Any, Traits], bool]] = {
    "port": _port,
    "id": _id,
    "recursion": lambda stated, traits: traits.recursion is stated,
    "authentic": lambda stated, traits: traits.authentic is stated,
    # A live socket does not always learn it.
    "ttl": lambda stated, traits: traits.ttl is None or traits.ttl in stated,
    "edns": lambda stated, traits: traits.edns is stated,
    "unicast_bit": lambda stated, traits: traits.qu == (2 if stated else 0),
    "unicast_destination": lambda stated, traits: traits.group is not stated,
    "meta_query": lambda stated, traits: traits.meta is stated,
    "after_meta": lambda stated, traits: traits.after_meta is stated,
    "known_answers": lambda stated, traits: traits.known_answers is stated,
    "questions": lambda stated, traits: stated[0] <= traits.questions <= stated[1],
    "kinds": lambda mask, traits: not traits.kinds & ~mask,
    "qtypes": lambda mask, traits: not traits.qtypes & ~mask,
}

Check = Callable[["Utterance"], bool]


def _holds(shape: ToolShape) -> Check:
    types, least = shape.holds or frozenset(), shape.holds_at_least
    return lambda said: len(said.means.types & types) >= least


def _only(shape: ToolShape) -> Check:
    types = shape.only or frozenset()
    return lambda said: bool(said.means.types) and said.means.types <= types


def _name_ends(shape: ToolShape) -> Check:
    end = shape.name_ends or ""
    return lambda said: all(ask.name.key.endswith(end) for ask in said.means.asks[:MOST_ASKS])


def _name_is(shape: ToolShape) -> Check:
    names = frozenset(shape.name_is or ())
    return lambda said: any(ask.name.key in names for ask in said.means.asks[:MOST_ASKS])


def _order(shape: ToolShape) -> Check:
    order = shape.order or ()
    length = len(order)

    def check(said: Utterance) -> bool:
        first = [ask.qtype for ask in said.means.asks[:MOST_ASKS] if ask.qtype != PTR][:length]
        return tuple(first) == order

    return check


def _name_is_uuid(shape: ToolShape) -> Check:
    stated = shape.name_is_uuid
    return lambda said: _is_uuid(said.means.asks[0].name.key) is stated


def _is_uuid(key: str) -> bool:
    """Whether a name is the random host name a browser hides addresses behind."""
    label = key.removesuffix(".local.")
    return (
        len(label) == 36
        and label[8] == label[13] == label[18] == label[23] == "-"
        and label.replace("-", "").isalnum()
    )


_NAMES: dict[str, Callable[[ToolShape], Check]] = {
    "holds": _holds,
    "only": _only,
    "name_ends": _name_ends,
    "name_is": _name_is,
    "name_is_uuid": _name_is_uuid,
    "order": _order,
}
