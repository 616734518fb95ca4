"""The targets, in the order in which a smoke run takes them."""

from __future__ import annotations

from fuzz.targets.base import Costs, Target
from fuzz.targets.captures import CAPTURES, LOGS
from fuzz.targets.configuration import CONFIGURATION
from fuzz.targets.filters import FILTERS
from fuzz.targets.labels import LABELS
from fuzz.targets.packets import PACKETS
from fuzz.targets.texts import TEXTS
from fuzz.targets.wire import WIRE

__all__ = ["ALL", "Costs", "Target"]

ALL: dict[str, Target] = {
    target.name: target
    for target in (WIRE, PACKETS, CAPTURES, LOGS, LABELS, TEXTS, CONFIGURATION, FILTERS)
}
