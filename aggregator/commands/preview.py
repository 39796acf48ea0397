"""``aggregator preview``: what an address or a folder would bring; nothing is changed."""

from __future__ import annotations

import sys
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import click

from aggregator import config as configuration
from aggregator.commands.exits import EXIT_SOME_FAILED, exit_on_fault
from aggregator.commands.options import as_typed, config_option, load_config, now
from aggregator.config.edit import add_sources
from aggregator.console.preview import json_text, print_preview
from aggregator.models import Config
from aggregator.pipeline.preview import preview as look
from aggregator.pipeline.target import target_of

_ENTRIES = 20
_MOST_ENTRIES = 100_000


@click.command()
@config_option
@click.argument("target", metavar="URL|PATH", callback=as_typed)
@click.option(
    "--limit",
    metavar="N",
    type=click.IntRange(1, _MOST_ENTRIES),
    default=_ENTRIES,
    show_default=True,
    help="How many entries are printed at most.",
)
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object, for a program.")
@click.option("--as-feed", is_flag=True, help="It is a feed, whatever robots.txt says.")
@click.option("--as-page", is_flag=True, help="Read the page itself, whatever it leads to.")
@click.option("--allow-private", is_flag=True, help="Also an address that is not public.")
def preview(
    config_path: Path,
    target: str,
    limit: int,
    *,
    is_json: bool,
    as_feed: bool,
    as_page: bool,
    allow_private: bool,
) -> None:
    """Show what a site, a feed or a folder would bring; change nothing.

    Its entries as they would be published, which stories they join, what is odd about it, and the
    lines that configure it. A page is read by the feed that it announces, else by the news sitemap
    of its site, else by the headlines that recur on it. Exit codes: 0 it has entries; 1 it has none
    or cannot be read; 2 nothing could be looked at.
    """
    config = _config(config_path)
    with exit_on_fault():
        wanted = target_of(
            target,
            config_path.parent,
            allow_private=allow_private,
            is_feed=as_feed,
            is_page=as_page,
        )
        shown = look(config, wanted, now)
        lines = add_sources("", [shown.proposed])
    if is_json:
        click.echo(json_text(shown, lines))
    else:
        print_preview(shown, timezone=config.site.timezone, lines=lines, at_most=limit)
    sys.exit(0 if shown.entries else EXIT_SOME_FAILED)


def _config(path: Path) -> Config:
    """Read the configuration; where there is none yet, what is shipped, without its sources."""
    if path.exists():
        return load_config(path)
    text = files("aggregator.config").joinpath("shipped.toml").read_text(encoding="utf-8")
    return replace(configuration.parse(text, path), sources=())
