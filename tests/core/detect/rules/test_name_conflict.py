"""``name-conflict``: its edges beside those in ``test_record_hijack``."""

from tests.helpers.traffic import accused, address, ask, fired, flow

DOCKED, WIRELESS = flow(40), flow(41)


def test_the_later_claim_is_named_and_never_above_low():
    said = [
        (1.0, DOCKED, address("laptop", "10.0.0.40")),
        (5.0, WIRELESS, address("laptop", "10.0.0.41")),
        (6.0, DOCKED, ask("_ipp._tcp.local")),
    ]
    assert accused(said) == {("name-conflict", "00:29"): "low"}


def test_a_host_that_left_is_no_rival():
    said = [
        (1.0, DOCKED, address("laptop", "10.0.0.40")),
        (5.0, WIRELESS, address("laptop", "10.0.0.41")),
    ]
    assert fired(said) == {}
