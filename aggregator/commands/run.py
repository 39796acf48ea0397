"""``aggregator run``: the service, until Ctrl-C."""

from __future__ import annotations

import errno
import socket
import time
from functools import partial
from pathlib import Path
from threading import Event

import click

from aggregator.commands.exits import exit_on_fault, fail
from aggregator.commands.options import config_option, load_config, now
from aggregator.commands.process import start_logging, stop_on_signals
from aggregator.models import Config
from aggregator.pipeline.run_pass import load_steps
from aggregator.publish.formats import FORMATS
from aggregator.push import told
from aggregator.server.process import Places, serving
from aggregator.server.repeats import quieten
from aggregator.service import Service, open_store
from aggregator.store import sqlite
from aggregator.systemd import Systemd

# The web server's process ends within a tenth of a second of the service's; this is for a machine
# that is very busy.
_ADDRESS_SECONDS = 3.0
_POLL_SECONDS = 0.1


@click.command()
@config_option
def run(config_path: Path) -> None:
    """Ingest and publish by schedule, and serve the feeds, until Ctrl-C."""
    config = load_config(config_path)
    start_logging()
    quieten(["aggregator.push"])  # what cannot be read of a hub's is looked at every two seconds
    stop, systemd = Event(), Systemd()
    places = Places(
        folder=config.site.output,
        push=told.folder_of(sqlite.path_of(config.store_url)),
        config=config.path,
        store_url=config.store_url,
    )
    with _listen(config) as listener, exit_on_fault(), serving(places, listener):
        # Only once it serves for good: migrating a store may take minutes, and can be killed.
        if store := open_store(config, stop, before_waiting=partial(stop_on_signals, stop)):
            with store:
                stop_on_signals(stop)
                _print_addresses(config)
                load_steps()  # they live as long as the service, and so are frozen
                systemd.ready(until=stop)
                Service(config, store, clock=now, stop=stop, alive=systemd.alive).run()
    click.echo("stopped", err=True)


def _listen(config: Config) -> socket.socket:
    """Open the socket that is served on, or say why it cannot be had and exit.

    Of a service that was killed a moment ago, the web server's process may still hold the address.
    """
    host, port = config.site.listen_host, config.site.listen_port
    end = time.monotonic() + _ADDRESS_SECONDS
    while True:
        listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen()  # until then another process can bind the address, too
        except OSError as error:
            listener.close()
            if error.errno != errno.EADDRINUSE or time.monotonic() > end:
                reason = error.strerror or error
                fail(f"cannot listen on {host}:{port} ({reason}); [site] listen names another")
            time.sleep(_POLL_SECONDS)
        else:
            return listener


def _print_addresses(config: Config) -> None:
    """Print the addresses to subscribe to."""
    click.echo(f"{config.site.title}: {config.site.url}")
    for feed in config.feeds:
        click.echo(f"  {feed.title}")
        for output in FORMATS:
            if output.is_read_everywhere:
                click.echo(f"    {config.site.url}{feed.name}.{output.suffix}")
    served = f"http://{config.site.listen_host}:{config.site.listen_port}/"
    if served != config.site.url:
        click.echo(f"Served at {served}, to be seen at the address above.")
    click.echo("Subscribe to any of these addresses; Ctrl-C stops.")
