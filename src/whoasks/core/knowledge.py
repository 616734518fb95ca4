"""The shape of what is known beforehand; ``whoasks.knowledge`` reads it from YAML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from whoasks.core.names import Kind


class ToolShape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one program's questions look on the wire. A field that is None says nothing.

    What is stated of a query must hold of it, or the tool is out. What is stated of a burst
    is evidence: each piece that is seen takes its share of the remaining doubt
    (``detect.shape_burst.WEIGHTS``), intervals that are not kept cost.
    """

    name: str
    source: str
    family: str = ""
    """What tools that cannot be told apart are called together."""
    scanner: bool = False
    """The program's purpose is looking around, so that its shape counts as evidence."""
    confidence: float = 0.5
    """0–1 for one query that fits, with nothing else known of the burst."""

    # Of the query: all of it must hold.
    port: str | None = None
    """``mdns`` (5353), ``ephemeral``, or a number as text."""
    id: str | None = None
    """``zero``, ``nonzero``, or a number as text."""
    recursion: bool | None = None
    authentic: bool | None = None
    """The AD bit, which resolvers set in a query (RFC 6840 §5.7)."""
    ttl: tuple[int, ...] | None = None
    edns: bool | None = None
    unicast_bit: bool | None = None
    """Whether all of its questions have the QU bit, or none."""
    unicast_destination: bool | None = None
    meta_query: bool | None = None
    """Whether the list of all types is among its questions."""
    after_meta: bool | None = None
    """The burst has asked for the list of all types, in this query or before it."""
    known_answers: bool | None = None
    questions: tuple[int, int] | None = None
    """Least and most questions in one packet."""
    kinds: tuple[Kind, ...] | None = None
    """Every name is of one of these kinds."""
    qtypes: tuple[int, ...] | None = None
    """Every question is for one of these record types."""
    order: tuple[int, ...] | None = None
    """The record types of the first questions about an instance, in their order."""
    holds: frozenset[str] | None = None
    """Types of which at least ``holds_at_least`` are asked for."""
    holds_at_least: int = 1
    only: frozenset[str] | None = None
    """No types but these are asked for."""
    name_ends: str | None = None
    """What every name ends with, lower-case."""
    name_is: tuple[str, ...] | None = None
    """One of these names is asked for, lower-case with the final dot."""
    name_is_uuid: bool | None = None
    """The first name is a UUID under ``local``."""

    # Of the burst: must hold.
    most_types: int | None = None
    """It asks for no more types than this; more is not what the program does."""

    # Of the burst: evidence.
    gaps: tuple[float, ...] | None = None
    """Seconds between repetitions of the same questions, from the first on."""
    qu_first: bool = False
    """QU the first time only."""
    counting_ids: bool = False
    """The ID goes up by one from query to query."""
    new_ports: bool = False
    """A new source port for each query."""
    then: Literal["packed", "single"] | None = None
    """How types are asked for after the list of types: several a packet, or one."""
    one_each: bool = False
    """Several types, one a packet."""
    browsed: bool = False
    """The instance's type was asked for first."""


class AnswerShape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one program's answers look; all that is stated must hold of the response."""

    name: str
    source: str
    confidence: float
    scanner: bool = False
    unicast_destination: bool | None = None
    question: bool | None = None
    """Whether the question is repeated, as a legacy answer does (RFC 6762 §6.7)."""
    records: tuple[int, int] | None = None
    rtypes: tuple[int, ...] | None = None
    cache_flush: bool | None = None
    record_ttl: int | None = None
    ttl: tuple[int, ...] | None = None
    """IP TTL."""


class Knowledge(msgspec.Struct, frozen=True):
    """All of it, as the core takes it."""

    service_types: Mapping[str, str]
    """``_http._tcp`` → a description for people."""
    remote_rare: frozenset[str]
    """Types whose browsing alone says something: almost no benign client asks for them."""
    remote_common: frozenset[str]
    """Remote-access types that file managers ask for too."""
    tool_shapes: tuple[ToolShape, ...] = ()
    answer_shapes: tuple[AnswerShape, ...] = ()
