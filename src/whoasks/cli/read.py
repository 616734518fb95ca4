"""``whoasks read``: the watcher over recordings, one pipeline a capture, in bounded memory.

Each capture is a world of its own, so that its findings do not depend on what else is read.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from whoasks.cli import memory, options, shaped_report
from whoasks.core.model import Finding, Severity

if TYPE_CHECKING:
    from whoasks.cli.shaping import Wanted
    from whoasks.cli.telling import Telling
    from whoasks.store import Store

_STDIN = Path("-")


@click.command(name="read")
@click.argument(
    "captures",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path),
    metavar="CAPTURE...",
)
@click.option(
    "--follow",
    is_flag=True,
    help="Go on as the capture grows, is replaced, or goes on in the next file of a folder; report "
    "as it happens. Takes one CAPTURE or folder.",
)
@click.option(
    "--once-for",
    "seconds",
    type=click.FloatRange(min=0.1),
    metavar="S",
    help="With --follow: end after that many seconds.",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    metavar="N",
    help="Captures read at the same time, each by a process of its own; the results are the same. "
    "[default: as many as there are cores, where that is quicker]",
)
@click.option("--save", is_flag=True, help="Keep it in the store too. Without it nothing is kept.")
@click.option(
    "--learn",
    is_flag=True,
    help="Take what is in the captures for usual here: compare with, and add to, what the store "
    "(--db) has learned. Without it habits are neither read nor changed.",
)
@options.severity_option("--fail-on", "Exit with 1 when there is a finding at or above this.")
@options.format_option(choices=options.EVENT_FORMATS)
@options.shaping_options("finding")
@options.output_option
@options.db_option
@options.config_option
@options.no_color_option
def command(
    *,
    captures: tuple[Path, ...],
    follow: bool,
    seconds: float | None,
    jobs: int | None,
    save: bool,
    learn: bool,
    fail_on: Severity | None,
    format_: str,
    wanted: Wanted,
    output: Path | None,
    db: str | None,
    config_path: Path | None,
    no_color: bool,
) -> int:
    """Look in captures for hosts that enumerate services.

    Reads pcap and pcapng, Suricata's eve.json and Zeek's dns.log, compressed or not, and reports
    what `whoasks watch` would have reported; `-` is standard input. A capture that breaks off is
    read as far as it goes; the exit code is then 2. With --columns, --sort or --filter the findings
    alone are shown; what is kept and --fail-on stay as they are.

    \b
    Examples:
      whoasks read office.pcapng.gz
      whoasks read monday.pcap tuesday.pcap --format csv -o findings.csv
      whoasks read night.pcap --save --fail-on medium
      whoasks read an-ordinary-week.pcap --learn
      whoasks read night.pcap --columns severity,rule,host --filter 'severity>=medium'
      tcpdump -i eth0 -w - udp port 5353 | whoasks read -
      whoasks read --follow /var/captures --format ndjson
    """
    _check(captures, follow=follow, seconds=seconds)
    shape = wanted.of(Finding, time.time())
    shaped_report.allow(format_, shape)
    from whoasks.cli.telling import Telling, endable

    loaded = options.settings(config_path)
    with ExitStack() as stack:
        store: Store | None = None
        if save or learn:
            from whoasks.store import Store as Opened

            store = stack.enter_context(Opened(options.database(db, loaded)))
        telling = Telling(
            loaded,
            store if save else None,
            store if learn else None,
            lambda: stack.enter_context(
                shaped_report.opened(format_, output, shape, live=follow, no_color=no_color)
            ),
            live=follow,
        )
        memory.settle()
        with endable(telling):
            if follow:
                _follow(captures[0], telling, seconds)
            else:
                _read(captures, telling, jobs)
        telling.end()
    if telling.failure is not None:
        raise telling.failure
    return telling.exit_code(fail_on)


def _check(captures: Sequence[Path], *, follow: bool, seconds: float | None) -> None:
    if follow and len(captures) > 1:
        raise click.UsageError("--follow takes one capture, or the folder that they are in.")
    if seconds is not None and not follow:
        raise click.UsageError("--once-for goes with --follow; a capture ends by itself.")
    if captures.count(_STDIN) > 1:
        raise click.UsageError("Standard input (-) can be read once.")


def _read(captures: Sequence[Path], telling: Telling, jobs: int | None) -> None:
    """Each capture, over the processes where that gains and changes nothing."""
    from whoasks.cli import many

    if jobs is None:
        jobs = many.cores() if many.is_worth_it(captures) else 1
    if jobs > 1 and len(captures) > 1 and _STDIN not in captures and telling.lessons is None:
        for number, pieces in enumerate(many.read(captures, telling.core, jobs, telling.ended)):
            telling.tell(pieces)
            telling.progress.show(f"{number + 1} of {len(captures)} captures", time.monotonic())
        return
    from whoasks.cli.reading import Reader
    from whoasks.sources.capture_file import CaptureFile

    reader = Reader(telling.core)
    for path in captures:
        if telling.ended():
            return
        before = telling.lessons.habits() if telling.lessons is not None else None
        source = CaptureFile(path, ended=telling.ended)
        pieces = reader.read(source, telling.ended, habits=before, show=telling.show)
        telling.learn(telling.tell(pieces), before)


def _follow(path: Path, telling: Telling, seconds: float | None) -> None:
    from whoasks.cli.reading import Reader
    from whoasks.sources.growing import Growing

    until = float("inf") if seconds is None else time.monotonic() + seconds

    def ended() -> bool:
        return telling.ended() or time.monotonic() >= until

    before = telling.lessons.habits() if telling.lessons is not None else None
    reader = Reader(telling.core)
    pieces = reader.read(
        Growing(path, ended, telling.say), ended, habits=before, show=telling.show, cut_off=""
    )
    telling.learn(telling.tell(pieces), before)
