"""``whoasks config``: check a configuration, show what is in force, start a new one."""

from __future__ import annotations

import os
import time
from pathlib import Path

import click

from whoasks import text
from whoasks.cli import errors, options


@click.group(name="config", invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> None:
    """Check, show or start a configuration file.

    \b
    Examples:
      whoasks config init -o whoasks.yaml
      whoasks config check --config whoasks.yaml
      whoasks config show
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@command.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@options.config_option
def check(file: Path | None, config_path: Path | None) -> int:
    """Say everything that is wrong with a configuration: FILE, else the one in use."""
    from whoasks import config

    path = config.find(file or config_path, os.environ)
    if path is None:
        click.echo("There is no configuration file; the defaults are in force.")
        return 0
    loaded = config.load(path, now=time.time())
    for warning in loaded.warnings:
        click.echo(f"warning: {text.terminal(warning)}", err=True)
    click.echo(f"{text.terminal(str(path))} is in order.")
    return 0


@command.command()
@options.config_option
@options.output_option
def show(config_path: Path | None, output: Path | None) -> None:
    """Print every setting in force, defaults too, as YAML."""
    from whoasks import config
    from whoasks.outputs import Sink

    loaded = options.settings(config_path)
    source = f"From {text.terminal(loaded.source)}" if loaded.source else "The defaults"
    with Sink(output) as sink:
        sink.write(f"# {source}\n{config.render(loaded)}")


@command.command()
@options.output_option
def init(output: Path | None) -> None:
    """Print a commented configuration to start from; with -o, into a file that is not there yet."""
    from whoasks import config
    from whoasks.outputs import Sink

    if output is not None and os.path.lexists(output) and output.is_file():
        raise errors.WhoasksError(f"{output} is there already", "Give -o a new path, or move it")
    with Sink(output) as sink:
        sink.write(config.template())
