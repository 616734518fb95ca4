"""From a file to frozen settings. Reads that file and nothing else; ``now`` is the caller's."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec

from whoasks.config import yaml_file
from whoasks.config.fields import Length, structured
from whoasks.config.hosts import roles
from whoasks.config.problems import (
    ConfigError,
    Problems,
    below,
    mapping,
    sequence,
    shown,
    unknown_keys,
)
from whoasks.config.rules import Catalogue, rules
from whoasks.core.settings import CoreSettings
from whoasks.store.retention import Retention

KEYS = {"interfaces", "bursts", "findings", "rules", "hosts", "store"}


class Settings(msgspec.Struct, frozen=True):
    """Everything a configuration decides."""

    core: CoreSettings
    interfaces: tuple[str, ...] = ()
    """Empty: every interface that is up, multicast and no container's."""
    database: str | None = None
    """Path or URL; None for the default place."""
    retention: Retention = Retention()
    source: str | None = None
    """The file all this was read from; None when there was none."""
    warnings: tuple[str, ...] = ()
    """What is allowed but hardly meant, such as a role that has expired."""


class _Bursts(msgspec.Struct, frozen=True):
    gap: Length = CoreSettings().burst_gap


class _Findings(msgspec.Struct, frozen=True):
    close_after: Length = CoreSettings().close_after
    learning: Length = CoreSettings().learning


def load(
    path: str | os.PathLike[str] | None,
    *,
    now: float | None = None,
    catalogue: Catalogue | None = None,
) -> Settings:
    """The settings in the file at ``path``, or the defaults for None (see ``places.find``).

    ``now`` (epoch seconds) lets it warn of expired roles; ``catalogue`` holds the rules there
    are, by default all of them. Raises ConfigError with everything that is wrong.
    """
    if path is None:
        return check(None, Problems(""), now=now, catalogue=catalogue)
    problems = Problems(os.fspath(path))
    data = yaml_file.read(Path(path), problems)
    if problems.errors and data is None:
        raise ConfigError(problems.errors)
    return check(data, problems, now=now, catalogue=catalogue)


def loads(
    text: str, name: str, *, now: float | None = None, catalogue: Catalogue | None = None
) -> Settings:
    """The same for a text; ``name`` is what messages call it."""
    problems = Problems(name)
    data = yaml_file.parse(text, problems)
    if problems.errors and data is None:
        raise ConfigError(problems.errors)
    return check(data, problems, now=now, catalogue=catalogue)


def check(
    data: Any, problems: Problems, *, now: float | None, catalogue: Catalogue | None
) -> Settings:
    """Settings out of plain data; adds to ``problems`` and raises ConfigError if there are any."""
    if catalogue is None:
        from whoasks.core.detect.rules import ALL  # noqa: PLC0415  (the rules need no settings)

        catalogue = ALL
    top = mapping(problems, "", data)
    unknown_keys(problems, "", top, KEYS)
    selected = rules(problems, top.get("rules"), catalogue)
    entries = roles(problems, top.get("hosts"), now)
    interfaces = _interfaces(problems, top.get("interfaces"))
    bursts = structured(problems, "bursts", _Bursts, mapping(problems, "bursts", top.get("bursts")))
    given = mapping(problems, "findings", top.get("findings"))
    findings = structured(problems, "findings", _Findings, given)
    database, retention = _store(problems, top.get("store"))
    if problems.errors or bursts is None or findings is None or retention is None:
        raise ConfigError(problems.errors)
    return Settings(
        core=CoreSettings(
            burst_gap=bursts.gap,
            close_after=findings.close_after,
            rules=selected,
            roles=entries,
            learning=findings.learning,
        ),
        interfaces=interfaces,
        database=database,
        retention=retention,
        source=problems.file or None,
        warnings=tuple(problems.warnings),
    )


def _interfaces(problems: Problems, given: Any) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for at, item in enumerate(sequence(problems, "interfaces", given, "[eth0]")):
        here = below("interfaces", at)
        if not isinstance(item, str) or not item.strip():
            problems.error(here, f"expected the name of an interface, got {shown(item)}")
        elif item in names:
            problems.error(here, f"{shown(item)} is given twice; keep one of them")
        else:
            names[item] = None
    return tuple(names)


def _store(problems: Problems, given: Any) -> tuple[str | None, Retention | None]:
    section = mapping(problems, "store", given)
    unknown_keys(problems, "store", section, {"db", "keep"})
    database = section.get("db")
    if database is not None and (not isinstance(database, str) or not database.strip()):
        problems.error("store.db", f"expected a path or a URL, got {shown(database)}")
    days = mapping(problems, "store.keep", section.get("keep"))
    return database, structured(problems, "store.keep", Retention, days)
