"""Which feeds of a list of subscriptions become sources, and why the others do not.

Decides by what the list and the configuration say, and what was found by asking: asks no server.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from aggregator.config.proposals import proposed_name
from aggregator.config.values import NAME, url_text
from aggregator.config.written import WrittenSource, compared
from aggregator.models import ListedFeed, NewSource
from aggregator.printable import printable
from aggregator.public_addresses import names_public_host

# Longer titles fill a line of a page; none of the shipped sources has more than 30 characters.
_LONGEST_TITLE = 100
# No feed of a list that was looked at lies in more than one folder; of a broken one it may be any.
_MOST_CATEGORIES = 20
# How readers once wrote the address of a feed: feed://host/path, feed:https://host/path.
_FEED_SCHEME = re.compile("^feed:(?://(?!/))?(?=(https?:)?)", re.IGNORECASE)


class ImportOutcome(StrEnum):
    """What becomes of a feed that a list has."""

    ADDED = "added"
    THERE = "was there"
    NO_FEED = "not a feed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What becomes of one outline of a list: ``detail`` is the name that it gets, or why not.

    ``source`` is the name of the new source that it is, or is another outline of.
    """

    listed: ListedFeed
    outcome: ImportOutcome
    detail: str
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPlan:
    """What becomes of a list: of each outline, in its order, and the sources that are new."""

    each: tuple[Imported, ...]
    new: tuple[NewSource, ...]


def plan_import(
    listed: Sequence[ListedFeed],
    written: Sequence[WrittenSource],
    *,
    categories: Sequence[str] = (),
    allow_private: bool = False,
) -> ImportPlan:
    """Return what becomes of a list where some sources are written already.

    An address that the list has twice is one source, of the categories of both. ``categories`` are
    those of all new sources, in the place of the list's folders. Only with ``allow_private`` is an
    address taken that is not public; its source says so.
    """
    known = {compared(source.address): source for source in reversed(written)}
    taken = {source.name for source in written}
    new: dict[str, NewSource] = {}
    each = []
    for feed in listed:
        address, reason = _address(feed, allow_private=allow_private)
        key = compared(address)
        if reason:
            outcome, detail = ImportOutcome.NO_FEED, reason
        elif key in known:
            outcome, detail = ImportOutcome.THERE, _where(known[key])
        elif key in new:
            outcome, detail = ImportOutcome.THERE, f"{new[key].name}, earlier in this list"
            both = (*new[key].categories, *(categories or feed.folders))
            new[key] = replace(new[key], categories=_categories(both))
        else:
            new[key] = _source(feed, address, taken, categories or feed.folders)
            taken.add(new[key].name)
            outcome, detail = ImportOutcome.ADDED, new[key].name
        name = new[key].name if key in new else ""
        each.append(Imported(listed=feed, outcome=outcome, detail=detail, source=name))
    return ImportPlan(each=tuple(each), new=tuple(new.values()))


def checked(
    plan: ImportPlan, no_feeds: Mapping[str, str], failing: Mapping[str, str]
) -> ImportPlan:
    """Return a plan without the new sources of which it was found that they are no feeds.

    Both map names of new sources to what was found; those that fail for now are added all the same.
    """
    each = []
    for one in plan.each:
        if one.source in no_feeds:
            one = replace(one, outcome=ImportOutcome.NO_FEED, detail=no_feeds[one.source])
        elif one.source in failing and one.outcome is ImportOutcome.ADDED:
            one = replace(one, detail=f"{one.detail}, which fails now: {failing[one.source]}")
        each.append(one)
    return ImportPlan(
        each=tuple(each), new=tuple(source for source in plan.new if source.name not in no_feeds)
    )


def _source(
    feed: ListedFeed, address: str, taken: set[str], categories: Sequence[str]
) -> NewSource:
    is_good = NAME.fullmatch(feed.name) and feed.name not in taken
    name = feed.name if is_good else proposed_name(feed.title, address, taken)
    title = _text(feed.title)
    return NewSource(
        name=name,
        title="" if title == name else title,
        feed=address,
        categories=_categories(categories),
        allow_private=not names_public_host(address),
    )


def _address(feed: ListedFeed, *, allow_private: bool) -> tuple[str, str]:
    """Return the address of a listed feed, and why it cannot be a source, if it cannot."""
    if not feed.feed:
        named = f"it names the page {feed.page} alone" if feed.page else "it names no address"
        return "", f"{named} (no xmlUrl)"
    address = _FEED_SCHEME.sub(lambda match: "" if match[1] else "http://", feed.feed)
    try:
        url_text(address)
    except ValueError as error:
        return address, str(error)
    if not (allow_private or names_public_host(address)):
        return address, "its address is not public; --allow-private takes it"
    return address, ""


def _where(source: WrittenSource) -> str:
    disabled = "" if source.is_enabled else ", disabled"
    return f"{source.name}, line {source.line}{disabled}"


def _categories(names: Sequence[str]) -> tuple[str, ...]:
    """Return names as categories, each once, and no more than a source may sensibly have."""
    shown = dict.fromkeys(filter(None, map(_text, names[: 2 * _MOST_CATEGORIES])))
    return tuple(shown)[:_MOST_CATEGORIES]


def _text(text: str) -> str:
    """Return a text as a configuration takes it: in one line, of characters that are shown."""
    shown = printable(unicodedata.normalize("NFC", text))
    return " ".join(shown.split())[:_LONGEST_TITLE].strip()
