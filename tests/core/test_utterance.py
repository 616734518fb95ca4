"""The same words again: from another host, or with other known answers."""

from tests.helpers.traffic import META, ask

from whoasks.core.utterance import Utterance
from whoasks.core.wire import decode


def said(payload: bytes) -> Utterance:
    first = Utterance(decode(payload), None, len(payload))
    first.heard, first.rules, first.burst = True, ("meta-query",), 7
    return first


def test_another_host_shares_the_meaning_and_nothing_that_became_of_it():
    first = said(ask(META))
    other = first.again()
    assert other.means is first.means
    assert other.asked is first.asked
    assert other.message is first.message
    assert (other.heard, other.rules, other.burst) == (False, (), -1)


def test_other_known_answers_ask_nothing_new_in_a_packet_of_their_own():
    first = said(ask(META))
    other = first.renewed(first.message, first.size)
    assert other.means is first.means
    assert other.asked is not first.asked
    assert (other.heard, other.rules, other.burst) == (True, ("meta-query",), 7)


def test_a_window_holds_no_more_than_it_counts():
    first = said(ask(META))
    assert first.asked.counted is first.means.counted
    assert not hasattr(first.asked, "means")
