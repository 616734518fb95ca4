"""The Markdown tables of an evaluation. Totals only: no capture but a fixture is named."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from math import sqrt
from statistics import median
from typing import TypeVar

from bench.detection.observed import LOSS, LOST, NO_MACS, PLAIN
from bench.detection.results import Pair, Results
from bench.detection.scoring import Outcome, Time
from bench.detection.techniques import UNNAMED

from whoasks.core.detect.rules import ALL

K = TypeVar("K")

NOTHING = "–"


def page(results: Results) -> str:
    """All tables, each under a heading that says what it counts."""
    return "\n\n".join(_sections(results))


def _sections(results: Results) -> Iterator[str]:
    yield "### In one table"
    yield _overview(results)
    yield _confidence(results)
    yield "### By folder"
    yield _folders(results)
    yield "### Recall by technique"
    yield _techniques(results)
    yield "### Recall by tool"
    yield _tools(results)
    yield "### By rule"
    yield _rules(results)
    yield "### Time to detection"
    yield _times(results)
    yield "### Hubs"
    yield _hubs(results)
    yield "### What was missed"
    yield _missed(results)


def table(head: Sequence[str], rows: Iterable[Sequence[object]], left: int = 1) -> str:
    """A Markdown table; the first ``left`` columns are text, the others numbers."""
    rule = ["---"] * left + ["---:"] * (len(head) - left)
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in [head, rule, *rows])


def share(part: int, whole: int) -> str:
    """``12 of 14 (86 %)``."""
    return f"{part} of {whole} ({100 * part / whole:.0f} %)" if whole else NOTHING


def _overview(results: Results) -> str:
    rows = []
    for name, keys in _variants(results):
        pairs = [results.judged[key] for key in keys]
        for who, pick in (("whoasks", 0), ("naive rule", 1)):
            judged = [pair[pick] for pair in pairs]
            actions = sum(len(j.outcomes) for j in judged)
            rows.append(
                [
                    name,
                    who,
                    share(sum(j.found for j in judged), actions),
                    share(sum(j.at_catalogue for j in judged), actions) if not pick else NOTHING,
                    share(sum(j.accusing for j in judged), actions),
                    share(
                        sum(len(j.benign.alarmed) for j in judged),
                        sum(j.benign.networks for j in judged),
                    ),
                ]
            )
    head = ["capture", "detector", "actions found", "at the catalogue's severity"]
    return table([*head, "captures accusing a bystander", "benign networks alarmed"], rows, 2)


def _confidence(results: Results) -> str:
    """What so few recordings leave open: 95 % Wilson bounds of the first row."""
    judged = results.plain.whoasks
    lowest, _ = wilson(judged.found, len(judged.outcomes))
    _, highest = wilson(len(judged.benign.alarmed), judged.benign.networks)
    return (
        f"Of samples this small, 95 % confidence is recall above {100 * lowest:.0f} % and false"
        f" alarms on fewer than {100 * highest:.0f} % of networks, for recordings like these."
    )


def wilson(part: int, whole: int) -> tuple[float, float]:
    """The two-sided 95 % interval of a share (Wilson's score interval)."""
    if not whole:
        return 0.0, 1.0
    z2 = 1.96**2
    middle = (part + z2 / 2) / (whole + z2)
    half = sqrt(z2 * (part * (whole - part) / whole + z2 / 4)) / (whole + z2)
    return max(0.0, middle - half), min(1.0, middle + half)


def _variants(results: Results) -> Iterator[tuple[str, list[tuple[str, int | None]]]]:
    """What a row is called, and which runs it sums up."""
    seeds = [key for key in results.judged if key[0] == LOSS]
    yield PLAIN, [(PLAIN, None)]
    if seeds:
        yield f"{100 * LOST:.0f} % of the packets lost, {len(seeds)} times", seeds
    if (NO_MACS, None) in results.judged:
        yield NO_MACS, [(NO_MACS, None)]


def _folders(results: Results) -> str:
    lossy = [pair.whoasks for key, pair in results.judged.items() if key[0] == LOSS]
    plain = results.plain
    rows = []
    for group in dict.fromkeys(o.labelled.group for o in results.observed):
        found = [
            _found(o for j in judged for o in j.outcomes if o.labelled.group == group)
            for judged in ([plain.whoasks], lossy, [plain.naive])
        ]
        quiet = [
            results.networks[str(o.labelled.path)]
            for o in results.observed
            if o.labelled.group == group and o.labelled.kind != "attack"
        ]
        alarmed = [len(set(quiet) & judged.benign.alarmed) for judged in plain]
        rows.append([f"`{group}`", *found, len(quiet), len(set(quiet)), *alarmed])
    head = ["folder", "actions found", "with packets lost", "by the naive rule"]
    head += ["benign captures", "their networks", "alarmed", "alarmed by the naive rule"]
    return table(head, rows)


def _found(outcomes: Iterable[Outcome]) -> str:
    each = list(outcomes)
    return share(sum(o.found for o in each), len(each))


def _techniques(results: Results) -> str:
    attack = {detector.rule.id: ", ".join(detector.rule.attack) for detector in ALL}
    rows = []
    for (rule, severity), both in _grouped(
        results.plain, lambda o: (o.labelled.technique, o.labelled.catalogue)
    ):
        called = rule if rule == UNNAMED else f"`{rule}`"
        named = sum(rule in ours.rules for ours, _ in both)
        rows.append(
            [
                called,
                attack.get(rule, NOTHING),
                severity.label if rule != UNNAMED else NOTHING,
                len(both),
                sum(ours.found for ours, _ in both),
                sum(ours.at_catalogue for ours, _ in both),
                named if rule != UNNAMED else NOTHING,
                sum(theirs.found for _, theirs in both),
            ]
        )
    head = ["what the catalogue calls it", "ATT&CK", "severity there", "actions", "found"]
    return table([*head, "at that severity", "by that rule", "naive rule"], rows, 3)


def _tools(results: Results) -> str:
    rows = [
        [
            tool,
            len(both),
            sum(ours.found for ours, _ in both),
            sum(ours.at_catalogue for ours, _ in both),
            sum(theirs.found for _, theirs in both),
        ]
        for tool, both in _grouped(results.plain, lambda o: o.labelled.tool)
    ]
    return table(["tool", "actions", "found", "at the catalogue's severity", "naive rule"], rows)


def _grouped(
    pair: Pair, key: Callable[[Outcome], K]
) -> list[tuple[K, list[tuple[Outcome, Outcome]]]]:
    """Both detectors' outcomes of the same captures, by key, the most frequent first."""
    groups: dict[K, list[tuple[Outcome, Outcome]]] = {}
    for both in zip(pair.whoasks.outcomes, pair.naive.outcomes, strict=True):
        groups.setdefault(key(both[0]), []).append(both)
    return sorted(groups.items(), key=lambda item: (-len(item[1]), str(item[0])))


def _rules(results: Results) -> str:
    judged = results.plain.whoasks
    order = list(dict.fromkeys([d.rule.id for d in ALL] + sorted(_all_rules(results))))
    rows = []
    for rule in order:
        with_it = [o for o in judged.outcomes if rule in o.rules]
        rows.append(
            [
                f"`{rule}`",
                sum(o.labelled.technique == rule for o in judged.outcomes),
                len(with_it),
                sum(rule in o.leaders for o in judged.outcomes),
                sum(o.rules == {rule} for o in with_it),
                len(judged.benign.rules.get(rule, ())),
            ]
        )
    naive = results.plain.naive
    alarmed = len(naive.benign.alarmed)
    rows.append(["naive rule", NOTHING, naive.found, naive.found, NOTHING, alarmed])
    head = ["rule", "actions meant for it", "named in", "led", "alone", "benign networks alarmed"]
    return table(head, rows)


def _all_rules(results: Results) -> set[str]:
    judged = results.plain.whoasks
    return {r for o in judged.outcomes for r in o.rules} | set(judged.benign.rules)


def _times(results: Results) -> str:
    pair = results.plain
    rows = [
        ["whoasks, any rule", *_spread(o.time for o in pair.whoasks.outcomes)],
        ["naive rule", *_spread(o.time for o in pair.naive.outcomes)],
    ]
    for rule in dict.fromkeys([d.rule.id for d in ALL] + sorted(_all_rules(results))):
        times = [o.time for o in pair.whoasks.outcomes if o.first == rule]
        if times:
            rows.append([f"`{rule}` first", *_spread(times)])
    head = ["detector", "detections", "packets, median", "packets, most"]
    return table([*head, "seconds, median", "seconds, most"], rows)


def _spread(times: Iterable[Time | None]) -> list[str]:
    there = [time for time in times if time is not None]
    if not there:
        return ["0", *[NOTHING] * 4]
    packets = [time.packets for time in there]
    seconds = [time.seconds for time in there]
    return [
        str(len(there)),
        f"{median(packets):.0f}",
        f"{max(packets)}",
        f"{median(seconds):.1f}",
        f"{max(seconds):.1f}",
    ]


def _hubs(results: Results) -> str:
    rows = [
        [
            f"`{group}`",
            len(hubs),
            sum(h.medium > 0 for h in hubs),
            sum(h.medium > 1 or h.wrong > 0 for h in hubs),
            sum(h.with_role > 0 for h in hubs),
        ]
        for group in dict.fromkeys(o.labelled.group for o, _ in results.hubs)
        for hubs in [[h for o, h in results.hubs if o.labelled.group == group]]
    ]
    head = ["folder", "hubs", "reported without a role", "more than once, high, or another host"]
    return table([*head, "reported with the role"], rows)


def _missed(results: Results) -> str:
    rows = [
        [
            f"`{o.labelled.path.stem}`" if o.labelled.group == "fixtures" else o.labelled.group,
            o.labelled.technique,
            o.labelled.tool,
            o.labelled.catalogue.label,
            o.best.label if o.best is not None else "nothing",
        ]
        for o in results.plain.whoasks.outcomes
        if not o.found or not o.at_catalogue
    ]
    if not rows:
        return "Nothing: every action was named with the catalogue's severity."
    return table(["capture", "technique", "tool", "the catalogue says", "we said"], rows, 5)
