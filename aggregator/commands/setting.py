"""What commands have in common: the configuration they take, and how they end.

The only module that decides an exit code.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import click

from aggregator import config as configuration
from aggregator.errors import AggregatorError, ConfigError
from aggregator.models import Config

EXIT_SOME_FAILED = 1
EXIT_NOTHING_RAN = 2

config_option = click.option(
    "--config",
    "config_path",
    default="config.toml",
    show_default=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The configuration; paths in it are relative to its folder.",
)


def now() -> datetime:
    """Return the time; everything below is handed this clock."""
    return datetime.now(UTC)


def load_config(path: Path) -> Config:
    """Read the configuration, or name its faults and exit."""
    try:
        return configuration.load(path)
    except ConfigError as error:
        fail(str(error))


@contextmanager
def exit_on_fault() -> Iterator[None]:
    """Turn a fault that leaves nothing to run into its message and exit code 2."""
    try:
        yield
    except AggregatorError as error:
        fail(str(error))


def fail(message: str) -> NoReturn:
    """Say why nothing could run, and exit."""
    click.echo(message, err=True)
    sys.exit(EXIT_NOTHING_RAN)
