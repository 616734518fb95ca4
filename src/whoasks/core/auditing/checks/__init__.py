"""Every check, family by family, in the order in which a report has those of one severity."""

from __future__ import annotations

from whoasks.core.auditing.base import Check
from whoasks.core.auditing.checks import (
    clear_text,
    credentials,
    identifiers,
    open_access,
    pages,
    people,
    remote,
    shares,
    unexpected,
    versions,
)

FAMILIES = (
    credentials,
    remote,
    unexpected,
    clear_text,
    shares,
    open_access,
    pages,
    people,
    identifiers,
    versions,
)

ALL: tuple[Check, ...] = tuple(check for family in FAMILIES for check in family.CHECKS)
