"""The sliding window: counts as names come and go, and its caps."""

from tests.helpers.traffic import ask, types

from whoasks.core import window as module
from whoasks.core.utterance import Asked, Utterance
from whoasks.core.window import Window
from whoasks.core.wire import decode


def said(*names: str) -> Asked:
    payload = ask(*names)
    return Utterance(decode(payload), None, len(payload)).asked


def test_distinct_types_come_and_go():
    window, one, two = Window(60.0), said(*types(3)), said(*types(3, 2))
    assert window.say(one, 0.0)
    assert window.say(two, 30.0)
    assert len(window.types) == 5
    assert not window.say(one, 50.0)  # a repeat brings nothing and stays
    window.say(two, 105.0)
    assert len(window.types) == 5
    window.say(two, 111.0)
    assert len(window.types) == 3


def test_the_edge_belongs_to_the_window():
    window, one, two = Window(60.0), said(*types(1)), said(*types(1, 1))
    window.say(one, 0.0)
    window.say(two, 60.0)
    assert len(window.types) == 2
    window.say(two, 60.001)
    assert len(window.types) == 1


def test_steps():
    window = Window(60.0)
    for at in (0.0, 30.0, 60.0):
        window.step(at)
    assert window.steps(60.0) == 3
    assert window.steps(60.1) == 2


def test_what_has_aged_is_not_kept_though_nobody_asks():
    window = Window(60.0)
    for number in range(5_000):
        window.say(said(*types(1, number)), float(number))
        window.step(float(number))
    assert window.added("types", 4_999.0) == 61
    assert len(window._added["types"]) == len(window._steps) == 61


def test_a_cap_that_was_reached_counts_again_once_it_has_aged(monkeypatch):
    monkeypatch.setattr(module, "MAX_UTTERANCES", 10)
    window = Window(60.0)
    for at in (0.0, 100.0):
        for number in range(20):
            window.say(said(*types(1, number)), at)
            window.step(at)
        assert (window.added("types", at), window.steps(at)) == (10, 10)


def test_caps(monkeypatch):
    monkeypatch.setattr(module, "MAX_UTTERANCES", 10)
    window = Window(60.0)
    for number in range(50):
        window.say(said(*types(1, number)), 1.0)
        window.step(1.0)
    assert len(window.types) == 10
    assert window.steps(1.0) == 10
    assert window.dropped == 40
