"""What every command takes: the configuration, and the clock."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import click

from aggregator import config as configuration
from aggregator import logs
from aggregator.commands.exits import exit_on_fault
from aggregator.models import Config

config_option = click.option(
    "--config",
    "config_path",
    default="config.toml",
    show_default=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The configuration; paths in it are relative to its folder.",
)

_FORMAT = click.option(
    "--log-format",
    metavar="FORMAT",
    type=click.Choice(logs.FORMATS),
    envvar=logs.FORMAT_VARIABLE,
    help=f"How the log is written: {' or '.join(logs.FORMATS)}.",
)
_LEVEL = click.option(
    "--log-level",
    metavar="LEVEL",
    type=click.Choice(logs.LEVELS),
    envvar=logs.LEVEL_VARIABLE,
    help=f"From which level on it is written: {', '.join(logs.LEVELS)}.",
)


def log_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of the log to a command; without them the environment decides."""
    return _FORMAT(_LEVEL(command))


def as_typed(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    """Return the words that a person typed: they are UTF-8, whatever the locale makes of them."""
    return None if value is None else os.fsencode(value).decode("utf-8", "replace")


def load_config(path: Path) -> Config:
    """Read the configuration, or name its faults and exit."""
    with exit_on_fault():
        return configuration.load(path)


def now() -> datetime:
    """Return the time; everything below is handed this clock."""
    return datetime.now(UTC)
