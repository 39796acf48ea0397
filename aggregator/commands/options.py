"""What every command takes: the configuration, and the clock."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
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


_VERBOSE = click.option(
    "-v", "--verbose", "is_verbose", is_flag=True, help="Log all there is: --log-level debug."
)
_QUIET = click.option(
    "-q", "--quiet", "is_quiet", is_flag=True, help="Say only what is wrong: --log-level warning."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogChoice:
    """How a command is to log, as its options say; ``None`` where they say nothing.

    One that is quiet prints what is wrong, and nothing else.
    """

    format: str | None
    level: str | None
    is_quiet: bool


def log_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of the log to a command, which gets them as ``log_choice``.

    Without them the environment decides.
    """

    @wraps(command)
    def with_log(
        *args: object,
        log_format: str | None,
        log_level: str | None,
        is_verbose: bool,
        is_quiet: bool,
        **others: object,
    ) -> None:
        if sum((is_verbose, is_quiet, log_level is not None and _is_typed("log_level"))) > 1:
            raise click.UsageError("one of --verbose, --quiet and --log-level says it")
        level = "debug" if is_verbose else "warning" if is_quiet else log_level
        choice = LogChoice(format=log_format, level=level, is_quiet=is_quiet)
        command(*args, log_choice=choice, **others)

    return _FORMAT(_LEVEL(_VERBOSE(_QUIET(with_log))))


def _is_typed(parameter: str) -> bool:
    """Tell whether a parameter stands on the command line, and not in the environment alone."""
    source = click.get_current_context().get_parameter_source(parameter)
    return source is click.core.ParameterSource.COMMANDLINE


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
