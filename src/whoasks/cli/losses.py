"""What a watch did not follow, in words: what the kernel dropped, and what was left out.

Said at once the first time, and again each time that it has become twice as much.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from whoasks.core.shedding import Shedding

TOP = 3
"""Hosts named of those of which most was left out."""

DROPPED = "Packets were dropped by the kernel: more may have been asked."
LEFT_OUT = (
    "More came than could be followed, and packets of hosts that said too much were left out: "
    "those may have asked for more."
)


class Losses:
    """Of one watch."""

    def __init__(
        self, shedding: Shedding, say: Callable[[str], None], note: Callable[[str], None]
    ) -> None:
        """``say`` takes sentences for a person, ``note`` what findings from then on carry."""
        self._shedding = shedding
        self._say = say
        self._note = note
        self._dropped_told = self._shed_told = 0

    def look(self, counts: Mapping[str, int]) -> None:
        """Say what is new; ``counts`` are the source's."""
        drops = counts["kernel_drops"]
        if drops and drops >= 2 * self._dropped_told:
            self._dropped_told = drops
            self._note(DROPPED)
            self._say(f"The kernel dropped {drops:,} packets before they could be read.")
        shed = self._shedding.shed
        if shed and shed >= 2 * self._shed_told:
            self._shed_told = shed
            self._note(LEFT_OUT)
            names = ", ".join(f"{name} ({count:,})" for name, count in self._most())
            self._say(
                f"More comes than can be followed: {shed:,} packets beyond the budgets of their "
                f"askers were left out so far; most of {names}."
            )

    def notes(self, counts: Mapping[str, int]) -> list[str]:
        """For the summary: all that was lost, and of whom most."""
        notes = []
        if counts["kernel_drops"]:
            notes.append(f"the kernel dropped {counts['kernel_drops']:,} packets unread")
        if counts["truncated"]:
            notes.append(f"{counts['truncated']:,} packets were longer than mDNS allows, and cut")
        shedding = self._shedding
        others = shedding.shed
        for name, count in self._most():
            notes.append(f"left out {count:,} packets of {name} beyond the budget")
            others -= count
        if others:
            notes.append(f"left out {others:,} packets of other hosts beyond their budgets")
        if shedding.repeats:
            notes.append(
                f"{shedding.repeats:,} of the packets left out repeated what was said just before"
            )
        return notes

    def _most(self) -> list[tuple[str, int]]:
        """Whom to name; hosts that were not known count as one."""
        most = self._shedding.most(TOP)
        if self._shedding.of_newcomers:
            most.append(("hosts not heard before", self._shedding.of_newcomers))
        return sorted(most, key=lambda each: -each[1])[:TOP]
