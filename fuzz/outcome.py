"""What running inputs came to: counts, findings by where they broke, the costliest inputs.

Inputs that broke a promise, and those that seemed slow, are files in the work folder at once: a
crash of the interpreter loses nothing.
"""

from __future__ import annotations

import hashlib
import traceback
from pathlib import Path

from fuzz.targets import Target

ROOT = Path(__file__).parents[1]
_KEPT_SLOW = 24
_TRIALS = 5


class Outcome:
    """Feeds a target and keeps what is worth keeping."""

    def __init__(self, target: Target, folder: Path) -> None:
        """``folder``: the target's own; made when there is something to keep."""
        self.target = target
        self.folder = folder
        self.inputs = 0
        self.pieces = 0
        """Packets, for the pipeline; inputs elsewhere."""
        self.broken: dict[str, Path] = {}
        """Where and how it broke → the shortest input that did."""
        self._sizes: dict[str, int] = {}
        self.costliest = 0.0
        self._slow: list[tuple[float, Path]] = []

    def feed(self, data: bytes) -> bool:
        """Run one input; whether the promise was kept."""
        self.inputs += 1
        try:
            costs = self.target.one(data)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
            self._keep_broken(error, data)
            return False
        self.pieces += len(costs)
        worst = max(costs, default=0.0)
        self.costliest = max(self.costliest, worst)
        if worst > self.target.limit / 2:
            self._keep_slow(worst, data)
        return True

    def too_slow(self) -> list[tuple[float, Path]]:
        """Kept inputs over the limit in every one of several runs: other processes only add."""
        found = []
        for _, path in self._slow:
            confirmed = least_cost(self.target, path.read_bytes())
            if confirmed > self.target.limit:
                found.append((confirmed, path))
            else:
                path.unlink()
        return sorted(found, reverse=True)

    def recall_slow(self) -> None:
        """Take over what another process kept as slow."""
        self._slow = [(0.0, path) for path in sorted(self.folder.glob("slow-*"))]

    def _keep_broken(self, error: Exception, data: bytes) -> None:
        where = place_of(error)
        if len(data) >= self._sizes.get(where, len(data) + 1):
            return
        path = self._write("broken", where, data)
        path.with_suffix(".txt").write_text("".join(traceback.format_exception(error)))
        self.broken[where], self._sizes[where] = path, len(data)

    def _keep_slow(self, worst: float, data: bytes) -> None:
        if len(self._slow) >= _KEPT_SLOW and worst <= self._slow[-1][0]:
            return
        path = self._write("slow", hashlib.sha256(data).hexdigest(), data)
        self._slow.append((worst, path))
        self._slow.sort(reverse=True)
        for _, dropped in self._slow[_KEPT_SLOW:]:
            dropped.unlink(missing_ok=True)
        del self._slow[_KEPT_SLOW:]

    def _write(self, kind: str, key: str, data: bytes) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{kind}-{hashlib.sha256(key.encode()).hexdigest()[:12]}"
        path.write_bytes(data)
        return path


def least_cost(target: Target, data: bytes) -> float:
    """The costliest piece of an input, each piece at its cheapest of several runs."""
    trials = [target.one(data) for _ in range(_TRIALS)]
    return max((min(costs) for costs in zip(*trials, strict=True)), default=0.0)


def place_of(error: BaseException) -> str:
    """Its kind and the innermost line of ours, which tells one finding from another."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(ROOT)] or frames
    last = ours[-1]
    return f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}"
