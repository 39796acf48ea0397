"""The command line: which commands there are. Each is a module of its own in ``commands``.

A command's module is imported when the command is run: ``check`` and ``--help`` load neither the
store nor what reads and compares texts. A new command is one module and one line in ``_COMMANDS``.
"""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper

import click

from aggregator import __version__
from aggregator.lazy_import import load

# Name → what it does, the first line of the command's own help. The command stands in the module of
# its name.
_COMMANDS = {
    "backup": "Write the store and its configuration to one file, also beside a service that runs.",
    "check": "Validate the configuration and exit.",
    "compact": "Make the store's file as small as what it holds.",
    "explain": "Show why an entry stands where it does, or what is held back.",
    "init": "Write a configuration and its folders into a place that has none.",
    "move": "Copy the store into another database: from SQLite to PostgreSQL, or back.",
    "once": "Make one pass over the due sources, publish, print a summary and exit.",
    "purge": "Take a story's text away for good, whoever carries it; it never returns.",
    "release": "Let through what is held back of a source or a feed.",
    "restore": "Put back what a backup holds; no service may run meanwhile.",
    "search": "Find stories, of everything stored, by words in all their forms.",
    "serve": "Serve what another machine publishes, copied from PostgreSQL, until Ctrl-C.",
    "status": "Show how the service, each source and each feed do, and what to do about faults.",
    "run": "Ingest and publish by schedule, and serve the feeds, until Ctrl-C.",
}


class _LazyGroup(click.Group):
    """A group whose commands are imported when they are asked for (click's own pattern)."""

    def list_commands(self, _context: click.Context) -> list[str]:
        """Return the names of the commands, in the order of the alphabet."""
        return sorted(_COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        """Import a command; ``None`` where there is none of this name."""
        if name not in _COMMANDS:
            return None
        command: click.Command = getattr(load(f"aggregator.commands.{name}"), name)
        return command

    def format_commands(self, _context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(sorted(_COMMANDS.items()))


@click.command(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="aggregator")
def commands() -> None:
    """Combine Bengali feeds and page dumps into RSS and Atom feeds."""


def main() -> None:
    r"""Run the console command, whatever the locale is.

    What ``PYTHONIOENCODING`` cannot write, as Bengali in Latin-1, is written as ``\u0995``.
    """
    _start_anew_in_utf8()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    commands(prog_name="aggregator")


def _start_anew_in_utf8() -> None:
    """Start this process anew in Python's UTF-8 mode where names of files are not UTF-8 without.

    Under the locales C and POSIX Python does so by itself, unless it is told not to (PEP 540).
    """
    if sys.getfilesystemencoding() != "utf-8" and not sys.flags.utf8_mode:
        command = [sys.executable, "-X", "utf8", *sys.orig_argv[1:]]
        os.execv(sys.executable, command)  # noqa: S606 - this program itself, as it was started
