"""``whoasks rules``: the catalogue, and each rule's page, read off the detectors themselves."""

from __future__ import annotations

import difflib

import click

from whoasks.cli import options


@click.command(name="rules")
@click.argument("id_", metavar="[ID]", required=False)
@options.no_color_option
def command(id_: str | None, no_color: bool) -> None:
    """The catalogue of rules and their settings.

    With an ID, that rule's page: what it sees, why it matters, its settings with their
    defaults, and benign causes.

    \b
    Examples:
      whoasks rules
      whoasks rules type-sweep
    """
    from whoasks.config.rendering import docs
    from whoasks.core.detect.rules import ALL
    from whoasks.ui import catalogue

    if id_ is None:
        options.show(catalogue.table(ALL), None, no_color=no_color)
        return
    known = {detector.rule.id: detector for detector in ALL}
    if id_ not in known:
        close = difflib.get_close_matches(id_, known, n=1)
        hint = f"Did you mean '{close[0]}'?" if close else "'whoasks rules' lists them."
        raise click.BadParameter(f"there is no rule '{id_}'. {hint}", param_hint="ID")
    detector = known[id_]
    options.show(catalogue.page(detector, docs(detector.Settings)), None, no_color=no_color)
