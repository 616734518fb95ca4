"""Every bundled fact is well-formed, said once, and names where it comes from."""

from __future__ import annotations

import re
from collections import Counter
from importlib.resources import files

import pytest
from tests.helpers.offered import offered

from whoasks import knowledge
from whoasks.core import device_readings, names
from whoasks.core.device_evidence import vendor_name
from whoasks.core.device_facts import CLAIMED, Says, pattern
from whoasks.core.device_groups import Group
from whoasks.core.devices import identify
from whoasks.core.knowledge import AnswerShape

TYPES = knowledge.read("service_types.yaml", knowledge.ServiceTypes)
REMOTE = knowledge.read("remote_access.yaml", knowledge.RemoteAccess)
BUNDLES = knowledge.read("bundles.yaml", knowledge.Bundles)
TOOLS = knowledge.read("tool_shapes.yaml", knowledge.ToolShapes)
TXT_KEYS = knowledge.read("txt_keys.yaml", knowledge.TxtKeys)
DEVICES = knowledge.read("devices.yaml", knowledge.Devices)
APPLE = knowledge.read("apple_models.yaml", knowledge.AppleModels)

# RFC 6335 §5.1, with the underscore and the length over 15 that a few vendors use.
TYPE = re.compile(r"_[a-z0-9]+([-_][a-z0-9]+)*\._(tcp|udp)")

ALL_TYPES = {
    "service_types.yaml": [entry.type for entry in TYPES.types],
    "remote_access.yaml": [entry.type for entry in (*REMOTE.rare, *REMOTE.common)],
    "bundles.yaml": sorted({name for bundle in BUNDLES.bundles for name in bundle.types}),
    "tool_shapes.yaml": sorted(
        {name for tool in TOOLS.tools for named in (tool.holds, tool.only) for name in named or ()}
    ),
    "txt_keys.yaml": sorted({name for entry in TXT_KEYS.keys for name in entry.types}),
    "devices.yaml": sorted(
        {name for entry in (*DEVICES.offers, *DEVICES.names) for name in entry.types}
    ),
}


def repeated(values: list[str]) -> list[str]:
    return [value for value, count in Counter(values).items() if count > 1]


def test_every_file_is_read():
    named = {*ALL_TYPES, "apple_models.yaml"}
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
        pytest.param(
            [f"{name} {entry.key.lower()}" for entry in TXT_KEYS.keys for name in entry.types],
            id="TXT keys of a type",
        ),
        pytest.param(
            [model for entry in (*APPLE.models, *DEVICES.products) for model in entry.ids],
            id="models",
        ),
        pytest.param([f"{row.table} {row.value}" for row in DEVICES.tables], id="table rows"),
        pytest.param([name for entry in DEVICES.vendors for name in entry.begins], id="vendors"),
        pytest.param([repr(entry) for entry in DEVICES.offers], id="offers"),
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
        pytest.param(TXT_KEYS, TXT_KEYS.keys, id="TXT keys"),
        pytest.param(APPLE, APPLE.models, id="Apple models"),
        pytest.param(
            DEVICES,
            (
                *DEVICES.offers,
                *DEVICES.names,
                *DEVICES.families,
                *DEVICES.products,
                *DEVICES.tables,
                *DEVICES.vendors,
            ),
            id="devices",
        ),
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


@pytest.mark.parametrize("file", [name for name in ALL_TYPES if name != "service_types.yaml"])
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


# Devices: every entry is shown by a device that it, and nothing else, was told of.

FACTS = knowledge.devices()


def claims(*services, hostnames=(), macs=(), vendor=None):
    """(What, value) → reasons, of one device."""
    group = Group(hostnames, services, (), macs)
    found = identify(group, FACTS, lambda mac: vendor)
    return {(claim.what, claim.value): " ".join(claim.why) for claim in found.claims}


def test_there_is_as_much_as_promised():
    assert len(TXT_KEYS.keys) >= 60
    assert sum(len(entry.ids) for entry in APPLE.models) >= 150


@pytest.mark.parametrize("entry", TXT_KEYS.keys, ids=lambda e: f"{e.key} of {e.types[0]}")
def test_a_txt_key_is_reachable(entry):
    assert 2 < len(entry.meaning) <= 60
    for type_ in entry.types:
        assert FACTS.txt_keys[type_, entry.key.lower()] == entry
        said = claims(offered(type_, {entry.key: entry.like}, at=None))
        for says in entry.says:
            value = device_readings.read(entry.like, says, FACTS)
            assert value, f"{says.what} is not read from {entry.like}"
            if says.what == "vendor":
                value = vendor_name(value, FACTS)
            if says.what != "os_version" or ("os", "macOS") in said:
                assert f"TXT {entry.key}=" in said[says.what, value]


def test_readings_are_known():
    tables = {row.table for row in DEVICES.tables}
    used = {
        step.partition(":")[0]
        for entry in TXT_KEYS.keys
        for says in entry.says
        for step in (says.by or "").split("|")
        if step
    }
    assert used - tables - device_readings.NAMES == set()
    assert (tables | device_readings.NAMES) - used == set()


@pytest.mark.parametrize("row", DEVICES.tables, ids=lambda row: f"{row.table} {row.value}")
def test_a_table_row_is_reachable(row):
    assert device_readings.read(row.value, Says("kind", 0.5, row.table), FACTS) == row.gives


@pytest.mark.parametrize("offer", DEVICES.offers, ids=lambda offer: offer.types[0])
def test_an_offer_is_reachable(offer):
    assert offer.claims()
    for type_ in offer.types:
        said = claims(offered(type_, at=None))
        for claim in offer.claims():
            assert f"offers {type_}" in said[claim]


@pytest.mark.parametrize("shape", DEVICES.names, ids=lambda shape: shape.like)
def test_a_name_shape_is_reachable(shape):
    found = pattern(shape.match).search(shape.like)
    assert found
    assert set(found.groupdict()) <= set(CLAIMED)
    assert shape.claims() or found.groupdict()
    assert not pattern(shape.match).search("")
    if shape.of == "host":
        said = claims(hostnames=(f"{shape.like}.local.",))
    else:
        types = shape.types or ("_workstation._tcp",)
        said = claims(*(offered(type_, name=shape.like, at=None) for type_ in types))
    told = [*shape.claims(), *((what, None) for what in found.groupdict())]
    for what, value in told:
        of = "host name" if shape.of == "host" else "instance"
        assert any(
            claim == what and (value is None or value == of_it) and of in why
            for (claim, of_it), why in said.items()
        )


@pytest.mark.parametrize("family", DEVICES.families, ids=lambda family: family.like)
def test_a_family_is_reachable(family):
    said = claims(offered("_airplay._tcp", {"model": family.like}, at=None))
    assert family.claims()
    for claim in family.claims():
        assert f"model {family.like}" in said[claim]


@pytest.mark.parametrize("vendor", DEVICES.vendors, ids=lambda vendor: vendor.name)
def test_a_vendor_is_reachable(vendor):
    for begins in vendor.begins:
        said = claims(macs=("3c:22:fb:01:02:03",), vendor=f"{begins.upper()} Co., Ltd.")
        assert ("vendor", vendor.name) in said
        assert vendor.kind is None or ("kind", vendor.kind) in said


MODELS = [(model, entry) for entry in (*APPLE.models, *DEVICES.products) for model in entry.ids]


@pytest.mark.parametrize(("model", "entry"), MODELS, ids=[model for model, _ in MODELS])
def test_a_model_is_reachable(model, entry):
    said = claims(offered("_device-info._tcp", {"model": model}, at=None))
    if entry.icon is not None:
        assert ("model", model) not in said
        assert "announced for its picture" in said["kind", entry.icon]
        return
    assert ("model", model) in said
    assert entry.name is None or f"model {model}" in said["marketing_name", entry.name]
    for claim in entry.claims():
        assert f"model {model}" in said[claim]


def test_every_apple_model_is_of_apple_and_of_a_kind():
    for model in (model for entry in APPLE.models for model in entry.ids):
        said = claims(offered("_airplay._tcp", {"model": model}, at=None))
        assert "model" in said["vendor", "Apple"]
        assert any(what == "kind" and "model" in why for (what, _), why in said.items())


def test_kinds_are_those_of_the_list_and_all_are_used():
    used = {
        *(entry.kind for entry in (*DEVICES.offers, *DEVICES.names, *DEVICES.families)),
        *(entry.kind for entry in (*DEVICES.products, *DEVICES.vendors)),
        *(entry.icon for entry in DEVICES.products),
        *(row.gives for row in DEVICES.tables if row.table in KIND_TABLES),
        "speaker",
        "media player",
    } - {None}
    assert used == set(DEVICES.kinds)


KIND_TABLES = {
    says.by
    for entry in TXT_KEYS.keys
    for says in entry.says
    if says.what == "kind" and says.by != "cast"
}


def test_weights_leave_a_doubt():
    entries = (*DEVICES.offers, *DEVICES.names, *DEVICES.families)
    weights = [entry.weight for entry in entries]
    weights += [says.weight for entry in TXT_KEYS.keys for says in entry.says]
    assert all(0 < weight < 1 for weight in weights)
    # A name alone is a guess, whatever it says.
    assert max(shape.weight for shape in DEVICES.names) <= 0.8


def test_devices_are_loaded_once():
    assert knowledge.devices() is FACTS
