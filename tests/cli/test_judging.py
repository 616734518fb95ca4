"""What a burst tells of a rule is right wherever it tells anything."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec
import pytest
from tests.helpers import samples, traffic
from tests.helpers.replays import CAPTURES, replay

from whoasks.cli.judging import JUDGES, Seen, direction, judge
from whoasks.core.detect.rules import ALL
from whoasks.core.model import Burst, Host
from whoasks.core.settings import CoreSettings

DETECTORS = {detector.rule.id: detector for detector in ALL}
QUIET = samples.burst(
    questions=1, packets=1, types=1, instances=0, reverse_names=0, new_type_packets=1,
    meta_query=False, names=("_ipp._tcp.local.",), reasons=(),
)  # fmt: skip


def told(rule: str, burst: Burst, *before: Burst, **settings: object) -> bool | None:
    made = DETECTORS[rule].Settings(**settings)
    return judge(rule, Seen(burst, before, traffic.KNOWLEDGE), made)


def burst(**changes: object) -> Burst:
    """A burst of 10 s."""
    return msgspec.structs.replace(QUIET, **({"ended": QUIET.started + 10} | changes))


def earlier(seconds: float, **changes: object) -> Burst:
    """One that ended so many seconds before the others began."""
    at = QUIET.started - seconds
    return msgspec.structs.replace(QUIET, started=at - 5, ended=at, **changes)


REVERSE = tuple(f"{n}.0.0.10.in-addr.arpa." for n in range(1, 31))
ANSWERS = {
    "meta": ("meta-query", burst(meta_query=True), (), True),
    "no meta": ("meta-query", burst(), (), False),
    "types": ("type-sweep", burst(types=25), (), True),
    "types, one short": ("type-sweep", burst(types=24), (), False),
    "types, with what came before": (
        "type-sweep", burst(types=20), (earlier(20, types=5),), None,
    ),
    "types, too long before": ("type-sweep", burst(types=20), (earlier(61, types=5),), False),
    "steps": ("type-sweep", burst(new_type_packets=10), (), True),
    "a long burst": ("type-sweep", burst(types=25, ended=QUIET.started + 600), (), None),
    "a long burst with enough": (
        "type-sweep", burst(types=250, ended=QUIET.started + 600), (), True,
    ),
    "instances": ("instance-sweep", burst(instances=10, packets=2), (), None),
    "instances in one packet": ("instance-sweep", burst(instances=30, packets=1), (), False),
    "few instances": ("instance-sweep", burst(instances=3, packets=9), (), False),
    "reverse names": ("reverse-sweep", burst(reverse_names=8, names=REVERSE[:8]), (), True),
    "reverse names, some not listed": (
        "reverse-sweep", burst(reverse_names=9, names=REVERSE[:7], names_dropped=2), (), None,
    ),
    "reverse names, its own among them": (
        "reverse-sweep", burst(reverse_names=8, names=(REVERSE[22], *REVERSE[:7])), (), None,
    ),
    "few reverse names": ("reverse-sweep", burst(reverse_names=5), (), False),
    "names": ("query-flood", burst(questions=100, names=REVERSE * 4), (), True),
    "questions": ("query-flood", burst(questions=100, names=REVERSE), (), None),
    "few questions": ("query-flood", burst(questions=99, names=REVERSE), (), False),
    "rare": ("remote-access-browse", burst(names=("_ssh._tcp.local.",)), (), True),
    "rare, by its subtype": (
        "remote-access-browse", burst(names=("_x._sub._ssh._tcp.local.",)), (), True,
    ),
    "an instance of it": ("remote-access-browse", burst(names=("a._ssh._tcp.local.",)), (), False),
    "common": (
        "remote-access-browse",
        burst(names=("_smb._tcp.local.", "_rfb._tcp.local.", "_nfs._tcp.local.")),
        (),
        None,
    ),
    "names left out": ("remote-access-browse", burst(names_dropped=3), (), None),
    "another rule": ("full-enumeration", burst(types=60), (), None),
}  # fmt: skip


@pytest.mark.parametrize(("rule", "one", "before", "answer"), ANSWERS.values(), ids=ANSWERS)
def test_judge(rule: str, one: Burst, before: tuple[Burst, ...], answer: bool | None) -> None:
    assert told(rule, one, *before) is answer


def test_other_settings_count() -> None:
    assert told("type-sweep", burst(types=24), types=20)
    assert told("type-sweep", burst(types=25), types=30) is False


def test_a_host_without_addresses() -> None:
    nobody = burst(host=Host("mac", "02:00:00:00:00:01", ()), reverse_names=9)
    assert told("reverse-sweep", nobody)


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        pytest.param({}, 0, id="equal"),
        pytest.param({"types": 30}, -1, id="asks for more"),
        pytest.param({"types": 20}, 1, id="asks for less"),
        pytest.param({"window": 30.0}, -1, id="in less time"),
        pytest.param({"types": 20, "window": 90.0}, 1, id="both easier"),
        pytest.param({"types": 30, "window": 90.0}, 0, id="both ways"),
    ],
)
def test_direction(changes: dict[str, float], wanted: int) -> None:
    settings = DETECTORS["type-sweep"].Settings
    assert direction(settings(), settings(**changes)) == wanted


SETTINGS = {
    "defaults": {},
    "sharp": {
        "type-sweep": {"types": 4, "new_type_packets": 3},
        "instance-sweep": {"instances": 2, "targets": 1},
        "reverse-sweep": {"names": 2, "at_once": 2},
        "query-flood": {"questions": 5, "storm": 10},
        "remote-access-browse": {"common": 1},
    },
    "blunt": {
        "type-sweep": {"types": 100, "new_type_packets": 50},
        "query-flood": {"questions": 500, "storm": 1000},
    },
}


@pytest.mark.parametrize("given", SETTINGS.values(), ids=SETTINGS)
@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in CAPTURES])
def test_what_is_told_is_what_the_pipeline_finds(path: Path, given: dict) -> None:
    chosen = {rule: kind.Settings(**given.get(rule, {})) for rule, kind in DETECTORS.items()}
    _, events = replay(path, CoreSettings(rules=chosen))
    before: dict[object, list[Burst]] = {}
    answers: Counter[bool | None] = Counter()
    for one in sorted(traffic.bursts(events), key=lambda b: b.started):
        key = (one.host.mac or one.host.addresses, one.vlan)
        seen = Seen(one, before.setdefault(key, []), traffic.KNOWLEDGE)
        for rule in JUDGES:
            answer = judge(rule, seen, chosen[rule])
            answers[answer] += 1
            if answer is not None:
                assert answer is (DETECTORS[rule].rule.title in one.reasons), (rule, one)
        before[key].append(one)
    assert answers[None] <= answers.total() / 2 or answers.total() < 12
