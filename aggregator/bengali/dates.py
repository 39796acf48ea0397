"""Reads the dates that sources send: RFC 822, ISO 8601 and their breakages, and Bengali ones.

Knows how published is told from updated by its label, and times that count from when the text was
had. Days are found by ``days``, times of day by ``clock``. Refuses to guess: where two readings are
possible there is no date, a year is inferred only from a weekday (or a Bangla date) that stands
with the day and month, and what cannot be true (before 1990, or more than a day after the text was
had) is no date. Every form stands in docs/bengali.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

from aggregator.bengali import day_patterns, time_patterns
from aggregator.bengali.text import display
from aggregator.models import DateHow

_DIGITS = str.maketrans("০১২৩৪৫৬৭৮৯", "0123456789")
_VISARGA_COLON = re.compile("ঃ(?=[\\s0-9]|$)")  # আপডেটঃ is typed for আপডেট:
_UNIX = re.compile("([0-9]{10})(?:[0-9]{3})?")
# The two forms that nearly every feed sends, read in a sixth of the time of the others.
_EXACT = re.compile(
    "(?:(?P<y>[0-9]{4})-(?P<n>[0-9]{2})-(?P<d>[0-9]{2})[T ]"
    "|(?:[A-Z][a-z]{2}, )?(?P<d2>[0-9]{1,2}) (?P<m>[A-Z][a-z]{2}) (?P<y2>[0-9]{4}) )"
    "(?P<h>[0-9]{2}):(?P<i>[0-9]{2}):(?P<s>[0-9]{2})(?:\\.[0-9]+)? ?"
    "(?P<z>Z|GMT|UTC|[+-][0-9]{2}:?[0-9]{2})"
)
_LABEL = re.compile(
    f"{day_patterns.EDGE}(?:(?P<updated>(?:সর্বশেষ |শেষ )?(?:আপডেট|হালনাগাদ|পরিমার্জন|সংশোধিত)"
    "|last update(?:d)?|updated|update|modified)"
    "|(?P<published>প্রকাশিত|প্রকাশকাল|প্রকাশের|প্রকাশনার|প্রকাশ|পোস্ট|published|posted))"
    f"{day_patterns.END}(?:\\s*(?:সময়|সময়কাল|কাল|তারিখ|করা|হয়েছে|on|at){day_patterns.END})*\\s*[:ঃ|-]?"
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
_PARTS = {"আধা": 0.5, "দেড়": 1.5}
_JUST_NOW = re.compile("এইমাত্র|এই মাত্র|এখনই|just now")
_NEAR_DAY = re.compile(
    f"{day_patterns.EDGE}(?:(?P<today>আজকে|আজ|today)|(?P<yesterday>গতকাল|yesterday)){day_patterns.END}"
)
# The texts of a document are read up to three times, and many entries share a minute.
_TEXTS_KEPT = 512
# The longest real time line has 140 characters; an article names its day in its first paragraphs.
_MAX_LINE_CHARACTERS = 1_000
_MAX_PROSE_CHARACTERS = 10_000
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_TOLERANCE = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """What a text says of when: aware times in UTC, and how they were had."""

    published: datetime | None = None
    updated: datetime | None = None
    how: DateHow | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """Reads one text after another against the same moment, zone and calendar."""

    fetched_at: datetime
    zone: ZoneInfo
    is_west_bengal: bool
    had_bengali_digits: bool

    def moment(self, text: str) -> tuple[datetime, DateHow] | None:
        """Read the one moment that a section gives."""
        seconds = _UNIX.fullmatch(text.strip())
        if seconds is not None:
            return self._true(datetime.fromtimestamp(int(seconds[1]), UTC), DateHow.STATED)
        found = list(day_patterns.whole(text, day_first=self.had_bengali_digits))
        if len({day for day, _ in found}) > 1:
            return None  # two days and nothing to tell which
        if found:
            day, inside = found[0]
            return self._true(self._at(day, inside or day_patterns.without(text)), DateHow.STATED)
        latest = self.fetched_at.astimezone(self.zone).date()
        guess = day_patterns.inferred(text, latest=latest, is_west_bengal=self.is_west_bengal)
        if guess is not None:
            return self._true(self._at(guess, day_patterns.without(text)), DateHow.INFERRED)
        return self._relative(text)

    def _at(self, day: date, text: str) -> datetime | None:
        """Give a day at the time that a text names, or at its beginning."""
        time = time_patterns.find(_AGO.sub(" ", text))
        try:
            midnight = datetime(
                day.year, day.month, day.day, tzinfo=(time.zone if time else None) or self.zone
            )
            return (midnight + timedelta(seconds=time.seconds if time else 0)).astimezone(UTC)
        except OverflowError:  # the first or last day there is
            return None

    def _true(self, found: datetime | None, how: DateHow) -> tuple[datetime, DateHow] | None:
        if found is None or not _EARLIEST <= found <= self.fetched_at + _TOLERANCE:
            return None
        return found, how

    def _relative(self, text: str) -> tuple[datetime, DateHow] | None:
        """Read a time that counts from when the text was had; months and years are too rough."""
        ago = _AGO.search(text)
        if ago is not None:
            name = ago["count"]
            count = int(name) if name.isdecimal() else _COUNTS.get(name) or _PARTS[name]
            past = timedelta(seconds=count * _UNIT_SECONDS[ago["unit"]])
            return self._true(self.fetched_at - past, DateHow.INFERRED)
        if _JUST_NOW.search(text):
            return self._true(self.fetched_at, DateHow.INFERRED)
        near = _NEAR_DAY.search(text)
        if near is None:
            return None
        day = self.fetched_at.astimezone(self.zone).date()
        day -= timedelta(days=1 if near["yesterday"] else 0)
        return self._true(self._at(day, text), DateHow.INFERRED)

    def update_of(self, sections: list[tuple[str, str]], published: datetime) -> datetime | None:
        """Read an update that gives only its time: it is of the day of publication, and later."""
        for label, section in sections:
            if label == "updated" and time_patterns.find(section) is not None:
                found = self._at(published.astimezone(self.zone).date(), section)
                return found if found is not None and found >= published else None
        return None


def read(text: str, *, fetched_at: datetime, timezone: str) -> Dates:
    """Read the dates in a text that is there to give one; ``timezone`` where it names none.

    >>> now = datetime(2026, 11, 24, tzinfo=UTC)
    >>> read("প্রকাশ: ২১ মার্চ ২০২১, ১৭:২৮", fetched_at=now, timezone="Asia/Dhaka").published
    datetime.datetime(2021, 3, 21, 11, 28, tzinfo=datetime.timezone.utc)
    """
    text = text[:_MAX_LINE_CHARACTERS]
    if not text or text.isspace():
        return Dates()
    exact = _exact(text.strip())
    if exact is not None:
        is_true = _EARLIEST <= exact <= fetched_at + _TOLERANCE
        return Dates(published=exact, how=DateHow.STATED) if is_true else Dates()
    reader, text = _prepared(text, fetched_at, timezone)
    sections = list(_sections(text))
    moments: dict[str, tuple[datetime, DateHow]] = {}
    for label, section in sections:
        moment = reader.moment(section) if label not in moments else None
        if moment is not None:
            moments[label] = moment
    published, updated = moments.get("published"), moments.get("updated")
    when = published[0] if published else None
    late = updated[0] if updated else None
    if when is not None and late is None:
        late = reader.update_of(sections, when)
    first = published or updated
    return Dates(published=when, updated=late, how=first[1] if first else None)


def read_prose(text: str, *, fetched_at: datetime, timezone: str) -> Dates:
    """Read when an article was written from its own text: from ``শুক্রবার (২৯ নভেম্বর)`` alone.

    >>> now = datetime(2026, 11, 24, tzinfo=UTC)
    >>> read_prose("শুক্রবার (২৯ নভেম্বর)", fetched_at=now, timezone="Asia/Dhaka").published
    datetime.datetime(2024, 11, 28, 18, 0, tzinfo=datetime.timezone.utc)
    """
    zone = ZoneInfo(timezone)
    _, text = _prepared(text[:_MAX_PROSE_CHARACTERS], fetched_at, timezone)
    found = day_patterns.of_writing(text, latest=fetched_at.astimezone(zone).date())
    if found is None:
        return Dates()
    day, is_stated = found
    when = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    if not _EARLIEST <= when <= fetched_at + _TOLERANCE:
        return Dates()
    return Dates(published=when, how=DateHow.STATED if is_stated else DateHow.INFERRED)


def _prepared(text: str, fetched_at: datetime, timezone: str) -> tuple[_Reader, str]:
    shown = display(text)
    digits = _VISARGA_COLON.sub(":", shown.translate(_DIGITS))
    reader = _Reader(
        fetched_at=fetched_at,
        zone=ZoneInfo(timezone),
        is_west_bengal=timezone in ("Asia/Kolkata", "Asia/Calcutta"),
        had_bengali_digits=digits != shown,
    )
    return reader, " ".join(digits.lower().split())


def _sections(text: str) -> Iterator[tuple[str, str]]:
    """Cut a text at its labels; what stands before the first is the publication's."""
    at, label = 0, "published"
    for match in _LABEL.finditer(text):
        yield label, text[at : match.start()]
        label = "updated" if match["updated"] else "published"
        at = match.end()
    yield label, text[at:]


@lru_cache(maxsize=_TEXTS_KEPT)
def _exact(text: str) -> datetime | None:
    match = _EXACT.fullmatch(text)
    if not match:
        return None
    month = int(match["n"]) if match["n"] else day_patterns.MONTHS.get(match["m"].lower(), 0)
    name = match["z"]
    minutes = int(name[1:3]) * 60 + int(name[-2:]) if name[0] in "+-" else 0
    try:
        return datetime(
            int(match["y"] or match["y2"]),
            month,
            int(match["d"] or match["d2"]),
            int(match["h"]),
            int(match["i"]),
            int(match["s"]),
            tzinfo=timezone(timedelta(minutes=-minutes if name[0] == "-" else minutes)),
        ).astimezone(UTC)
    except (ValueError, OverflowError):  # 31 February, hour 24, offset +99:00
        return None
