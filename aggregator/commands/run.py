"""``aggregator run``: the service, until Ctrl-C."""

from __future__ import annotations

import errno
import logging
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from threading import Event

import click

from aggregator import logs
from aggregator.commands.exits import exit_on_fault, fail
from aggregator.commands.options import LogChoice, config_option, load_config, log_options, now
from aggregator.commands.process import reload_on_hangup, start_logging, stop_on_signals
from aggregator.models import Config, served_address
from aggregator.pipeline.run_pass import load_steps
from aggregator.publish.formats import FORMATS
from aggregator.push import told
from aggregator.server.process import Places, serving
from aggregator.server.repeats import quieten
from aggregator.service import Service, open_store
from aggregator.store.owner import Owner, owner_of
from aggregator.store.place import path_of
from aggregator.systemd import Systemd

log = logging.getLogger(__name__)

# The web server's process ends within a tenth of a second of the service's; this is for a machine
# that is very busy.
_ADDRESS_SECONDS = 3.0
_POLL_SECONDS = 0.1
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
        _listen(config) as listener,
        _listening_for_operator(config) as for_operator,
        exit_on_fault(),
        serving(_places(config), listener, for_operator),
    ):
        # Only once it serves for good: migrating a store may take minutes, and can be killed.
        address = served_address(config.site.listen_host, listener.getsockname()[1])
        owner = Owner(command="run", pid=os.getpid(), since=now(), address=address)
        may_stop = partial(stop_on_signals, stop)
        if store := open_store(config, stop, owner, now, before_waiting=may_stop):
            with store:
                stop_on_signals(stop)
                if not log_choice.is_quiet:
                    _print_addresses(config, is_status_shown=for_operator is not None)
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


def _listen(config: Config) -> socket.socket:
    """Open the socket that is served on, or say why it cannot be had and exit."""
    host, port = config.site.listen_host, config.site.listen_port
    try:
        return _listening(host, port, _ADDRESS_SECONDS)
    except OSError as error:
        reason = error.strerror or error
        fail(f"cannot listen on {host}:{port} ({reason}); [site] listen names another")


@contextmanager
def _listening_for_operator(config: Config) -> Iterator[socket.socket | None]:
    """Open the socket on which the status is shown; that it cannot be had stops nothing.

    It is not waited for: the process that held it held the address of the feeds, too.
    """
    host, port = config.status.listen_host, config.status.listen_port
    listener: socket.socket | None = None
    try:
        listener = _listening(host, port, 0) if host else None
    except OSError as error:
        log.warning(
            "the status is not shown, as nobody can listen on %s:%d (%s); [status] listen names "
            "another address, or none",
            *(host, port, error.strerror or error),
        )
    with listener or nullcontext():
        yield listener


def _listening(host: str, port: int, patience_seconds: float) -> socket.socket:
    """Open a socket that listens; OSError where its address cannot be had in time.

    Of a service that was killed a moment ago, the web server's process may still hold the address.
    """
    end = time.monotonic() + patience_seconds
    while True:
        listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen()  # until then another process can bind the address, too
        except OSError as error:
            listener.close()
            if error.errno != errno.EADDRINUSE or time.monotonic() > end:
                raise
            time.sleep(_POLL_SECONDS)
        else:
            return listener


def _print_addresses(config: Config, *, is_status_shown: bool) -> None:
    """Print where the site and its status are seen, then the addresses to subscribe to.

    There may be hundreds of these, and whoever starts a service looks at the first lines.
    """
    click.echo(f"{config.site.title}: {config.site.url}")
    served = served_address(config.site.listen_host, config.site.listen_port)
    if served != config.site.url:
        click.echo(f"Served at {served}, to be seen at the address above.")
    if is_status_shown:
        click.echo(f"How everything does: {config.status.address}status")
    click.echo("To subscribe to:")
    for feed in config.feeds:
        click.echo(f"  {feed.title}")
        for output in FORMATS:
            if output.is_read_everywhere:
                click.echo(f"    {config.site.url}{feed.name}.{output.suffix}")
    click.echo("Ctrl-C stops.")
