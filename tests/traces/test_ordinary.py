"""The home by itself: what every other trace rests on must be quiet, and must be mDNS."""

from __future__ import annotations

import pytest
from tests.traces.home import Home
from tests.traces.judging import level, read


@pytest.mark.parametrize(
    "live",
    [
        pytest.param(lambda home: home.wait(600), id="ten minutes"),
        pytest.param(lambda home: home.days(8), id="eight days"),
    ],
)
def test_nobody_is_accused(live, tmp_path):
    home = Home()
    live(home)
    outcome = read(home, tmp_path)
    assert [one for one in outcome.findings if level(one) >= 1] == [], outcome.told()
    assert outcome.summary["malformed"] == {}
    assert outcome.summary["mdns"] > 200


def test_what_is_offered_is_understood(tmp_path):
    """Every service of the home is listed and resolved: the builder speaks DNS-SD."""
    home = Home()
    home.wait(120)
    outcome = read(home, tmp_path)
    assert outcome.summary["services"] == sum(len(host.offered) for host in home.lan.hosts)
