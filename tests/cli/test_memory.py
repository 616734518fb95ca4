"""The collector's settings, and the law that allows them: the core makes no rings."""

import gc

import pytest
from tests.helpers.traffic import META, announce, ask, flow, pipeline, types

from whoasks.cli import memory
from whoasks.core.model import Datagram


@pytest.fixture(autouse=True)
def collector():
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)
    gc.enable()


def test_settle():
    memory.settle()
    assert gc.get_threshold() == memory.THRESHOLDS
    assert gc.get_freeze_count() > 0


def test_the_core_leaves_nothing_for_the_collector():
    made = pipeline()
    gc.collect()
    gc.disable()
    for number in range(300):
        at = number * 20.0
        made.feed(Datagram(at, flow(number), ask(*types(3, number))))
        made.feed(Datagram(at, flow(number), ask(META, ident=number)))
        made.feed(Datagram(at, flow(9), announce(f"x{number}", "_ipp._tcp")))
    made.finish()
    assert gc.collect() < 50
