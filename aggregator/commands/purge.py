"""``aggregator purge``: a story's text is taken away for good."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import click

from aggregator.commands.exits import exit_on_fault, fail
from aggregator.commands.options import as_typed, config_option, load_config, now
from aggregator.pipeline.find import MOST_ENTRIES
from aggregator.pipeline.purge import purge as purge_question
from aggregator.pipeline.purge import purge_older
from aggregator.sizes import count_text
from aggregator.store.store import Store

_MOST_DIGITS = 5  # of a number of days: some hundred years


@click.command()
@config_option
@click.argument("question", metavar="[ID|URL|TEXT]", required=False, callback=as_typed)
@click.option("--older-than", metavar="DAYSd", help='Every story of that age: "365d".')
def purge(config_path: Path, question: str | None, older_than: str | None) -> None:
    """Take a story's text away for good, whoever carries it.

    It never returns.
    """
    config = load_config(config_path)
    if (question is None) == (older_than is None):
        fail("name what is to be purged: an id, an address or a title, or --older-than 365d")
    with exit_on_fault(), Store.beside(config.store_url) as store:
        if older_than is not None:
            count = purge_older(store, _age(older_than), now)
            click.echo(count_text(count, "entry is purged", "entries are purged"))
            return
        ids = purge_question(store, question or "", config.dedupe, now)
    if not ids:
        fail("no entry has this id, this address, or this as its whole title")
    if len(ids) > MOST_ENTRIES:
        fail(f"{len(ids)} entries are meant by this, and none is purged; name one by its id")
    click.echo("\n".join(f"purged with its story: {entry_id}" for entry_id in ids))
    click.echo("it leaves the feeds at the next pass; a service that runs makes one within seconds")


def _age(value: str) -> timedelta:
    """Read ``365d``, or say how an age is written and exit."""
    digits = value.removesuffix("d")
    is_number = digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS
    if not is_number or int(digits) == 0:
        fail('--older-than takes a number of days, as "365d"')
    return timedelta(days=int(digits))
