"""Mutations of bytes, for the engine of our own. All chance comes from the generator given."""

from __future__ import annotations

import random
import struct
from collections.abc import Sequence

_EDGES = (0, 1, 2, 0x0C, 0x3F, 0x40, 0x7F, 0x80, 0xC0, 0xFF)
_NUMBERS = (0, 1, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def mutated(
    corpus: Sequence[bytes], words: Sequence[bytes], chance: random.Random, longest: int
) -> bytes:
    """One input made of one or two of the corpus."""
    out = bytearray(chance.choice(corpus))
    for _ in range(1 + int(chance.expovariate(0.6))):
        _change(out, corpus, words, chance)
    return bytes(out[:longest])


def _change(
    out: bytearray, corpus: Sequence[bytes], words: Sequence[bytes], chance: random.Random
) -> None:
    at = chance.randrange(len(out) + 1)
    match chance.randrange(10):
        case 0:
            out[at : at + 1] = bytes((chance.randrange(256),))
        case 1:
            out[at : at + 1] = bytes((chance.choice(_EDGES),))
        case 2 if at < len(out):
            out[at] ^= 1 << chance.randrange(8)
        case 3:
            # A pointer to somewhere in the message (RFC 1035 §4.1.4).
            out[at : at + 2] = struct.pack("!H", 0xC000 | chance.randrange(len(out) + 4) & 0x3FFF)
        case 4:
            del out[at : at + chance.randrange(1, 40)]
        case 5:
            out[at:at] = out[at : at + chance.randrange(1, 60)] * chance.choice((1, 1, 2, 9, 60))
        case 6 if words:
            word = chance.choice(words)
            out[at : at + (len(word) if chance.random() < 0.5 else 0)] = word
        case 7:
            other = chance.choice(corpus)
            start = chance.randrange(len(other) + 1)
            out[at:] = other[start:]
        case 8:
            number = chance.choice(_NUMBERS)
            size = chance.choice((2, 4))
            order = chance.choice(("big", "little"))
            out[at : at + size] = (number & (1 << 8 * size) - 1).to_bytes(size, order)
        case _:
            del out[at:]
