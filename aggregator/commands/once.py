"""``aggregator once``: one pass, for cron."""

from __future__ import annotations

import sys
from pathlib import Path
from threading import Event

import click

from aggregator.commands.exits import EXIT_SOME_FAILED, exit_on_fault
from aggregator.commands.options import config_option, load_config, now
from aggregator.commands.process import start_logging, stop_on_signals
from aggregator.console.progress import show_progress
from aggregator.console.summary import print_summary
from aggregator.lazy_import import load
from aggregator.pipeline.failing import failing_besides
from aggregator.pipeline.run import Run
from aggregator.pipeline.run_pass import run_pass
from aggregator.status.rows import fault_lines
from aggregator.store.store import Store


@click.command()
@config_option
@click.option("--all", "every_source", is_flag=True, help="Every source, not only those due.")
def once(config_path: Path, every_source: bool) -> None:
    """Make one pass over the due sources, publish, print a summary and exit.

    For cron. Exit codes: 0 all good; 1 some source fails, or some feed failed, and the others were
    published; 2 nothing could run.
    """
    config = load_config(config_path)
    start_logging()
    stop = Event()
    with exit_on_fault(), Store.open(config.store_url) as store, show_progress() as progress:
        stop_on_signals(stop)
        run = Run.of(config, store, clock=now, stop=stop, progress=progress)
        report = run_pass(run, every_source=every_source)
        if config.site.hubs:
            load("aggregator.pipeline.ping").ping_hubs(run)
        asked = {source.source for source in report.sources if source.error}
        failing = failing_besides(asked, store, config, now())
    print_summary(config, report)
    for source in failing:
        click.echo("\n".join(fault_lines(source, now())))
    if stop.is_set():
        click.echo("stopped before the end; the next pass goes on from here", err=True)
    sys.exit(EXIT_SOME_FAILED if report.failed or failing or stop.is_set() else 0)
