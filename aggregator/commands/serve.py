"""``aggregator serve``: one of any number of web servers, each with a copy of the feeds."""

from __future__ import annotations

import logging
from pathlib import Path
from threading import Event

import click

from aggregator import logs
from aggregator.commands.exits import exit_on_fault, fail
from aggregator.commands.listening import listen, listening_for_operator, print_addresses
from aggregator.commands.options import LogChoice, config_option, load_config, log_options
from aggregator.commands.process import start_logging, stop_on_signals
from aggregator.console.faults import Faults
from aggregator.errors import AggregatorError, PublishError
from aggregator.models import Config
from aggregator.pipeline.mirror import Mirror, tell_kept
from aggregator.pipeline.ping import topics_of
from aggregator.publish.occupied import copied_into
from aggregator.push import told
from aggregator.server.process import Places, serving
from aggregator.store.announcements import Announcements
from aggregator.store.place import is_postgresql, path_of
from aggregator.store.store import Store
from aggregator.systemd import Systemd

log = logging.getLogger(__name__)

# What is published is heard of; this is for what could not be heard, as a proxy may end listening.
_LOOK_SECONDS = 30.0
# After a restart PostgreSQL is back within seconds.
_AGAIN_SECONDS = 2.0
_MIRRORING = "copying what is published"


@click.command()
@config_option
@log_options
def serve(config_path: Path, log_choice: LogChoice) -> None:
    """Serve what another machine publishes, until Ctrl-C.

    The feeds are copied into [site] output, and served from there also while PostgreSQL is away.
    """
    config = load_config(config_path)
    if not is_postgresql(config.store_url):
        fail("serve copies the feeds from PostgreSQL; with a store in SQLite, run serves them")
    start_logging(log_choice.format, log_choice.level)
    stop = Event()
    places = Places(
        folder=config.site.output,
        push=told.folder_of(path_of(config.store_url)),
        config=config.path,
        store_url=config.store_url,
    )
    _name_hubs(config, places.push)
    with (
        exit_on_fault(),
        copied_into(config.site.output),
        listen(config) as listener,
        listening_for_operator(config) as for_operator,
        serving(places, listener, for_operator),
    ):
        stop_on_signals(stop)
        print_addresses(config, is_status_shown=for_operator is not None)
        Systemd().ready(until=stop)
        mirror(config, stop)
    logs.event(log, logging.INFO, "mirror.stopped", "stopped")


def _name_hubs(config: Config, folder: Path) -> None:
    """Let the web server name the hubs of the feeds; callbacks are those of who subscribes."""
    site = config.site
    news = told.Told()
    if site.hubs:
        news = told.Told(url=site.url, hubs=site.hubs, topics=tuple(topics_of(config)))
    try:
        told.tell(folder, news)
    except OSError as error:
        fail(f"{folder} cannot be written: {error.strerror or error}")


def mirror(config: Config, stop: Event) -> None:
    """Copy what is published until told to stop; after a fault try again, and look at all of it."""
    faults, kept = Faults(), set[str]()
    while not stop.is_set():
        try:
            with (
                Store.beside(config.store_url) as store,
                Announcements(config.store_url) as announcements,
            ):
                copy = Mirror(store, config.site.output)
                while not stop.is_set():
                    _look(copy, faults)
                    tell_kept(copy.kept - kept)
                    kept = set(copy.kept)
                    announcements.wait(_LOOK_SECONDS, stop)
        except AggregatorError as error:
            faults.say(_MIRRORING, str(error), "what was copied is served; it is tried again")
            stop.wait(_AGAIN_SECONDS)


def _look(copy: Mirror, faults: Faults) -> None:
    """Copy what is new; what the folder does not take is tried again, and the rest is served."""
    try:
        count = copy.look()
    except PublishError as error:
        faults.say(_MIRRORING, str(error), "the other files are copied; it is tried again")
        return
    faults.end(_MIRRORING)
    if count:
        fields = {"files": count, "number": copy.number}
        logs.event(log, logging.INFO, "mirror.copied", "%d files copied", count, **fields)
