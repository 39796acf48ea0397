"""``aggregator run``: the service, until Ctrl-C."""

from __future__ import annotations

import logging
import os
from functools import partial
from pathlib import Path
from threading import Event

import click

from aggregator import logs
from aggregator.commands.exits import exit_on_fault, fail
from aggregator.commands.listening import listen, listening_for_operator, print_addresses
from aggregator.commands.options import LogChoice, config_option, load_config, log_options, now
from aggregator.commands.process import reload_on_hangup, start_logging, stop_on_signals
from aggregator.models import Config, served_address
from aggregator.pipeline.run_pass import load_steps
from aggregator.publish.occupied import published_into
from aggregator.push import told
from aggregator.server.process import Places, serving
from aggregator.server.repeats import quieten
from aggregator.service import Service, open_store
from aggregator.store.owner import Owner, owner_of
from aggregator.store.place import path_of
from aggregator.systemd import Systemd

log = logging.getLogger(__name__)

# What these do is tried every few seconds, and what is wrong with it may stay for days.
_TRIED_AGAIN_AND_AGAIN = ("aggregator.push", "aggregator.pipeline.index_texts", "aggregator.server")
_QUIET_SECONDS = 3600.0


@click.command()
@config_option
@log_options
def run(config_path: Path, log_choice: LogChoice) -> None:
    """Ingest and publish by schedule, and serve the feeds, until Ctrl-C.

    SIGHUP reads the configuration again at once.
    """
    config = load_config(config_path)
    start_logging(log_choice.format, log_choice.level)
    _refuse_second(config)
    quieten(_TRIED_AGAIN_AND_AGAIN, _QUIET_SECONDS)
    stop, reload_asked, systemd = Event(), Event(), Systemd()
    reload_on_hangup(reload_asked, stop)
    with (
        listen(config) as listener,
        listening_for_operator(config) as for_operator,
        exit_on_fault(),
        serving(_places(config), listener, for_operator),
    ):
        # Only once it serves for good: migrating a store may take minutes, and can be killed.
        address = served_address(config.site.listen_host, listener.getsockname()[1])
        owner = Owner(command="run", pid=os.getpid(), since=now(), address=address)
        may_stop = partial(stop_on_signals, stop)
        if store := open_store(config, stop, owner, now, before_waiting=may_stop):
            with store, published_into(config.site.output):
                stop_on_signals(stop)
                if not log_choice.is_quiet:
                    print_addresses(config, is_status_shown=for_operator is not None)
                text = "the service runs and serves at %s"
                fields = {"address": owner.address, "pid": owner.pid}
                logs.event(log, logging.INFO, "service.started", text, owner.address, **fields)
                load_steps()  # they live as long as the service, and so are frozen
                systemd.ready(until=stop)
                Service(
                    config,
                    store,
                    clock=now,
                    stop=stop,
                    reload_asked=reload_asked,
                    alive=systemd.alive,
                ).run()
    logs.event(log, logging.INFO, "service.stopped", "stopped")


def _places(config: Config) -> Places:
    """Return what the web server's process is told of where everything is."""
    return Places(
        folder=config.site.output,
        push=told.folder_of(path_of(config.store_url)),
        config=config.path,
        store_url=config.store_url,
    )


def _refuse_second(config: Config) -> None:
    """Exit where a service already makes passes over this store."""
    owner = owner_of(config.store_url)
    if owner is not None and owner.command == "run":
        fail(f"already running: process {owner.pid} serves the feeds at {owner.address}")
