"""The commands, logging, what is printed, and exit codes.

The only place that reads the command line, prints, or decides an exit code: 0 all good; 1 some
source or feed failed and the others were published; 2 nothing could run.
"""

from __future__ import annotations

import logging
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import NoReturn

import click
from rich.console import Console
from rich.progress import BarColumn, TaskProgressColumn, TextColumn
from rich.progress import Progress as Bar

from aggregator import __version__, pipeline
from aggregator import config as configuration
from aggregator.console import explanation
from aggregator.console.report import (
    log_cluster_progress,
    log_file_progress,
    log_progress,
    print_summary,
)
from aggregator.errors import AggregatorError, ConfigError
from aggregator.models import Config, FileProgress, SourceReport
from aggregator.pipeline import ClusterProgress, FileReporter, Progress, run_pass
from aggregator.publish import formats
from aggregator.store.store import Store

_EXIT_SOME_FAILED = 1
_EXIT_NOTHING_RAN = 2
_MOST_DIGITS = 5  # of days: some hundred years


def main() -> None:
    """Run the console command."""
    commands(prog_name="aggregator")


def _now() -> datetime:
    return datetime.now(UTC)


_config_option = click.option(
    "--config",
    "config_path",
    default="config.toml",
    show_default=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The configuration; paths in it are relative to its folder.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="aggregator")
def commands() -> None:
    """Combine Bengali feeds and page dumps into RSS and Atom feeds."""


@commands.command()
@_config_option
def check(config_path: Path) -> None:
    """Validate the configuration and exit."""
    config = _load(config_path)
    click.echo(f"{config_path}: no fault: {_counted(config)}")


@commands.command()
@_config_option
@click.option("--all", "every_source", is_flag=True, help="Every source, not only those due.")
def once(config_path: Path, every_source: bool) -> None:
    """Make one pass over the due sources, publish, print a summary and exit (for cron)."""
    config = _load(config_path)
    _start_logging()
    stop = Event()
    _stop_on_signals(stop)
    with (
        _nothing_runs_on_fault(),
        Store.open(config.store_url) as store,
        _progress() as (progress, file_progress, cluster_progress),
    ):
        report = run_pass(
            config,
            store,
            clock=_now,
            every_source=every_source,
            progress=progress,
            stop=stop,
            file_progress=file_progress,
            cluster_progress=cluster_progress,
        )
    print_summary(config, report)
    if stop.is_set():
        click.echo("stopped before the end; the next pass goes on from here", err=True)
    sys.exit(_EXIT_SOME_FAILED if report.failed or stop.is_set() else 0)


@commands.command()
@_config_option
def run(config_path: Path) -> None:
    """Ingest and publish by schedule, and serve the feeds, until Ctrl-C."""
    # Imported here, as only the service needs a scheduler and a web server, and cron would pay.
    from aggregator.service import Service

    config = _load(config_path)
    _start_logging()
    stop = Event()
    _stop_on_signals(stop)
    with (
        _listen(config) as listener,
        _nothing_runs_on_fault(),
        Store.open(config.store_url) as store,
    ):
        _print_addresses(config)
        Service(config, store, clock=_now, stop=stop).run(listener)
    click.echo("stopped", err=True)


@commands.command()
@_config_option
@click.argument("question", metavar="ID|URL|TEXT", required=False)
def explain(config_path: Path, question: str | None) -> None:
    """Show why an entry is where it is: its keys, its story, what it was compared with.

    Asked by its id, its address, or words of its title; without a question, what is held back.
    """
    config = _load(config_path)
    if question is not None and not question.strip():
        _fail("the question is empty")
    with _nothing_runs_on_fault(), Store.beside(config.store_url) as store:
        if question is None:
            with store.looking() as (looking, _, _):
                lines = list(explanation.quarantine_lines(looking.held(), config))
            click.echo("\n".join(lines) or "Nothing is held back.")
            return
        answer = pipeline.explain(config, store, question, _now())
    click.echo("\n".join(explanation.answer_lines(answer, config)))
    sys.exit(0 if answer.entries or answer.rejected else _EXIT_SOME_FAILED)


@commands.command()
@_config_option
@click.argument("source")
def release(config_path: Path, source: str) -> None:
    """Let through a mass change that is held back of a source."""
    config = _load(config_path)
    with (
        _nothing_runs_on_fault(),
        Store.beside(config.store_url) as store,
        store.looking(writes=True) as (looking, _, _),
    ):
        is_released = looking.release(source)
    if not is_released:
        _fail(f"nothing is held back of {source}; `aggregator explain` names what is")
    click.echo(f"{source} is asked again at the next pass, and what it brings is let through")


@commands.command()
@_config_option
@click.argument("question", metavar="[ID|URL|TEXT]", required=False)
@click.option("--older-than", metavar="DAYSd", help='Every story of that age: "365d".')
def purge(config_path: Path, question: str | None, older_than: str | None) -> None:
    """Take a story's text away for good, whoever carries it; it never returns."""
    config = _load(config_path)
    if (question is None) == (older_than is None):
        _fail("name what is to be purged: an id, an address or a title, or --older-than 365d")
    with _nothing_runs_on_fault(), Store.beside(config.store_url) as store:
        if older_than is not None:
            count = pipeline.purge_older(store, _age(older_than), _now)
            click.echo(f"{count} entries are purged")
            return
        ids = pipeline.purge(store, question or "", config.dedupe, _now)
    if not ids:
        _fail("no entry has this id, this address, or this as its whole title")
    if len(ids) > pipeline.MOST_ENTRIES:
        _fail(f"{len(ids)} entries are meant by this, and none is purged; name one by its id")
    click.echo("\n".join(f"purged with its story: {one}" for one in ids))
    click.echo("it leaves the feeds at the next pass; a service that runs makes one within seconds")


def _age(value: str) -> timedelta:
    number = value.removesuffix("d")
    is_number = number.isascii() and number.isdigit() and len(number) <= _MOST_DIGITS
    if not is_number or int(number) == 0:
        _fail('--older-than takes a number of days, as "365d"')
    return timedelta(days=int(number))


def _counted(config: Config) -> str:
    """Say how many sources and feeds there are."""
    sources, feeds = len(config.sources), len(config.feeds)
    return f"{sources} source{'s'[: sources != 1]}, {feeds} feed{'s'[: feeds != 1]}"


def _load(path: Path) -> Config:
    try:
        return configuration.load(path)
    except ConfigError as error:
        _fail(str(error))


@contextmanager
def _nothing_runs_on_fault() -> Iterator[None]:
    """Turn a fault that leaves nothing to run into its message and exit code 2."""
    try:
        yield
    except AggregatorError as error:
        _fail(str(error))


def _fail(message: str) -> NoReturn:
    click.echo(message, err=True)
    sys.exit(_EXIT_NOTHING_RAN)


def _listen(config: Config) -> socket.socket:
    host, port = config.site.listen_host, config.site.listen_port
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        reason = error.strerror or error
        _fail(f"cannot listen on {host}:{port} ({reason}); [site] listen names another")
    return listener


def _stop_on_signals(stop: Event) -> None:
    """Let the first Ctrl-C or SIGTERM end things cleanly, and a second Ctrl-C at once."""

    def handle(_number: int, _frame: object) -> None:
        stop.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    signal.signal(signal.SIGINT, handle)
    signal.signal(signal.SIGTERM, handle)


def _start_logging() -> None:
    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(message)s",
        datefmt="%Y-%m-%d %H:%M:%S",
        stream=sys.stderr,
    )
    # These say at every tick, or as a warning when a pass outlasts one, what is no news.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)


@contextmanager
def _progress() -> Iterator[tuple[Progress, FileReporter, ClusterProgress]]:
    """Show how far a pass and a large file are: bars on a terminal, log lines elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield (
            log_progress,
            log_file_progress,
            log_cluster_progress,
        )
        return
    columns = (BarColumn(), TaskProgressColumn(), TextColumn("{task.description}"))
    with Bar(*columns, console=console, transient=True) as bar:
        sources, files = bar.add_task("", total=None), bar.add_task("", visible=False)

        def show(report: SourceReport, done: int, total: int) -> None:
            described = f"{done}/{total} {report.source}"
            bar.update(sources, description=described, completed=done, total=total)

        def show_file(read: FileProgress, bytes_read: int) -> None:
            described = f"{Path(read.file.path).name}: {read.records:,} records"
            size = max(read.file.size, 1)
            is_shown = not read.is_done
            bar.update(
                files, description=described, completed=bytes_read, total=size, visible=is_shown
            )

        def show_joined(done: int) -> None:
            bar.update(files, description=f"{done:,} entries joined to stories", visible=True)

        yield show, show_file, show_joined


def _print_addresses(config: Config) -> None:
    click.echo(f"{config.site.title}: {config.site.url}")
    for feed in config.feeds:
        click.echo(f"  {feed.title}")
        for output in formats.FORMATS:
            if output.is_read_everywhere:
                click.echo(f"    {config.site.url}{feed.name}.{output.suffix}")
    served = f"http://{config.site.listen_host}:{config.site.listen_port}/"
    if served != config.site.url:
        click.echo(f"Served at {served}, to be seen at the address above.")
    click.echo("Subscribe to any of these addresses; Ctrl-C stops.")
