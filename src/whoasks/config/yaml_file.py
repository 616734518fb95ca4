"""A YAML file as plain data. Nothing in it is executed, and nothing in it can grow.

The events of the file are looked at before anything is built: aliases (which multiply),
tags (which construct) and deep nesting (which recurses) are refused.
"""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import yaml

from whoasks.config.problems import Problems, below

LARGEST = 1 << 20
"""Bytes. A thousand hosts with long reasons are 150 KB."""
_DEEPEST = 20
# The format itself is four deep.

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# libyaml's loader, ten times as fast, where PyYAML was built with it.


def read(path: Path, problems: Problems) -> Any:
    """The file's data; None, with the problem noted, when there is none to be had."""
    text = _text(path, problems)
    return None if text is None else parse(text, problems)


def parse(text: str, problems: Problems) -> Any:
    """The data in a YAML text; None, with the problem noted, when it is not acceptable."""
    try:
        refused = _refused(text)
        if refused:
            problems.error("", refused)
            return None
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            _note_duplicates(node, "", problems)
            return None if node is None else loader.construct_document(node)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        problems.error("", f"not YAML: {place}{error.problem or error.context}")
    except yaml.YAMLError as error:
        why = " ".join(str(error).split())
        problems.error("", f"not YAML: {why}")
    except (ValueError, OverflowError) as error:
        # A date such as 2027-02-31, or a number of five thousand digits.
        problems.error("", f"a value cannot be read ({error}); write text in quotes")
    return None


def _text(path: Path, problems: Problems) -> str | None:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            problems.error("", "not a file; give the path of a YAML file")
            return None
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except FileNotFoundError:
        problems.error("", "no such file; `whoasks config init` prints one to start from")
        return None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        problems.error("", f"cannot be read: {why}; check its path and permissions")
        return None
    if len(data) > LARGEST:
        problems.error("", f"larger than {LARGEST:,} bytes; a configuration is never so large")
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problems.error("", f"not UTF-8 text (byte {error.start}); save it as UTF-8")
        return None


def _refused(text: str) -> str | None:
    """What in the events of this text is not accepted, if anything."""
    depth = documents = 0
    for event in yaml.parse(text, Loader=_Loader):
        where = f"line {event.start_mark.line + 1}: " if event.start_mark else ""
        if isinstance(event, yaml.AliasEvent):
            return f"{where}aliases (*name) are not supported; write the value out"
        if getattr(event, "tag", None) is not None:
            return f"{where}tags (!name) are not supported; write the value plainly"
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                return f"{where}a second document begins; keep one, without '---' between"
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEEPEST:
                return f"{where}nested more than {_DEEPEST} deep; the settings are four deep"
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return None


def _note_duplicates(node: Any, path: str, problems: Problems) -> None:
    """YAML lets the last of two equal keys win; here the first was written for a reason."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            here = below(path, key.value if isinstance(key.value, str) else "?")
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    line = key.start_mark.line + 1
                    problems.error(here, f"given a second time in line {line}; keep one of them")
                seen.add(key.value)
            _note_duplicates(value, here, problems)
    elif isinstance(node, yaml.SequenceNode):
        for at, item in enumerate(node.value):
            _note_duplicates(item, below(path, at), problems)
