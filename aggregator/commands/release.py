"""``aggregator release``: a mass change that is held back is let through."""

from __future__ import annotations

from pathlib import Path

import click

from aggregator.commands.exits import exit_on_fault, fail
from aggregator.commands.options import as_typed, config_option, load_config
from aggregator.store.store import Store


@click.command()
@config_option
@click.argument("source", callback=as_typed)
def release(config_path: Path, source: str) -> None:
    """Let a mass change of a source through that is held back."""
    config = load_config(config_path)
    with exit_on_fault(), Store.beside(config.store_url) as store, store.write() as unit:
        is_released = unit.sources.release(source)
    if not is_released:
        fail(f"nothing is held back of {source}; `aggregator explain` names what is")
    click.echo(f"{source} is asked again at the next pass, and what it brings is let through")
