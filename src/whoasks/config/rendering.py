"""Settings as YAML again: what is in force, and a commented file to start from."""

from __future__ import annotations

import ast
import datetime
import inspect
import itertools
import re
import textwrap
from typing import Any

import msgspec
import yaml

from whoasks.config.fields import length
from whoasks.config.loading import Settings
from whoasks.config.rules import Catalogue
from whoasks.core.settings import CoreSettings, RoleEntry
from whoasks.store.retention import Retention

_WIDTH = 96


def render(settings: Settings) -> str:
    """YAML of every setting in force, defaults too; loading it gives these settings again."""
    rules = settings.core.rules or {}
    section: dict[str, Any] = {"select": list(rules)}
    section |= {name: plain for name, value in rules.items() if (plain := _plain(value))}
    store: dict[str, Any] = {} if settings.database is None else {"db": settings.database}
    whole = {
        "interfaces": list(settings.interfaces),
        "bursts": {"gap": settings.core.burst_gap},
        "findings": {
            "close_after": settings.core.close_after,
            "learning": length(settings.core.learning),
        },
        "rules": section,
        "hosts": [_host(entry) for entry in settings.core.roles],
        "store": store | {"keep": _plain(settings.retention)},
    }
    return _dump(whole)


def template(catalogue: Catalogue | None = None) -> str:
    """A configuration in which everything stands in comments, with its default and meaning."""
    if catalogue is None:
        from whoasks.core.detect.rules import ALL  # noqa: PLC0415  (see ``loading.check``)

        catalogue = ALL
    core = docs(CoreSettings)
    lines = [
        "# Configuration of whoasks. Everything below is the default: take the '# ' off what you",
        "# change. `whoasks config check` checks the file, `whoasks config show` what is in force.",
        "",
        "# Interfaces to listen on; without it every one that is up and no container's.",
        "# interfaces: [eth0]",
        "",
        "# bursts:",
        *_setting(4, "gap", CoreSettings().burst_gap, core.get("burst_gap")),
        "",
        "# findings:",
        *_setting(4, "close_after", CoreSettings().close_after, core.get("close_after")),
        *_setting(4, "learning", length(CoreSettings().learning), core.get("learning")),
        "",
        "# Which rules run, from left to right, and their thresholds. `whoasks rules` lists them.",
        "# rules:",
        "#   select: [all]",
    ]
    for detector in catalogue:
        fields = _plain(detector.Settings())
        if fields:
            lines.append(f"#   {detector.rule.id}:  # {_comment(detector.rule.title)}")
            told = docs(detector.Settings)
            for name, value in fields.items():
                lines += _setting(6, name, value, told.get(name))
    lines += [
        "",
        "# Hosts that are known to ask a lot. What a role silences is still recorded. Roles: hub,",
        "# inventory, reflector, sensor, ignore. `until` is the last day on which it holds (UTC).",
        "# hosts:",
        '#   - {match: {mac: "02:00:5e:10:00:01"}, role: hub, reason: Home Assistant}',
        '#   - {match: {address: 10.0.9.0/24}, role: inventory, reason: "change 1832",'
        " until: 2037-06-30}",
        "#   - {match: {hostname: sensor.local}, role: sensor, reason: ours}",
        "",
        "# store:",
        "#   # A path, or a URL such as postgresql://user@host/whoasks; --db and WHOASKS_DB win.",
        "#   db: /var/lib/whoasks/whoasks.db",
        "#   # Days for which each is kept, and the most rows a table holds.",
        "#   keep:",
    ]
    told = docs(Retention)
    for name, value in _plain(Retention()).items():
        lines += _setting(6, name, value, told.get(name))
    return "\n".join(lines) + "\n"


def docs(kind: type[msgspec.Struct]) -> dict[str, str]:
    """Field → the docstring below it, for a class and its bases; empty where no source is."""
    found: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        if base is msgspec.Struct or not issubclass(base, msgspec.Struct):
            continue
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(base)))
        except (OSError, TypeError, SyntaxError):
            continue
        fields = {field.name for field in msgspec.structs.fields(base)}
        (body,) = (node.body for node in tree.body if isinstance(node, ast.ClassDef))
        for field, text in itertools.pairwise(body):
            match field, text:
                case (
                    ast.AnnAssign(target=ast.Name(id=name)),
                    ast.Expr(value=ast.Constant(value=str(words))),
                ) if name in fields:
                    found[name] = inspect.cleandoc(words)
    return found


def _setting(indent: int, name: str, value: Any, words: str | None) -> list[str]:
    """One setting as comment lines, its meaning above it."""
    space = "# " + " " * (indent - 2)
    wrapped = textwrap.wrap(_comment(words), _WIDTH - indent) if words else []
    return [f"{space}# {line}" for line in wrapped] + [f"{space}{name}: {_flow(value)}"]


def _comment(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("``", "`"))


def _flow(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, width=10_000, allow_unicode=True)
    return text.removesuffix("\n").removesuffix("\n...")


def _dump(value: Any) -> str:
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=_WIDTH)


def _plain(value: msgspec.Struct) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(value)
    return {
        name: list(item) if isinstance(item, tuple | frozenset) else item
        for name, item in plain.items()
    }


def _host(entry: RoleEntry) -> dict[str, Any]:
    match: dict[str, str] = {}
    if entry.mac is not None:
        match["mac"] = entry.mac
    if entry.network is not None:
        match["address"] = str(entry.network)
    if entry.hostname is not None:
        match["hostname"] = entry.hostname
    host: dict[str, Any] = {"match": match, "role": entry.role, "reason": entry.reason}
    if entry.until is not None:
        host["until"] = _until(entry.until)
    return host


def _until(moment: float) -> datetime.date:
    """The day that ends at this moment, or the moment itself when it is no midnight."""
    day, rest = divmod(moment, 86_400.0)
    if rest == 0:
        return datetime.date(1970, 1, 1) + datetime.timedelta(days=day - 1)
    return datetime.datetime.fromtimestamp(moment, datetime.UTC)
