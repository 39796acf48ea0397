"""``aggregator check``: the configuration alone; with ``--online`` also what its sources are."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from aggregator import config as configuration
from aggregator.commands.exits import EXIT_SOME_FAILED, exit_on_fault
from aggregator.commands.options import config_option, now
from aggregator.lazy_import import load
from aggregator.models import Config
from aggregator.sizes import count_text


@click.command()
@config_option
@click.option("--online", is_flag=True, help="Ask each source once, and say what it is.")
def check(config_path: Path, *, online: bool) -> None:
    """Validate the configuration and exit.

    With --online, each source is asked once, as politely as by a pass, and nothing is stored. Exit
    codes: 0 all good; 1 some source fails; 2 the configuration has faults.
    """
    with exit_on_fault():
        config, doubts = configuration.load_with_doubts(config_path)
    for doubt in doubts:
        click.echo(f"warning: {doubt}", err=True)
    sources, feeds = len(config.sources), len(config.feeds)
    counted = count_text(sources, "source", "sources"), count_text(feeds, "feed", "feeds")
    click.echo(f"{config_path}: no fault: {', '.join(counted)}")
    if online:
        _ask(config)


def _ask(config: Config) -> None:
    """Print what each source is, as soon as it is known; exit with 1 where one fails."""
    failed = 0
    with exit_on_fault():
        for answer in load("aggregator.pipeline.ask").ask_each(config, now):
            click.echo(load("aggregator.console.answers").answer_line(answer, config))
            failed += answer.fault is not None
    if failed:
        click.echo(f"{failed} of {len(config.sources)} fail", err=True)
        sys.exit(EXIT_SOME_FAILED)
