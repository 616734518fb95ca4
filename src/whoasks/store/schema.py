"""The tables: the value whole as JSON, and beside it only the columns that are asked for.

No name from the wire stands in a column of its own: those are an attacker's to choose, and
PostgreSQL refuses a NUL that JSON escapes.
"""

from __future__ import annotations

import sqlalchemy as sa

VERSION = 5
"""The version of this file's tables. A change needs a step in ``migrations``."""

METADATA = sa.MetaData()

META = sa.Table(
    "meta",
    METADATA,
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

FINDINGS = sa.Table(
    "findings",
    METADATA,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("host", sa.String(64), nullable=False, index=True),
    sa.Column("rule", sa.String(64), nullable=False, index=True),
    sa.Column("severity", sa.SmallInteger, nullable=False, index=True),
    sa.Column("burst", sa.String(64), index=True),
    sa.Column("first_seen", sa.Double, nullable=False, index=True),
    sa.Column("last_seen", sa.Double, nullable=False, index=True),
    sa.Column("value", sa.Text, nullable=False),
    sa.Index("ix_findings_worth", "severity", "last_seen", "id"),
)
"""``burst`` is the key in ``bursts`` of the one it refers to, which stays as long as it."""

BURSTS = sa.Table(
    "bursts",
    METADATA,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("host", sa.String(64), nullable=False, index=True),
    sa.Column("first_seen", sa.Double, nullable=False, index=True),
    sa.Column("last_seen", sa.Double, nullable=False, index=True),
    sa.Column("value", sa.Text, nullable=False),
)

SERVICES = sa.Table(
    "services",
    METADATA,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("first_seen", sa.Double, nullable=False, index=True),
    sa.Column("last_seen", sa.Double, nullable=False, index=True),
    sa.Column("value", sa.Text, nullable=False),
)

ASKERS = sa.Table(
    "askers",
    METADATA,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("host", sa.String(64), nullable=False, index=True),
    sa.Column("role", sa.String(32), index=True),
    sa.Column("first_seen", sa.Double, nullable=False, index=True),
    sa.Column("last_seen", sa.Double, nullable=False, index=True),
    sa.Column("value", sa.Text, nullable=False),
)
"""One row for each unbroken stretch of one host (see ``values.asker_id``)."""

ACTIVITY = sa.Table(
    "activity",
    METADATA,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("host", sa.String(64), nullable=False),
    sa.Column("first_seen", sa.Double, nullable=False, index=True),
    sa.Column("last_seen", sa.Double, nullable=False, index=True),
    sa.Column("minutes", sa.SmallInteger, nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Index("ix_activity_minutes", "minutes", "last_seen"),
)
"""One row for each asker and hour (see ``hours``); ``minutes`` is 1 while it has its minutes."""

HOST_HABITS = sa.Table(
    "host_habits",
    METADATA,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("last_seen", sa.Double, nullable=False, index=True),
    sa.Column("value", sa.Text, nullable=False),
)

OWNER_HABITS = sa.Table(
    "owner_habits",
    METADATA,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("last_seen", sa.Double, nullable=False, index=True),
    sa.Column("value", sa.Text, nullable=False),
)
"""Both are kept by number, not by age (see ``core.habits``); the rest of what was learned is a
row of ``meta``."""

SERVICE_STATES = sa.Table(
    "service_states",
    METADATA,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("service", sa.String(64), nullable=False, index=True),
    sa.Column("last_seen", sa.Double, nullable=False, index=True),
    sa.Column("gone", sa.SmallInteger, nullable=False),
    sa.Column("value", sa.Text, nullable=False),
)
"""What each service was like from ``last_seen`` on (see ``states``); ``service`` is its key in
``services``."""

SAVED_LISTS = sa.Table(
    "saved_lists",
    METADATA,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("last_seen", sa.Double, nullable=False, index=True),
    sa.Column("services", sa.Integer, nullable=False),
    sa.Column("value", sa.Text, nullable=False),
)
"""Lists that somebody gave a name; they are kept until that name is used again."""

KEPT = (FINDINGS, BURSTS, SERVICES, ASKERS, ACTIVITY)
