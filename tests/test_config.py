"""Every mistake in a configuration is named, with its path and what would be right."""

from __future__ import annotations

import datetime
import ipaddress
import os
import re
from pathlib import Path
from typing import Annotated, Any, ClassVar

import msgspec
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from whoasks import config
from whoasks.config import ConfigError, Settings
from whoasks.config.loading import KEYS, loads
from whoasks.config.rendering import docs
from whoasks.core.detect.base import Detector, DetectorSettings, Rule
from whoasks.core.model import Severity
from whoasks.core.settings import CoreSettings, RoleEntry
from whoasks.store import Retention


def rule(id_: str) -> Rule:
    return Rule(id_, f"Does {id_}", Severity.MEDIUM, ("T1046",), (), ())


class Quiet(Detector):
    rule = rule("meta-query")

    def on_query(self, heard: Any) -> Any:
        return iter(())


class Sweep(Quiet):
    rule = rule("type-sweep")

    class Settings(DetectorSettings):
        """A table's worth of fields."""

        CAPS: ClassVar[dict[str, float]] = {"types": 500}

        types: int = 25
        """Distinct service types
        before a host is reported."""
        window: float = 60.0
        """Seconds."""
        leave_out: tuple[str, ...] = ("_http._tcp",)


class Slow(Quiet):
    rule = rule("slow-sweep")

    class Settings(DetectorSettings):
        share: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.5
        least: int = 0
        most: int = 5

        def __post_init__(self) -> None:
            if self.least > self.most:
                raise ValueError(f"least ({self.least}) is more than most ({self.most})")


CATALOGUE = (Quiet, Sweep, Slow)
NOW = 1_800_000_000.0  # 2027-01-15


def load(text: str) -> Settings:
    return loads(text, "c.yaml", now=NOW, catalogue=CATALOGUE)


def host(match: str, rest: str = "role: hub, reason: x") -> str:
    return f"hosts: [{{match: {{{match}}}, {rest}}}]"


# What is right

DEFAULTS = Settings(
    core=CoreSettings(
        rules={
            "meta-query": DetectorSettings(),
            "type-sweep": Sweep.Settings(),
            "slow-sweep": Slow.Settings(),
        }
    ),
    source="c.yaml",
)

GOOD: dict[str, tuple[str, Any, Any]] = {
    "nothing": ("", lambda s: s, DEFAULTS),
    "comments only": ("# x\n", lambda s: s, DEFAULTS),
    "sections left empty": ("rules:\nhosts:\ninterfaces:\nstore:\n", lambda s: s, DEFAULTS),
    "a byte order mark": ("\ufeffinterfaces: [e]", lambda s: s.interfaces, ("e",)),
    "interfaces": ("interfaces: [eth0, wlan0]", lambda s: s.interfaces, ("eth0", "wlan0")),
    "gap": ("bursts: {gap: 5}", lambda s: s.core.burst_gap, 5.0),
    "closing": ("findings: {close_after: 60}", lambda s: s.core.close_after, 60.0),
    "learning, in seconds": ("findings: {learning: 60}", lambda s: s.core.learning, 60.0),
    "learning, with a unit": ("findings: {learning: 2w}", lambda s: s.core.learning, 1_209_600.0),
    "other lengths, with a unit": (
        "{bursts: {gap: 1.5 m}, findings: {close_after: 2H}}",
        lambda s: (s.core.burst_gap, s.core.close_after),
        (90.0, 7200.0),
    ),
    "all but one": (
        "rules: {select: [all, -slow-sweep]}",
        lambda s: list(s.core.rules),
        ["meta-query", "type-sweep"],
    ),
    "an empty line selects what no line does": (
        "rules:\n  select:\n",
        lambda s: list(s.core.rules),
        ["meta-query", "type-sweep", "slow-sweep"],
    ),
    "some, in running order": (
        "rules: {select: [type-sweep, meta-query]}",
        lambda s: list(s.core.rules),
        ["meta-query", "type-sweep"],
    ),
    "taken out and put back": (
        "rules: {select: [all, -slow-sweep, slow-sweep]}",
        lambda s: len(s.core.rules),
        3,
    ),
    "thresholds": (
        "rules: {type-sweep: {types: 500, window: 30, leave_out: [_a._tcp]}}",
        lambda s: s.core.rules["type-sweep"],
        Sweep.Settings(types=500, window=30.0, leave_out=("_a._tcp",)),
    ),
    "zero where zero is the default": (
        "rules: {slow-sweep: {least: 0}}",
        lambda s: s.core.rules["slow-sweep"],
        Slow.Settings(),
    ),
    "MAC with hyphens": (
        host('mac: "02-00-5E-10-00-0A"'),
        lambda s: s.core.roles,
        (RoleEntry("hub", "x", mac="02:00:5e:10:00:0a"),),
    ),
    "address": (
        host("address: 10.0.9.7"),
        lambda s: s.core.roles[0].network,
        ipaddress.ip_network("10.0.9.7/32"),
    ),
    "IPv6 network": (
        host('address: "fd00::/64"'),
        lambda s: s.core.roles[0].network,
        ipaddress.ip_network("fd00::/64"),
    ),
    "host name": (host("hostname: Printer"), lambda s: s.core.roles[0].hostname, "printer.local."),
    "host name in full": (
        host("hostname: a.local."),
        lambda s: s.core.roles[0].hostname,
        "a.local.",
    ),
    "until a date: its last moment": (
        host("address: 10.0.0.1", "role: hub, reason: x, until: 2027-06-30"),
        lambda s: s.core.roles[0].until,
        datetime.datetime(2027, 7, 1, tzinfo=datetime.UTC).timestamp(),
    ),
    "until a date in quotes": (
        host("address: 10.0.0.1", 'role: hub, reason: x, until: "2027-06-30"'),
        lambda s: s.core.roles[0].until,
        datetime.datetime(2027, 7, 1, tzinfo=datetime.UTC).timestamp(),
    ),
    "until a moment": (
        host("address: 10.0.0.1", "role: hub, reason: x, until: 2027-06-30T12:00:00+02:00"),
        lambda s: s.core.roles[0].until,
        datetime.datetime(2027, 6, 30, 10, tzinfo=datetime.UTC).timestamp(),
    ),
    "database": ("store: {db: /x.db}", lambda s: s.database, "/x.db"),
    "retention": (
        "store: {keep: {bursts: 7, rows: 1000}}",
        lambda s: s.retention,
        Retention(bursts=7.0, rows=1000),
    ),
}


@pytest.mark.parametrize(("text", "look", "wanted"), GOOD.values(), ids=GOOD)
def test_good(text: str, look: Any, wanted: Any) -> None:
    loaded = loads(text.removeprefix("\ufeff"), "c.yaml", now=NOW, catalogue=CATALOGUE)
    assert look(loaded) == wanted
    assert loaded.warnings == ()


# What is wrong: the text, then each line of the error

BAD: dict[str, tuple[str, list[str]]] = {
    "unknown key": ("interface: [a]", ["interface: unknown setting; did you mean 'interfaces'?"]),
    "nothing alike": (
        "zzz: 1",
        [
            "zzz: unknown setting; there are bursts, findings, hosts, interfaces, rules, store",
        ],
    ),
    "a key that is no text": (
        "{1: 2, null: 3}",
        ["[1]: unknown setting", "nothing: unknown setting"],
    ),
    "a list at the top": ("[a]", ["expected a mapping of names to values, got a list"]),
    "text at the top": ("hello", ["expected a mapping of names to values, got 'hello'"]),
    "a list for a mapping": ("rules: [a]", ["rules: expected a mapping of names to values, got a"]),
    "text for a list": (
        "interfaces: eth0",
        ["interfaces: expected a list such as [eth0], got 'eth0'"],
    ),
    "no interface": (
        "interfaces: [1, '']",
        ["interfaces[0]: expected the", "interfaces[1]: expected"],
    ),
    "interface twice": ("interfaces: [a, a]", ["interfaces[1]: 'a' is given twice"]),
    "unknown rule": (
        "rules: {type-swep: {}}",
        ["rules.type-swep: unknown rule; did you mean 'type-sweep'?"],
    ),
    "unknown rule selected": (
        "rules: {select: [all, -slow-swep]}",
        ["rules.select[1]: unknown rule 'slow-swep'; did you mean 'slow-sweep'?"],
    ),
    "select no list": (
        "rules: {select: all}",
        ["rules.select: expected a list such as [all, -slow-sweep], got 'all'"],
    ),
    "select a number": (
        "rules: {select: [3]}",
        ["rules.select[0]: expected the id of a rule, got 3"],
    ),
    "select begins with leaving out": (
        "rules: {select: [-slow-sweep]}",
        ["rules.select[0]: nothing to leave 'slow-sweep' out of; begin with 'all'"],
    ),
    "unknown threshold": (
        "rules: {type-sweep: {typs: 3}}",
        ["rules.type-sweep.typs: unknown setting; did you mean 'types'?"],
    ),
    "a rule without settings": (
        "rules: {meta-query: {x: 1}}",
        ["rules.meta-query.x: unknown setting"],
    ),
    "wrong types": (
        "rules: {type-sweep: {types: many, window: [1], leave_out: 5}}",
        [
            "rules.type-sweep.types: expected a whole number such as 25, got 'many'",
            "rules.type-sweep.window: expected a number such as 60.0, got a list",
            "rules.type-sweep.leave_out: expected a list of text such as [_http._tcp], got 5",
        ],
    ),
    "no length of time": (
        "findings: {learning: a week, close_after: -1}",
        [
            "findings.learning: expected seconds, or a number with one of the units s, m, h, d, w "
            "such as 7d, got 'a week'",
            "findings.close_after: must be more than 0, got -1",
        ],
    ),
    "no time at all": ("findings: {learning: 0d}", ["must be more than 0, got 0.0"]),
    "a length without end": (
        "findings: {learning: 999999999999w}",
        ["expected a number within reason, got 6.0"],
    ),
    "true is no number": ("rules: {type-sweep: {types: yes}}", ["types: expected a whole number"]),
    "a fraction": (
        "rules: {type-sweep: {types: 2.5}}",
        ["expected a whole number such as 25, got 2.5"],
    ),
    "zero": ("rules: {type-sweep: {types: 0}}", ["types: must be more than 0, got 0"]),
    "below zero": ("rules: {type-sweep: {window: -1}}", ["window: must be more than 0, got -1"]),
    "infinite": (
        "rules: {type-sweep: {window: .inf}}",
        ["window: expected a number within reason"],
    ),
    "not a number": ("rules: {type-sweep: {window: .nan}}", ["window: expected a number within"]),
    "huge": (f"rules: {{type-sweep: {{types: 0x{'f' * 9000}}}}}", ["got a very large number"]),
    "beyond the cap": (
        "rules: {type-sweep: {types: 501}}",
        ["types: 501 would never be reached: no more than 500 are counted; give at most 500"],
    ),
    "beyond the field's limit": (
        "rules: {slow-sweep: {share: 1.5}}",
        ["share: expected", "<= 1"][:1],
    ),
    "two fields that disagree": (
        "rules: {slow-sweep: {least: 9}}",
        ["rules.slow-sweep: least (9) is more than most (5)"],
    ),
    "gap": ("bursts: {gap: 0}", ["bursts.gap: must be more than 0, got 0"]),
    "gap misspelt": ("bursts: {gp: 1}", ["bursts.gp: unknown setting; did you mean 'gap'?"]),
    "retention": (
        "store: {keep: {burst: 1}}",
        ["store.keep.burst: unknown setting; did you mean 'b"],
    ),
    "database": ("store: {db: [x]}", ["store.db: expected a path or a URL, got a list"]),
    "host without anything": (
        "hosts: [{reason: x, rol: hub}]",
        [
            "hosts[0].rol: unknown setting; did you mean 'role'?",
            "hosts[0].match: missing; give one of mac, address, hostname",
            "hosts[0].role: missing; give one of hub, inventory, reflector, sensor, ignore",
        ],
    ),
    "host nothing": ("hosts: [null]", ["hosts[0]: expected a mapping such as {match:"]),
    "host a text": ("hosts: [x]", ["hosts[0]: expected a mapping such as {match: {mac: "]),
    "unknown role": (
        host("address: 10.0.0.1", "role: hubb, reason: x"),
        ["hosts[0].role: unknown role 'hubb'; did you mean 'hub'?"],
    ),
    "no reason": (
        host("address: 10.0.0.1", "role: hub"),
        ["hosts[0].reason: missing; say why this host has the role"],
    ),
    "two matches": (
        host("address: 10.0.0.1, hostname: x"),
        ["hosts[0].match: expected exactly one of"],
    ),
    "empty match": (host(""), ["hosts[0].match: expected exactly one of mac, address, hostname"]),
    "unknown match": (host("ip: 10.0.0.1"), ["hosts[0].match.ip: unknown setting"]),
    "bad MAC": (host('mac: "02:00:5e:10:00"'), ["hosts[0].match.mac: expected a MAC such as"]),
    "mixed MAC": (host('mac: "02:00-5e:10:00:01"'), ["hosts[0].match.mac: expected a MAC such as"]),
    "a MAC that YAML reads as a number": (
        host("mac: 10:20:30:40:50:59"),
        ["hosts[0].match.mac: expected text in quotes, got "],
    ),
    "bad address": (
        host("address: 10.0.9"),
        ["hosts[0].match.address: expected an address or network"],
    ),
    "bits beyond the prefix": (
        host("address: 10.0.9.5/24"),
        ["'10.0.9.5/24' has bits beyond its prefix; did you mean 10.0.9.0/24 or 10.0.9.5?"],
    ),
    "a scope": (
        host('address: "fe80::1%eth0"'),
        ["an address has no scope here; did you mean fe80::1?"],
    ),
    "bad host name": (
        host("hostname: a.example.org"),
        ["expected a host name such as printer.local"],
    ),
    "endless host name": (
        host(f"hostname: {'a' * 64}"),
        ["expected a host name such as printer.local"],
    ),
    "no date": (
        host("address: 10.0.0.1", "role: hub, reason: x, until: soon"),
        ["hosts[0].until: expected a date such as 2027-06-30, got 'soon'"],
    ),
    "no such day": (
        host("address: 10.0.0.1", "role: hub, reason: x, until: 2027-02-30"),
        ["a value cannot be read (day is out of range for month)"],
    ),
    "before time": (
        host("address: 10.0.0.1", "role: hub, reason: x, until: 0001-01-01"),
        ["hosts[0].until: the date 0001-01-01 is out of range"],
    ),
    "the same host twice": (
        'hosts: [{match: {mac: "02:00:5E:10:00:01"}, role: hub, reason: x},'
        ' {match: {mac: "02-00-5e-10-00-01"}, role: ignore, reason: y}]',
        ["hosts[1].match: the same hosts as hosts[0]; keep one of them"],
    ),
    "the same key twice": (
        "rules: {type-sweep: {types: 3,\n types: 4}}",
        ["rules.type-sweep.types: given a second time in line 2; keep one of them"],
    ),
    "no YAML": ("a: [b", ["not YAML: line "]),
    "a tab": ("a:\n\t- b", ["not YAML: line 2, column 1"]),
    "control characters": ("a: \x01", ["not YAML: "]),
    "an alias": ("a: &x [1]\nb: *x", ["line 2: aliases (*name) are not supported"]),
    "an alias to itself": ("a: &x [*x]", ["line 1: aliases (*name) are not supported"]),
    "a tag": (
        "a: !!python/object/apply:os.system [id]",
        ["line 1: tags (!name) are not supported"],
    ),
    "two documents": ("a: 1\n---\nb: 2", ["line 2: a second document begins"]),
    "deep": ("[" * 100, ["line 1: nested more than 20 deep"]),
    # PyYAML 6.0.4 has a limit of its own, which it reaches before it hands on the first token.
    "far too deep": ("[" * 5000, ["nest"]),
    "everything at once": (
        "interfaces: 3\nrules: {type-sweep: {types: x}, nosuch: {}}\nhosts: [{}, 4]\nx: 1",
        [
            "x: unknown setting",
            "rules.type-sweep.types: expected a whole number",
            "rules.nosuch: unknown rule",
            "hosts[0].match: missing",
            "hosts[0].role: missing",
            "hosts[0].reason: missing",
            "hosts[1]: expected a mapping",
            "interfaces: expected a list",
        ],
    ),
}


@pytest.mark.parametrize(("text", "lines"), BAD.values(), ids=BAD)
def test_bad(text: str, lines: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        load(text)
    problems = caught.value.problems
    assert len(problems) == len(lines), problems
    for problem, line in zip(problems, lines, strict=True):
        assert problem.startswith("c.yaml: ")
        assert line in problem
        assert "\n" not in problem
    assert caught.value.sentence == "\n".join(problems)
    assert caught.value.remedy


WARNED = {
    "expired": (
        host("address: 10.0.0.1", "role: hub, reason: x, until: 2027-01-14"),
        "hosts[0].until: the role ended with the date 2027-01-14",
    ),
    "a rule that is left out": (
        "rules: {select: [all, -type-sweep], type-sweep: {types: 3}}",
        "rules.type-sweep: has settings, but rules.select leaves the rule out",
    ),
    "no rule at all": ("rules: {select: []}", "rules.select: selects no rule"),
}


@pytest.mark.parametrize(("text", "says"), WARNED.values(), ids=WARNED)
def test_warnings(text: str, says: str) -> None:
    (warning,) = load(text).warnings
    assert warning.startswith(f"c.yaml: {says}")


def test_a_role_holds_through_its_last_day() -> None:
    text = host("address: 10.0.0.1", "role: hub, reason: x, until: 2027-01-15")
    assert load(text).warnings == ()
    assert loads(text, "c", catalogue=CATALOGUE).warnings == ()  # no clock, no opinion


# Files


def folder(path: Path) -> None:
    path.mkdir()


def fifo(path: Path) -> None:
    os.mkfifo(path)


FILES: dict[str, tuple[Any, str]] = {
    "missing": (lambda path: None, "no such file; `whoasks config init` prints one"),
    "a folder": (folder, "not a file"),
    "a FIFO": (fifo, "not a file"),
    "too large": (lambda path: path.write_bytes(b"#" * (2**20 + 1)), "larger than 1,048,576 bytes"),
    "not UTF-8": (lambda path: path.write_bytes(b"a: \xff"), "not UTF-8 text (byte 3)"),
    "a link to itself": (lambda path: path.symlink_to(path), "cannot be read: "),
}


@pytest.mark.parametrize(("make", "says"), FILES.values(), ids=FILES)
def test_files(tmp_path: Path, make: Any, says: str) -> None:
    path = tmp_path / "c.yaml"
    make(path)
    with pytest.raises(ConfigError) as caught:
        config.load(path, catalogue=CATALOGUE)
    assert caught.value.problems[0].startswith(f"{path}: {says}")


def test_a_large_file_of_the_right_size_is_quick(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("interfaces: [" + "a, " * 200_000 + "a]")
    with pytest.raises(ConfigError):
        config.load(path, catalogue=CATALOGUE)


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_bytes(b"\xef\xbb\xbfinterfaces: [eth0]")
    loaded = config.load(path, catalogue=CATALOGUE)
    assert (loaded.interfaces, loaded.source) == (("eth0",), str(path))
    assert config.load(None, catalogue=CATALOGUE) == msgspec.structs.replace(DEFAULTS, source=None)


def test_where_the_file_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert config.find(None, {}) is None
    own = tmp_path / "whoasks" / "config.yaml"
    own.parent.mkdir()
    own.touch()
    assert config.find(None, {}) == own
    assert config.find(None, {"WHOASKS_CONFIG": ""}) == own
    assert config.find(None, {"WHOASKS_CONFIG": "/e.yaml"}) == Path("/e.yaml")
    assert config.find("/a.yaml", {"WHOASKS_CONFIG": "/e.yaml"}) == Path("/a.yaml")
    with pytest.raises(ConfigError):
        config.find("~nosuchuser-here/x", {})


def test_where_the_database_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert config.default_database({}) == str(tmp_path / "whoasks" / "whoasks.db")
    assert config.default_database({"WHOASKS_DB": "postgresql://h/d"}) == "postgresql://h/d"


# YAML again

FULL = """
interfaces: [eth0]
bursts: {gap: 5}
findings: {close_after: 60, learning: 36h}
rules:
  select: [all, -slow-sweep]
  type-sweep: {types: 30, window: 61.5}
hosts:
  - {match: {mac: "02:00:5e:10:00:01"}, role: hub, reason: "Home: 'Assistant'", until: 2037-06-30}
  - {match: {address: 10.0.9.0/24}, role: inventory, reason: c, until: 2037-06-30T12:00:00Z}
  - {match: {hostname: printer}, role: ignore, reason: café}
store: {db: "postgresql://h/d", keep: {rows: 9}}
"""


@pytest.mark.parametrize("text", ["", FULL], ids=["defaults", "full"])
def test_render_and_load_again(text: str) -> None:
    loaded = load(text)
    assert load(config.render(loaded)) == loaded


def test_the_template_is_all_defaults_even_with_everything_switched_on() -> None:
    text = config.template(CATALOGUE)
    assert load(text) == DEFAULTS
    assert "Distinct service types before a host is reported." in text
    assert max(map(len, text.splitlines())) <= 100
    opened = re.sub(r"^# ( *(?:[\w-]+:|- ))", r"\1", text, flags=re.MULTILINE)
    loaded = load(opened)
    assert loaded.warnings == ()
    assert loaded.core.rules == DEFAULTS.core.rules
    assert loaded.retention == Retention()
    assert {entry.role for entry in loaded.core.roles} == {"hub", "inventory", "sensor"}
    assert set(yaml.safe_load(opened)) == KEYS


def test_docs_of_fields() -> None:
    assert docs(Sweep.Settings) == {
        "types": "Distinct service types\nbefore a host is reported.",
        "window": "Seconds.",
    }
    assert docs(CoreSettings)["burst_gap"]


PAGE = Path(__file__).parents[1] / "docs" / "configuration.md"


def test_the_page_names_every_setting_and_its_examples_are_right() -> None:
    page = PAGE.read_text()
    names = {
        *KEYS,
        "gap",
        "close_after",
        "learning",
        "select",
        "match",
        "role",
        "reason",
        "until",
        "db",
        "keep",
    }
    for name in names | {field.name for field in msgspec.structs.fields(Retention)}:
        assert f"`{name}`" in page, name
    examples = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert examples
    for example in examples:
        assert load(example).warnings == ()


# Anything

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.dates()
    | st.datetimes()
    | st.sampled_from(["all", "-all", "hub", "10.0.0.1/33", "::/0", "02:00:5e:10:00:01", "a.local"])
)
WORDS = st.sampled_from(
    [
        *sorted(KEYS),
        *("select", "type-sweep", "slow-sweep", "types", "window", "share", "least"),
        *("match", "role", "reason", "until", "mac", "address", "hostname"),
        *("keep", "db", "rows", "gap"),
    ]
)
DATA = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | SCALARS, inner, max_size=4),
    max_leaves=15,
)


def outcome(text: str) -> None:
    """Settings that can be shown and read again, or problems of one line each."""
    try:
        loaded = load(text)
    except ConfigError as error:
        problems = error.problems
    else:
        assert load(config.render(loaded)) == loaded
        return
    assert problems
    assert all("\n" not in problem for problem in problems)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(sorted(KEYS)), DATA, max_size=4) | DATA)
def test_any_document_is_settings_or_an_error(data: Any) -> None:
    outcome(yaml.safe_dump(data))


@settings(max_examples=300, deadline=None)
@given(st.text() | st.text(alphabet="ab:-[]{}&*!<=?|>'\"# \n\t0123456789.~%@`,", max_size=60))
def test_any_text_is_settings_or_an_error(text: str) -> None:
    outcome(text)


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_a_damaged_file_is_settings_or_an_error(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(FULL)))
    length = data.draw(st.integers(0, 10))
    outcome(FULL[:at] + data.draw(st.text(max_size=4)) + FULL[at + length :])
