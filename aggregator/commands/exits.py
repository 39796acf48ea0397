"""How commands end: the only module that decides an exit code."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import click

from aggregator.errors import AggregatorError

EXIT_SOME_FAILED = 1
EXIT_NOTHING_RAN = 2


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
