"""Settings to be tried: those of a configuration, with single ones and roles put in their place."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from typing import Any

import click
import msgspec
import yaml

from whoasks import config
from whoasks.config import ConfigError, Settings, hosts
from whoasks.config.loading import KEYS, check
from whoasks.config.problems import Problems
from whoasks.core.settings import RoleEntry

NO_ROLE = "none"
"""The word that takes a role away."""

_MAC = re.compile(r"(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}")


def trial(base: Settings, changed: Sequence[str], given: Sequence[str]) -> Settings:
    """``base`` with changes (``KEY=VALUE``) and roles given (``HOST=ROLE``).

    A key is a path in the configuration; without its section it is one of ``rules``. Raises
    UsageError for what is not of that form, ConfigError for what it says.
    """
    whole: dict[str, Any] = yaml.safe_load(config.render(base))
    for each in changed:
        path, equals, value = each.partition("=")
        keys = path.strip().split(".")
        if not equals or not all(keys):
            raise click.UsageError(f"--set {each}: write it as KEY=VALUE.")
        _put(whole, keys if keys[0] in KEYS else ["rules", *keys], _value(each, value))
    loaded = check(whole, Problems("--set"), now=None, catalogue=None)
    roles = loaded.core.roles
    for each in given:
        match, _, role = (part.strip() for part in each.rpartition("="))
        entry = _entry(each, match, "ignore" if role == NO_ROLE else role)
        others = tuple(other for other in roles if _matched(other) != _matched(entry))
        # The first that holds counts, so what is tried goes first.
        roles = others if role == NO_ROLE else (entry, *others)
    return msgspec.structs.replace(loaded, core=msgspec.structs.replace(loaded.core, roles=roles))


def _value(given: str, value: str) -> Any:
    try:
        return yaml.safe_load(value)
    except (yaml.YAMLError, ValueError, RecursionError):
        raise click.UsageError(f"--set {given}: {value} is no value.") from None


def _put(whole: dict[str, Any], keys: Sequence[str], value: Any) -> None:
    at = whole
    for key in keys[:-1]:
        inside = at.get(key)
        if not isinstance(inside, dict):
            inside = at[key] = {}
        at = inside
    at[keys[-1]] = value


def _entry(given: str, match: str, role: str) -> RoleEntry:
    if not match:
        raise click.UsageError(f"--role {given}: write it as HOST=ROLE.")
    problems = Problems(f"--role {given}")
    entry = {"match": {_kind(match): match}, "role": role, "reason": "tried"}
    found = hosts.roles(problems, [entry], None)
    if problems.errors:
        raise ConfigError(problems.errors)
    return found[0]


def _kind(match: str) -> str:
    if _MAC.fullmatch(match):
        return "mac"
    try:
        ipaddress.ip_interface(match.partition("%")[0])
    except ValueError:
        return "hostname"
    return "address"


def _matched(entry: RoleEntry) -> tuple[object, ...]:
    return entry.mac, entry.network, entry.hostname
