"""Dates: every form that sources send, read right or refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.bengali import calendar, date_lines, dates
from aggregator.bengali.text import display
from tests.support.passes import NOW

TABLE = Path(__file__).parent / "data" / "dates.tsv"


def rows() -> Iterator[tuple[str, str, str, str, str]]:
    """Yield the rows of the table: text, published, updated, how, zone."""
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            text, published, updated, how, *zone = line.split("\t")
            yield text, published, updated, how, zone[0] if zone else "Asia/Dhaka"


def local(when: datetime | None, zone: str) -> str:
    """Write a time as the table does: seconds only where there are any."""
    if when is None:
        return "-"
    form = "%Y-%m-%d %H:%M:%S" if when.second else "%Y-%m-%d %H:%M"
    return when.astimezone(ZoneInfo(zone)).strftime(form)


@pytest.mark.parametrize(("text", "published", "updated", "how", "zone"), list(rows()))
def test_every_form_is_read_right_or_refused(
    text: str, published: str, updated: str, how: str, zone: str
) -> None:
    """Each row of the table gives its times, and how they were had."""
    result = dates.read(text, fetched_at=NOW, timezone=zone)
    shown = (local(result.published, zone), local(result.updated, zone), result.how or "-")
    assert shown == (published, updated, how)


@pytest.mark.parametrize(
    ("text", "expected", "how"),
    [
        ("বাঁধ দেখতে শুক্রবার (২৯ নভেম্বর) চরের ঘাটে পৌঁছান।", "2024-11-29", "inferred"),
        ("সোমবার (২৩ নভেম্বর ২০২৬) সকালে এ ঘটনা ঘটে।", "2026-11-23", "stated"),
        ("গত শুক্রবার (২০ নভেম্বর) শুরু হয়, সোমবার (২৩ নভেম্বর) শেষ।", "2026-11-23", "inferred"),
        ("আগামী বুধবার (২৫ নভেম্বর) বৈঠক হবে।", "-", "-"),
        ("২০১৯ সালের ৩ মার্চ তিনি মারা যান।", "-", "-"),
        ("২ ঘণ্টা আগে তিনি এসেছিলেন, গতকাল নয়।", "-", "-"),
        ("মেড ইন ২০২৫ এক্সপোতে ২৯ নভেম্বর", "-", "-"),
    ],
)
def test_prose_gives_the_day_it_was_written_and_no_other(
    text: str, expected: str, how: str
) -> None:
    """Only a weekday with its day and month dates a text; what it tells of has dates of its own."""
    result = dates.read_prose(text, fetched_at=NOW, timezone="Asia/Dhaka")
    shown = local(result.published, "Asia/Dhaka")[:10]
    assert (shown, result.how or "-") == (expected, how)


@pytest.mark.parametrize(
    "line",
    [
        "২১/১১/২০২৬ সকাল ৯টা",
        "২১/১১/২০২৬ বেলা ১১টা",
        "21.11.2026 09:00",
        "2026-11-21",
        "05/06/2026",
        "শনিবার, ২১-১১-২০২৬, ১০:৩০ পিএম",
        "2026-11-21T09:00:00+06:00",
        "কলকাতা ২১/১১/২০২৬ ০৮:০৪",
        "বাঁকুড়া ২১ অক্টোবর ২০২৬ ০৮:০৪",
        "(২১ নভেম্বর ২০২৬) পূর্বাহ্ণ ১১:৫০",
        "২৮ ফাল্গুন ১৪৩০",
        "ঢাকা, সোমবার, ২৮ ফাল্গুন ১৪৩০, ১১ মার্চ ২০২৪",
        "৩১ জুন ২০২৬",
        "প্রকাশ: ২১/১১/২০২৬ ০৯:০০ | আপডেট: ২২/১১/২০২৬ ১০:০০",
        "প্রকাশিত ২১ নভেম্বর ২০২৬ | আপডেটঃ ১৮:৩০",
    ],
)
def test_a_line_that_is_only_a_date_is_recognised(line: str) -> None:
    """Numbers and names of months, with time, weekday, labels, the other calendar or a place."""
    assert date_lines.is_date_line(display(line))


@pytest.mark.parametrize(
    "line",
    [
        "২-১",
        "২-১ গোলে জয় ২০২৬ বিশ্বকাপে",
        "১২/৫ বলে",
        "দাম ২০২৬ টাকা",
        "২,০২৬ টাকা",
        "০১৭১১-২২-৩৩৪৪",
        "০২-১১-৩৩৪৪",
        "+৮৮-০২-১১-২০২৬",
        "২০২৫-২০২৬",
        "৩২/০১/২০২৬",
        "২১/১১/২০২৬ - ২৫/১১/২০২৬",
        "২১ মার্চ ২০২১ - ২৪ মার্চ ২০২১",
        "২১-২৫ নভেম্বর ২০২৬",
        "২১ নভেম্বর ২০২৬, ১০:০০ - ১২:০০",
        "২১ নভেম্বর ২০২৬ পর্যন্ত",
        "২১/১১/২০২৬ তারিখে বৈঠক",
        "গেজেট প্রকাশ ২১ নভেম্বর ২০২৬",
        "সোমবার, ২৩ নভেম্বর",
        "প্রকাশিত",
        "সকাল ৯টা",
        "",
    ],
)
def test_a_line_with_more_or_less_than_a_date_is_none(line: str) -> None:
    """Scores, prices, telephones, ranges, and what says more than when."""
    assert not date_lines.is_date_line(display(line))


@pytest.mark.parametrize(
    ("line", "is_time"),
    [
        ("সকাল ৯টা", True),
        ("বেলা ১১টা", True),
        ("বিকেল সাড়ে ৪টা", True),
        ("১০:৩০", True),
        ("১০:৩০ মিনিট", True),
        ("রাত ১০.৩০", True),
        ("১০.৩০", False),
        ("১১টা", False),
        ("২-১", False),
        ("রাত দশটা", False),
        ("সকাল ৯টা থেকে", False),
        ("২১/১১/২০২৬ সকাল ৯টা", False),
    ],
)
def test_a_line_that_is_only_a_time_is_recognised(line: str, is_time: bool) -> None:
    """A time of day is told from a number by its colon or the part of the day."""
    assert date_lines.is_time_line(display(line)) == is_time


@given(
    st.datetimes(datetime(1990, 1, 2), datetime(2026, 11, 23)),
    st.sampled_from(
        [
            *("%a, %d %b %Y %H:%M:%S +0000", "%d %B %Y %H:%M:%S UTC"),
            *("%Y-%m-%dT%H:%M:%SZ", "%Y%m%dT%H%M%SZ", "%Y%m%dT%H%M%S+0000"),
        ]
    ),
)
def test_what_was_written_is_read_back(when: datetime, form: str) -> None:
    """Every moment in every standard form comes back to the second."""
    aware = when.replace(microsecond=0, tzinfo=UTC)
    text = aware.strftime(form)
    assert dates.read(text, fetched_at=NOW, timezone="Asia/Dhaka").published == aware


PIECES = st.sampled_from(
    (
        "২১ মার্চ ২০২১ ১৭:২৮ | , . : - প্রকাশ আপডেট সকাল রাত সাড়ে টা মিনিট এএম পিএম শুক্রবার (২৯ "
        "নভেম্বর) বৈশাখ ১৪৩১ আগে ঘণ্টা ২ Thu Aug 13 2026 +0600 GMT T Z 9999 31 ৩১ 00 99 আজ গতকাল "
        "দেড় আড়াই / ৩২ ১৩"
    ).split()
)


@given(
    st.one_of(
        st.lists(PIECES, max_size=12).map(" ".join),
        st.lists(PIECES, max_size=8).map("".join),
        st.text(max_size=60),
    ),
    st.sampled_from(["Asia/Dhaka", "Asia/Kolkata", "UTC"]),
)
def test_nothing_raises_and_nothing_impossible_is_read(text: str, zone: str) -> None:
    """Whatever is sent, a date lies between 1990 and a day after it was read, or there is none."""
    for reader in (dates.read, dates.read_prose):
        result = reader(text, fetched_at=NOW, timezone=zone)
        for when in (result.published, result.updated):
            if when is not None:
                assert datetime(1990, 1, 1, tzinfo=UTC) <= when <= NOW + timedelta(days=1)
                assert result.how is not None


def test_the_year_of_west_bengal_begins_as_its_almanacs_have_it() -> None:
    """1 Boishakh from 2018 to 2026."""
    april_days = [15, 15, 14, 15, 15, 15, 14, 15, 15]
    first_days = [calendar.west_bengal(year - 593, 1, 1) for year in range(2018, 2027)]
    assert [(day.month, day.day) for day in first_days if day] == [(4, day) for day in april_days]


@given(st.integers(1400, 1440), st.integers(1, 12), st.integers(1, 31))
def test_the_two_bangla_calendars_stay_within_days_of_each_other(
    year: int, month: int, day: int
) -> None:
    """Both name the same season, and each month follows the last without a gap."""
    ours, theirs = calendar.bangladesh(year, month, day), calendar.west_bengal(year, month, day)
    if ours and theirs:
        assert abs((ours - theirs).days) <= 3
    first, next_first = (
        calendar.west_bengal(year, month, 1),
        calendar.west_bengal(year + month // 12, month % 12 + 1, 1),
    )
    assert first and next_first and 29 <= (next_first - first).days <= 32
