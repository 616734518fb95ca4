"""``config.loads``: settings or ConfigError; what is accepted is written and read as the same."""

from __future__ import annotations

from collections.abc import Iterator

from fuzz.measuring import cost
from fuzz.targets.base import Costs, Target
from whoasks.config import ConfigError, loading, rendering

NOW = 1_800_000_000.0

EXAMPLES = (
    b"interfaces: [eth0]\n",
    b"rules:\n  select: [all, -slow-sweep]\n  type-sweep: {types: 30, window: 60}\n",
    b'hosts:\n  - {match: {mac: "02:00:5e:10:00:01"}, role: hub, reason: a, until: 2037-06-30}\n',
    b'hosts:\n  - {match: {address: 10.0.9.0/24}, role: inventory, reason: "change 1832"}\n',
    b"hosts:\n  - match: {hostname: sensor.local}\n    role: sensor\n    reason: ours\n",
    b"bursts: {gap: 15s}\nfindings: {close_after: 20m, learning: 3d}\n",
    b"store:\n  db: /var/lib/x.db\n  keep: {findings: 90}\n",
    b"store: {db: postgresql://user@host/whoasks}\n",
    b"a: &a [1, *a]\n", b"a: !!python/object:os.system x\n", b"? [a, b]\n: c\n",
    b"until: 2027-02-31\n", b"--- 1\n--- 2\n", b"{" * 40, b"- " * 40, b"%YAML 9.9\n---\n",
)  # fmt: skip


def one(data: bytes) -> Costs:
    return (cost(lambda: _read(data)),)


def _read(data: bytes) -> None:
    text = data.decode("utf-8-sig", "replace")
    try:
        settings = loading.loads(text, "hostile.yaml", now=NOW)
    except ConfigError as error:
        assert error.problems
        assert all(line.startswith("hostile.yaml: ") for line in error.problems)
        assert all(len(line) < 1_000 for line in error.problems)
        return
    again = loading.loads(rendering.render(settings), "rendered.yaml", now=NOW)
    assert again.core == settings.core
    assert (again.interfaces, again.retention) == (settings.interfaces, settings.retention)


def seeds() -> Iterator[bytes]:
    yield from EXAMPLES
    template = rendering.template()
    yield template.encode()
    bare = [line.removeprefix("#").removeprefix(" ") for line in template.splitlines()]
    good = [line for line in bare if line.split(":")[0].strip().replace("_", "").isidentifier()]
    yield "\n".join(good).encode()


CONFIGURATION = Target(
    name="config",
    promise="ConfigError and nothing else; what is accepted reads the same when written again",
    one=one,
    seeds=seeds,
    limit=0.5,
    words=(b"hosts:", b"match:", b"mac:", b"address:", b"hostname:", b"role: hub", b"until:",
           b"rules:", b"select:", b"all", b"store:", b"keep:", b"!!", b"&a", b"*a", b"<<:", b"- ",
           b"? ", b"---\n", b"|\n", b".inf", b".nan", b"0x", b"2027-01-01", b"1:2:3",
           b"\xef\xbb\xbf",
           b"type-sweep:", b"types:", b"window:", b"1e400", b"~", b"{", b"}", b"[", b"]"),
    longest=4_000,
)  # fmt: skip
