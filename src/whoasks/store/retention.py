"""How long things are kept."""

from __future__ import annotations

import msgspec


class Retention(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Ages in days, counted back from the moment of pruning, and a cap on rows.

    Without the cap, hosts with invented addresses could fill the disk within the days.
    """

    findings: float = 365.0
    bursts: float = 2.0
    """One that a finding refers to stays as long as the finding; what the others came to stays
    in the activity."""
    services: float = 90.0
    askers: float = 90.0
    activity: float = 365.0
    """What each asker did in each hour."""
    activity_minutes: float = 7.0
    """Afterwards the minutes of an hour are merged into it."""
    rows: int = 500_000
    """Most rows a table keeps: about 500 MB of bursts. Findings of the lowest severity go
    first, so that a flood of small ones does not push out a large one; else the oldest."""
