"""The engine of our own: blind mutations from a seed, which run wherever Python does.

The same seed gives the same inputs. What breaks a promise stays out of the corpus.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from fuzz.mutate import mutated
from fuzz.outcome import Outcome

_NOVELTIES = 4_000
"""Mutants that join the corpus, so that mutations add up; the oldest gives way."""
_JOINS = 0.02


def run(
    outcome: Outcome, seconds: float, seed: int, clock: Callable[[], float] = time.monotonic
) -> None:
    """Seeds first, then mutants until the time is up."""
    target, chance = outcome.target, random.Random(seed)
    corpus = [data[: target.longest] for data in target.seeds()] or [b""]
    end = clock() + seconds
    for data in chance.sample(corpus, len(corpus)):
        if clock() >= end:
            return
        outcome.feed(data)
    young: list[bytes] = []
    while clock() < end:
        pool = young if young and chance.random() < 0.3 else corpus
        data = mutated(pool, target.words, chance, target.longest)
        if outcome.feed(data) and chance.random() < _JOINS:
            if len(young) >= _NOVELTIES:
                young.pop(0)
            young.append(data)
