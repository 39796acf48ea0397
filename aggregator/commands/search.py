"""``aggregator search``: which stories of everything that is stored have some words."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from aggregator.commands.exits import EXIT_SOME_FAILED, exit_on_fault
from aggregator.commands.options import as_typed, config_option, load_config
from aggregator.console import found
from aggregator.models import SearchOrder
from aggregator.pipeline.search import A_PAGE, MOST_ON_A_PAGE, Stretch
from aggregator.pipeline.search import search as search_question
from aggregator.store.store import Store


@click.command()
@config_option
@click.argument("words", metavar="WORDS", callback=as_typed)
@click.option(
    "--limit",
    metavar="N",
    type=click.IntRange(1, MOST_ON_A_PAGE),
    default=A_PAGE,
    show_default=True,
    help="How many stories are printed at most.",
)
@click.option(
    "--order",
    metavar="|".join(SearchOrder),
    type=click.Choice([order.value for order in SearchOrder]),
    default=SearchOrder.NEWEST.value,
    show_default=True,
    help="The newest first, or what matches best.",
)
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object, for a program.")
def search(config_path: Path, words: str, limit: int, order: str, is_json: bool) -> None:
    """Find stories, of everything stored, by words in all their forms.

    A story has all the words; in quotes they are looked for as written, one behind the other, and a
    story has no word that a - stands before.
    """
    config = load_config(config_path)
    with exit_on_fault(), Store.beside(config.store_url) as store:
        stretch = Stretch(at_most=limit)
        results = search_question(store, config, words, order=SearchOrder(order), stretch=stretch)
    lines = found.json_text(results) if is_json else "\n".join(found.lines(results, config))
    click.echo(lines)
    sys.exit(0 if results.hits else EXIT_SOME_FAILED)
