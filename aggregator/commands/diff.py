"""``aggregator diff``: what another configuration would change in what is published."""

from __future__ import annotations

from pathlib import Path

import click

from aggregator.commands.exits import exit_on_fault
from aggregator.commands.options import config_option, load_config
from aggregator.console import difference
from aggregator.models import Config
from aggregator.models.diffed import ConfigDiff
from aggregator.pipeline.diff import diff_of, diff_of_published
from aggregator.publish import ledger
from aggregator.publish.shown import published_feeds
from aggregator.store.store import Store

_IN_FORCE = "config.toml"


@click.command()
@config_option
@click.option(
    "--against",
    "old_path",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help=f"The configuration in force; {_IN_FORCE} beside the other, or else what is published.",
)
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object, for a program.")
def diff(config_path: Path, old_path: Path | None, *, is_json: bool) -> None:
    """Show what a changed configuration would change in each feed.

    Of each feed, which entries would appear, go, merge, change their place, their text or their id,
    of what is stored. Nothing is fetched, published or written, and a service may run. Exit codes:
    0 it was compared; 2 it could not be.
    """
    new = load_config(config_path)
    old = _in_force(config_path, old_path)
    store_url = old.store_url if old else new.store_url
    with exit_on_fault(), Store.beside(store_url, reads_only=True) as store:
        found = diff_of(store, old, new) if old else _of_published(store, new)
    if is_json:
        click.echo(difference.json_text(found))
    else:
        click.echo("\n".join(difference.lines(found)))


def _in_force(config_path: Path, old_path: Path | None) -> Config | None:
    """Return the configuration to compare with; ``None`` for what is published."""
    if old_path is None:
        beside = config_path.with_name(_IN_FORCE)
        if not beside.exists() or beside.samefile(config_path):
            return None
        old_path = beside
    return load_config(old_path)


def _of_published(store: Store, new: Config) -> ConfigDiff:
    """Compare with what stands in the published folder."""
    placed = ledger.read(new.site.output)
    there = [name for name, feed in placed.items() if feed.missing_since_unix is None]
    return diff_of_published(store, published_feeds(new.site.output, there), new)
