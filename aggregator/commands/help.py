"""How help looks: on a screen of 80 columns, own options first, and its headings in bold.

What every command takes (``--config``, the log, ``--help``) stands behind what it alone takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import click

from aggregator.commands.colours import are_forbidden

# In this order behind a command's own options, by the names of click's parameters.
_SHARED = ("config_path", "log_format", "log_level", "is_verbose", "is_quiet", "no_color")


class _HelpFormatter(click.HelpFormatter):
    """Writes headings in bold, which click takes off again where no terminal shows it."""

    def write_heading(self, heading: str) -> None:
        """Write the heading of a section."""
        self.write(f"{click.style(heading, bold=True)}\n")


class HelpContext(click.Context):
    """The context of a command whose help is written so."""

    formatter_class = _HelpFormatter

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        if are_forbidden():
            self.color = False


def in_order(command: click.Command) -> click.Command:
    """Return a command with what it alone takes before what others take as well."""
    command.context_class = HelpContext
    place = {name: index for index, name in enumerate(_SHARED, start=1)}
    command.params.sort(key=lambda parameter: place.get(parameter.name or "", 0))
    return command


def write_sections(
    formatter: click.HelpFormatter,
    commands: dict[str, str],
    sections: Sequence[tuple[str, Iterable[str]]],
    others: str,
) -> None:
    """Write lists of commands, each a name and what it does, one a section.

    Those that no section names are in a section of their own, ``others``, behind the first.
    """
    named = [(title, tuple(names)) for title, names in sections]
    rest = sorted(commands.keys() - {name for _, names in named for name in names})
    named.insert(1, (others, tuple(rest)))
    width = max(map(len, commands))
    for title, names in named:
        if names:
            with formatter.section(title):
                # As wide in each section, so that all descriptions begin in one column.
                formatter.write_dl([(name.ljust(width), commands[name]) for name in names])
