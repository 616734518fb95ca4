"""``hostname-guessing``: what fires, what stays quiet, the edge of each."""

import pytest
from tests.helpers.traffic import address, ask, findings, fired, flow, run

UUID = "{:08x}-aaaa-4bbb-8ccc-1234567890ab.local"


def names(count):
    return [f"guess-{n}.local" for n in range(count)]


def tried(these, step=0.1, qtype=1):
    return [(n * step, flow(), ask(name, qtype=qtype)) for n, name in enumerate(these)]


def answered(these, count, step=0.1):
    """The first ``count`` exist: their owners answer 20 ms later."""
    said = tried(these, step)
    for n in range(count):
        reply = address(f"guess-{n}", f"10.0.0.{n + 100}")
        said.append((n * step + 0.02, flow(100 + n), reply))
    return sorted(said, key=lambda one: one[0])


LATER = (90.0, flow(9), ask("_x._tcp.local"))
FIRES = {
    "fifteen": tried(names(15)),
    "over a minute": tried(names(15), step=4.0),
    "IPv6 addresses": tried(names(15), qtype=28),
    "ANY": tried(names(15), qtype=255),
    "all in one packet": [(1.0, flow(), ask(*names(40), qtype=1))],
    "three in ten exist": answered(names(20), 6),
    "names of several labels": tried([f"{n}.example.local" for n in range(15)]),
}
QUIET = {
    "fourteen": tried(names(14)),
    "slower": tried(names(30), step=4.5),
    "four in ten exist": answered(names(20), 8),
    "random names of browsers": tried([UUID.format(n) for n in range(40)]),
    "text records": tried(names(40), qtype=16),
    "one name again and again": tried(["guess-1.local"] * 60),
}


@pytest.mark.parametrize("said", FIRES.values(), ids=FIRES)
def test_fires(said):
    assert fired([*said, LATER])["hostname-guessing"] == "medium"


@pytest.mark.parametrize("said", QUIET.values(), ids=QUIET)
def test_stays_quiet(said):
    assert "hostname-guessing" not in fired([*said, LATER])


def test_it_is_judged_two_seconds_after():
    found = findings(run([*tried(names(15)), LATER]))["hostname-guessing"]
    assert found.first_seen == pytest.approx(3.4)
    assert found.observed == {"names": 15, "unanswered": 1.0}


def test_a_recording_that_ends_at_once_is_judged_by_what_it_holds():
    assert "hostname-guessing" in fired(tried(names(20)))
