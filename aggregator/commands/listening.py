"""The socket that the feeds are served on, and the addresses that a person is told."""

from __future__ import annotations

import errno
import logging
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import click

from aggregator.commands.exits import fail
from aggregator.models import Config, served_address
from aggregator.publish.formats import FORMATS

log = logging.getLogger(__name__)

# The web server's process ends within a tenth of a second of the service's; this is for a machine
# that is very busy.
_ADDRESS_SECONDS = 3.0
_POLL_SECONDS = 0.1


def listen(config: Config) -> socket.socket:
    """Open the socket that is served on, or say why it cannot be had and exit."""
    host, port = config.site.listen_host, config.site.listen_port
    try:
        return listening(host, port, _ADDRESS_SECONDS)
    except OSError as error:
        reason = error.strerror or error
        fail(f"cannot listen on {host}:{port} ({reason}); [site] listen names another")


def listening(host: str, port: int, patience_seconds: float) -> socket.socket:
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


@contextmanager
def listening_for_operator(config: Config) -> Iterator[socket.socket | None]:
    """Open the socket on which the status is shown; that it cannot be had stops nothing.

    It is not waited for: the process that held it held the address of the feeds, too.
    """
    host, port = config.status.listen_host, config.status.listen_port
    listener: socket.socket | None = None
    try:
        listener = listening(host, port, 0) if host else None
    except OSError as error:
        log.warning(
            "the status is not shown, as nobody can listen on %s:%d (%s); [status] listen names "
            "another address, or none",
            *(host, port, error.strerror or error),
        )
    with listener or nullcontext():
        yield listener


def print_addresses(config: Config, *, is_status_shown: bool) -> None:
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
