"""``whoasks explain``: one finding in full, from the store."""

from __future__ import annotations

import time
from itertools import islice
from pathlib import Path

import click

from whoasks.cli import options

_BURSTS = 10_000
"""Of one host, to see a habit in: a month of a burst every four minutes."""


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

    What happened, what each rule observed against which threshold, the packets that drove it,
    what could not be seen, benign causes, and what to configure when the host may do so: for one
    that asks like a hub, an inventory program or a reflector, the lines that give it the role.
    The first letters of the ID are enough.

    \b
    Examples:
      whoasks explain 3f9c2a7b
    """
    from whoasks.core.detect.rules import ALL
    from whoasks.store import Store
    from whoasks.store.values import host_key
    from whoasks.ui import report
    from whoasks.ui.cells import Clock

    loaded = options.settings(config_path)
    with Store(options.database(db, loaded), read_only=True) as store:
        finding = store.finding(id_)
        bursts = list(islice(store.bursts(host=host_key(finding.host)), _BURSTS))
    rules = {detector.rule.id: detector.rule for detector in ALL}
    explained = report.explain(
        finding,
        rules.get(finding.rule),
        Clock(time.time()),
        roles=loaded.core.roles,
        bursts=bursts,
    )
    options.show(explained, output, no_color=no_color)
