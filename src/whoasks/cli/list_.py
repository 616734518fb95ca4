"""``whoasks list``: browse, print, end when the network has gone quiet and say so.

The browse and the printing are elsewhere; here they are put together.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from whoasks import text
from whoasks.cli import asking, browsing, errors, memory, options, rows, saving
from whoasks.cli.interrupts import Interrupts, noted
from whoasks.cli.listing import BY, By, closing, from_capture, select, shaped

if TYPE_CHECKING:
    from whoasks.cli.shaping import Shape, Wanted
    from whoasks.core.device_senders import Senders
    from whoasks.core.devices import Device
    from whoasks.core.inventory import Inventory
    from whoasks.core.model import Service


@click.command(name="list")
@click.argument("types", nargs=-1, metavar="[TYPE]...", shell_complete=options.completed("types"))
@click.option(
    "--by",
    type=click.Choice(BY),
    default="service",
    show_default=True,
    help="What the rows are ordered and grouped by.",
)
@click.option(
    "--from",
    "capture",
    type=click.Path(path_type=Path),
    metavar="CAPTURE",
    help="List what a pcap or pcapng recording shows instead; nothing is sent.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0.1),
    default=browsing.TIMEOUT,
    show_default=True,
    metavar="S",
    help="End after that many seconds at the latest.",
)
@click.option(
    "--fast",
    is_flag=True,
    help="Ask once and end in half the time. A packet that gets lost is not asked for again, so "
    "that on a busy or wireless network services may be missing.",
)
@click.option("--ipv4", is_flag=True, help="Ask over IPv4 only.")
@click.option("--ipv6", is_flag=True, help="Ask over IPv6 only.")
@click.option("--subtypes", is_flag=True, help="Ask for the well-known subtypes too, and show all.")
@click.option(
    "--why",
    is_flag=True,
    help="With --by host, csv, ndjson or json: what speaks for each device being what it is.",
)
@saving.save_option
@options.interface_option
@options.db_option
@options.config_option
@options.format_option(choices=options.ROW_FORMATS)
@options.shaping_options("service")
@options.output_option
@options.no_color_option
@noted
def command(
    *,
    interrupts: Interrupts,
    types: tuple[str, ...],
    by: By,
    capture: Path | None,
    timeout: float,
    fast: bool,
    ipv4: bool,
    ipv6: bool,
    subtypes: bool,
    why: bool,
    name: str | None,
    interfaces: tuple[str, ...],
    db: str | None,
    config_path: Path | None,
    format_: str,
    wanted: Wanted,
    output: Path | None,
    no_color: bool,
) -> int:
    """List the services on this network.

    Asks over mDNS for everything (or for each TYPE, such as ssh or _ipp._tcp), asks again
    a second later for what may have been lost, and ends when a round brings nothing new.

    \b
    Examples:
      whoasks list
      whoasks list --fast
      whoasks list ssh _ipp._tcp --by host
      whoasks list --by host --why
      whoasks list --format csv -o services.csv
      whoasks list --from office.pcapng
      whoasks list --save monday
      whoasks list --columns instance,port,addresses --sort -port --filter 'type~_ip*'
    """
    from whoasks import knowledge
    from whoasks.browse.plan import Plan
    from whoasks.core.device_senders import Senders
    from whoasks.core.inventory import Inventory

    names = _names(types)
    shape = _shape(wanted)
    if why and format_ == "table" and by != "host":
        raise click.UsageError("--why goes with --by host, or with --format csv, ndjson or json.")
    keep = saving.Saving(name, db, config_path)
    identify = by == "host" or format_ != "table" or shape.names("device") or keep.wanted
    descriptions = asking.Late(lambda: knowledge.load().service_types)
    inventory, senders = Inventory(descriptions), Senders()
    code = 0
    if capture is not None:
        if interfaces or ipv4 or ipv6 or fast:
            raise click.UsageError(
                "--from reads a recording: no --interface, --ipv4, --ipv6 or --fast."
            )
        descriptions.load()
        notes, malformed, broken = _read(capture, inventory, senders, interrupts)
        services = select(inventory.services(), names, by, stale=True)
        sentence = from_capture(services, notes, malformed)
        code = errors.USAGE if broken else 0
    else:
        plan = Plan(inventory, names, subtypes=subtypes, fast=fast)
        interfaces = asking.interfaces_from(interfaces, config_path)
        families = (ipv4 or not ipv6, ipv6 or not ipv4)

        def prepare() -> None:
            descriptions.load()
            _load_what_prints(format_)
            if identify:
                knowledge.devices()
            memory.settle()  # a collection at the very end took a hundredth of a second

        ending = browsing.browse(
            plan,
            inventory,
            senders,
            interfaces,
            interrupts,
            families=families,
            timeout=timeout,
            prepare=prepare,
        )
        descriptions.load()
        services = select(inventory.services(), names, by, stale=False)
        sentence = "".join(
            (
                closing(ending, services, text.terminal, fast=fast, asked=names),
                browsing.left_out(interfaces),
            )
        )
        code = errors.INTERRUPTED if ending.reason == "interrupted" else 0
    found = len(services)
    known: list[Device] = []
    if identify:
        from whoasks.cli import devices

        known = devices.identified(inventory.services(), senders, silent=not (names or shape))
        services = devices.attached(services, known, why=why)
    keep.save(services, names, code)
    services = shaped(services, by, shape)
    if by == "host" and format_ == "table" and not shape.columns:
        devices.show(known, services, output, no_color=no_color, subtypes=subtypes, why=why)
    else:
        _print(services, by, shape, format_, output, no_color=no_color, subtypes=subtypes)
    _say(sentence, inventory, found, None if shape.filter is None else len(services))
    return code or (0 if services else errors.NOTHING_FOUND)


def _say(sentence: str, inventory: Inventory, found: int, filtered: int | None) -> None:
    click.echo(sentence, err=True)
    if filtered is not None:
        click.echo(f"The filter lets {filtered:,} of {found:,} through.", err=True)
    for cap, count in inventory.dropped.items():
        click.echo(f"{count:,} dropped by the cap on {cap.replace('_', ' ')}.", err=True)


def _shape(wanted: Wanted) -> Shape:
    from whoasks.core.model import Service

    return wanted.of(Service, time.time())


def _names(types: Sequence[str]) -> tuple[str, ...]:
    from whoasks.browse.types import names_of

    try:
        return tuple(dict.fromkeys(name for text in types for name in names_of(text)))
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def _read(
    capture: Path, inventory: Inventory, senders: Senders, interrupts: Interrupts
) -> tuple[list[str], int, bool]:
    """Fill the inventory from a recording.

    Gives the reader's notes, the number of undecodable packets, and whether not all of it was
    read; what came before that is listed all the same.
    """
    from whoasks.browse.intake import Intake
    from whoasks.sources.capture_file import CaptureError, CaptureFile

    intake = Intake(inventory)
    file = CaptureFile(capture, ended=lambda: interrupts.seen)
    broken = []
    try:
        with interrupts.noting():
            for batch in file.read():
                for datagram in batch:
                    senders.feed(datagram)
                    intake.feed(datagram)
    except CaptureError as error:
        if not len(inventory) and not interrupts.seen:
            raise errors.WhoasksError(str(error)) from error
        broken = [text.terminal(str(error))]
    if interrupts.seen:
        broken = [browsing.CUT_OFF]
    intake.finish()
    return [*file.notes, *broken], intake.malformed, bool(broken)


def _load_what_prints(format_: str) -> None:
    """Importing it takes longer than the network to answer."""
    if format_ == "table":
        import whoasks.ui.tables
    else:
        import whoasks.outputs  # noqa: F401


def _print(
    services: Sequence[Service],
    by: By,
    shape: Shape,
    format_: str,
    output: Path | None,
    *,
    no_color: bool,
    subtypes: bool,
) -> None:
    if format_ != "table":
        rows.write(services, "service", shape, format_, output)
    elif services:
        from whoasks.ui import columns, tables
        from whoasks.ui.cells import Clock

        table = tables.services(services, by, subtypes=subtypes)
        if shape.columns:
            table = columns.chosen(services, shape.columns, Clock(time.time()))
        options.show(table, output, no_color=no_color)
