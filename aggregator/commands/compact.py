"""``aggregator compact``: what the store's file does not need is given back to the disk."""

from __future__ import annotations

from pathlib import Path

import click

from aggregator.commands.exits import exit_on_fault
from aggregator.commands.options import config_option, load_config
from aggregator.store.compaction import compact as compact_store

_MEGABYTE = 1_000_000


@click.command()
@config_option
def compact(config_path: Path) -> None:
    """Make the store's file as small as what it holds."""
    config = load_config(config_path)
    with exit_on_fault():
        done = compact_store(config.store_url)
    before, after = done.bytes_before / _MEGABYTE, done.bytes_after / _MEGABYTE
    click.echo(f"{done.path}: {after:.1f} MB, {before - after:.1f} MB less than before")
    if not done.is_whole:
        click.echo(
            "another process uses it, so only what was free was cut off; stop that process first "
            "to have the whole store written anew"
        )
