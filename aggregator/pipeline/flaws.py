"""What is wrong with a source, or odd, by one look at what it sends: pure, in words for a person.

A flaw that only some entries have says how many. None of them keeps a source from being read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from aggregator import polling
from aggregator.bengali.forms import mixed_letters
from aggregator.markup import text_of
from aggregator.models import (
    Alias,
    Config,
    DateHow,
    Draft,
    FaultKind,
    Flaw,
    FlawKind,
    ParsedEntry,
    Rejected,
    Source,
)
from aggregator.normalise import full_text
from aggregator.pipeline.ask_address import Asked
from aggregator.urls import publishable

_LATIN_WORD = re.compile("[A-Za-z]{2,}")
# "Read more" are two; the shortest line that WordPress adds to a text in English has four, but
# one Latin word more or less may be a name that stood at the place where a text was cut.
_LATIN_WORDS = 2
# Notes of what a site prints around its texts (docs/bengali.md, Boilerplate); all others are of
# damage and its repair.
_BOILERPLATE = frozenset(
    (
        "boilerplate", "related", "counter", "initials", "leftover", "repeated title",
        "glued section", "glued name",
    )
)  # fmt: skip
_EVERY_LANGUAGE = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """All that was had of a source by one look.

    ``sent_texts`` are the texts of ``drafts`` as they were read, before boilerplate was taken out.
    ``ambiguous`` are the ids and addresses that name several entries.
    """

    parsed: Sequence[ParsedEntry]
    drafts: Sequence[Draft]
    sent_texts: Sequence[str]
    rejected: Sequence[Rejected]
    ambiguous: Set[Alias]
    clock_skew: timedelta
    source: Source


def flaws_of_answer(asked: Asked, address: str) -> Iterator[Flaw]:
    """Yield what is odd about how an address answers, or why nothing could be read of it."""
    for unread, fault in asked.unread.items():
        yield Flaw(kind=FlawKind.ANNOUNCED, text=f"{publishable(unread)}: {fault}")
    if asked.fault is not None:
        if asked.fault.kind is FaultKind.ROBOTS:
            text = f"{asked.fault}; if it is a feed, which is asked all the same, say --as-feed"
            yield Flaw(kind=FlawKind.ROBOTS, text=text)
        else:
            yield Flaw(kind=FlawKind.UNREAD, text=str(asked.fault))
    if asked.moved_to:
        text = f"it has moved for good to {publishable(asked.moved_to)}"
        yield Flaw(kind=FlawKind.REDIRECTS, text=text)
    elif not asked.page and asked.read != publishable(address):
        yield Flaw(kind=FlawKind.REDIRECTS, text=f"it redirects to {asked.read}, for now")


def flaws_of(looked: Looked, config: Config, now: datetime) -> Iterator[Flaw]:
    """Yield what is wrong with the entries of a source, what weighs most first."""
    drafts, all_of = looked.drafts, len(looked.drafts)
    if not drafts:
        yield Flaw(kind=FlawKind.EMPTY, text="it has no entry that can be published")
    yield from _of_dates(looked, now)
    yield from _of_names(looked)
    wanted = {language for feed in config.feeds for language in feed.languages}
    others = [draft for draft in drafts if draft.language not in wanted]
    if others and _EVERY_LANGUAGE not in wanted:
        which = ", ".join(sorted({draft.language for draft in others}))
        text = f"{_of(others, all_of)} in a language that no feed shows ({which})"
        yield Flaw(kind=FlawKind.LANGUAGE, text=text, count=len(others))
    yield from _of_texts(looked)
    yield from _of_lengths(looked)
    if looked.rejected:
        count = len(looked.rejected)
        yield Flaw(kind=FlawKind.REJECTED, text=f"{count} rejected, listed below", count=count)


def _of_dates(looked: Looked, now: datetime) -> Iterator[Flaw]:
    drafts, all_of = looked.drafts, len(looked.drafts)
    undated = [draft for draft in drafts if draft.date_how is DateHow.FIRST_SEEN]
    if undated:
        text = (
            f"{_of(undated, all_of)} without a date: they get the time at which they are first seen"
        )
        yield Flaw(kind=FlawKind.DATES, text=text, count=len(undated))
    if looked.clock_skew:
        hours = looked.clock_skew / timedelta(hours=1)
        text = f"its times are late by its own offset and are taken as {hours:g} h earlier"
        yield Flaw(kind=FlawKind.CLOCK, text=text)
    published = [draft.published for draft in drafts if draft.published is not None]
    silence = polling.silence(published, [now] * len(published), now)
    if silence is not None and looked.source.dump is None:
        text = f"nothing new came of it for {silence.days} days, which is long for it"
        yield Flaw(kind=FlawKind.SILENT, text=text)


def _of_names(looked: Looked) -> Iterator[Flaw]:
    """Yield what is wrong with ids, which dumps need not have and pages never do."""
    parsed = looked.parsed
    if looked.ambiguous:
        count = len(looked.ambiguous)
        text = f"{count} ids or addresses stand on several entries, and name none of them"
        yield Flaw(kind=FlawKind.SHARED_IDS, text=text, count=count)
    without = [entry for entry in parsed if not entry.native_id]
    if without and looked.source.feed:
        by = "addresses" if all(entry.link for entry in without) else "texts"
        text = f"{_of(without, len(parsed))} without an id: they are recognised by their {by}"
        yield Flaw(kind=FlawKind.IDS, text=text, count=len(without))


def _of_texts(looked: Looked) -> Iterator[Flaw]:
    drafts, all_of = looked.drafts, len(looked.drafts)
    latin: list[Draft] = []
    others: list[Draft] = []
    for draft, sent in zip(drafts, looked.sent_texts, strict=True):
        if any(map(_is_boilerplate, draft.repairs)):
            is_latin = _lost_latin_words(draft, sent) >= _LATIN_WORDS
            (latin if is_latin else others).append(draft)
    if latin:
        text = f"{_of(latin, all_of)} with boilerplate in Latin letters, which is taken out"
        yield Flaw(kind=FlawKind.LATIN_BOILERPLATE, text=text, count=len(latin))
    if others:
        named = _named(filter(_is_boilerplate, draft.repairs) for draft in others)
        text = f"{_of(others, all_of)} with boilerplate, which is taken out ({named})"
        yield Flaw(kind=FlawKind.BOILERPLATE, text=text, count=len(others))
    letters = mixed_letters(
        part
        for entry in looked.parsed
        for part in (entry.title_html, entry.summary_html, entry.content_html)
    )
    if letters:
        text = f"letters in two Unicode forms ({' '.join(letters)}): they are shown in one"
        yield Flaw(kind=FlawKind.UNICODE, text=text)
    repairs = [[name for name in draft.repairs if not _is_boilerplate(name)] for draft in drafts]
    repaired = [names for names in repairs if any(not name.endswith("?") for name in names)]
    if repaired:
        sure = _named([name for name in names if not name.endswith("?")] for names in repaired)
        text = f"{_of(repaired, all_of)} with texts that are repaired ({sure})"
        yield Flaw(kind=FlawKind.REPAIRED, text=text, count=len(repaired))
    damaged = [names for names in repairs if any(name.endswith("?") for name in names)]
    if damaged:
        doubts = _named([name for name in names if name.endswith("?")] for names in damaged)
        text = f"{_of(damaged, all_of)} with what could not be repaired or told ({doubts})"
        yield Flaw(kind=FlawKind.DAMAGED, text=text, count=len(damaged))


def _of_lengths(looked: Looked) -> Iterator[Flaw]:
    """Yield that whole texts are to be had of pages, where a source sends none."""
    source, lengths = looked.source, [full_text.characters_of(one) for one in looked.parsed]
    if not lengths or source.dump is not None or source.full_text or full_text.sends_whole(lengths):
        return
    middle = round(median(lengths))
    what = f"only summaries, of {middle:,} characters in the middle" if middle else "only headlines"
    said = "full_text = true fetches the pages of its entries for their whole texts"
    yield Flaw(kind=FlawKind.SUMMARIES, text=f"it sends {what}: {said}")


def _lost_latin_words(draft: Draft, sent: str) -> int:
    shown = len(_LATIN_WORD.findall(text_of(draft.content_html)))
    return len(_LATIN_WORD.findall(sent)) - shown


def _is_boilerplate(repair: str) -> bool:
    """Tell whether a note is of something that was taken out: its name stands behind its part."""
    return repair.partition(": ")[2] in _BOILERPLATE


def _named(repairs: Iterable[Iterable[str]]) -> str:
    names: Mapping[str, None] = dict.fromkeys(name for of_one in repairs for name in of_one)
    return ", ".join(names)


def _of(some: Sequence[object], all_of: int) -> str:
    return f"all {all_of}" if len(some) == all_of else f"{len(some)} of {all_of}"
