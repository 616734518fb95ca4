"""Two settings against the same traffic: exact for packets, honest for bursts."""

from __future__ import annotations

from typing import Any

import pytest
from tests.helpers import samples, traffic

from whoasks.cli import tuning
from whoasks.core.detect.rules import ALL
from whoasks.core.model import Burst, Datagram
from whoasks.core.setting_changes import Change
from whoasks.core.settings import CoreSettings, RoleEntry

RULES = {detector.rule.id: detector.rule for detector in ALL}
TITLES = {rule.id: rule.title for rule in RULES.values()}


def core(*roles: RoleEntry, without: tuple[str, ...] = (), **settings: dict[str, Any]) -> Any:
    """Settings of every rule, with some in other words."""
    given = {name.replace("_", "-"): values for name, values in settings.items()}
    rules = {
        detector.rule.id: detector.Settings(**given.get(detector.rule.id, {}))
        for detector in ALL
        if detector.rule.id not in without
    }
    return CoreSettings(rules=rules, roles=roles)


HUB = RoleEntry("hub", "x", mac="02:00:00:00:00:17")
IGNORE = RoleEntry("ignore", "x", mac="02:00:00:00:00:17")
ENDED = RoleEntry("hub", "x", mac="02:00:00:00:00:17", until=samples.AT)


# Packets


def capture(old: CoreSettings, new: CoreSettings, *said: traffic.Said) -> list[Change]:
    batches = [[Datagram(*one)] for one in said]
    return list(tuning.of_capture(batches, traffic.pipeline, old, new, "x.pcap"))


def sweep(count: int, start: float = 1000.0) -> list[traffic.Said]:
    return list(traffic.one_a_packet(traffic.types(count), start=start, step=0.5))


BASKET = [(1000.0, traffic.flow(), traffic.ask(*traffic.types(30)))]
OF_PACKETS = {
    "the same": (core(), core(), BASKET, []),
    "vanishes": (core(), core(type_sweep={"types": 31}), BASKET, [("vanishes", "medium", "none")]),
    "appears": (core(type_sweep={"types": 31}), core(), BASKET, [("appears", "none", "medium")]),
    "without its rule": (
        core(), core(without=("type-sweep",)), BASKET, [("vanishes", "medium", "none")],
    ),
    "silenced": (
        core(), core(HUB), BASKET, [("silenced", "medium", "medium, silenced by hub")],
    ),
    "no longer silenced": (
        core(HUB), core(), BASKET, [("appears", "medium, silenced by hub", "medium")],
    ),
    "silenced by another role": (
        core(HUB), core(IGNORE), BASKET,
        [("silenced", "medium, silenced by hub", "medium, silenced by ignore")],
    ),
    "oftener": (
        core(),
        CoreSettings(rules=core().rules, close_after=30.0),
        [*BASKET, (1500.0, traffic.flow(), traffic.ask(*traffic.types(30, 50)))],
        [("changes", "medium", "2 x medium")],
    ),
    "other thresholds that change nothing": (
        core(), core(type_sweep={"types": 29}, query_flood={"questions": 99}), BASKET, [],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "said", "wanted"), OF_PACKETS.values(), ids=OF_PACKETS)
def test_packets(old: CoreSettings, new: CoreSettings, said: Any, wanted: list[Any]) -> None:
    found = capture(old, new, *said)
    assert [(each.change, each.before, each.after) for each in found] == wanted
    assert {(each.rule, each.source) for each in found} <= {("type-sweep", "x.pcap")}


def test_a_rule_that_is_folded_into_another_s_finding_is_a_change_of_its_own() -> None:
    said = [
        (1000.0, traffic.flow(), traffic.ask(traffic.META)),
        (1001.0, traffic.flow(), traffic.ask(*traffic.types(30))),
    ]
    found = capture(core(), core(without=("type-sweep",)), *said)
    assert [(each.change, each.rule, each.after) for each in found] == [
        ("vanishes", "type-sweep", "none")
    ]
    assert "30 different service types" in found[0].why


def test_two_hosts_are_two_changes() -> None:
    other = [(at, traffic.flow(24), payload) for at, _, payload in BASKET]
    found = capture(core(), core(type_sweep={"types": 31}), *BASKET, *other)
    assert [each.host.mac for each in found] == ["02:00:00:00:00:17", "02:00:00:00:00:18"]


# Bursts


def burst(*rules: str, at: float = 0.0, **changes: Any) -> Burst:
    plain = {
        "reasons": tuple(TITLES[rule] for rule in rules),
        "started": samples.AT + at,
        "ended": samples.AT + at + 5,
        "types": 0, "new_type_packets": 0, "instances": 0, "hostnames": 0, "reverse_names": 0,
        "meta_query": False, "names": (), "questions": 1, "packets": 1,
    }  # fmt: skip
    return samples.burst(**(plain | changes))


def judged(old: CoreSettings, new: CoreSettings, *bursts: Burst) -> list[tuple[Any, ...]]:
    found = tuning.Bursts(RULES, traffic.KNOWLEDGE, old, new)
    for one in bursts:
        found.add(one)
    return [
        (each.change, each.rule, each.before, each.after, each.times)
        for each in found.changes("store")
    ]


WIDE = burst("type-sweep", types=30, new_type_packets=2)
LONG = {"types": 30, "ended": samples.AT + 900}
OF_BURSTS = {
    "the same": (core(), core(), [WIDE], []),
    "vanishes": (
        core(), core(type_sweep={"types": 31}), [WIDE],
        [("vanishes", "type-sweep", "medium", "none", 1)],
    ),
    "appears": (
        core(), core(type_sweep={"types": 20}), [burst(types=24)],
        [("appears", "type-sweep", "none", "medium", 1)],
    ),
    "every day": (
        core(), core(type_sweep={"types": 31}),
        [burst("type-sweep", types=30, at=day * 86_400) for day in range(5)],
        [("vanishes", "type-sweep", "medium", "none", 5)],
    ),
    "a rule taken out": (
        core(), core(without=("type-sweep",)), [WIDE],
        [("vanishes", "type-sweep", "medium", "none", 1)],
    ),
    "a rule taken out that bursts do not tell of": (
        core(), core(without=("slow-sweep",)), [burst("slow-sweep")],
        [("vanishes", "slow-sweep", "medium", "none", 1)],
    ),
    "a rule put in": (
        core(without=("type-sweep",)), core(), [WIDE],
        [("appears", "type-sweep", "none", "medium", 1)],
    ),
    "untold, and it was found": (
        core(), core(slow_sweep={"types_a_day": 20}), [burst("slow-sweep")],
        [("may vanish", "slow-sweep", "medium", "medium", 1)],
    ),
    "untold, and it was not found": (
        core(), core(slow_sweep={"types_a_day": 20}), [burst()], [],
    ),
    "a long burst that was found": (
        core(type_sweep={"types": 29}), core(type_sweep={"types": 28}),
        [burst("type-sweep", **LONG)], [],
    ),
    "a long burst that was not found": (
        core(type_sweep={"types": 29}), core(type_sweep={"types": 28}), [burst(**LONG)],
        [("may appear", "type-sweep", "none", "medium", 1)],
    ),
    "a long burst that may be too little now": (
        core(), core(type_sweep={"types": 29}), [burst("type-sweep", **LONG)],
        [("may vanish", "type-sweep", "medium", "medium", 1)],
    ),
    "a long burst that is too little now": (
        core(), core(type_sweep={"types": 31}), [burst("type-sweep", **LONG)],
        [("vanishes", "type-sweep", "medium", "none", 1)],
    ),
    "silenced": (
        core(), core(HUB), [WIDE],
        [("silenced", "type-sweep", "medium", "medium, silenced by hub", 1)],
    ),
    "silenced, a rule that bursts do not tell of": (
        core(), core(IGNORE), [burst("full-enumeration")],
        [("silenced", "full-enumeration", "high", "high, silenced by ignore", 1)],
    ),
    "a role that does not silence it": (core(), core(HUB), [burst("full-enumeration")], []),
    "a role that has ended": (core(), core(ENDED), [WIDE], []),
    "our own": (
        core(), core(type_sweep={"types": 31}),
        [burst("type-sweep", types=30, host=samples.Host("mac", "m", (), role="self"))], [],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "bursts", "wanted"), OF_BURSTS.values(), ids=OF_BURSTS)
def test_bursts(
    old: CoreSettings, new: CoreSettings, bursts: list[Burst], wanted: list[Any]
) -> None:
    assert judged(old, new, *bursts) == wanted


def test_what_bursts_do_not_tell_is_named() -> None:
    def untold(old: CoreSettings, new: CoreSettings) -> list[str]:
        return tuning.Bursts(RULES, traffic.KNOWLEDGE, old, new).untold()

    assert untold(core(), core(type_sweep={"types": 3})) == []
    assert untold(core(), core(slow_sweep={"types_a_day": 3})) == ["slow-sweep"]
    assert untold(core(without=("malformed",)), core()) == ["malformed"]
    assert untold(core(), core(without=("malformed",))) == []


def test_a_flood_of_hosts_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tuning, "MAX_CHANGES", 10)
    monkeypatch.setattr(tuning, "_SWEEP", 50)
    found = tuning.Bursts(RULES, traffic.KNOWLEDGE, core(), core(type_sweep={"types": 31}))
    for number in range(300):
        host = samples.Host("address", None, (f"10.0.{number // 250}.{number % 250}",))
        found.add(burst("type-sweep", types=30, at=number * 10.0, host=host))
    assert len(list(found.changes("store"))) == 10
    assert found.dropped == 290
    assert len(found._recent) < 400 // 4
