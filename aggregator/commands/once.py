"""``aggregator once``: one pass, for cron; beside a service, the service makes it."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import NoReturn

import click

from aggregator.commands.colours import no_color_option
from aggregator.commands.exits import EXIT_SOME_FAILED, exit_on_fault, fail
from aggregator.commands.options import LogChoice, config_option, load_config, log_options, now
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
from aggregator.publish.occupied import published_into
from aggregator.store.owner import Owner, owner_of
from aggregator.store.store import Store

# In which old stories leave: of those that are there when a store is first bounded, 10,000 a pass.
_MOST_STEPS = 20
# Web servers of other machines copy what is published within a second or two.
_COPIED_SECONDS = 2.0

# A first pass over an archive of a million records takes hours; one of a day hangs, and whoever
# reads what cron sends is to hear of it.
_LONGEST_PASS = timedelta(days=1)


@click.command()
@config_option
@log_options
@no_color_option
@click.option("--all", "every_source", is_flag=True, help="Every source, not only those due.")
def once(config_path: Path, log_choice: LogChoice, *, every_source: bool) -> None:
    """Make one pass over the due sources, publish and exit.

    For cron. It prints a summary. Beside a service, the service makes the pass. Exit codes: 0 all
    good; 1 some source or feed fails, and the others were published; 2 nothing could run.
    """
    config = load_config(config_path)
    asked = _Asked(config=config, every_source=every_source, is_quiet=log_choice.is_quiet)
    start_logging(log_choice.format, log_choice.level)
    with exit_on_fault():
        owner = owner_of(config.store_url)
        if owner is None:
            try:
                _make_pass(asked)
            except StoreInUseError:  # by a process that began at the same moment
                owner = owner_of(config.store_url)
                if owner is None:
                    raise
        if owner.command == "run":
            _let_service_make_pass(asked, owner)
        _leave_to_other(asked, owner)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What a person asks for: a pass, over which sources, and whether only faults are said."""

    config: Config
    every_source: bool
    is_quiet: bool


def _make_pass(asked: _Asked) -> NoReturn:
    """Make the pass in this process, and exit."""
    config, stop = asked.config, Event()
    by = Owner(command="once", pid=os.getpid(), since=now())
    shown = show_progress(is_quiet=asked.is_quiet)
    with (
        open_store(config, by=by) as store,
        published_into(config.site.output),
        shown as progress,
        naming_pass(),
    ):
        stop_on_signals(stop)
        run = Run.of(config, store, clock=now, stop=stop, progress=progress)
        report = run_pass(run, every_source=asked.every_source)
        if config.site.hubs:
            ping_hubs = load("aggregator.pipeline.ping").ping_hubs
            if ping_hubs(run) and not stop.wait(_COPIED_SECONDS):
                ping_hubs(run)
        is_kept_up = DailyUpkeep().keep_up(run, most_steps=_MOST_STEPS)
    said = "stopped before the end; the next pass goes on from here" if stop.is_set() else ""
    _end(asked, report, said, is_good=is_kept_up)


def _let_service_make_pass(asked: _Asked, owner: Owner) -> NoReturn:
    """Have the service make the pass, wait for it, and exit as if it had been made here."""
    # Only here, as cron's passes are mostly made where no service runs.
    waiting = load("aggregator.commands.waiting")
    report, said = waiting.wait_for_pass(
        asked.config, owner, every_source=asked.every_source, is_quiet=asked.is_quiet
    )
    _end(asked, report, said)


def _leave_to_other(asked: _Asked, owner: Owner) -> NoReturn:
    """Say that another pass is being made, name the sources that fail so far, and exit.

    That is no fault where it does what is asked here: a timer comes round while a pass takes long.
    """
    other = f"another pass is being made, by process {owner.pid} since {owner.since:%H:%M} UTC"
    if asked.every_source:
        fail(f"{other}; it may leave sources out that are not due, so ask again when it has ended")
    if now() - owner.since > _LONGEST_PASS:
        fail(f"{other} of {owner.since:%Y-%m-%d}, longer than any should take: end that process")
    if not asked.is_quiet:
        click.echo(f"{other}; nothing is left to do here", err=True)
    states: Mapping[str, FetchState] = {}
    with suppress(StoreError), Store.beside(asked.config.store_url) as store, store.read() as unit:
        states = unit.sources.states()  # it may be the pass that makes the store
    failing = still_failing(asked.config.sources, states, but=set())
    if failing:
        click.echo("\n".join(("sources that failed before:", *failing_lines(failing))))
    sys.exit(EXIT_SOME_FAILED if failing else 0)


def _end(asked: _Asked, report: PassReport, said: str, *, is_good: bool = True) -> NoReturn:
    """Print the summary, and what is to be said of a pass that did not come to its end; exit.

    ``is_good`` says that what is done once a day went well, too.
    """
    is_bad = bool(report.failed or said or not is_good)
    if is_bad or not asked.is_quiet:
        print_summary(asked.config, report)
    if said:
        click.echo(said, err=True)
    sys.exit(EXIT_SOME_FAILED if is_bad else 0)
