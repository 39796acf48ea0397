"""``aggregator add``: a site, a feed or a folder written into the configuration."""

from __future__ import annotations

import sys
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from aggregator import config as configuration
from aggregator.commands.exits import EXIT_SOME_FAILED, exit_on_fault, fail
from aggregator.commands.options import as_typed, config_option, now
from aggregator.config.edit import add_sources, write
from aggregator.config.values import NAME
from aggregator.config.written import WrittenSource, same_address, sources_in
from aggregator.models import Config, FoundKind, NewSource, Preview
from aggregator.pipeline.preview import preview
from aggregator.pipeline.propose import name_for
from aggregator.pipeline.target import Target, target_of
from aggregator.printable import printable
from aggregator.store.owner import owner_of


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    """The options of the command line; ``None`` and no category are to be proposed."""

    name: str | None
    title: str | None
    categories: tuple[str, ...]
    full_text: bool
    feed: str | None
    yes: bool
    anyway: bool
    as_feed: bool
    as_page: bool
    allow_private: bool

    @property
    def is_whole(self) -> bool:
        """Tell whether nothing is to be asked for."""
        return self.yes or bool(self.name and self.title and self.categories)


@click.command()
@config_option
@click.argument("target", metavar="URL|PATH", callback=as_typed)
@click.option("--name", metavar="NAME", help="Its name: a-z, 0-9 and -.")
@click.option("--title", metavar="TEXT", callback=as_typed, help="What readers see.")
@click.option("--category", "categories", multiple=True, metavar="TEXT", help="Repeatable.")
@click.option("--full-text", is_flag=True, help="Fetch the pages of its entries for their texts.")
@click.option("--feed", metavar="NAME", help="A published feed that is to take it.")
@click.option("--yes", is_flag=True, help="Take what is proposed, and ask nothing.")
@click.option("--anyway", is_flag=True, help="Also if nothing can be read of it now.")
@click.option("--as-feed", is_flag=True, help="It is a feed, whatever robots.txt says.")
@click.option("--as-page", is_flag=True, help="Read the page itself, whatever it leads to.")
@click.option("--allow-private", is_flag=True, help="Also an address that is not public.")
def add(config_path: Path, target: str, **options: Any) -> None:
    """Add a site, a feed or a folder to the configuration.

    It is fetched or read once, and of a page the feed is found, or else what can be read in its
    place (see preview). Name, title and category are
    proposed, and asked for on a terminal. Everything else in the file stays as it is. Exit codes: 0
    it is there, by now or already; 1 it cannot be read; 2 nothing could be written.
    """
    given = _Given(**options)
    with exit_on_fault():
        text = configuration.read_text(config_path)
        config = configuration.parse(text, config_path)
        written = sources_in(text)
        wanted = target_of(
            target,
            config_path.parent,
            allow_private=given.allow_private,
            is_feed=given.as_feed,
            is_page=given.as_page,
        )
        _leave_if_there(config_path, same_address(written, wanted.pattern or wanted.place))
        found = preview(config, wanted, now)
    _say_what_was_found(found)
    proposed = _proposed(found, wanted, is_anyway=given.anyway)
    by_name = (one for one in written if one.name == found.configured)
    there = same_address(written, proposed.dump or proposed.feed or proposed.page)
    _leave_if_there(config_path, next(by_name, there))
    source = _chosen(proposed, given, {one.name for one in written})  # also the disabled
    with exit_on_fault():
        new = add_sources(text, [source], feed=given.feed or "")
        changed = configuration.parse(new, config_path)
        write(config_path, new, instead_of=text)
    _say_what_is_next(config_path, changed, source, new)


def _leave_if_there(path: Path, there: WrittenSource | None) -> None:
    """Say where a source stands that reads this already, if one does, and exit."""
    if there is None:
        return
    disabled = "" if there.is_enabled else ", and is disabled: enabled = false stands there"
    click.echo(f'{path}:{there.line}: "{there.name}" reads this already{disabled}')
    sys.exit(0)


def _say_what_was_found(found: Preview) -> None:
    """Print what a page leads to, how many entries there are, and what is odd."""
    if found.page:
        click.echo(f"{found.page} is a page")
    for one in found.found:
        said = "" if one.kind is FoundKind.FEED else f" ({one.reason or one.kind})"
        click.echo(f"  {one.address}{said}")
    if not found.is_unread:
        count = len(found.entries)
        click.echo(f"{found.read}: {count} {'entry' if count == 1 else 'entries'}")
    for flaw in found.flaws:
        click.echo(f"  {printable(flaw.text)}")


def _proposed(found: Preview, wanted: Target, *, is_anyway: bool) -> NewSource:
    """Return the source to configure; where nothing can be read of it, as it was given, or exit."""
    if not found.is_unread:
        return found.proposed
    if not is_anyway:
        kind = "page" if wanted.is_page else "feed"
        hint = "" if wanted.is_path else f"; --anyway writes the address as that of a {kind}"
        click.echo(f"nothing is written{hint}", err=True)
        sys.exit(EXIT_SOME_FAILED)
    if wanted.is_path or wanted.is_page:
        return found.proposed
    return replace(found.proposed, feed=wanted.place, page="")


def _chosen(proposed: NewSource, given: _Given, taken: Collection[str]) -> NewSource:
    """Return the source with what was given, and the rest as a person says or as is proposed."""
    if given.name is not None and not NAME.fullmatch(given.name):
        fail(f'"{given.name}" is no name: it is made of a-z, 0-9 and -; what is read is --title')
    if given.name in taken:
        fail(f'a source is called "{given.name}" already: give it another --name')
    source = replace(
        proposed,
        name=given.name or name_for(proposed.name, taken),
        title=given.title or proposed.title,
        categories=given.categories or proposed.categories,
        full_text=given.full_text and not proposed.dump,
    )
    if given.is_whole:
        return source
    if not sys.stdin.isatty():
        fail(
            "no terminal to ask on: give --yes to take what is proposed "
            f"(name {source.name}, title {source.title}, "
            f"category {', '.join(source.categories) or 'none'}), or --name, --title and --category"
        )
    return _asked_for(source, given, taken)


def _asked_for(source: NewSource, given: _Given, taken: Collection[str]) -> NewSource:
    """Ask a person for what was not given; an empty answer takes what is proposed."""

    def name_of(answer: str) -> str:
        if not NAME.fullmatch(answer):
            raise click.UsageError("a name is made of a-z, 0-9 and -, and does not begin with -")
        if answer in taken:
            raise click.UsageError("a source is called so already")
        return answer

    name, title, categories = source.name, source.title, source.categories
    if not given.name:
        name = click.prompt("Name, for good, as ids are made of it", name, value_proc=name_of)
    if not given.title:
        title = click.prompt("Title", title)
    if not given.categories:
        shown = ", ".join(categories)
        words = "Category, or several with commas" + ("" if shown else "; none if empty")
        answer = click.prompt(words, shown, show_default=bool(shown))
        categories = tuple(filter(None, (one.strip() for one in answer.split(","))))
    return replace(source, name=name, title=title, categories=categories)


def _say_what_is_next(path: Path, config: Config, source: NewSource, text: str) -> None:
    """Print where the source stands, which feeds have it, and when it is read."""
    line = next(one.line for one in sources_in(text) if one.name == source.name)
    click.echo(f"{path}:{line}: added")
    click.echo(add_sources("", [source]).rstrip())
    feeds = [feed.name for feed in config.feeds if source.name in feed.sources]
    shown = ", ".join(feeds) or "none; --feed names one, or its sources and categories in the file"
    click.echo(f"feeds that take it: {shown}")
    owner = owner_of(config.store_url)
    if owner is not None and owner.command == "run":
        click.echo(f"the service (process {owner.pid}) takes it over within seconds")
    else:
        click.echo("next: aggregator once, or aggregator run")
