"""Times of day as Bengali writes them: ১০:৩০ পিএম, রাত সাড়ে ১১টা, বিকেল ৫টা ১৫ মিনিট.

Knows the parts of the day, the words for hours and their quarters, and the time zones that sources
name. Expects lower-case text whose digits are 0-9. Refuses an hour that can be of the morning or of
the evening (১০টা alone), and does not know days (``day_patterns``).
"""

from __future__ import annotations

import re
from datetime import UTC, timedelta, timezone, tzinfo
from typing import NamedTuple

from aggregator.bengali.day_patterns import WORD_END

_AFTERNOON = "পিএম|পি এম|পি\\.এম\\.?|অপরাহ্ন|অপরাহ্ণ|p\\.?m\\.?"
_FORENOON = "এএম|এ এম|এ\\.এম\\.?|পূর্বাহ্ন|পূর্বাহ্ণ|a\\.?m\\.?"

# The parts of the day: each hour of twelve that one can hold → the hour of twenty-four.
_PARTS: dict[str, dict[int, int]] = {
    "ভোর": {12: 0, 1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 7},
    "সকাল": {5: 5, 6: 6, 7: 7, 8: 8, 9: 9, 10: 10, 11: 11, 12: 12},
    "দুপুর": {11: 11, 12: 12, 1: 13, 2: 14, 3: 15},
    "বিকাল": {2: 14, 3: 15, 4: 16, 5: 17, 6: 18},
    "সন্ধ্যা": {5: 17, 6: 18, 7: 19, 8: 20},
    "রাত": {6: 18, 7: 19, 8: 20, 9: 21, 10: 22, 11: 23, 12: 0, 1: 1, 2: 2, 3: 3, 4: 4},
}
_PART_NAMES = {
    **{name: name for name in _PARTS},
    **{"ভোরে": "ভোর", "ভোররাত": "ভোর", "ভোররাতে": "ভোর", "সকালে": "সকাল", "দুপুরে": "দুপুর"},
    **{"বিকেল": "বিকাল", "বিকেলে": "বিকাল", "বিকালে": "বিকাল", "সন্ধ্যায়": "সন্ধ্যা"},
    **{"সন্ধ্যে": "সন্ধ্যা", "রাতে": "রাত", "মধ্যরাত": "রাত", "মধ্যরাতে": "রাত"},
}
# Said of the hours around noon; ``find_time`` does not know which.
_NOON = "বেলা"
_NUMBERS = {
    name: number
    for number, names in enumerate(
        "এক দুই|দু|দুটো তিন চার পাঁচ ছয়|ছ সাত আট নয়|ন দশ এগারো|এগার বারো|বার".split(), start=1
    )
    for name in names.split("|")
}
_QUARTERS = {"সাড়ে": 30, "সোয়া": 15, "পৌনে": -15}
_HALF_HOURS = {"দেড়": 90, "আড়াই": 150}
# Words that belong to a time of day where no pattern below takes them: পূর্বাহ্ণ 11:50, বেলা 11টা.
WORDS_BESIDE = frozenset({*_PART_NAMES, _NOON, *"এএম পিএম am pm পূর্বাহ্ন পূর্বাহ্ণ অপরাহ্ন অপরাহ্ণ".split()})

_PART = "|".join(sorted(_PART_NAMES, key=len, reverse=True))
_CLOCK = re.compile(  # 10:30, সকাল 10.30, 10:30:15 পিএম
    f"(?:(?P<part>{_PART})\\s*)?(?<![0-9:.])(?P<hour>[0-9]{{1,2}})"
    "(?P<mark>[:.])(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,][0-9]+)?)?"
    f"(?![0-9])(?:\\s*(?:(?P<pm>{_AFTERNOON})|(?P<am>{_FORENOON})){WORD_END})?"
    "(?P<ta>\\s*(?:টা|টায়|টার|মিনিট|মি\\.))?"
)
_SPOKEN = re.compile(  # রাত সাড়ে 11টা, দুপুর আড়াইটা, 15টা 30 মিনিট
    f"(?:(?P<part>{_PART})\\s*)?(?:(?P<quarter>{'|'.join(_QUARTERS)})\\s*)?"
    f"(?:(?<![0-9])(?P<hour>[0-9]{{1,2}})|(?P<word>{'|'.join(_NUMBERS)})|(?P<half>দেড়|আড়াই))"
    "\\s*(?:টায়|টার|টা|টে|ঘটিকায়|ঘটিকা)(?:\\s*(?P<minute>[0-9]{1,2})(?:\\s*(?:মিনিটে|মিনিট|মি\\.?))?"
    f"(?![0-9:]))?(?:\\s*(?:(?P<pm>{_AFTERNOON})|(?P<am>{_FORENOON})){WORD_END})?"
)
_BARE_HOUR = re.compile(  # 10 পিএম
    f"(?<![0-9:.])(?P<hour>[0-9]{{1,2}})\\s*(?:(?P<pm>{_AFTERNOON})|(?P<am>{_FORENOON})){WORD_END}"
)

# Minutes east of UTC. BST is Bangladesh's own name for its time as well as Britain's summer time:
# sources of Bengali mean the former. IST is India's.
_ZONE_MINUTES = {
    **dict.fromkeys(("gmt", "utc", "ut", "z", "জিএমটি"), 0),
    **dict.fromkeys(("bdt", "bst", "বাংলাদেশ সময়"), 360),
    **dict.fromkeys(("ist", "ভারতীয় সময়"), 330),
    **{"est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360},
    **{"pst": -480, "pdt": -420, "cet": 60, "cest": 120},
}
_ZONE_NAME = "|".join(_ZONE_MINUTES)
_ZONE = re.compile(
    "\\s*\\(?(?:(?:gmt|utc|ut|জিএমটি|z(?![a-z]))?\\s*"
    "(?P<offset>[+\u2212-][0-9]{1,2}:?(?:[0-9]{2})?)(?![0-9])"
    f"|(?P<letters>{_ZONE_NAME}){WORD_END})"
)
_MOST_MINUTES = 14 * 60  # the zone farthest from UTC: Kiribati's Line Islands


class Time(NamedTuple):
    """A time of day in seconds after midnight, up to 24:00, and its zone where it names one."""

    seconds: int
    zone: tzinfo | None


def find_time(text: str) -> Time | None:
    """Find the time of day in a text; ``None`` where there is none or it is ambiguous.

    >>> find_time("রাত সাড়ে 11টা").seconds == 23 * 3600 + 30 * 60
    True
    >>> find_time("10টা") is None
    True
    """
    match = _CLOCK.search(text)
    if match and (
        match["mark"] == ":" or match["part"] or match["pm"] or match["am"] or match["ta"]
    ):
        return _time(match, int(match["hour"]) * 60 + int(match["minute"]), text)
    match = _SPOKEN.search(text)
    if match:
        return _spoken(match, text)
    match = _BARE_HOUR.search(text)
    return _time(match, int(match["hour"]) * 60, text) if match else None


def is_time(text: str) -> bool:
    """Tell whether a text is one time of day and nothing else.

    It needs a colon, a part of the day or AM or PM; without them it may be any number.

    >>> is_time("সকাল 9টা"), is_time("10:30"), is_time("10টা"), is_time("2-1")
    (True, True, False, False)
    """
    clock = text.removeprefix(_NOON).lstrip()
    match = _CLOCK.fullmatch(clock) or _SPOKEN.fullmatch(clock)
    if match is None:
        return False
    is_certain = match.groupdict().get("mark") == ":" or match["part"] or match["pm"] or match["am"]
    return bool(is_certain) or clock != text


def remove_time(text: str) -> str:
    """Return a text without its first time of day and the zone behind it."""
    for pattern in (_CLOCK, _SPOKEN, _BARE_HOUR):
        if match := pattern.search(text):
            end = (_ZONE.match(text, match.end()) or match).end()
            return f"{text[: match.start()]} {text[end:]}"
    return text


def _spoken(match: re.Match[str], text: str) -> Time | None:
    if match["half"]:
        minutes = _HALF_HOURS[match["half"]]
    else:
        hour = int(match["hour"]) if match["hour"] else _NUMBERS[match["word"]]
        minutes = hour * 60 + int(match["minute"] or 0) + _QUARTERS.get(match["quarter"], 0)
    is_half_known = match["part"] or match["pm"] or match["am"]
    if not is_half_known and minutes < 13 * 60:
        return None  # morning or evening
    return _time(match, minutes, text)


def _time(match: re.Match[str], minutes: int, text: str) -> Time | None:
    """Build the time that a match names, its hour and minutes counted together from midnight."""
    groups = match.groupdict()
    second = int(groups.get("second") or 0)
    hour, minute = divmod(minutes, 60)
    zone = _zone_after(text, match.end())
    if minutes == 24 * 60 and not second:
        return Time(24 * 3600, zone)
    if not (0 <= hour < 24 and second <= 60):
        return None
    hour_of_day = _hour_of_day(hour, groups)
    if hour_of_day is None:
        return None
    return Time(hour_of_day * 3600 + minute * 60 + min(second, 59), zone)


def _hour_of_day(hour: int, groups: dict[str, str | None]) -> int | None:
    """Return the hour of twenty-four that the words beside an hour make of it, if they can."""
    is_afternoon, is_forenoon = bool(groups.get("pm")), bool(groups.get("am"))
    if is_afternoon or is_forenoon:
        if hour > 12:  # 17:30 PM is half past five in the afternoon all the same
            return None if is_forenoon else hour
        return hour % 12 + (12 if is_afternoon else 0)
    part = groups.get("part")
    if part and hour <= 12:
        # A quarter before an hour belongs to that hour's part of the day: দুপুর পৌনে ১টা is 12:45.
        return _PARTS[_PART_NAMES[part]].get(hour or 12)
    return hour


def _zone_after(text: str, index: int) -> tzinfo | None:
    """Read the zone that stands at an index of a text, as ``+0600``, ``GMT`` or ``GMT+6``."""
    match = _ZONE.match(text, index)
    if not match:
        return None
    if match["letters"]:
        return timezone(timedelta(minutes=_ZONE_MINUTES[match["letters"]]))
    offset = match["offset"].replace("\u2212", "-").replace(":", "")
    digits = offset[1:]
    hours, minutes = (digits, "0") if len(digits) <= 2 else (digits[:-2], digits[-2:])
    total = int(hours) * 60 + int(minutes)
    if total > _MOST_MINUTES:
        return None
    return timezone(timedelta(minutes=-total if offset[0] == "-" else total)) if total else UTC
