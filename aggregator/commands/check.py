"""``aggregator check``: the configuration alone."""

from __future__ import annotations

from pathlib import Path

import click

from aggregator.commands.options import config_option, load_config
from aggregator.sizes import count_text


@click.command()
@config_option
def check(config_path: Path) -> None:
    """Validate the configuration and exit."""
    config = load_config(config_path)
    sources, feeds = len(config.sources), len(config.feeds)
    counted = count_text(sources, "source", "sources"), count_text(feeds, "feed", "feeds")
    click.echo(f"{config_path}: no fault: {', '.join(counted)}")
