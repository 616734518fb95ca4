"""``new-asker``: what fires, what stays quiet, the edge of each."""

import pytest
from tests.helpers.traffic import META, ask, findings, fired, flow, run

from whoasks.core.habits import HostHabit, Learned
from whoasks.core.settings import CoreSettings

DAY = 86_400.0
SSH, PRINT = ask("_ssh._tcp.local"), ask("_ipp._tcp.local")
FIRST = (1.0, flow(9), PRINT)
LATE = 8 * DAY

FIRES = {
    "its first packet": [FIRST, (LATE, flow(), SSH)],
    "within ten minutes": [FIRST, (LATE, flow(), PRINT), (LATE + 590, flow(), SSH)],
    "just after the learning": [FIRST, (7 * DAY + 1.0, flow(), SSH)],
}
QUIET = {
    "while learning": [FIRST, (7 * DAY, flow(), SSH)],
    "known before": [FIRST, (DAY, flow(), PRINT), (LATE, flow(), SSH)],
    "here for a while": [FIRST, (LATE, flow(), PRINT), (LATE + 610, flow(), SSH)],
    "without a MAC": [FIRST, (LATE, flow(mac=None, mac_source=None), SSH)],
    "nothing else spoke up": [FIRST, (LATE, flow(), PRINT)],
}


@pytest.mark.parametrize("said", FIRES.values(), ids=FIRES)
def test_fires_and_lifts(said):
    found = fired(said)
    assert found["new-asker"] == "low"
    assert found["remote-access-browse"] == "medium"


@pytest.mark.parametrize("said", QUIET.values(), ids=QUIET)
def test_stays_quiet(said):
    assert "new-asker" not in fired(said)


def test_it_never_lifts_further_than_medium():
    found = fired([FIRST, (LATE, flow(), ask(META))])
    assert found == {"meta-query": "medium", "new-asker": "low"}


def test_what_was_learned_in_earlier_runs_counts():
    known = HostHabit(flow().mac, 5.0, 6.0)
    learned = Learned(started=1.0, hosts=(known,))
    settings = CoreSettings(learning=7 * DAY)
    said = [(LATE, flow(), SSH)]
    assert "new-asker" not in fired(said, settings, habits=learned)
    assert "new-asker" in fired(said, settings, habits=Learned(started=1.0))


def test_the_finding_says_what_is_unusual():
    found = findings(run([FIRST, (LATE, flow(), SSH)]))["new-asker"]
    assert "no host here did so in the last 7 days" in found.explanation
    assert not any("learning" in line for line in found.coverage)
