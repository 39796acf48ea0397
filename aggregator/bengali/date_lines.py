"""Lines of a page that are a date, or a time of day, and nothing else.

Knows what may stand beside a day on its line. The forms of days and times are those that ``dates``
reads; this module does not read which moment a line names.
"""

from __future__ import annotations

import re

from aggregator.bengali import date_labels, day_patterns, time_patterns

# The longest date line of a real page has 140 characters. A time of day has some 30 at most, as
# ভোররাতে সাড়ে ১২টা ৩০ মিনিটে.
_MAX_DATE_CHARACTERS = 200
_MAX_TIME_CHARACTERS = 40
# A time has its hour in digits: রাত দশটা may be a line of a poem. Looked for first, as it is quick.
_HOUR = re.compile("[0-9০-৯]\\s*[:.টঘ]")
# A date line has its year: সোমবার, ২৩ নভেম্বর may be a line of a programme.
_YEAR = re.compile("[0-9০-৯]{4}")
_LEADING_WORD = re.compile("[^\\s0-9]{1,30}\\s")
_BETWEEN_WORDS = re.compile("[\\s,|;:()/.·•—–-]+")
# What may stand with a day besides a time: its weekday, its era, the T of ISO 8601.
_WORDS_BESIDE = time_patterns.WORDS_BESIDE.union(
    day_patterns.WEEKDAYS, "সময় তারিখ খ্রি খ্রিষ্টাব্দ খ্রিস্টাব্দ বঙ্গাব্দ ইং t".split()
)


def is_date_line(line: str) -> bool:
    """Tell whether a line, as ``text.display`` returns it, is a date with its year and no more.

    With the day may stand its time, zone, weekday and Bangla date; labels with a day or a time of
    their own; and one word in front where there is no label (বাঁকুড়া ২১ অক্টোবর ২০২৬). Two days
    without a label between them are a range, which is no date.

    >>> is_date_line("২১/১১/২০২৬ সকাল ৯টা"), is_date_line("২১/১১/২০২৬ - ২৫/১১/২০২৬")
    (True, False)
    """
    if len(line) > _MAX_DATE_CHARACTERS or not _YEAR.search(line):
        return False
    text = _folded(line)
    sections = [section for _, section in date_labels.sections(text)]
    without_days = [day_patterns.remove_stated_days(section) for section in sections]
    rests = [rest for rest, _ in without_days]
    if rests == sections or any(gregorian_days > 1 for _, gregorian_days in without_days):
        return False
    others = [word for rest in rests for word in _other_words(rest)]
    place = _LEADING_WORD.match(text) if len(sections) == 1 else None
    return not others or bool(place and others == _other_words(place[0]))


def is_time_line(line: str) -> bool:
    """Tell whether a line, as ``text.display`` returns it, is one time of day and no more.

    An hour of which nothing tells whether it is of the morning or the evening may be a number.

    >>> is_time_line("সকাল ৯টা"), is_time_line("১০টা")
    (True, False)
    """
    if len(line) > _MAX_TIME_CHARACTERS or not _HOUR.search(line):
        return False
    return time_patterns.is_time(_folded(line))


def _folded(line: str) -> str:
    return " ".join(date_labels.plain(line).lower().split())


def _other_words(text: str) -> list[str]:
    """Return the words of a text without its days that do not belong to a date."""
    words = _BETWEEN_WORDS.split(time_patterns.remove_time(text))
    return [word for word in words if word and word not in _WORDS_BESIDE]
