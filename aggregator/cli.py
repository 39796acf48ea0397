"""The command line: which commands there are. Each is a module of its own in ``commands``.

A command's module is imported when the command is run: ``check`` and ``--help`` load neither the
store nor what reads and compares texts. A new command is one module and one line in ``_COMMANDS``.
"""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper

import click
from click.shell_completion import CompletionItem

from aggregator import __version__
from aggregator.commands.colours import no_color_option
from aggregator.commands.help import HelpContext, in_order, write_sections
from aggregator.lazy_import import load

# The sections of the help, by what people do when they need a command. A command that stands in
# none is about the configuration.
_SECTIONS = (
    ("Every day", ("run", "once", "status", "search", "explain")),
    ("Upkeep", ("backup", "restore", "compact", "purge", "release")),
    ("Beyond one machine", ("worker", "serve", "move")),
)
_OTHERS = "Configuration"
# Name → what it does, the first line of the command's own help. The command stands in the module of
# its name, or in that of another where its name is a word of Python.
_COMMANDS = {
    "add": "Add a site, a feed or a folder to the configuration.",
    "backup": "Write the store and its configuration to one file.",
    "check": "Validate the configuration and exit.",
    "compact": "Make the store's file as small as what it holds.",
    "diff": "Show what a changed configuration would change in each feed.",
    "export": "Write the sources as a list of subscriptions (OPML) for readers.",
    "explain": "Show why an entry stands where it does, or what is held back.",
    "import": "Add the feeds of a list of subscriptions (OPML) to the sources.",
    "init": "Write a configuration and its folders into a place that has none.",
    "move": "Copy the store into another database, PostgreSQL or SQLite.",
    "once": "Make one pass over the due sources, publish and exit.",
    "preview": "Show what a site, a feed or a folder would bring; change nothing.",
    "purge": "Take a story's text away for good, whoever carries it.",
    "release": "Let through what is held back of a source or a feed.",
    "restore": "Put back what a backup holds; no service may run meanwhile.",
    "schema": "Print a JSON Schema of the configuration, for editors.",
    "search": "Find stories, of everything stored, by words in all their forms.",
    "serve": "Serve what another machine publishes, until Ctrl-C.",
    "status": "Show how the service, each source and each feed do.",
    "run": "Ingest and publish by schedule, and serve the feeds, until Ctrl-C.",
    "worker": "Ingest and publish beside other workers, until Ctrl-C.",
}
_MODULE_OF = {"import": "import_list"}


class _LazyGroup(click.Group):
    """A group whose commands are imported when they are asked for (click's own pattern)."""

    context_class = HelpContext

    def list_commands(self, _context: click.Context) -> list[str]:
        """Return the names of the commands, in the order of the alphabet."""
        return sorted(_COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        """Import a command; ``None`` where there is none of this name."""
        if name not in _COMMANDS:
            return None
        module = _MODULE_OF.get(name, name)
        command: click.Command = getattr(load(f"aggregator.commands.{module}"), module)
        return in_order(command)

    def format_commands(self, _context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing any."""
        write_sections(formatter, _COMMANDS, _SECTIONS, _OTHERS)

    def shell_complete(self, context: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return what a word may become, without importing any command."""
        named = [
            CompletionItem(name, help=does)
            for name, does in sorted(_COMMANDS.items())
            if name.startswith(incomplete)
        ]
        return named + click.Command.shell_complete(self, context, incomplete)


@click.command(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="aggregator")
@no_color_option
def commands() -> None:
    """Combine Bengali feeds and page dumps into RSS and Atom feeds.

    COMMAND --help says what a command takes.
    """


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
