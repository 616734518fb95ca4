"""What is on the link: given prefixes, else what the link's own multicast shows."""

from ipaddress import ip_network

import pytest
from tests.helpers.traffic import flow

from whoasks.core import prefixes
from whoasks.core.prefixes import Prefixes


def seen(*sources, **changes):
    made = Prefixes()
    for source in sources:
        made.see(flow(source=source, **changes))
    return made


HERE = ("10.1.2.3", "10.1.2.4", "10.1.3.5")
SIX = ("2001:db8:1:1::1", "2001:db8:1:1::2", "2001:db8:1:1::3")
TABLE = {
    "a neighbour": (HERE, "10.1.2.200", 255, False),
    "the other half of a /23": (HERE, "10.1.3.9", 64, False),
    "the same /16, not seen": (HERE, "10.1.77.9", 64, False),
    "routed": (HERE, "10.1.77.9", 63, True),
    "routed, Windows": (HERE, "10.1.77.9", 127, True),
    "routed, but its prefix is here": (HERE, "10.1.2.9", 63, False),
    "another /16": (HERE, "10.2.2.3", 64, True),
    "another /16 and too little seen": (HERE[:2], "10.2.2.3", 64, False),
    "nothing seen": ((), "10.2.2.3", 63, False),
    "link-local": (HERE, "169.254.1.1", 63, False),
    "no address yet": (HERE, "0.0.0.0", 64, False),  # noqa: S104
    "IPv6 of the link": (SIX, "2001:db8:1:1::99", 255, False),
    "IPv6 of the site": (SIX, "2001:db8:1:2::99", 255, False),
    "IPv6 of elsewhere": (SIX, "2001:db8:9:2::99", 255, True),
    "IPv6 where only IPv4 was seen": (HERE, "2001:db8:9:2::99", 61, False),
}


@pytest.mark.parametrize(("here", "source", "ttl", "off"), TABLE.values(), ids=TABLE)
def test_off_link(here, source, ttl, off):
    why = seen(*here).off_link(flow(source=source, ttl=ttl, destination="10.1.2.3"))
    assert (why is not None) == off


def test_what_was_routed_tells_nothing_of_the_link():
    made = seen("10.9.9.1", "10.9.9.2", "10.9.9.3", ttl=63)
    assert made.off_link(flow(source="10.1.1.1", ttl=63)) is None


def test_links_are_apart():
    made = seen(*HERE, vlan=4)
    assert made.off_link(flow(source="10.2.2.3", ttl=63, vlan=5)) is None
    assert made.off_link(flow(source="10.2.2.3", ttl=63, vlan=4)) is not None


def test_a_given_prefix_is_the_truth():
    made = seen(*HERE)
    made.give("eth0", (ip_network("10.1.2.0/24"),))
    assert made.off_link(flow(source="10.1.2.99", ttl=63)) is None
    assert made.off_link(flow(source="10.1.3.5")) == "outside the prefixes"


def test_tables_are_capped(monkeypatch):
    monkeypatch.setattr(prefixes, "MAX_SEEN", 3)
    monkeypatch.setattr(prefixes, "MAX_LINKS", 2)
    made = Prefixes()
    for n in range(50):
        made.see(flow(source=f"10.0.{n}.1", vlan=n % 5))
    assert len(made._seen) == 2
    assert all(len(seen) <= 3 for seen in made._seen.values())
