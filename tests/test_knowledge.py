"""Every bundled fact is well-formed, said once, and names where it comes from."""

from __future__ import annotations

import re
from collections import Counter
from importlib.resources import files

import pytest

from whoasks import knowledge
from whoasks.core import names
from whoasks.core.knowledge import AnswerShape

TYPES = knowledge.read("service_types.yaml", knowledge.ServiceTypes)
REMOTE = knowledge.read("remote_access.yaml", knowledge.RemoteAccess)
BUNDLES = knowledge.read("bundles.yaml", knowledge.Bundles)
TOOLS = knowledge.read("tool_shapes.yaml", knowledge.ToolShapes)

# RFC 6335 §5.1, with the underscore and the length over 15 that a few vendors use.
TYPE = re.compile(r"_[a-z0-9]+([-_][a-z0-9]+)*\._(tcp|udp)")

ALL_TYPES = {
    "service_types.yaml": [entry.type for entry in TYPES.types],
    "remote_access.yaml": [entry.type for entry in (*REMOTE.rare, *REMOTE.common)],
    "bundles.yaml": sorted({name for bundle in BUNDLES.bundles for name in bundle.types}),
    "tool_shapes.yaml": sorted(
        {name for tool in TOOLS.tools for named in (tool.holds, tool.only) for name in named or ()}
    ),
}


def repeated(values: list[str]) -> list[str]:
    return [value for value, count in Counter(values).items() if count > 1]


def test_every_file_is_read():
    named = {"service_types.yaml", "remote_access.yaml", "bundles.yaml", "tool_shapes.yaml"}
    found = {entry.name for entry in files("whoasks.knowledge").iterdir()}
    assert {name for name in found if name.endswith(".yaml")} == named


@pytest.mark.parametrize("file", ALL_TYPES)
def test_types_are_well_formed(file):
    assert [name for name in ALL_TYPES[file] if not TYPE.fullmatch(name)] == []


@pytest.mark.parametrize("file", ALL_TYPES)
def test_types_are_what_the_name_parser_calls_a_type(file):
    parsed = {name: names.parse(f"{name}.local.") for name in ALL_TYPES[file]}
    assert {n: p for n, p in parsed.items() if (p.kind, p.type) != ("type", n)} == {}


@pytest.mark.parametrize(
    "values",
    [
        pytest.param([entry.type for entry in TYPES.types], id="service types"),
        pytest.param(ALL_TYPES["remote_access.yaml"], id="remote types, rare or common"),
        pytest.param([bundle.name for bundle in BUNDLES.bundles], id="bundles"),
        # A program may have several shapes, each under its name.
        pytest.param([repr(tool) for tool in TOOLS.tools], id="tool shapes"),
    ],
)
def test_nothing_is_said_twice(values):
    assert repeated(values) == []


@pytest.mark.parametrize(
    ("file", "entries"),
    [
        pytest.param(TYPES, TYPES.types, id="service types"),
        pytest.param(REMOTE, (*REMOTE.rare, *REMOTE.common), id="remote types"),
        pytest.param(BUNDLES, BUNDLES.bundles, id="bundles"),
        pytest.param(TOOLS, (*TOOLS.tools, *TOOLS.answers), id="tool shapes"),
    ],
)
def test_every_entry_names_a_listed_source_and_every_source_is_used(file, entries):
    assert {entry.source for entry in entries} == set(file.sources)
    assert all(text.strip() for text in file.sources.values())


def test_enough_types_are_described():
    assert len(TYPES.types) >= 300


def test_descriptions_are_one_short_line():
    bad = [
        entry.type
        for entry in TYPES.types
        if not 2 < len(entry.description) <= 80
        or entry.description != entry.description.strip()
        or not entry.description.isprintable()
        or entry.description.endswith(".")
    ]
    assert bad == []


@pytest.mark.parametrize("file", ["remote_access.yaml", "bundles.yaml", "tool_shapes.yaml"])
def test_what_other_files_speak_of_is_described(file):
    described = set(ALL_TYPES["service_types.yaml"])
    assert set(ALL_TYPES[file]) - described == set()


def test_remote_types_are_those_of_the_catalogue():
    loaded = knowledge.load()
    assert loaded.remote_rare == {
        "_ssh._tcp",
        "_telnet._tcp",
        "_rdp._tcp",
        "_workstation._tcp",
        "_net-assistant._udp",
        "_eppc._tcp",
        "_winrm._tcp",
    }
    assert loaded.remote_common == {
        "_smb._tcp",
        "_rfb._tcp",
        "_sftp-ssh._tcp",
        "_afpovertcp._tcp",
        "_nfs._tcp",
        "_ftp._tcp",
    }


def test_bundles_hold_several_types():
    assert [bundle.name for bundle in BUNDLES.bundles if len(bundle.types) < 4] == []


@pytest.mark.parametrize("tool", TOOLS.tools, ids=lambda tool: f"{tool.name}, {tool.source}")
def test_a_tool_shape_states_something_of_a_query(tool):
    of_no_query = {
        "name", "source", "family", "scanner", "confidence", "holds_at_least", "most_types",
        "gaps", "qu_first", "counting_ids", "new_ports", "then", "one_each", "browsed",
    }  # fmt: skip
    stated = [
        field
        for field in tool.__struct_fields__
        if field not in of_no_query and getattr(tool, field) is not None
    ]
    assert len(stated) >= 3
    assert 0 < tool.confidence <= 0.9
    assert tool.holds_at_least <= len(tool.holds or "1")
    assert all(gap > 0 for gap in tool.gaps or ())


def test_all_of_one_name_are_of_one_family_and_one_purpose():
    told = {(tool.name, tool.family, tool.scanner) for tool in TOOLS.tools}
    assert repeated([name for name, _, _ in told]) == []


@pytest.mark.parametrize("answer", TOOLS.answers, ids=lambda answer: answer.name)
def test_an_answer_shape_states_something(answer):
    silent = AnswerShape(
        name=answer.name,
        source=answer.source,
        confidence=answer.confidence,
        scanner=answer.scanner,
    )
    assert answer != silent


def test_everything_is_loaded_once():
    loaded = knowledge.load()
    assert knowledge.load() is loaded
    assert loaded.service_types["_http._tcp"] == "Web page for people"
    assert len(loaded.service_types) == len(TYPES.types)
    assert len(loaded.tool_shapes) == len(TOOLS.tools)
    assert loaded.answer_shapes == TOOLS.answers
    assert knowledge.bundles() is knowledge.bundles()
