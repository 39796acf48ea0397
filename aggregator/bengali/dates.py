"""Dates as sources send them: RFC 822, ISO 8601 and their breakages, and Bengali ones.

Knows which date of a text counts, and times counted back from when the text was fetched. Labels
come from ``date_labels``, days from ``day_patterns``, times of day from ``time_patterns``. Refuses
to guess: there is no date where two readings are possible, a year is inferred only from a weekday
or a Bangla date beside the day and month, and a date before 1990 or more than a day after the fetch
is none. docs/bengali.md lists every form.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

from aggregator.bengali import date_labels, day_patterns, time_patterns
from aggregator.bengali.text import display
from aggregator.models import DateHow

_UNIX = re.compile("([0-9]{10})(?:[0-9]{3})?")
# The two forms that nearly every feed sends; this pattern takes a sixth of the time of the others.
_EXACT = re.compile(
    "(?:(?P<y>[0-9]{4})-(?P<n>[0-9]{2})-(?P<d>[0-9]{2})[T ]"
    "|(?:[A-Z][a-z]{2}, )?(?P<d2>[0-9]{1,2}) (?P<m>[A-Z][a-z]{2}) (?P<y2>[0-9]{4}) )"
    "(?P<h>[0-9]{2}):(?P<i>[0-9]{2}):(?P<s>[0-9]{2})(?:\\.[0-9]+)? ?"
    "(?P<z>Z|GMT|UTC|[+-][0-9]{2}:?[0-9]{2})"
)
# ISO 8601 without the marks between its numbers: 20261121T100000Z, 2026-11-21T1000+06, 20261121. In
# 14 digits in a row it is the time stamp of archives and databases.
_BASIC = re.compile(
    "(?:(?P<y>[0-9]{4})(?P<n>[0-9]{2})(?P<d>[0-9]{2})(?:[t ]|(?=[0-9]{6}(?:[^0-9]|$))|$)"
    "|(?P<y2>[0-9]{4})-(?P<n2>[0-9]{2})-(?P<d2>[0-9]{2})t)"
    "(?:(?P<h>[0-9]{2})(?::?(?P<i>[0-9]{2}))?(?::?(?P<s>[0-9]{2})(?:[.,][0-9]+)?)?(?P<z>[^0-9].*)?)?"
)
_AGO = re.compile(
    "(?<![0-9])(?P<count>[0-9]{1,3}|এক|দুই|তিন|চার|পাঁচ|ছয়|সাত|আট|নয়|দশ|আধা|দেড়)\\s*(?:টি\\s*)?"
    "(?P<unit>সেকেন্ড|মিনিট|ঘণ্টা|ঘন্টা|দিন|সপ্তাহ|second|minute|min|hour|day|week)s?\\s*(?:আগে|পূর্বে|ago)"
)
_UNIT_SECONDS = {
    **{"সেকেন্ড": 1, "মিনিট": 60, "ঘণ্টা": 3600, "ঘন্টা": 3600, "দিন": 86400, "সপ্তাহ": 604800},
    **{"second": 1, "minute": 60, "min": 60, "hour": 3600, "day": 86400, "week": 604800},
}
_COUNTS = dict(zip("এক দুই তিন চার পাঁচ ছয় সাত আট নয় দশ".split(), range(1, 11), strict=True))
_FRACTIONS = {"আধা": 0.5, "দেড়": 1.5}
_JUST_NOW = re.compile("এইমাত্র|এই মাত্র|এখনই|just now")
_TODAY_OR_YESTERDAY = re.compile(
    f"{day_patterns.WORD_START}(?:(?P<today>আজকে|আজ|today)|(?P<yesterday>গতকাল|yesterday)){day_patterns.WORD_END}"
)
# Each text of a document is read up to three times, and many entries share a minute.
_TEXTS_KEPT = 512
# The longest date line of a real page has 140 characters; an article names its day in its first
# paragraphs.
_MAX_LINE_CHARACTERS = 1_000
_MAX_PROSE_CHARACTERS = 10_000
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_TOLERANCE = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """When a text was published and updated, aware and in UTC, and how the first is known."""

    published: datetime | None = None
    updated: datetime | None = None
    how: DateHow | None = None


_NO_DATES = Dates()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """Reads the sections of one text against the same moment, zone and calendar."""

    fetched_at: datetime
    zone: ZoneInfo
    is_west_bengal: bool
    had_bengali_digits: bool

    def moment(self, section: str) -> tuple[datetime, DateHow] | None:
        """Read the one moment that a section names; ``None`` where it names none, or two days."""
        seconds = _UNIX.fullmatch(section.strip())
        if seconds is not None:
            return self._if_possible(datetime.fromtimestamp(int(seconds[1]), UTC), DateHow.STATED)
        section = _with_marks(section.strip())
        days = list(day_patterns.find_days(section, day_first=self.had_bengali_digits))
        if len({day for day, _ in days}) > 1:
            return None
        if days:
            day, time = days[0]
            when = self._at(day, time or day_patterns.remove_days(section))
            return self._if_possible(when, DateHow.STATED)
        inferred = day_patterns.infer_day(
            section,
            latest=self.fetched_at.astimezone(self.zone).date(),
            is_west_bengal=self.is_west_bengal,
        )
        if inferred is not None:
            when = self._at(inferred, day_patterns.remove_days(section))
            return self._if_possible(when, DateHow.INFERRED)
        return self._relative(section)

    def _at(self, day: date, text: str) -> datetime | None:
        """Return the moment of a day at the time that a text names, or at the day's beginning."""
        time = time_patterns.find_time(_AGO.sub(" ", text))
        try:
            midnight = datetime(
                day.year, day.month, day.day, tzinfo=(time.zone if time else None) or self.zone
            )
            return (midnight + timedelta(seconds=time.seconds if time else 0)).astimezone(UTC)
        except OverflowError:  # the first or last day that datetime can hold
            return None

    def _if_possible(self, when: datetime | None, how: DateHow) -> tuple[datetime, DateHow] | None:
        return (when, how) if when is not None and _is_possible(when, self.fetched_at) else None

    def _relative(self, section: str) -> tuple[datetime, DateHow] | None:
        """Read a time counted back from the fetch; months and years are too rough to count."""
        ago = _AGO.search(section)
        if ago is not None:
            name = ago["count"]
            count = int(name) if name.isdecimal() else _COUNTS.get(name) or _FRACTIONS[name]
            past = timedelta(seconds=count * _UNIT_SECONDS[ago["unit"]])
            return self._if_possible(self.fetched_at - past, DateHow.INFERRED)
        if _JUST_NOW.search(section):
            return self._if_possible(self.fetched_at, DateHow.INFERRED)
        near = _TODAY_OR_YESTERDAY.search(section)
        if near is None:
            return None
        day = self.fetched_at.astimezone(self.zone).date()
        day -= timedelta(days=1 if near["yesterday"] else 0)
        return self._if_possible(self._at(day, section), DateHow.INFERRED)

    def update_of(self, sections: list[tuple[str, str]], published: datetime) -> datetime | None:
        """Read an update that names only a time: it is of the day of publication, and later."""
        for label, section in sections:
            if label == "updated" and time_patterns.find_time(section) is not None:
                updated = self._at(published.astimezone(self.zone).date(), section)
                return updated if updated is not None and updated >= published else None
        return None


def read(text: str, *, fetched_at: datetime, timezone: str) -> Dates:
    """Read when something was published and updated from a text that is there to say so.

    ``timezone`` (an IANA name) counts where the text names no zone; ``fetched_at`` is aware. Where
    the text has no date, all three parts of the result are ``None``.

    >>> now = datetime(2026, 11, 24, tzinfo=UTC)
    >>> read("প্রকাশ: ২১ মার্চ ২০২১, ১৭:২৮", fetched_at=now, timezone="Asia/Dhaka").published
    datetime.datetime(2021, 3, 21, 11, 28, tzinfo=datetime.timezone.utc)
    """
    text = text[:_MAX_LINE_CHARACTERS]
    if not text or text.isspace():
        return _NO_DATES
    exact = _exact(text.strip())
    if exact is not None:
        is_possible = _is_possible(exact, fetched_at)
        return Dates(published=exact, how=DateHow.STATED) if is_possible else Dates()
    reader, text = _prepared(text, fetched_at, timezone)
    sections = list(date_labels.sections(text))
    moments: dict[str, tuple[datetime, DateHow]] = {}
    for label, section in sections:
        moment = reader.moment(section) if label not in moments else None
        if moment is not None:
            moments[label] = moment
    published, updated = moments.get("published"), moments.get("updated")
    published_at = published[0] if published else None
    updated_at = updated[0] if updated else None
    if published_at is not None and updated_at is None:
        updated_at = reader.update_of(sections, published_at)
    first = published or updated
    return Dates(published=published_at, updated=updated_at, how=first[1] if first else None)


def read_prose(text: str, *, fetched_at: datetime, timezone: str) -> Dates:
    """Read when an article was written from its own text.

    Only a weekday with its day and month says so, as ``শুক্রবার (২৯ নভেম্বর)``; the parameters are
    those of ``read``.

    >>> now = datetime(2026, 11, 24, tzinfo=UTC)
    >>> read_prose("শুক্রবার (২৯ নভেম্বর)", fetched_at=now, timezone="Asia/Dhaka").published
    datetime.datetime(2024, 11, 28, 18, 0, tzinfo=datetime.timezone.utc)
    """
    zone = ZoneInfo(timezone)
    _, text = _prepared(text[:_MAX_PROSE_CHARACTERS], fetched_at, timezone)
    writing = day_patterns.find_day_of_writing(text, latest=fetched_at.astimezone(zone).date())
    if writing is None:
        return Dates()
    day, is_stated = writing
    when = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    if not _is_possible(when, fetched_at):
        return Dates()
    return Dates(published=when, how=DateHow.STATED if is_stated else DateHow.INFERRED)


def _with_marks(text: str) -> str:
    """Return a text in ISO 8601's basic form with the marks of its extended form; any other as is.

    >>> _with_marks("20261121t100000z")
    '2026-11-21 10:00:00z'
    """
    match = _BASIC.fullmatch(text)
    if match is None:
        return text
    day = "-".join(match[name] or match[f"{name}2"] for name in "ynd")
    if match["h"] is None:
        return day
    return f"{day} {match['h']}:{match['i'] or '00'}:{match['s'] or '00'}{match['z'] or ''}"


def _is_possible(when: datetime, fetched_at: datetime) -> bool:
    return _EARLIEST <= when <= fetched_at + _TOLERANCE


def _prepared(text: str, fetched_at: datetime, timezone: str) -> tuple[_Reader, str]:
    shown = display(text)
    plain = date_labels.plain(shown)
    reader = _Reader(
        fetched_at=fetched_at,
        zone=ZoneInfo(timezone),
        is_west_bengal=timezone in ("Asia/Kolkata", "Asia/Calcutta"),
        had_bengali_digits=plain != shown,
    )
    return reader, " ".join(plain.lower().split())


@lru_cache(maxsize=_TEXTS_KEPT)
def _exact(text: str) -> datetime | None:
    """Read one of the two usual forms, which name their zone; ``None`` for any other text."""
    match = _EXACT.fullmatch(text)
    if not match:
        return None
    month = int(match["n"]) if match["n"] else day_patterns.MONTHS.get(match["m"].lower(), 0)
    zone = match["z"]
    minutes = int(zone[1:3]) * 60 + int(zone[-2:]) if zone[0] in "+-" else 0
    try:
        return datetime(
            int(match["y"] or match["y2"]),
            month,
            int(match["d"] or match["d2"]),
            int(match["h"]),
            int(match["i"]),
            int(match["s"]),
            tzinfo=timezone(timedelta(minutes=-minutes if zone[0] == "-" else minutes)),
        ).astimezone(UTC)
    except (ValueError, OverflowError):  # 31 February, hour 24, offset +99:00
        return None
