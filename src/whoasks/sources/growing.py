"""A capture that grows, is cut short or replaced, or goes on in the next file of a folder →
datagrams in the order in which they were written.

One watch, however many files it is spread over. It waits for more until it is told to end.
"""

from __future__ import annotations

import stat
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from pathlib import Path

from whoasks.core.model import Datagram
from whoasks.sources.capture_file import CaptureFile
from whoasks.sources.capture_stream import PATIENCE, STANDARD_INPUT, CaptureError
from whoasks.sources.folder import Folder
from whoasks.sources.tail import Tail

NOTES = 40
"""Sentences kept for the end; the rest is counted. Each file of a ring may add some."""

FILES = "files"


class Growing:
    """Has the face of a CaptureFile; ``read`` ends when ``ended`` says so."""

    def __init__(self, path: Path, ended: Callable[[], bool], say: Callable[[str], None]) -> None:
        """``say`` takes what is worth knowing at once. Raises nothing."""
        self.path = path
        self.notes: list[str] = []
        self.consumed = 0
        self._ended, self._say = ended, say
        self._past: Counter[str] = Counter()
        self._now: CaptureFile | None = None
        self._more_notes = 0

    @property
    def counts(self) -> Counter[str]:
        """As in CaptureFile, of all files so far, and how many."""
        return self._past + self._now.counts if self._now else self._past

    def read(self) -> Generator[list[Datagram], None, None]:
        """Batches as they come. Raises CaptureError for what cannot be followed at all."""
        try:
            kind = self.path.stat().st_mode if self.path != STANDARD_INPUT else stat.S_IFIFO
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise CaptureError(
                f"{self.path} cannot be followed ({reason}): name a file or folder that is there."
            ) from error
        if stat.S_ISDIR(kind):
            yield from self._folder(Folder(self.path))
        elif stat.S_ISREG(kind):
            yield from self._file()
        else:
            yield from self._one(CaptureFile(self.path, ended=self._ended), first=True)
        if self._more_notes:
            self.notes.append(f"{self.path}: {self._more_notes} more notes are left out.")

    def _file(self) -> Iterator[list[Datagram]]:
        """One name, whatever file has it."""
        first = True
        while not self._ended():
            try:
                tail = Tail(self.path, self._ended, lambda _: False)
            except CaptureError:
                if first:
                    raise
                time.sleep(PATIENCE)  # between the old file and the new one there may be none
                continue
            with closing(tail):
                yield from self._tail(tail, first=first)
                tail.rest()
            if not self._ended():
                self._note(f"{self.path} was cut short or replaced: it is read from its start.")
            first = False

    def _folder(self, folder: Folder) -> Iterator[list[Datagram]]:
        while not self._ended():
            start = time.monotonic()
            try:
                found = folder.next()
            except OSError as error:
                raise CaptureError(
                    f"{self.path} cannot be listed ({error.strerror}): check its permissions."
                ) from error
            if found is None:
                # A folder of very many files takes a while to list: that is not all we do.
                time.sleep(max(PATIENCE, 10 * (time.monotonic() - start)))
                continue
            try:
                tail = Tail(found, self._ended, _Seldom(folder.has_next))
            except CaptureError as error:
                if found.exists():  # else it was just deleted, and may turn up compressed
                    self._note(str(error))
                    folder.skip(found)
                continue
            with closing(tail):
                if (yield from self._tail(tail, first=False)):
                    tail.rest()
                    folder.leave(tail)
                else:
                    folder.skip(found)
        for name in folder.grown:
            self._note(
                f"{folder.path / name} grew after the next file had begun: what was added was not"
                " read. Follow the files of each program in a folder of their own."
            )

    def _tail(self, tail: Tail, *, first: bool) -> Generator[list[Datagram], None, bool]:
        capture = CaptureFile(tail.path, ended=self._ended, source=lambda: _Kept(tail))
        return (yield from self._one(capture, first=first))

    def _one(self, capture: CaptureFile, *, first: bool) -> Generator[list[Datagram], None, bool]:
        """One file to its end; tells whether it was a capture. Raises CaptureError when the
        ``first`` is none."""
        self._now = capture
        begun = False
        try:
            with closing(capture.read()) as batches:
                for batch in batches:
                    begun = True
                    yield batch
        except CaptureError as error:
            if self._ended() and not begun:
                return True  # nothing had been written yet
            if first and not begun:
                raise
            self._note(str(error))
            return bool(capture.counts)
        finally:
            self._past = self._past + capture.counts + Counter({FILES: 1})
            self._now = None
            for note in capture.notes:
                self._note(note)
        return True

    def _note(self, sentence: str) -> None:
        if sentence in self.notes:
            return
        if len(self.notes) >= NOTES:
            self._more_notes += 1
            return
        self.notes.append(sentence)
        if not self._ended():
            self._say(sentence)


class _Kept:
    """A tail that outlives the reading of it: it still has to be seen to its end."""

    def __init__(self, tail: Tail) -> None:
        self.read = tail.read

    def close(self) -> None:
        """Left to the tail's owner."""


class _Seldom:
    """Asks a question that may take long no more than a tenth of the time."""

    def __init__(self, ask: Callable[[Tail], bool]) -> None:
        self._ask = ask
        self._again = 0.0

    def __call__(self, tail: Tail) -> bool:
        """The answer; no, while it is too early to ask."""
        start = time.monotonic()
        if start < self._again:
            return False
        answer = self._ask(tail)
        self._again = start + 10 * (time.monotonic() - start)
        return answer
