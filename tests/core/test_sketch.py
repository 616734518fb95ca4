"""The sketch: what was put in is known, few others are, and it forgets by halves."""

from whoasks.core import sketch
from whoasks.core.sketch import Sketch


def key(number):
    return f"02:00:{number >> 24 & 255:02x}:{number >> 16 & 255:02x}:{number & 65535:04x}"


def test_what_was_put_in_is_known_and_few_others_are():
    made = Sketch()
    assert "nothing yet" not in made
    for number in range(20_000):
        made.add(key(number))
    assert all(key(number) in made for number in range(20_000))
    strangers = sum(key(number) in made for number in range(1_000_000, 1_020_000))
    assert strangers < 5


def test_strangers_stay_few_when_a_generation_is_full(monkeypatch):
    # The same ratio of bits to entries as in full size.
    monkeypatch.setattr(sketch, "BITS", 1 << 19)
    monkeypatch.setattr(sketch, "_MASK", (1 << 19) - 1)
    made = Sketch()
    for number in range(1 << 14):
        made.add(key(number))
    strangers = sum(key(number) in made for number in range(1_000_000, 1_020_000))
    assert strangers < 40


def test_it_forgets_by_halves(monkeypatch):
    monkeypatch.setattr(sketch, "ENTRIES", 100)
    made = Sketch()
    for number in range(250):
        made.add(key(number))
    assert key(249) in made
    assert key(150) in made
    assert key(10) not in made
