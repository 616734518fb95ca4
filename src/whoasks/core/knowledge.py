"""The shape of what is known beforehand; ``whoasks.knowledge`` reads it from YAML."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class ToolShape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one program's questions look on the wire. A field that is None says nothing.

    Every stated field that matches adds its weight, every one that does not takes the tool out.
    """

    name: str
    source: str
    scanner: bool = False
    """The program's purpose is looking around, so that its shape counts as evidence."""
    confidence: float = 0.5
    """0–1 when everything stated matches."""
    port: str | None = None
    """``mdns`` (5353), ``ephemeral``, or a number as text."""
    id: str | None = None
    """``zero``, ``nonzero``, or a number as text."""
    recursion: bool | None = None
    ttl: tuple[int, ...] | None = None
    edns: bool | None = None
    unicast_bit: bool | None = None
    """Whether its questions have the QU bit."""
    unicast_destination: bool | None = None
    meta_query: bool | None = None
    name_ends: str | None = None
    """What every name ends with, lower-case."""
    name_is: tuple[str, ...] | None = None
    """One of these names is asked for, lower-case with the final dot."""
    questions: tuple[int, int] | None = None
    """Least and most questions in one packet."""
    qtype: int | None = None
    known_answers: bool | None = None


class Knowledge(msgspec.Struct, frozen=True):
    """All of it, as the core takes it."""

    service_types: Mapping[str, str]
    """``_http._tcp`` → a description for people."""
    remote_rare: frozenset[str]
    """Types whose browsing alone says something: almost no benign client asks for them."""
    remote_common: frozenset[str]
    """Remote-access types that file managers ask for too."""
    tool_shapes: tuple[ToolShape, ...] = ()
