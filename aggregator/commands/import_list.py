"""``aggregator import``: the feeds of a list of subscriptions become sources."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import click

from aggregator.commands.exits import EXIT_SOME_FAILED, exit_on_fault, fail
from aggregator.commands.options import as_typed, config_option, load_config, now
from aggregator.commands.taken_over import when_taken_over
from aggregator.config import edit, read_text
from aggregator.config.subscriptions import ImportOutcome, ImportPlan, checked, plan_import
from aggregator.config.written import sources_in
from aggregator.console.listed import print_imported
from aggregator.lazy_import import load
from aggregator.models import Config, FaultKind
from aggregator.parse.opml import MAX_BYTES, listed_feeds
from aggregator.sizes import count_text

# What is no feed, and does not become one by waiting.
_NO_FEEDS = frozenset(
    {FaultKind.NO_FEED, FaultKind.MISSING, FaultKind.GONE, FaultKind.PRIVATE, FaultKind.NAME}
)


@click.command("import")
@config_option
@click.option(
    "--category",
    metavar="CATEGORY",
    callback=as_typed,
    help="Of all new sources, in the place of the list's folders.",
)
@click.option(
    "--feed",
    metavar="FEED",
    callback=as_typed,
    help="A published feed that takes sources by name, and is to take these, too.",
)
@click.option("--allow-private", is_flag=True, help="Also addresses that are not public.")
@click.option(
    "--check", "is_checked", is_flag=True, help="Ask each once, and leave out what is no feed."
)
@click.option("--dry-run", is_flag=True, help="Show what would be added, and write nothing.")
@click.argument("file", metavar="FILE.opml", type=click.Path(path_type=Path))
def import_list(
    config_path: Path,
    category: str | None,
    feed: str | None,
    file: Path,
    *,
    allow_private: bool,
    is_checked: bool,
    dry_run: bool,
) -> None:
    """Add the feeds of a list of subscriptions (OPML) to the sources.

    Folders become categories. What is a source already stays as it is. Without --check no server is
    asked: a feed that does not answer is named by `status` after the first pass. Exit codes: 0 all
    is added or was there; 1 some outline is not a feed; 2 nothing could be read or written.
    """
    config = load_config(config_path)
    with exit_on_fault():
        text = read_text(config_path)
        plan = plan_import(
            listed_feeds(_body_of(file)),
            sources_in(text),
            categories=(category,) if category else (),
            allow_private=allow_private,
        )
        if plan.new and is_checked:
            with_all = edit.check(config_path, edit.add_sources(text, plan.new))
            plan = _checked(plan, with_all)
        if plan.new:
            changed = edit.add_sources(text, plan.new, feed=feed or "")
            edit.check(config_path, changed)
            if not dry_run:
                edit.write(config_path, changed, instead_of=text)
    print_imported(plan.each)
    click.echo(_summary(plan, dry_run=dry_run))
    if plan.new and not dry_run:
        click.echo(when_taken_over(config))
    has_faults = any(each.outcome is ImportOutcome.NO_FEED for each in plan.each)
    sys.exit(EXIT_SOME_FAILED if has_faults else 0)


def _checked(plan: ImportPlan, with_all: Config) -> ImportPlan:
    """Ask each new source of a plan once, and return what is left of it.

    What may come back (a server in trouble, a host that rests) is no reason to leave a feed out.
    """
    new = {source.name for source in plan.new}
    click.echo(f"asking {count_text(len(new), 'feed', 'feeds')}, each host in its turns", err=True)
    sources = tuple(source for source in with_all.sources if source.name in new)
    no_feeds: dict[str, str] = {}
    failing: dict[str, str] = {}
    nameless = 0
    for answer in load("aggregator.pipeline.ask").ask_each(replace(with_all, sources=sources), now):
        if answer.fault is not None:
            found = no_feeds if answer.fault.kind in _NO_FEEDS else failing
            found[answer.source.name] = str(answer.fault)
            nameless += answer.fault.kind is FaultKind.NAME
    if nameless == len(new) > 1:
        fail("no host's name can be resolved: is this machine online? Nothing is written")
    return checked(plan, no_feeds, failing)


def _body_of(file: Path) -> bytes:
    """Read a list, and no more of it than is refused."""
    try:
        with file.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        fail(f"{file} cannot be read: {error.strerror}")


def _summary(plan: ImportPlan, *, dry_run: bool) -> str:
    counts = Counter(each.outcome for each in plan.each)
    added = "would be added" if dry_run else "added"
    return (
        f"{counts[ImportOutcome.ADDED]} {added}, {counts[ImportOutcome.THERE]} "
        f"{ImportOutcome.THERE}, {counts[ImportOutcome.NO_FEED]} {ImportOutcome.NO_FEED}"
    )
