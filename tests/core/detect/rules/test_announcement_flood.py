"""``announcement-flood``: what fires, what stays quiet, the edge of each."""

import pytest
from tests.helpers.traffic import announce, fired, flow


def announced(count, step=0.1, kind="_http._tcp", host=23):
    return [
        (1 + n * step, flow(host), announce(f"made-up-{n}", kind, f"h{n}", 7)) for n in range(count)
    ]


FIRES = {
    # The first brings its type as well.
    "two hundred and a type": announced(200),
    "in half a minute": announced(300, step=0.05),
}
QUIET = {
    "one fewer": announced(199),
    "over two minutes": announced(300, step=0.4),
    "the same again": announced(100) + announced(100),
    "dealt out": [
        (1 + n * 0.1, flow(n % 5 + 50), announce(f"made-up-{n}", "_http._tcp", f"h{n}", 7))
        for n in range(400)
    ],
}


@pytest.mark.parametrize("said", FIRES.values(), ids=FIRES)
def test_fires(said):
    assert fired(said)["announcement-flood"] == "medium"


@pytest.mark.parametrize("said", QUIET.values(), ids=QUIET)
def test_stays_quiet(said):
    assert "announcement-flood" not in fired(said)
