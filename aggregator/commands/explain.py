"""``aggregator explain``: why an entry stands where it does, or what is held back."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from aggregator.commands.exits import EXIT_SOME_FAILED, exit_on_fault, fail
from aggregator.commands.options import as_typed, config_option, load_config, now
from aggregator.console import explanation
from aggregator.pipeline.explain import explain as explain_question
from aggregator.pipeline.feed_status import placed_feeds
from aggregator.store.store import Store


@click.command()
@config_option
@click.argument("question", metavar="[ID|URL|TEXT]", required=False, callback=as_typed)
def explain(config_path: Path, question: str | None) -> None:
    """Show why an entry stands where it does, or what is held back.

    An entry is asked for by its id, its address, or words of its title, and shown with its keys,
    its story, and what it was compared with. Without a question, the quarantined changes are shown.
    """
    config = load_config(config_path)
    if question is not None and not question.strip():
        fail("the question is empty")
    with exit_on_fault(), Store.beside(config.store_url) as store:
        if question is None:
            with store.read() as unit:
                lines = list(explanation.quarantine_lines(unit.sources.quarantines(), config))
            feeds = {
                name: (placed.held_back, placed.entries)
                for name, placed in placed_feeds(store, config).items()
                if placed.held_back is not None
            }
            lines += explanation.held_back_lines(feeds)
            click.echo("\n".join(lines) or "Nothing is held back.")
            return
        answer = explain_question(config, store, question, now())
    click.echo("\n".join(explanation.answer_lines(answer, config)))
    sys.exit(0 if answer.entries or answer.rejected else EXIT_SOME_FAILED)
