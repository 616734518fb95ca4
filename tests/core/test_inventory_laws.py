"""Whatever is heard in whatever order, the inventory's counts stay true."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from whoasks.core.entry import Echo
from whoasks.core.inventory import Inventory
from whoasks.core.limits import Limits
from whoasks.core.model import (
    NSEC,
    PTR,
    SRV,
    TXT,
    A,
    Message,
    Nsec,
    Record,
    ServiceChanged,
    ServiceGone,
    ServiceSeen,
    Srv,
)
from whoasks.core.names import META_QUERY

TYPES = ("_a._tcp.local.", "_b._udp.local.")
LIMITS = Limits(
    records=12, records_per_owner=9, set_size=2, instances=4, instances_per_hostname=2, types=3
)

kinds = st.sampled_from(TYPES)
names = st.builds(lambda label, kind: f"{label}.{kind}", st.sampled_from("uvwxyz"), kinds)
hosts = st.sampled_from(("h.local.", "k.local."))
ttls = st.sampled_from((0, 0, 2, 120, 4500))
flush = st.booleans()


def _record(name: str, rtype: int, ttl: int, data: object, bit: bool) -> Record:
    return Record(name, rtype, 1, ttl, data, bit)  # type: ignore[arg-type]


records = st.one_of(
    st.builds(lambda n, ttl: _record(n[2:], PTR, ttl, n, False), names, ttls),
    st.builds(lambda n, ttl: _record(f"_s._sub.{n[2:]}", PTR, ttl, n, False), names, ttls),
    st.builds(lambda k, ttl: _record(META_QUERY, PTR, ttl, k, False), kinds, ttls),
    st.builds(
        lambda n, ttl, port, host, bit: _record(n, SRV, ttl, Srv(0, 0, port, host), bit),
        *(names, ttls, st.integers(1, 3), hosts, flush),
    ),
    st.builds(
        lambda n, ttl, raw, bit: _record(n, TXT, ttl, raw, bit),
        *(names, ttls, st.binary(max_size=4), flush),
    ),
    st.builds(
        lambda h, ttl, n, bit: _record(h, A, ttl, f"10.0.0.{n}", bit),
        *(hosts, ttls, st.integers(1, 3), flush),
    ),
    st.builds(lambda n: _record(n, NSEC, 120, Nsec(n, (TXT,)), True), names),
)
messages = st.builds(
    lambda answers, query: Message(0, 0 if query else 0x8400, answers=tuple(answers)),
    st.lists(records, min_size=1, max_size=6),
    st.sampled_from((False, False, False, True)),
)
steps = st.tuples(
    messages,
    st.sampled_from((0.0, 0.3, 1.5, 60.0, 5000.0)),
    st.sampled_from("ef"),
    st.sampled_from("mn"),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(steps, max_size=25), st.booleans())
def test_laws(sequence: list[tuple[Message, float, str, str]], repeat: bool) -> None:
    inventory = Inventory({}, LIMITS)
    standing: Counter[tuple[str, str]] = Counter()
    at = 100.0
    for message, wait, interface, owner in sequence:
        at += wait
        events = inventory.observe(message, at, interface, owner)
        if repeat:
            # The very same message at the same moment again brings nothing new.
            assert inventory.observe(message, at, interface, owner) == []
        for event in events:
            assert isinstance(event, ServiceSeen | ServiceChanged | ServiceGone)
            key = (event.service.instance, event.service.type)
            if isinstance(event, ServiceSeen):
                assert standing[key] == 0
                standing[key] = 1
            else:
                assert standing[key] == 1
                standing[key] = int(isinstance(event, ServiceChanged))
        _check(inventory, standing)
    inventory.advance(at + 100_000.0)
    assert len(inventory._table) == 0
    assert inventory.advertised_types() == set()
    assert all(service.stale for service in inventory.services())
    assert not inventory._join.hostnames
    assert not inventory._table._by_owner
    assert not inventory._table._text_bytes


@settings(max_examples=300, deadline=None)
@given(
    st.lists(messages, min_size=1, max_size=3),
    st.lists(
        st.tuples(
            st.integers(0, 2), st.sampled_from((0.3, 1.5, 60.0, 500.0, 5000.0)),
            st.sampled_from("ef"), st.sampled_from("mn"),
        ),
        max_size=25,
    ),
)  # fmt: skip
def test_an_echo_comes_to_the_same_as_the_whole_message(
    pool: list[Message], sequence: list[tuple[int, float, str, str]]
) -> None:
    with_echo, without = Inventory({}, LIMITS), Inventory({}, LIMITS)
    echoes: dict[tuple[int, str, str], Echo | None] = {}
    at = 100.0
    for number, wait, interface, owner in sequence:
        at += wait
        message = pool[number % len(pool)]
        said = (id(message), interface, owner)
        events = with_echo.observe(
            message, at, interface, owner, said in echoes, echoes.get(said)
        )  # fmt: skip
        echoes[said] = with_echo.echo
        assert events == without.observe(message, at, interface, owner)
        assert _records(with_echo) == _records(without)
        assert with_echo.services() == without.services()


def _records(inventory: Inventory) -> list[tuple[object, ...]]:
    return [
        (e.name, e.rtype, e.identity, e.ttl, e.seen, e.expires, e.leaving, e.interfaces, e.owners)
        for held in inventory._table._sets.values()
        for e in held.values()
    ]


ROOMY = Limits()
TIGHT = Limits(changes=1)


@settings(max_examples=300, deadline=None)
@given(st.lists(steps, max_size=25))
def test_what_a_packet_leaves_for_later_comes_to_the_same(
    sequence: list[tuple[Message, float, str, str]],
) -> None:
    at_once, in_parts = Inventory({}, ROOMY), Inventory({}, TIGHT)
    at = 100.0
    for message, wait, interface, owner in sequence:
        at += wait
        for inventory in (at_once, in_parts):
            inventory.observe(message, at, interface, owner)
    for inventory in (at_once, in_parts):
        inventory.advance(at + 1.5, wholly=True)
    # What is shown of records that are no more may differ: of some nobody was ever told.
    assert _standing(in_parts) == _standing(at_once)
    assert in_parts.advertised_types() == at_once.advertised_types()
    assert not in_parts.is_behind
    in_parts.advance(at + 100_000.0, wholly=True)
    assert in_parts.advertised_types() == set()
    assert not in_parts._join.hostnames
    assert not in_parts._join.places or in_parts.services()


def _check(inventory: Inventory, standing: Counter[tuple[str, str]]) -> None:
    table, join = inventory._table, inventory._join
    assert len(table) <= LIMITS.records
    assert len(inventory) <= LIMITS.instances
    services = inventory.services()
    alive = {(s.instance, s.type) for s in services if join.instances[_key(s)].gone is None}
    assert alive == {key for key, count in standing.items() if count}
    assert set(inventory.unresolved_names()) == {
        _key(s) for s in services if not s.resolved and (s.instance, s.type) in alive
    }
    for instance in join.instances.values():
        assert instance.pointers >= 0
        assert instance.records >= 0
    users: Counter[str] = Counter(i.place for i in join.instances.values() if i.place)
    assert users == {key: place.users for key, place in join.places.items()}


def _standing(inventory: Inventory) -> dict[str, object]:
    """What is alive, and where it is as far as records say so."""
    return {
        key: (instance.hostname, instance.port) if inventory._table.records(key, SRV) else None
        for key, instance in inventory._join.instances.items()
        if instance.gone is None
    }


def _key(service: object) -> str:
    return f"{service.instance}.{service.type}.local."  # type: ignore[attr-defined]
