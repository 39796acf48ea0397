"""What is said of a source in a row, in one language: for the table of a terminal and the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from aggregator.models import SourceCondition, SourceStatus
from aggregator.status.words import (
    ADVICE,
    CONDITIONS,
    FAULTS,
    HOWS,
    MOVED,
    WHYS,
    Words,
    duration,
    number,
)

_FOR = Words("{} ধরে", "for {}")
_FOR_UP_TO = Words("সবচেয়ে বেশি {} ধরে", "for up to {}")
_SOURCES = Words("{}টি উৎস", "{} sources")
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


_TEXTS = Words("পুরো লেখা {}টি, পাওয়া যায়নি {}টি", "{} whole texts, {} missing")
_TEXTS_WAITING = Words("অপেক্ষায় {}টি", "{} waited for")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What is said of a source; texts are empty where there is nothing to say.

    ``wrong`` is what is wrong and ``to_do`` what to do about it, ``error`` the fault's own words.
    ``moved`` is said where it has moved for good, ``full_texts`` where whole texts are missing.
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
    moved: str
    full_texts: str


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
        moved=MOVED.in_(language).format(line=source.moved_line) if source.moved_line else "",
        full_texts=_full_texts(source, language),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """What is wrong with some sources in the same words, and what to do about it.

    ``many`` says how many they are, and is empty of one. ``since`` is for how long it lasts, of
    several for how long at most.
    """

    sources: Sequence[SourceStatus]
    many: str
    wrong: str
    since: str
    error: str
    to_do: str


def together(sources: Sequence[SourceStatus], now: datetime, language: str) -> list[Together]:
    """Return all that is wrong, each once, in the order of the sources that have it first."""
    alike: dict[tuple[str, str, str], list[SourceStatus]] = {}
    for source in sources:
        row = row_of(source, now, language)
        if row.wrong or row.to_do:
            key = (row.wrong or row.condition, row.error, row.to_do)
            alike.setdefault(key, []).append(source)
    return [
        Together(
            sources=some,
            many=_SOURCES.in_(language).format(number(len(some), language)) if some[1:] else "",
            wrong=wrong,
            since=_lasting_of_all(some, now, language),
            error=error,
            to_do=to_do,
        )
        for (wrong, error, to_do), some in alike.items()
    ]


def fault_lines(sources: Sequence[SourceStatus], now: datetime) -> Iterator[str]:
    """Yield what is wrong with sources and what to do about it; nothing where all is well."""
    for each in together(sources, now, "en"):
        names = ", ".join(source.name for source in each.sources)
        yield f"{each.many or names}: {', '.join(filter(None, (each.wrong, each.since)))}"
        if each.many:
            yield f"    {names}"
        if each.error:
            yield f"    it said: {each.error}"
        if each.to_do:
            yield f"    to do: {each.to_do}"
    for source in sources:
        row = row_of(source, now, "en")
        yield from (f"{source.name}: {text}" for text in (row.moved, row.full_texts) if text)


def _lasting(since: datetime | None, now: datetime, language: str, words: Words = _FOR) -> str:
    if since is None:
        return ""
    return words.in_(language).format(duration(max((now - since).total_seconds(), 0), language))


def _lasting_of_all(sources: Sequence[SourceStatus], now: datetime, language: str) -> str:
    """Return for how long all of some sources are in their condition, or for how long at most."""
    lasting = {_lasting(_since(source), now, language) for source in sources}
    if len(lasting) == 1:
        return lasting.pop()
    longest = min(filter(None, map(_since, sources)))
    return _lasting(longest, now, language, _FOR_UP_TO)


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


def _full_texts(source: SourceStatus, language: str) -> str:
    """Return how many whole texts came in 7 days, and the last reason for which one did not."""
    counted = source.full_texts
    if counted is None or not (counted.missing or counted.waiting):
        return ""
    parts = [
        _TEXTS.in_(language).format(
            number(counted.had, language), number(counted.missing, language)
        )
    ]
    if counted.waiting:
        parts.append(_TEXTS_WAITING.in_(language).format(number(counted.waiting, language)))
    said = f" ({counted.reason})" if counted.reason else ""
    return ", ".join(parts) + said


def _since(source: SourceStatus) -> datetime | None:
    """Return since when a source is in its condition, where that is remembered."""
    if source.condition is SourceCondition.FAILING:
        return source.failing_since
    return source.newest if source.condition is SourceCondition.SILENT else None
