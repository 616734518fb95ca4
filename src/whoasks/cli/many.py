"""Many captures over the cores: each in a process, all told in the order in which they were given.

What a capture comes to waits in a file until its turn, so that memory holds no more than the
captures that are being read. Processes, because threads share one core's worth of Python.
"""

from __future__ import annotations

import os
import pickle
import signal
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TYPE_CHECKING

from whoasks.cli import memory
from whoasks.cli.reading import Outcome, Piece, Reader
from whoasks.core.model import Event

if TYPE_CHECKING:
    from whoasks.core.settings import CoreSettings

AHEAD = 2
"""Captures a process may be ahead of the one that is told, so that results wait on no more disk
than that many captures make."""

WORTH = 8 << 20
"""Bytes of captures beyond the largest: for fewer, starting processes costs more than it saves."""

_CHUNK = 500
"""Events in one piece of a result."""

_WAIT = 0.2
"""Seconds between two looks at whether to end."""


def cores() -> int:
    """Cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def is_worth_it(paths: Sequence[Path]) -> bool:
    """Whether processes would be done sooner than one after the other."""
    sizes = []
    for path in paths:
        with suppress(OSError, ValueError):
            sizes.append(path.stat().st_size)
    return sum(sizes) - max(sizes, default=0) >= WORTH


def read(
    paths: Sequence[Path], settings: CoreSettings, jobs: int, ended: Callable[[], bool]
) -> Iterator[Iterator[Piece]]:
    """The pieces of each capture, in the order of ``paths``, each to be taken before the next.

    After ``ended``, captures that nobody has begun are left out.
    """
    with tempfile.TemporaryDirectory(prefix="whoasks-") as folder:
        team = _Team(paths, settings, Path(folder), min(jobs, len(paths)))
        try:
            for number in range(len(paths)):
                if not team.finish(number, ended):
                    return
                yield _pieces(team.result(number), team.failed.pop(number, None))
        finally:
            team.dismiss()


class _Team:
    """The processes, and who reads what."""

    def __init__(
        self, paths: Sequence[Path], settings: CoreSettings, folder: Path, jobs: int
    ) -> None:
        self._paths, self._settings, self._folder, self._jobs = paths, settings, folder, jobs
        self._context = get_context("spawn")
        self._members: dict[Connection, BaseProcess] = {}
        self._reading: dict[Connection, int] = {}
        self._next = 0
        self._done: set[int] = set()
        self._stopped = False
        self.failed: dict[int, str] = {}
        """Captures whose process died, and how."""

    def result(self, number: int) -> Path:
        """Where the pieces of that capture are."""
        return self._folder / str(number)

    def finish(self, number: int, ended: Callable[[], bool]) -> bool:
        """Wait until that capture has been read; False when it will not be."""
        while number not in self._done:
            if ended() and not self._stopped:
                self._stop()
            self._hand_out(number)
            if not self._reading:
                return False
            for ready in wait(list(self._reading), _WAIT):
                self._hear(ready)  # type: ignore[arg-type] # nothing else was waited for
        self._hand_out(number)
        return True

    def dismiss(self) -> None:
        """End all processes. Whoever has nothing to do ends by itself, the others are made to."""
        for connection, process in self._members.items():
            connection.close()
            if connection in self._reading:
                process.terminate()
        for process in self._members.values():
            process.join()
        self._members.clear()

    def _hand_out(self, number: int) -> None:
        """Give work to whoever is idle, not too far ahead of the capture that is told."""
        most = min(len(self._paths), number + 1 + AHEAD * self._jobs)
        while not self._stopped and self._next < most:
            idle = [each for each in self._members if each not in self._reading]
            if not idle:
                if len(self._members) >= self._jobs:
                    return
                idle = [self._hire()]
            self._reading[idle[0]] = self._next
            with suppress(OSError):  # it has died: that is heard of next
                idle[0].send((self._next, self._paths[self._next]))
            self._next += 1

    def _hire(self) -> Connection:
        mine, theirs = self._context.Pipe()
        process = self._context.Process(
            target=work, args=(theirs, self._settings, self._folder), daemon=True
        )
        process.start()
        theirs.close()
        self._members[mine] = process
        return mine

    def _hear(self, connection: Connection) -> None:
        number = self._reading.pop(connection)
        try:
            failure = connection.recv()
        except (EOFError, OSError):
            process = self._members.pop(connection)
            connection.close()
            process.join()
            failure = _ending(process.exitcode)
        if failure is not None:
            self.failed[number] = (
                f"{self._paths[number]} was not read to its end, because the process that read it"
                f" {failure}: read it by itself, or all with --jobs 1."
            )
        self._done.add(number)

    def _stop(self) -> None:
        """Nothing more is begun; who reads ends after the batch at hand."""
        self._stopped = True
        for connection in self._reading:
            with suppress(OSError):
                connection.send(None)


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        with suppress(ValueError):
            return f"was killed ({signal.Signals(-code).name})"
    return f"ended with code {code}"


def _pieces(result: Path, failure: str | None) -> Iterator[Piece]:
    """The pieces in a file, which is then deleted; ``failure``: why they may not be all."""
    try:
        with result.open("rb") as file, suppress(EOFError, pickle.UnpicklingError):
            while True:
                # Written by our own process, into a folder that is nobody else's (mode 0700).
                yield pickle.load(file)  # noqa: S301
    except FileNotFoundError:  # it died before the first
        pass
    finally:
        result.unlink(missing_ok=True)
    if failure is not None:
        yield Outcome(error=failure)


def work(connection: Connection, settings: CoreSettings, folder: Path) -> None:
    """What a process does: reads the captures that it is told to, writes down the pieces."""
    # Ctrl-C at a terminal reaches all of its processes; it is the first one's to say when.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    reader = Reader(settings)
    memory.settle()
    told = _Told(connection)
    with suppress(EOFError, OSError):  # whoever hired us has gone
        while True:
            task = connection.recv()
            if task is not None:  # else a word to stop that came too late
                number, path = task
                connection.send(_write_down(reader, path, folder / str(number), told))


class _Told:
    """Whether the word to stop has come."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._stopped = False

    def __call__(self) -> bool:
        if not self._stopped and self._connection.poll():
            with suppress(EOFError, OSError):
                self._connection.recv()
            self._stopped = True
        return self._stopped


def _write_down(reader: Reader, path: Path, result: Path, ended: Callable[[], bool]) -> str | None:
    """All pieces of a capture into a file; why that failed, or None."""
    from whoasks.sources.capture_file import CaptureFile

    waiting: list[Event] = []
    try:
        with result.open("wb") as file:
            for piece in reader.read(CaptureFile(path, ended=ended), ended):
                if isinstance(piece, list):
                    waiting += piece
                if waiting and (isinstance(piece, Outcome) or len(waiting) >= _CHUNK):
                    pickle.dump(waiting, file)
                    waiting = []
                if isinstance(piece, Outcome):
                    pickle.dump(piece, file)
    except OSError as error:
        return f"could not write its results to {result.parent} ({error.strerror})"
    return None
