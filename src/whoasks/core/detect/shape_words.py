"""A shape and the evidence for it, in words for people. Nothing is decided here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whoasks.core.knowledge import ToolShape

if TYPE_CHECKING:
    from whoasks.core.detect.shape_burst import Evidence

_QTYPES = {1: "A", 12: "PTR", 16: "TXT", 28: "AAAA", 33: "SRV", 47: "NSEC", 255: "ANY"}


def why(shape: ToolShape, seen: Evidence) -> tuple[str, ...]:
    """What speaks for a shape, a few words each; what the query shows first."""
    return (*_of_query(shape), *_of_burst(shape, seen))


def _of_query(shape: ToolShape) -> list[str]:
    words = [_port(shape.port), _id(shape.id)]
    words += [
        word
        for stated, when, word in (
            (shape.recursion, True, "recursion bit set"),
            (shape.port == "ephemeral" and shape.recursion is False, True, "no recursion bit"),
            (shape.authentic, True, "AD bit set"),
            (shape.edns, True, "OPT record"),
            (shape.unicast_destination, True, "to one address"),
            (shape.unicast_bit, True, "QU"),
            (shape.unicast_bit, False, "no QU"),
            (shape.after_meta or shape.meta_query, True, "asks for the list of types"),
            (shape.name_is_uuid, True, "a random UUID name"),
            (
                shape.qtypes == (12,) and shape.kinds is not None and shape.kinds[0] == "instance",
                True,
                "asks PTR of instances",
            ),
        )
        if stated is when
    ]
    if shape.ttl is not None and 255 not in shape.ttl:
        many = len(shape.ttl) > 2
        words.append(
            f"TTL {min(shape.ttl)} to {max(shape.ttl)}"
            if many
            else "TTL " + " or ".join(map(str, shape.ttl))
        )
    if shape.order is not None:
        words.append("asks " + ", ".join(_QTYPES.get(q, str(q)) for q in shape.order))
    elif shape.qtypes is not None and shape.qtypes != (12,):
        words.append("asks " + " or ".join(_QTYPES.get(q, str(q)) for q in shape.qtypes))
    words += _of_names(shape)
    return [word for word in words if word]


def _of_names(shape: ToolShape) -> list[str]:
    words = []
    if shape.holds is not None:
        if shape.holds_at_least == len(shape.holds):
            words.append("asks for " + ", ".join(sorted(shape.holds)))
        else:
            words.append(f"{shape.holds_at_least} or more of its types")
    if shape.only is not None:
        words.append("and no other types")
    if shape.questions is not None and shape.questions[0] > 1:
        words.append("several in one packet")
    if shape.name_ends is not None:
        words.append(f"names end in {shape.name_ends}")
    if shape.name_is is not None:
        words.append("asks for " + " or ".join(shape.name_is))
    return words


def _port(stated: str | None) -> str:
    if stated is None:
        return ""
    return {"mdns": "port 5353", "ephemeral": "port not 5353"}.get(stated, f"port {stated}")


def _id(stated: str | None) -> str:
    if stated is None:
        return ""
    return {"zero": "ID 0", "nonzero": "ID not 0"}.get(stated, f"ID {stated}")


def _of_burst(shape: ToolShape, seen: Evidence) -> list[str]:
    words = [
        word
        for holds, word in (
            (seen.qu, "QU the first time only"),
            (seen.ids, "ID counts up"),
            (seen.ports, "a new port for each query"),
            (seen.then, "then several types a packet"),
            (seen.each, "one type a packet"),
            (seen.browsed, "resolves what it browsed"),
            (seen.off, "but not all of it fits"),
        )
        if holds
    ]
    if seen.then and shape.then == "single":
        words[words.index("then several types a packet")] = "then the types one a packet"
    if seen.kept and shape.gaps is not None:
        kept = [f"{gap:g}" for gap in shape.gaps[seen.start : seen.start + seen.kept]]
        head = ", ".join(kept[:-1])
        words.append(
            f"repeats after {head} and {kept[-1]} s" if head else f"repeats after {kept[0]} s"
        )
    return words
