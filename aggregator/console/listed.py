"""What ``aggregator import`` prints: a line for each outline of a list of subscriptions."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from aggregator.config.subscriptions import Imported, ImportOutcome
from aggregator.console.tables import PLAIN_WIDTH
from aggregator.printable import printable
from aggregator.urls import publishable

_STYLES = {ImportOutcome.ADDED: "green", ImportOutcome.THERE: "", ImportOutcome.NO_FEED: "red"}


def print_imported(each: Sequence[Imported]) -> None:
    """Print a table of what becomes of each outline, in the order of the list."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=PLAIN_WIDTH)
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("line", justify="right")
    table.add_column("in the list", overflow="fold")
    table.add_column("result", no_wrap=True)
    table.add_column("source, or why not", overflow="fold")
    for imported in each:
        listed = imported.listed
        table.add_row(
            str(listed.line or "-"),
            Text(printable(listed.title or _shown(listed.feed or listed.page) or "-")),
            Text(imported.outcome, style=_STYLES[imported.outcome]),
            Text(printable(imported.detail)),
        )
    console.print(table)


def _shown(address: str) -> str:
    """Return an address without what is secret in it; nothing where it is none."""
    try:
        return publishable(address)
    except ValueError:  # urlsplit's, of a host in brackets
        return ""
