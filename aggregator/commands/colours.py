"""Whether what is printed has colours: by ``NO_COLOR`` (no-color.org), or an option like it."""

from __future__ import annotations

import os

import click

_VARIABLE = "NO_COLOR"


def are_forbidden() -> bool:
    """Tell whether the environment forbids colours, as rich understands it."""
    return bool(os.environ.get(_VARIABLE))


def _forbid(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    """Take colours off what click prints, and off what rich does, which reads the variable."""
    if value:
        os.environ[_VARIABLE] = "1"  # also for the processes that this one starts
        context.color = False


no_color_option = click.option(
    "--no-color",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_forbid,
    help="No colours, as with NO_COLOR=1 in the environment.",
)
