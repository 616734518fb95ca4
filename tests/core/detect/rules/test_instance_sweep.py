"""``instance-sweep``: what fires, what stays quiet, the edge of each."""

import pytest
from tests.helpers.traffic import ask, fired, flow, probe


def instances(count: int, start: int = 0) -> list[str]:
    return [f"i{number}._ipp._tcp.local" for number in range(start, start + count)]


def packets(names, per=1, step=1.0, qtype=33, host=23):
    for at in range(0, len(names), per):
        yield at * step, flow(host), ask(*names[at : at + per], qtype=qtype)


FIRES = {
    "ten, one a packet": list(packets(instances(10))),
    "ten in two packets": list(packets(instances(10), per=5)),
    "with TXT": list(packets(instances(10), qtype=16)),
    "with ANY": list(packets(instances(10), qtype=255)),
    "within 60 s": list(packets(instances(10), step=6.6)),
}
QUIET = {
    "nine": list(packets(instances(9))),
    "36 in one packet, as a desktop refreshes": list(packets(instances(36), per=36)),
    "the same packet again": list(packets(instances(36), per=36)) * 2,
    "too slow": list(packets(instances(10), step=7.0)),
    "A questions of as many hosts": list(packets([f"h{n}.local" for n in range(10)], qtype=1)),
    "probes": [(1.0, flow(), probe(*instances(10)[n : n + 5])) for n in (0, 5)],
    "two hosts": [*packets(instances(6)), *packets(instances(6, 6), host=24)],
}


@pytest.mark.parametrize("said", FIRES.values(), ids=FIRES)
def test_fires(said):
    assert fired(said)["instance-sweep"] == "medium"


@pytest.mark.parametrize("said", QUIET.values(), ids=QUIET)
def test_stays_quiet(said):
    assert "instance-sweep" not in fired(said)
