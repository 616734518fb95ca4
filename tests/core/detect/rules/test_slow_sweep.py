"""``slow-sweep``: what fires, what stays quiet, the edge of each."""

import pytest
from tests.helpers.traffic import ask, fired, flow, one_a_packet, types

DAY = 86_400.0
MINUTES = 660.0
REMOTE = [f"_{name}._tcp.local" for name in ("ssh", "telnet", "rdp")]
HABIT = [(n * 20.0, flow(), ask(*types(4))) for n in range(2000)]


FIRES = {
    "twelve, one every 11 minutes": list(one_a_packet(types(12), 1.0, MINUTES)),
    "twelve within a day": list(one_a_packet(types(12), 1.0, DAY / 11 - 1)),
    "twenty in six days": list(one_a_packet(types(20), 1.0, DAY / 3.4)),
    "three for remote access in six days": list(one_a_packet(REMOTE, 1.0, 3 * DAY)),
    "behind 3,000 types of a past flood": [
        *one_a_packet(types(3000), 1.0, 0.01),
        *one_a_packet(types(12, 3000), 9 * DAY, MINUTES),
    ],
    "behind a habit": [*HABIT, *one_a_packet(types(8, 10), 50_000.0, 700.0)],
}
QUIET = {
    "eleven": list(one_a_packet(types(11), 1.0, MINUTES)),
    "twelve in more than a day": list(one_a_packet(types(12), 1.0, DAY / 11 + 1)),
    "twenty in eight days": list(one_a_packet(types(20), 1.0, 8 * DAY / 19)),
    "remote access over eight days": list(one_a_packet(REMOTE, 1.0, 4 * DAY)),
    "bundles": [(n * MINUTES, flow(), ask(*types(6, n * 6))) for n in range(6)],
    "a habit": HABIT,
    "twelve hosts, one each": [(n * 9.0, flow(n), ask(*types(1, n))) for n in range(12)],
}


@pytest.mark.parametrize("said", FIRES.values(), ids=FIRES)
def test_fires(said):
    assert fired(said)["slow-sweep"] == "medium"


@pytest.mark.parametrize("said", QUIET.values(), ids=QUIET)
def test_stays_quiet(said):
    assert "slow-sweep" not in fired(said)
