"""``whoasks demo``: a bundled recording through all of it. Sends nothing, keeps nothing but a CSV.

The recording is of a home made of network namespaces, its names invented. Built-in settings
hold, whatever is configured here, so that the demo shows the same everywhere.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from whoasks import text
from whoasks.cli import errors, options

if TYPE_CHECKING:
    from rich.console import Console

    from whoasks.core.model import Finding, Service

CSV = "demo-findings.csv"

_PACKAGED = Path(__file__).parent.parent / "demo" / "home.pcap"
_SOURCE_TREE = Path(__file__).parents[3] / "fixtures" / "home.pcap"


@click.command(name="demo")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=CSV,
    show_default=True,
    metavar="FILE",
    help="Where the findings go as CSV; - is standard output, and the rest goes to standard error.",
)
@options.no_color_option
def command(*, output: Path, no_color: bool) -> int:
    """Show a recorded home: its services, who enumerated them, the findings as CSV.

    Nothing is sent, and no permission is needed.

    \b
    Examples:
      whoasks demo
      whoasks demo -o /tmp/findings.csv
    """
    capture = recording()
    services, findings = watched(capture)
    # Before anything is shown: what is said to be there is there.
    _write(output, findings)
    piped = str(output) == "-"
    screen = options.console(no_color=no_color, stderr=piped)
    with screen.capture() as shown:
        _show(screen, capture, services, findings, None if piped else output)
    (sys.stderr if piped else sys.stdout).write(shown.get())
    return 0


def recording() -> Path:
    """The bundled capture, of the installed package or of the source tree."""
    for path in (_PACKAGED, _SOURCE_TREE):
        if path.is_file():
            return path
    raise errors.WhoasksError(
        f"The demo's recording is missing: {_PACKAGED}", "Install whoasks again"
    )


def watched(capture: Path) -> tuple[list[Service], list[Finding]]:
    """Services by host, and findings, gravest first. Raises CaptureError."""
    from whoasks import knowledge
    from whoasks.cli.listing import select
    from whoasks.core.model import FindingClosed
    from whoasks.core.pipeline import Pipeline
    from whoasks.core.settings import CoreSettings
    from whoasks.sources.capture_file import CaptureFile

    pipeline = Pipeline(CoreSettings(), knowledge.load())
    events = [event for batch in CaptureFile(capture).read() for event in pipeline.feed_all(batch)]
    events += pipeline.finish()
    findings = [event.finding for event in events if isinstance(event, FindingClosed)]
    findings.sort(key=lambda finding: (-finding.severity, finding.first_seen))
    return select(pipeline.inventory.services(), (), "host", stale=True), findings


def _write(output: Path, findings: Sequence[Finding]) -> None:
    from whoasks.outputs import Sink, writer

    with Sink(output) as sink:
        out = writer("csv", sink, "finding")
        out.begin()
        for finding in findings:
            out.write(finding)
        out.end()


def _show(
    screen: Console,
    capture: Path,
    services: Sequence[Service],
    findings: Sequence[Finding],
    output: Path | None,
) -> None:
    from rich.text import Text

    from whoasks.ui import report, tables
    from whoasks.ui.cells import Clock, count

    def heading(words: str) -> None:
        screen.print()
        screen.print(Text(words, style="bold green"))
        screen.print()

    def line(words: str = "") -> None:
        screen.print(Text(text.terminal(words)), soft_wrap=True)

    line("A recording of a small home. Nothing is sent.")
    heading(f"What it offers (whoasks list): {count(len(services), 'service')}")
    screen.print(tables.services(services, "host"))
    heading(f"Who enumerated it (whoasks watch, whoasks read): {count(len(findings), 'finding')}")
    for finding in findings:
        screen.print(report.finding_block(finding, Clock()))
        line()
    if output is not None:
        line(f"Findings written to {output.absolute()}")
    heading("Next")
    for what, meaning in _following(capture, findings):
        screen.print(Text(f"  {text.terminal(what)}", style="bold"), soft_wrap=True)
        line(f"      {meaning}")


def _following(capture: Path, findings: Sequence[Finding]) -> list[tuple[str, str]]:
    """Commands to go on with, and what each does."""
    import shlex

    known = [
        ("whoasks list", "the services of your own network; this one sends questions"),
        ("whoasks watch", "hear who enumerates it; this one never sends"),
        (
            f"whoasks read --save {shlex.quote(str(capture))}",
            "keep this recording's findings, as a watch keeps its own",
        ),
    ]
    if findings:
        known.append((f"whoasks explain {findings[0].id[:8]}", "then: all about one of them"))
    known.append(("whoasks doctor", "what this machine can and cannot see"))
    return known
