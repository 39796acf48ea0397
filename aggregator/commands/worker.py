"""``aggregator worker``: one of several processes that ingest and publish, until Ctrl-C."""

from __future__ import annotations

import logging
import os
from functools import partial
from pathlib import Path
from threading import Event

import click

from aggregator import logs
from aggregator.commands.exits import exit_on_fault, fail
from aggregator.commands.options import LogChoice, config_option, load_config, log_options, now
from aggregator.commands.process import reload_on_hangup, start_logging, stop_on_signals
from aggregator.lazy_import import load
from aggregator.pipeline.run_pass import load_steps
from aggregator.publish.occupied import published_into
from aggregator.store.place import is_postgresql, shown
from aggregator.systemd import Systemd

log = logging.getLogger(__name__)


@click.command()
@config_option
@log_options
def worker(config_path: Path, log_choice: LogChoice) -> None:
    """Ingest and publish beside other workers, until Ctrl-C.

    They are on one machine or several. The store is in PostgreSQL. SIGHUP reads the configuration
    again at once.
    """
    config = load_config(config_path)
    start_logging(log_choice.format, log_choice.level)
    if not is_postgresql(config.store_url):
        fail(
            f"the store {shown(config.store_url)} is a file, which one process uses: workers need "
            "PostgreSQL, which [store] url names; `aggregator run` does all with a file"
        )
    stop, reload_asked = Event(), Event()
    reload_on_hangup(reload_asked, stop)
    stop_on_signals(stop)
    load_steps()
    with exit_on_fault():
        text = "the worker %d begins on %s"
        fields = {"pid": os.getpid()}
        where = shown(config.store_url)
        logs.event(log, logging.INFO, "worker.started", text, os.getpid(), where, **fields)
        on_begun = partial(Systemd().ready, until=stop)
        with published_into(config.site.output):
            load("aggregator.worker").work(config, now, stop, reload_asked, on_begun)
    logs.event(log, logging.INFO, "worker.stopped", "stopped")
