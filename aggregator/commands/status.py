"""``aggregator status``: how the service, each source and each feed do."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import click

from aggregator.commands.colours import no_color_option
from aggregator.commands.exits import EXIT_SOME_FAILED, exit_on_fault
from aggregator.commands.options import config_option, load_config, now
from aggregator.console.status_tables import print_status
from aggregator.models import Pulse
from aggregator.pipeline.seen_workers import of_machine
from aggregator.pipeline.status import status_of
from aggregator.status import as_json
from aggregator.store.store import Store


@click.command()
@config_option
@click.option("--failing", "only_failing", is_flag=True, help="Only the sources that fail.")
@no_color_option
@click.option(
    "--here", "is_here", is_flag=True, help="Only whether a worker of this machine works."
)
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object, for a program.")
def status(config_path: Path, only_failing: bool, is_here: bool, is_json: bool) -> None:
    """Show how the service, each source and each feed do.

    It says what to do about faults, beside a running service or workers, or without. Exit codes:
    0 no source fails; 1 some source fails; 2 there is no store to read. With --here: 0 a worker of
    this machine works; 1 none does.
    """
    config = load_config(config_path)
    with exit_on_fault(), Store.beside(config.store_url) as store:
        if is_here:
            pulse, reason = of_machine(store, socket.gethostname(), now())
            click.echo(reason)
            sys.exit(0 if pulse is Pulse.TICKS else EXIT_SOME_FAILED)
        found = status_of(store, config, now())
    if is_json:
        click.echo(as_json.json_text(found, only_failing=only_failing))
    else:
        print_status(found, only_failing=only_failing)
    sys.exit(EXIT_SOME_FAILED if found.failing else 0)
