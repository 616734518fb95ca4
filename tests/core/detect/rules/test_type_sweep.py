"""``type-sweep``: both counts, each with its edge."""

import pytest
from tests.helpers.traffic import ask, fired, flow, one_a_packet, probe, run, types

from whoasks.core.detect.rules.type_sweep import TypeSweep
from whoasks.core.model import FindingOpened
from whoasks.core.settings import CoreSettings

FIRES = {
    "25 in one packet": [(1.0, flow(), ask(*types(25)))],
    "25 over 60 s": [(1.0, flow(), ask(*types(20))), (61.0, flow(), ask(*types(5, 20)))],
    "ten packets that each add one": list(one_a_packet(types(10), step=6.0)),
    "subtypes of as many types": [(1.0, flow(), ask(*(f"_s._sub.{t}" for t in types(25))))],
}
QUIET = {
    "24 in one packet": [(1.0, flow(), ask(*types(24)))],
    "25 over 61 s": [(1.0, flow(), ask(*types(20))), (62.0, flow(), ask(*types(5, 20)))],
    "nine packets that each add one": list(one_a_packet(types(9))),
    "ten packets, too slow": list(one_a_packet(types(10), step=7.0)),
    "one type 100 times": [(float(n), flow(), ask("_ipp._tcp.local")) for n in range(100)],
    "25 subtypes of one type": [
        (1.0, flow(), ask(*(f"_s{n}._sub._ipp._tcp.local" for n in range(25))))
    ],
    "two hosts, 13 types each": [
        (1.0, flow(23), ask(*types(13))),
        (1.0, flow(24), ask(*types(13, 13))),
    ],
    "probes": [(1.0, flow(), probe(*types(30)))],
    "host names": [(1.0, flow(), ask(*(f"h{n}.local" for n in range(30)), qtype=1))],
    "copies over IPv6 add nothing": list(one_a_packet(types(5))),
}


@pytest.mark.parametrize("said", FIRES.values(), ids=FIRES)
def test_fires(said):
    assert fired(said)["type-sweep"] == "medium"


@pytest.mark.parametrize("said", QUIET.values(), ids=QUIET)
def test_stays_quiet(said):
    assert "type-sweep" not in fired(said)


def test_settings():
    low = CoreSettings(rules={"type-sweep": TypeSweep.Settings(types=3)})
    assert fired([(1.0, flow(), ask(*types(3)))], low) == {"type-sweep": "medium"}
    assert fired([(1.0, flow(), ask(*types(2)))], low) == {}


def test_a_sweep_of_what_was_asked_before_is_one_again():
    """Payloads that the rules have heard, none of which said anything by itself."""
    first = [(n * 0.5, flow(), ask(name)) for n, name in enumerate(types(40))]
    again = [(4000 + n * 0.5, flow(), ask(name)) for n, name in enumerate(types(40))]
    opened = [e for e in run([*first, *again]) if isinstance(e, FindingOpened)]
    assert len([e for e in opened if "type-sweep" in e.finding.rules]) == 2
