"""``aggregator check``: the configuration alone."""

from __future__ import annotations

from pathlib import Path

import click

from aggregator import config as configuration
from aggregator.commands.exits import exit_on_fault
from aggregator.commands.options import config_option


@click.command()
@config_option
def check(config_path: Path) -> None:
    """Validate the configuration and exit."""
    with exit_on_fault():
        config, doubts = configuration.load_with_doubts(config_path)
    for doubt in doubts:
        click.echo(f"warning: {doubt}", err=True)
    sources, feeds = len(config.sources), len(config.feeds)
    counted = f"{sources} source{'s'[: sources != 1]}, {feeds} feed{'s'[: feeds != 1]}"
    click.echo(f"{config_path}: no fault: {counted}")
