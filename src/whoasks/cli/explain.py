"""``whoasks explain``: one finding in full, from the store."""

from __future__ import annotations

import time
from pathlib import Path

import click

from whoasks.cli import options


@click.command(name="explain")
@click.argument("id_", metavar="ID")
@options.db_option
@options.config_option
@options.output_option
@options.no_color_option
def command(
    *, id_: str, db: str | None, config_path: Path | None, output: Path | None, no_color: bool
) -> None:
    """All there is to say about one finding.

    What happened, what was observed against which threshold, the packets that drove it, what
    could not be seen, benign causes, and what to configure when the host may do so. The first
    letters of the ID are enough.

    \b
    Examples:
      whoasks explain 3f9c2a7b
    """
    from whoasks.core.detect.rules import ALL
    from whoasks.store import Store
    from whoasks.ui import report
    from whoasks.ui.cells import Clock

    url = options.database(db, options.settings(config_path))
    with Store(url, read_only=True) as store:
        finding = store.finding(id_)
    rules = {detector.rule.id: detector.rule for detector in ALL}
    explained = report.explain(finding, rules.get(finding.rule), Clock(time.time()))
    options.show(explained, output, no_color=no_color)
