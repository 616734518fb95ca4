"""Reflectors: recognised by copies in time and on two links, and by speaking for others."""

import pytest
from tests.helpers.traffic import (
    META,
    address,
    ask,
    findings,
    flow,
    flow6,
    pipeline,
    run,
    types,
)  # fmt: skip

from whoasks.core.model import Datagram
from whoasks.core.settings import CoreSettings, RoleEntry

HIDDEN = "true source hidden"


def repeated(count=8, delay=0.001, vlan=None, own=0):
    """Hosts ask; one host says the same right after, and a few questions of its own."""
    said = []
    for n, name in enumerate(types(count)):
        said.append((10.0 + n, flow(n + 1), ask(name)))
        said.append((10.0 + n + delay, flow(200, vlan=vlan), ask(name)))
    for n, name in enumerate(types(own, start=50)):
        said.append((30.0 + n, flow(200, vlan=vlan), ask(name)))
    return [*said, (50.0, flow(200, vlan=vlan), ask(META))]


RECOGNISED = {
    "in time": repeated(),
    "on two VLANs": repeated(vlan=7),
    "99 ms later": repeated(delay=0.099),
    "and a little of its own": repeated(9, own=1),
}
NOT = {
    "too late": repeated(delay=0.11),
    "four copies": repeated(4),
    "mostly its own": repeated(8, own=9),
}


def of_reflector(said):
    return next(f for f in _all(said) if f.host.mac == flow(200).mac and "meta-query" in f.rules)


def _all(said):
    from tests.helpers.traffic import all_findings

    return all_findings(run(said))


@pytest.mark.parametrize("said", RECOGNISED.values(), ids=RECOGNISED)
def test_a_reflector_is_recognised(said):
    assert any(line.startswith(HIDDEN) for line in of_reflector(said).coverage)


@pytest.mark.parametrize("said", NOT.values(), ids=NOT)
def test_who_is_none(said):
    assert not any(HIDDEN in line for line in of_reflector(said).coverage)


def test_the_other_family_of_a_host_is_no_copy():
    bare = {"mac": None, "mac_source": None}
    said = []
    for n, name in enumerate(types(9)):
        said += [(1.0 + n, flow(**bare), ask(name)), (1.05 + n, flow6(**bare), ask(name))]
    made = pipeline()
    list(made.feed_all(Datagram(*one) for one in said))
    assert not any("reflector" in note for note in made.summary().notes)


def test_speaking_for_others_tells_a_reflector():
    said = [(1.0 + n, flow(200), address(f"other-{n}", f"10.9.0.{n}")) for n in range(3)]
    found = findings(run([*said, (9.0, flow(200), ask(META))]))["meta-query"]
    assert any("announces 3 host names" in line for line in found.coverage)
    two = findings(run([*said[:2], (9.0, flow(200), ask(META))]))["meta-query"]
    assert not any(HIDDEN in line for line in two.coverage)


def test_its_own_names_do_not():
    own = [(1.0 + n, flow(7), address(f"alias-{n}", "10.0.0.7")) for n in range(5)]
    found = findings(run([*own, (9.0, flow(7), ask(META))]))["meta-query"]
    assert not any(HIDDEN in line for line in found.coverage)


def test_the_role_says_so_as_well():
    role = RoleEntry(role="reflector", reason="tested", mac=flow().mac)
    found = findings(run([(1.0, flow(), ask(META))], CoreSettings(roles=(role,))))["meta-query"]
    assert any(HIDDEN in line for line in found.coverage)
    assert found.silenced_by is None


def test_the_summary_names_it():
    made = pipeline()
    list(made.feed_all(Datagram(*one) for one in repeated()))
    assert any("looks like a reflector" in note for note in made.summary().notes)
