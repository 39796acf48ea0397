"""What is said of a source in a row, in one language: for the table of a terminal and the page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from aggregator.models import SourceCondition, SourceStatus
from aggregator.status.words import (
    ADVICE,
    CONDITIONS,
    FAULTS,
    HOWS,
    WHYS,
    Words,
    duration,
    number,
)

_FOR = Words("{} ধরে", "for {}")
_AGO = Words("{} আগে", "{} ago")
_IN = Words("{} পরে", "in {}")
_NOW = Words("এখনই", "now")
_WATCHED = Words("প্রতি ২ সেকেন্ডে দেখা হয়", "looked at every 2 s")
_PUSHED = Words("খবর এলে হাব পাঠায়", "a hub sends what is new")
_COUNTS = (
    (Words("নতুন", "new"), "new"),
    (Words("সংশোধিত", "revised"), "revised"),
    (Words("জানা", "known"), "known"),
    (Words("বাতিল", "rejected"), "rejected"),
    (Words("মেলানো", "merged"), "merged"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What is said of a source; texts are empty where there is nothing to say.

    ``wrong`` is what is wrong and ``to_do`` what to do about it, ``error`` the fault's own words.
    """

    title: str
    name: str
    condition: str
    succeeded: str
    since: str
    wrong: str
    to_do: str
    error: str
    next_poll: str
    interval: str
    counts: str


def row_of(source: SourceStatus, now: datetime, language: str) -> Row:
    """Return what is said of a source."""
    fault = FAULTS[source.fault] if source.fault is not None else None
    advice = ADVICE[source.condition].in_(language).format(name=source.name)
    return Row(
        title=source.title,
        name=source.name,
        condition=CONDITIONS[source.condition].in_(language),
        succeeded=ago(source.succeeded, now, language),
        since=_lasting(_since(source), now, language),
        wrong=fault.wrong.in_(language) if fault else source.held_back,
        to_do=fault.to_do.in_(language) if fault else advice,
        error=source.error,
        next_poll=next_poll(source, now, language),
        interval=interval(source, language),
        counts=counts(source, language),
    )


def fault_lines(source: SourceStatus, now: datetime) -> Iterator[str]:
    """Return what is wrong with a source and what to do about it; nothing where all is well."""
    row = row_of(source, now, "en")
    if row.wrong or row.to_do:
        yield f"{row.name}: {', '.join(filter(None, (row.wrong or row.condition, row.since)))}"
    if row.error:
        yield f"    it said: {row.error}"
    if row.to_do:
        yield f"    to do: {row.to_do}"


def _lasting(since: datetime | None, now: datetime, language: str) -> str:
    if since is None:
        return ""
    return _FOR.in_(language).format(duration(max((now - since).total_seconds(), 0), language))


def ago(then: datetime | None, now: datetime, language: str) -> str:
    """Return how long ago something was, a dash of what never was."""
    if then is None:
        return "-"
    passed = duration(max((now - then).total_seconds(), 0), language)
    return _AGO.in_(language).format(passed)


def next_poll(source: SourceStatus, now: datetime, language: str) -> str:
    """Return when a source is next asked, and why then."""
    if source.is_watched:
        return _WATCHED.in_(language)
    if source.next_poll is None or source.next_poll <= now:
        return _NOW.in_(language)
    when = _IN.in_(language).format(duration((source.next_poll - now).total_seconds(), language))
    why = WHYS[source.due_why].in_(language) if source.due_why else ""
    return ", ".join(filter(None, (when, why)))


def interval(source: SourceStatus, language: str) -> str:
    """Return a source's interval and how it was found."""
    if source.interval_seconds is None or source.interval_how is None:
        return ""
    parts = [duration(source.interval_seconds, language), HOWS[source.interval_how].in_(language)]
    parts += [_PUSHED.in_(language)] if source.is_pushed else []
    return ", ".join(parts)


def counts(source: SourceStatus, language: str) -> str:
    """Return what became of a source's entries in the last 7 days; of none, nothing."""
    return ", ".join(
        f"{number(count, language)} {words.in_(language)}"
        for words, name in _COUNTS
        if (count := getattr(source.week, name))
    )


def _since(source: SourceStatus) -> datetime | None:
    """Return since when a source is in its condition, where that is remembered."""
    if source.condition is SourceCondition.FAILING:
        return source.failing_since
    return source.newest if source.condition is SourceCondition.SILENT else None
