"""TXT values read as claims; whatever they hold, nothing raises."""

from __future__ import annotations

import pytest
from tests.helpers.samples import HOSTILE

from whoasks import knowledge
from whoasks.core import device_readings
from whoasks.core.device_facts import Says

FACTS = knowledge.devices()


@pytest.mark.parametrize(
    ("value", "by", "expected"),
    [
        pytest.param("One", None, "One", id="as it stands"),
        pytest.param("  a  \t b ", None, "a b", id="blanks"),
        pytest.param(None, None, None, id="no value"),
        pytest.param("", None, None, id="empty"),
        pytest.param("Unknown", None, None, id="says nothing"),
        pytest.param("x" * 300, None, "x" * 80, id="too long"),
        pytest.param("(HP LaserJet)", "brackets", "HP LaserJet", id="brackets"),
        pytest.param("HP LaserJet", "brackets", "HP LaserJet", id="no brackets"),
        pytest.param("()", "brackets", None, id="nothing in brackets"),
        pytest.param("HP LaserJet", "maker", "HP", id="maker"),
        pytest.param("(Konica Minolta bizhub)", "maker", "Konica Minolta", id="maker of two words"),
        pytest.param("HPX LaserJet", "maker", None, id="no maker"),
        pytest.param("a0b765112233", "mac", "a0:b7:65:11:22:33", id="MAC without colons"),
        pytest.param("A0-B7-65-11-22-33,x", "mac", "a0:b7:65:11:22:33", id="MAC with dashes"),
        pytest.param("00:00:00:00:00:00", "mac", None, id="no MAC"),
        pytest.param("01:00:5e:00:00:fb", "mac", None, id="a group's MAC"),
        pytest.param("ecb5fafffe1a2b3c", "eui64", "ec:b5:fa:1a:2b:3c", id="EUI-64"),
        pytest.param("ecb5fa00001a2b3c", "eui64", None, id="no EUI-64"),
        pytest.param("a,syVs=7.6,b=c", "part:syVs", "7.6", id="a part"),
        pytest.param("a,xsyVs=7.6", "part:syVs", None, id="not that part"),
        pytest.param("x,syAP=107", "part:syAP|airport", "AirPort Express (802.11n)", id="and then"),
        pytest.param("1.2", "after:ESPHome", "ESPHome 1.2", id="a program's version"),
        pytest.param("7", "word:DSM", "DSM", id="a word"),
        pytest.param("", "word:DSM", None, id="a word needs a value"),
        pytest.param("5", "cast", "media player", id="Cast with a screen"),
        pytest.param("4", "cast", "speaker", id="Cast without a screen"),
        pytest.param("٣", "cast", None, id="no number"),
        pytest.param("9" * 100, "cast", None, id="a huge number"),
        pytest.param("17", "hap", "camera", id="HomeKit category"),
        pytest.param("99", "hap", None, id="no HomeKit category"),
        pytest.param("4447+8194", "matter-vendor", "Aqara", id="Matter vendor"),
        pytest.param("65521+1", "matter-vendor", None, id="Matter's test vendor"),
        pytest.param("9066.0", "ultimaker", "Ultimaker 3", id="model number"),
        pytest.param("x", "no-such-table", None, id="no such table"),
    ],
)
def test_readings(value, by, expected):
    assert device_readings.read(value, Says("model", 0.5, by), FACTS) == expected


@pytest.mark.parametrize("value", [*HOSTILE.values(), ",=,", "=" * 400], ids=repr)
@pytest.mark.parametrize("by", [*sorted(device_readings.NAMES), "part:x|hap", "matter"])
def test_no_value_raises_or_is_long(value, by):
    claimed = device_readings.read(value, Says("model", 0.5, by), FACTS)
    assert claimed is None or len(claimed) <= device_readings.LONGEST
