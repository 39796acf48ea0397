"""``aggregator export``: the sources, or the published feeds, as a list of subscriptions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from aggregator.commands.exits import fail
from aggregator.commands.options import config_option, load_config
from aggregator.models import Config
from aggregator.pipeline.frame import frame_of
from aggregator.publish import opml
from aggregator.urls import has_secret


@click.command()
@config_option
@click.option("--feeds", is_flag=True, help="The published feeds, and not the sources.")
@click.argument("file", required=False, type=click.Path(path_type=Path))
def export(config_path: Path, file: Path | None, *, feeds: bool) -> None:
    """Write the sources as a list of subscriptions (OPML) for readers.

    To the terminal without FILE, which is never overwritten. Sources that are disabled, dumps or
    pages are not in it.
    """
    config = load_config(config_path)
    if feeds:
        body = opml.render(config.site, config.feeds)
    else:
        home_pages = {link.title: link.home_page for link in frame_of(config).sources}
        body = opml.render_sources(config.site, config.sources, home_pages)
    if file is None:
        click.echo(body, nl=False)
    else:
        try:
            with file.open("xb") as stream:
                stream.write(body)
        except FileExistsError:
            fail(f"{file} is there already, and is left as it is")
        except OSError as error:
            fail(f"{file} cannot be written: {error.strerror}")
    for line in () if feeds else _left_out(config):
        click.echo(line, err=True)


def _left_out(config: Config) -> Iterator[str]:
    """Yield what a list cannot hold, or is not to be shown to others, a line each."""
    for source in config.sources:
        if source.feed is None:
            kind = "page" if source.page else "dump"
            yield f"{source.name}: is a {kind} and no feed, and is not in the list"
        elif has_secret(source.feed):
            yield f"{source.name}: its address has a secret, which is in the list"
        elif source.access.auth or source.access.headers:
            yield f"{source.name}: its password or headers are not in the list"
