"""``aggregator release``: what is held back is let through, of a source or of a feed."""

from __future__ import annotations

from pathlib import Path

import click

from aggregator.commands.exits import exit_on_fault, fail
from aggregator.commands.options import as_typed, config_option, load_config
from aggregator.models import Config
from aggregator.pipeline.feed_status import placed_feeds
from aggregator.store.store import Store


@click.command()
@config_option
@click.option(
    "--feed", metavar="FEED", callback=as_typed, help="A feed that lost nearly all of its entries."
)
@click.argument("source", required=False, callback=as_typed)
def release(config_path: Path, source: str | None, feed: str | None) -> None:
    """Let through what is held back of a source or a feed.

    A source's mass change, or a feed that lost nearly all of its entries.
    """
    if (source is None) == (feed is None):
        fail("name either a source, or a feed with --feed")
    config = load_config(config_path)
    with exit_on_fault(), Store.beside(config.store_url) as store:
        if feed is not None:
            _release_feed(store, config, feed)
            return
        with store.write() as unit:
            is_released = unit.sources.release(source or "")
    if not is_released:
        fail(f"nothing is held back of {source}; `aggregator explain` names what is")
    click.echo(f"{source} is asked again at the next pass, and what it brings is let through")


def _release_feed(store: Store, config: Config, feed: str) -> None:
    """Let a feed lose its entries at its next publishing; PublishError without its ledger."""
    placed = placed_feeds(store, config).get(feed)
    if placed is None or placed.held_back is None:
        fail(f"nothing is held back of the feed {feed}; `aggregator explain` names what is")
    with store.write() as unit:
        unit.requests.permit_loss(feed)
        unit.requests.request_publishing()
    click.echo(f"{feed} is published with what it has, at the next pass")
