"""``aggregator status``: how the service, each source and each feed do."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from aggregator.commands.exits import EXIT_SOME_FAILED, exit_on_fault
from aggregator.commands.options import config_option, load_config, now
from aggregator.console.status_tables import print_status
from aggregator.pipeline.status import status_of
from aggregator.status import as_json
from aggregator.store.store import Store


@click.command()
@config_option
@click.option("--failing", "only_failing", is_flag=True, help="Only the sources that fail.")
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object, for a program.")
def status(config_path: Path, only_failing: bool, is_json: bool) -> None:
    """Show how the service, each source and each feed do, and what to do about faults.

    Beside a running service or without one. Exit codes: 0 no source fails; 1 some source fails;
    2 there is no store to read.
    """
    config = load_config(config_path)
    with exit_on_fault(), Store.beside(config.store_url) as store:
        found = status_of(store, config, now())
    if is_json:
        click.echo(as_json.json_text(found, only_failing=only_failing))
    else:
        print_status(found, only_failing=only_failing)
    sys.exit(EXIT_SOME_FAILED if found.failing else 0)
