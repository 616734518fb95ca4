"""``whoasks resolve``: look names, addresses and instances up, and say who answered.

What to ask and when it is enough are in ``browse.lookup``; here it is asked and printed.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from whoasks import text
from whoasks.cli import asking, errors, options
from whoasks.cli.interrupts import Interrupts, noted

if TYPE_CHECKING:
    from whoasks.browse.answers import Answers, Heard
    from whoasks.browse.lookup import Lookup, Target
    from whoasks.browse.session import Ending

    Found = list[tuple[Target, list[Heard]]]

TIMEOUT = 5.0
"""Seconds. Nobody is asked longer than 3.5 s; this is for a network that never falls silent."""

_UNANSWERED = {
    "host": "A service is looked up with its type, as in 'Name._ipp._tcp'; `whoasks list` has all.",
    "address": "What announces nothing has no name over mDNS.",
    "instance": "`whoasks list` has the services that are here now.",
}
"""What to do when nobody answered, by what was looked up."""


@click.command(name="resolve")
@click.argument("names", nargs=-1, required=True, metavar="NAME|ADDRESS|INSTANCE...")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0.1),
    default=TIMEOUT,
    show_default=True,
    metavar="S",
    help="Give up after that many seconds.",
)
@click.option("--ipv4", is_flag=True, help="Ask over IPv4 only.")
@click.option("--ipv6", is_flag=True, help="Ask over IPv6 only.")
@options.interface_option
@options.config_option
@options.format_option(choices=("table", "ndjson", "json"))
@options.output_option
@options.no_color_option
@noted
def command(
    *,
    interrupts: Interrupts,
    names: tuple[str, ...],
    timeout: float,
    ipv4: bool,
    ipv6: bool,
    interfaces: tuple[str, ...],
    config_path: Path | None,
    format_: str,
    output: Path | None,
    no_color: bool,
) -> int:
    """Look up a host name, an address or a service instance.

    A host name gives its addresses, an address its name, an instance its host, port, TXT and
    addresses; each record with its TTL and who said it. Asks over mDNS on every interface,
    and ends as soon as there is an answer and others had a moment to give another one. Exit
    code 1 when something was answered by nobody.

    \b
    Examples:
      whoasks resolve nas                       addresses of nas.local
      whoasks resolve 192.168.1.23 fe80::1%eth0 who is that?
      whoasks resolve 'Laser 2nd floor._ipp._tcp'
      whoasks resolve nas --format json | jq -r '.[].data'
    """
    from whoasks.browse.answers import Answers
    from whoasks.browse.lookup import Lookup

    targets = _targets(names)
    answers = Answers()
    lookup = Lookup(targets, answers)
    families = (ipv4 or not ipv6, ipv6 or not ipv4)
    chosen = asking.interfaces_from(interfaces, config_path)
    ending = _ask(lookup, answers, chosen, families, timeout, interrupts=interrupts)
    # The loop's clock is the monotonic one; packets carry the other.
    asked_at = lookup.first_asked + time.time() - time.monotonic()
    found = [(target, answers.about(target.name)) for target in targets]
    _print(found, asked_at, format_, output, no_color=no_color)
    unanswered = [target for target, heard in found if not heard]
    for target in unanswered:
        name = text.terminal(target.given)
        click.echo(f"{name}: nobody answered in {ending.took:.1f} s.", err=True)
    if ending.reason != "interrupted":
        for kind in dict.fromkeys(target.kind for target in unanswered):
            click.echo(_UNANSWERED[kind], err=True)
    if answers.dropped:
        click.echo(f"{answers.dropped:,} answers dropped: there were too many.", err=True)
    if ending.reason == "interrupted":
        return errors.INTERRUPTED
    return 0 if all(heard for _, heard in found) else errors.NOTHING_FOUND


def _targets(names: Sequence[str]) -> list[Target]:
    from whoasks.browse.lookup import target_of

    try:
        return [target_of(name) for name in dict.fromkeys(names)]
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def _ask(
    lookup: Lookup,
    answers: Answers,
    interfaces: Sequence[str],
    families: asking.Families,
    timeout: float,
    *,
    interrupts: Interrupts,
) -> Ending:
    from whoasks.browse.session import Browser
    from whoasks.sources.interfaces import choose

    chosen = choose(interfaces)
    browser = Browser(lookup, answers, answers.feed, asking.places(chosen, families))
    asked = asking.listen_and_ask(browser, chosen, families, timeout)
    return asking.run(browser, asked, interrupts)


def _print(
    found: Found, asked_at: float, format_: str, output: Path | None, *, no_color: bool
) -> None:
    from whoasks.cli import resolving

    if format_ == "table":
        if any(heard for _, heard in found):
            options.show(resolving.table(found, asked_at), output, no_color=no_color)
        return
    from whoasks.outputs import Sink
    from whoasks.outputs.json import document

    records = (
        resolving.as_record(target, each, asked_at)
        for target, heard in found
        for each in resolving.in_order(heard)
    )
    lines = (
        text.json(json.dumps(record, ensure_ascii=False, separators=(",", ":"))) + "\n"
        for record in records
    )
    with Sink(output) as sink:
        for line in document(lines) if format_ == "json" else lines:
            sink.write(line)
