"""``aggregator backup``: the store with what goes with it, in one file."""

from __future__ import annotations

from pathlib import Path

import click

from aggregator.commands.exits import exit_on_fault
from aggregator.commands.options import config_option, load_config, now
from aggregator.pipeline.backup import back_up

_MEGABYTE = 1_000_000


@click.command()
@config_option
@click.argument("file", type=click.Path(path_type=Path))
def backup(config_path: Path, file: Path) -> None:
    """Write the store and its configuration to one file, also beside a service that runs."""
    config = load_config(config_path)
    with exit_on_fault():
        made = back_up(config, file, now())
    size = f"{made.size_bytes / _MEGABYTE:.1f} MB"
    click.echo(f"{made.path}: {made.contents.entries} entries, {size}, verified")
    click.echo(
        "it holds the configuration with what secrets stand in it, so only you can read it; "
        "published files and dumps are not in it"
    )
