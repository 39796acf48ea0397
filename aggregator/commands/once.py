"""``aggregator once``: one pass, for cron; beside a service, the service makes it."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import NoReturn

import click

from aggregator.commands.exits import EXIT_SOME_FAILED, exit_on_fault, fail
from aggregator.commands.options import config_option, load_config, log_options, now
from aggregator.commands.process import start_logging, stop_on_signals
from aggregator.console.progress import show_progress
from aggregator.console.summary import failing_lines, print_summary
from aggregator.errors import StoreError, StoreInUseError
from aggregator.lazy_import import load
from aggregator.logs import naming_pass
from aggregator.models import Config, FetchState
from aggregator.pipeline.due import still_failing
from aggregator.pipeline.run import Run
from aggregator.pipeline.run_pass import PassReport, run_pass
from aggregator.pipeline.upkeep import DailyUpkeep, open_store
from aggregator.store.owner import Owner, owner_of
from aggregator.store.store import Store

# In which old stories leave: of those that are there when a store is first bounded, 10,000 a pass.
_MOST_STEPS = 20

# A first pass over an archive of a million records takes hours; one of a day hangs, and whoever
# reads what cron sends is to hear of it.
_LONGEST_PASS = timedelta(days=1)


@click.command()
@config_option
@log_options
@click.option("--all", "every_source", is_flag=True, help="Every source, not only those due.")
def once(
    config_path: Path, log_format: str | None, log_level: str | None, *, every_source: bool
) -> None:
    """Make one pass over the due sources, publish, print a summary and exit.

    For cron. Beside a service, the service makes the pass. Exit codes: 0 all good; 1 some source or
    feed fails, and the others were published; 2 nothing could run.
    """
    config = load_config(config_path)
    start_logging(log_format, log_level)
    with exit_on_fault():
        owner = owner_of(config.store_url)
        if owner is None:
            try:
                _make_pass(config, every_source=every_source)
            except StoreInUseError:  # by a process that began at the same moment
                owner = owner_of(config.store_url)
                if owner is None:
                    raise
        if owner.command == "run":
            _let_service_make_pass(config, owner, every_source=every_source)
        _leave_to_other(config, owner, every_source=every_source)


def _make_pass(config: Config, *, every_source: bool) -> NoReturn:
    """Make the pass in this process, and exit."""
    stop = Event()
    by = Owner(command="once", pid=os.getpid(), since=now())
    with open_store(config, by=by) as store, show_progress() as progress, naming_pass():
        stop_on_signals(stop)
        run = Run.of(config, store, clock=now, stop=stop, progress=progress)
        report = run_pass(run, every_source=every_source)
        if config.site.hubs:
            load("aggregator.pipeline.ping").ping_hubs(run)
        is_kept_up = DailyUpkeep().keep_up(run, most_steps=_MOST_STEPS)
    said = "stopped before the end; the next pass goes on from here" if stop.is_set() else ""
    _end(config, report, said, is_good=is_kept_up)


def _let_service_make_pass(config: Config, owner: Owner, *, every_source: bool) -> NoReturn:
    """Have the service make the pass, wait for it, and exit as if it had been made here."""
    # Only here, as cron's passes are mostly made where no service runs.
    waiting = load("aggregator.commands.waiting")
    report, said = waiting.wait_for_pass(config, owner, every_source=every_source)
    _end(config, report, said)


def _leave_to_other(config: Config, owner: Owner, *, every_source: bool) -> NoReturn:
    """Say that another pass is being made, name the sources that fail so far, and exit.

    That is no fault where it does what is asked here: a timer comes round while a pass takes long.
    """
    other = f"another pass is being made, by process {owner.pid} since {owner.since:%H:%M} UTC"
    if every_source:
        fail(f"{other}; it may leave sources out that are not due, so ask again when it has ended")
    if now() - owner.since > _LONGEST_PASS:
        fail(f"{other} of {owner.since:%Y-%m-%d}, longer than any should take: end that process")
    click.echo(f"{other}; nothing is left to do here", err=True)
    states: Mapping[str, FetchState] = {}
    with suppress(StoreError), Store.beside(config.store_url) as store, store.read() as unit:
        states = unit.sources.states()  # it may be the pass that makes the store
    failing = still_failing(config.sources, states, but=set())
    if failing:
        click.echo("\n".join(("sources that failed before:", *failing_lines(failing))))
    sys.exit(EXIT_SOME_FAILED if failing else 0)


def _end(config: Config, report: PassReport, said: str, *, is_good: bool = True) -> NoReturn:
    """Print the summary, and what is to be said of a pass that did not come to its end; exit.

    ``is_good`` says that what is done once a day went well, too.
    """
    print_summary(config, report)
    if said:
        click.echo(said, err=True)
    sys.exit(EXIT_SOME_FAILED if report.failed or said or not is_good else 0)
