"""``aggregator check``: the configuration alone."""

from __future__ import annotations

from pathlib import Path

import click

from aggregator.commands.options import config_option, load_config


@click.command()
@config_option
def check(config_path: Path) -> None:
    """Validate the configuration and exit."""
    config = load_config(config_path)
    sources, feeds = len(config.sources), len(config.feeds)
    counted = f"{sources} source{'s'[: sources != 1]}, {feeds} feed{'s'[: feeds != 1]}"
    click.echo(f"{config_path}: no fault: {counted}")
