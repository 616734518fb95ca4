"""The engine that looks where inputs lead: atheris (libFuzzer), one process a target.

Run as ``python -m fuzz.guided TARGET FOLDER -- LIBFUZZER-OPTIONS``. Code is instrumented while it
is imported, so that nothing of ours is imported before. The process ends inside libFuzzer.
"""

from __future__ import annotations

import sys
from pathlib import Path


def main(argv: list[str]) -> None:
    """Never returns when atheris is there."""
    import atheris  # noqa: PLC0415 - an optional tool

    name, folder, _, *options = argv
    with atheris.instrument_imports(include=["whoasks", "dnslib"], enable_loader_override=False):
        from fuzz.outcome import Outcome  # noqa: PLC0415
        from fuzz.targets import ALL  # noqa: PLC0415

    target = ALL[name]
    outcome = Outcome(target, Path(folder))

    def one(data: bytes) -> None:
        outcome.feed(data)
        if outcome.inputs & 0xFF == 0:
            Path(folder, "counts").write_text(f"{outcome.inputs} {outcome.pieces}")

    Path(folder).mkdir(parents=True, exist_ok=True)
    atheris.Setup([sys.argv[0], *options], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
