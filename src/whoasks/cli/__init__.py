"""The command line: arguments in, exit code out. Nothing is decided here but how it ends.

Every module of this package that is named in ``COMMANDS`` holds one ``command`` (a click
command), loaded when it is run, so that ``whoasks --help`` needs neither a database nor a
network library. A command returns its exit code, None for 0.

Exit codes: 0 done; 1 nothing found (``list``) or a finding at or above ``--fail-on``;
2 wrong usage, configuration or input file; 3 the machine does not allow it; 130 interrupted.
"""

from __future__ import annotations

import contextlib
import errno
import importlib
import io
import os
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import click

from whoasks import __version__, text
from whoasks.cli import errors

COMMANDS: dict[str, tuple[str, str]] = {
    "list": ("whoasks.cli.list_", "List the services on this network."),
    "resolve": ("whoasks.cli.resolve", "Look up a host, an address or a service instance."),
    "live": ("whoasks.cli.live", "Services, hosts, askers and findings on a full screen."),
    "watch": ("whoasks.cli.watch", "Listen for hosts that enumerate services; never send."),
    "read": ("whoasks.cli.read", "Look for the same in capture files."),
    "audit": ("whoasks.cli.audit", "What the hosts here give away by announcing."),
    "diff": ("whoasks.cli.diff", "What is new, gone and changed between two lists."),
    "askers": ("whoasks.cli.askers", "Who asked for what, from the store."),
    "export": ("whoasks.cli.export", "Findings, bursts, services or askers for other programs."),
    "explain": ("whoasks.cli.explain", "All there is to say about one finding."),
    "rules": ("whoasks.cli.rules", "The catalogue of rules and their settings."),
    "tune": ("whoasks.cli.tune", "Which findings other settings would add or take away."),
    "drill": ("whoasks.cli.drill", "Send a harmless enumeration; was it detected?"),
    "demo": ("whoasks.cli.demo", "A bundled recording through all of it; nothing is sent."),
    "doctor": ("whoasks.cli.doctor", "What this machine and set-up can and cannot see."),
    "config": ("whoasks.cli.config", "Check, show or start a configuration file."),
    "completion": ("whoasks.cli.completion", "Make bash, zsh or fish complete whoasks."),
}
"""Name → module and one-line help, in the order of ``--help``."""

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}

_HELP = """\
Lists what your network offers over mDNS/Bonjour, and hears who is asking.

\b
Examples:
  whoasks list                          everything that is advertised here
  whoasks list _ipp._tcp --by host      printers, host by host
  whoasks resolve nas 192.168.1.23      addresses of a name, name of an address
  whoasks live                          all of it on a full screen
  whoasks watch                         hear who enumerates; sends nothing
  whoasks read office.pcapng.gz         the same, from a recording
  whoasks audit                         what the hosts here give away
  whoasks list --save monday            keep a list
  whoasks diff monday                   what has changed since
  whoasks askers                        who asked for what so far
  whoasks export findings --since 7d    a CSV for a spreadsheet
  whoasks explain 3f9c                  one finding in full
  whoasks rules type-sweep              what a rule sees, and its settings
  whoasks tune --set type-sweep.types=9 what that would change
  whoasks drill meta-query --yes        send an enumeration; was it detected?
  whoasks demo                          see it work without a network
  whoasks doctor                        what can be seen from here
  whoasks config init                   start a configuration file
  whoasks completion bash               make the shell complete all this
"""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command, in table order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command; a name that is unknown gets click's suggestions."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(COMMANDS[cmd_name][0])
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table of commands, from ``COMMANDS`` alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, short) for name, (_, short) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with a suggestion for a misspelt command."""
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib

            close = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean '{close[0]}'?" if close else ""
            ctx.fail(f"There is no command '{args[0]}'.{hint}")
        return super().resolve_command(ctx, args)

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        """As click does; the help may meet a reader that has seen enough, too."""
        try:
            return super().make_context(*args, **extra)
        except BrokenPipeError:
            _abandon_stdout()
            raise click.exceptions.Exit(0) from None

    def invoke(self, ctx: click.Context) -> Any:
        """Run it; a reader that has seen enough (``| head``) is no error."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            _abandon_stdout()
            return 0
        return result


@click.group(
    cls=LazyGroup,
    help=_HELP,
    no_args_is_help=False,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, "-V", "--version", message="whoasks %(version)s")
@click.pass_context
def group(ctx: click.Context) -> None:
    """Show the help when no command is given."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line (without the program's name) and return its exit code."""
    _make_streams_safe()
    try:
        result = group.main(
            args=list(sys.argv[1:] if argv is None else argv),
            prog_name="whoasks",
            standalone_mode=False,
        )
    except (click.Abort, KeyboardInterrupt):
        return errors.INTERRUPTED
    except click.ClickException as error:
        return _complain(_usage(error))
    except Exception as error:
        # Not a net for everything: what does not carry a sentence of its own is a bug.
        known = errors.of(error) or _full_output(error)
        if known is None:
            raise
        return _complain(known)
    return result if isinstance(result, int) else 0


def run() -> None:
    """The console script."""
    sys.exit(main())


def _usage(error: click.ClickException) -> errors.WhoasksError:
    """A click error as a sentence: what was wrong, and where the right usage stands."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "whoasks"
    sentence = " ".join(error.format_message().split())
    return errors.WhoasksError(sentence, f"See '{path} --help'")


def _complain(error: errors.WhoasksError) -> int:
    lines = str(error).split("\n")
    with contextlib.suppress(BrokenPipeError):
        # A list of configuration errors has a line for each; everything else has one line.
        click.echo("whoasks: " + "\n".join(text.terminal(line) for line in lines), err=True)
    try:
        sys.stdout.flush()
    except OSError:
        _abandon_stdout()
    return error.exit_code


def _full_output(error: Exception) -> errors.WhoasksError | None:
    """A table that did not fit on the disk that standard output leads to."""
    if not isinstance(error, OSError) or error.filename is not None or error.errno not in _FULL:
        return None
    return errors.WhoasksError(
        f"The output cannot be written: {error.strerror}", "Free some space", errors.NOT_ALLOWED
    )


def _text_streams() -> Iterator[io.TextIOWrapper]:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            yield stream


def _make_streams_safe() -> None:
    """A terminal that is not UTF-8 shows an escape where it lacks a letter; nothing raises.

    A stream that was closed before we began (``>&-``) takes everything and keeps nothing.
    """
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            # Open for as long as the program runs.
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
    for stream in _text_streams():
        stream.reconfigure(errors="backslashreplace")


def _abandon_stdout() -> None:
    """Let the interpreter's last flush go nowhere, instead of complaining at exit."""
    with contextlib.suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)
