"""``reverse-sweep``: what fires, what stays quiet, the edge of each."""

import pytest
from tests.helpers.traffic import ask, fired, flow, probe


def reverse(count: int, start: int = 1) -> list[str]:
    return [f"{n}.0.0.10.in-addr.arpa" for n in range(start, start + count)]


def one_by_one(names, step=1.0):
    return [(n * step, flow(200), ask(name)) for n, name in enumerate(names)]


IP6 = [f"{n:x}" + ".0" * 31 + ".ip6.arpa" for n in range(8)]
BROWSING = [f"b._dns-sd._udp.{name}" for name in reverse(20)]


FIRES = {
    "eight, one a packet": one_by_one(reverse(8)),
    "six in one packet": [(1.0, flow(200), ask(*reverse(6)))],
    "IPv6": one_by_one(IP6),
    "eight within 60 s": one_by_one(reverse(8), 8.5),
}
QUIET = {
    "seven": one_by_one(reverse(7)),
    "five in one packet": [(1.0, flow(200), ask(*reverse(5)))],
    "eight, one of them its own": one_by_one(reverse(8, 193)),
    "eight, too slow": one_by_one(reverse(8), 8.6),
    "browsing domains": one_by_one(BROWSING),
    "its own name, often": one_by_one(reverse(1, 200) * 50),
    "probes": [(1.0, flow(200), probe(*reverse(20)))],
}


@pytest.mark.parametrize("said", FIRES.values(), ids=FIRES)
def test_fires(said):
    assert fired(said)["reverse-sweep"] == "medium"


@pytest.mark.parametrize("said", QUIET.values(), ids=QUIET)
def test_stays_quiet(said):
    assert "reverse-sweep" not in fired(said)
