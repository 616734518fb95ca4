"""Times of a capture: handed on as they are, and what is wrong with them said."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.helpers import pcaps as p

from whoasks.sources.capture_file import CaptureFile

DAY = 86_400


@pytest.mark.parametrize(
    ("times", "words"),
    [
        pytest.param([1, 2, 2, 3], None, id="in order"),
        pytest.param([0, 5, 0, 6], "2 mDNS packets carry the time zero", id="zeros"),
        pytest.param([0, 0, 0], "3 mDNS packets carry the time zero", id="nothing but zeros"),
        pytest.param([9, 7, 8, 10], "2 mDNS packets are older", id="late"),
        pytest.param([9, 8, 7], "than one before them, by up to 2 s", id="later"),
        pytest.param([9, 3_609, 9], "older than one before them, by up to 3.6e+03 s", id="an hour"),
        pytest.param([DAY, 5, 6], "goes back by over an hour once", id="another recording"),
        pytest.param([DAY, 5, DAY, 6, DAY, 7], "an hour 3 times, as where", id="two clocks"),
        pytest.param([3] * 600 + [2], "1 mDNS packets are older", id="in another batch"),
    ],
)  # fmt: skip
def test_what_is_said(tmp_path: Path, times: list[int], words: str | None) -> None:
    path = tmp_path / "times.pcap"
    path.write_bytes(p.pcap(*(p.record(p.QUERY_FRAME, at) for at in times)))
    file = CaptureFile(path)
    assert [datagram.at for batch in file.read() for datagram in batch] == times
    assert len(file.notes) == (words is not None)
    assert (words or "") in " ".join(file.notes)
