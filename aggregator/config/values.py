"""The kinds of value that keys of ``config.toml`` take: how each is written and what it means.

A kind is a type for a field of a pydantic model: it checks what stands in the file and reads it
into the unit that the program counts in (``"15m"`` becomes 900 seconds). Each fault is a
``ValueError`` whose words are shown to a person. Refuses to know which key has which kind.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, GetPydanticSchema
from pydantic_core import core_schema

from aggregator.config.crontab import crontab_times
from aggregator.css import xpath_of
from aggregator.models import LONGEST_WINDOW
from aggregator.urls import encode

_LONGEST_HOST = 253  # RFC 1035 §2.3.4, as it is written; a longer one can be no key of a table
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
# What files and folders of the site itself are called (``publish.folder``), whatever their suffix.
_NAMES_OF_THE_SITE = frozenset(
    ("index", "search", "subscribe", "sources", "entries", "style", "feed", "favicon")
)
# How the names of archive documents end, which no feed's name may.
ARCHIVE_NAME = re.compile(r"-archive-[0-9]+\Z")
_INTERVAL = re.compile(r"([0-9]{1,6}) ?(s|m|h|d)")
_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_LONGEST_INTERVAL_SECONDS = 30 * 86400
_WORDS_OF_AN_INTERVAL = 2  # "15 m"
# Any shorter one is a wish of yours, not of what the source publishes: that is "every".
_SHORTEST_AUTOMATIC_SECONDS = 60
_LONGEST_TIMEOUT_SECONDS = 600
# Sources on one host wait for each other: ten of them take ten spacings a pass.
_LONGEST_SPACING_SECONDS = 60
_SHORTEST_WINDOW = timedelta(hours=1)
# Copies of a text are found for up to 60 days (``LONGEST_WINDOW``), in papers and in the store.
_SHORTEST_AGE, _LONGEST_AGE = LONGEST_WINDOW, timedelta(days=36_500)
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_WORD = re.compile("[A-Za-z0-9\u0985-\u09b9\u09e6-\u09ef]")
# Python calls the two joiners unprintable, and র‍্যাব (U+200D) and উদ্‌যাপন (U+200C) need them.
_JOINERS = str.maketrans("", "", "\u200c\u200d")


def interval_seconds(value: str) -> int:
    """Read ``90s``, ``15m``, ``2h`` or ``1d`` as seconds; ValueError for anything else.

    >>> interval_seconds("15m")
    900
    """
    seconds = _seconds(value)
    if seconds is None:
        raise ValueError('not an interval, which is a number with s, m, h or d, as "15m"')
    if not 1 <= seconds <= _LONGEST_INTERVAL_SECONDS:
        raise ValueError('an interval lies between "1s" and "30d"')
    return seconds


def listen_address(value: str) -> tuple[str, int]:
    """Split ``host:port``, the host without brackets; ValueError where it is not one.

    >>> listen_address("[::1]:8000")
    ('::1', 8000)
    """
    host, _, port = value.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 <= int(port) <= 65535:
        raise ValueError('not an address to listen on, such as "127.0.0.1:8000"')
    return host.strip("[]"), int(port)


def _seconds(value: str) -> int | None:
    match = _INTERVAL.fullmatch(value)
    return int(match.group(1)) * _UNIT_SECONDS[match.group(2)] if match else None


def _every(value: str) -> int | str | None:
    if value == "auto":
        return None
    if len(value.split()) > _WORDS_OF_AN_INTERVAL:
        return crontab_times(value)
    if _seconds(value) is None:
        raise ValueError(
            'not an interval, which is "auto", a number with s, m, h or d, as "15m", or times as '
            'a crontab names them, as "0 6 * * fri"'
        )
    return interval_seconds(value)


def _bound(value: str) -> int:
    seconds = interval_seconds(value)
    if seconds < _SHORTEST_AUTOMATIC_SECONDS:
        raise ValueError('an automatic interval is "1m" or longer')
    return seconds


def _timeout(value: str) -> float:
    seconds = interval_seconds(value)
    if seconds > _LONGEST_TIMEOUT_SECONDS:
        raise ValueError('a timeout lies between "1s" and "10m"')
    return float(seconds)


def _spacing(value: str) -> float:
    seconds = 0 if value == "0s" else interval_seconds(value)
    if seconds > _LONGEST_SPACING_SECONDS:
        raise ValueError('a spacing lies between "0s" and "1m"')
    return float(seconds)


def _window(value: str) -> timedelta:
    window = timedelta(seconds=_seconds(value) or 0)
    if not _SHORTEST_WINDOW <= window <= LONGEST_WINDOW:
        raise ValueError('a window lies between "1h" and "60d"')
    return window


def _age(value: str) -> timedelta:
    age = timedelta(seconds=_seconds(value) or 0)
    if not _SHORTEST_AGE <= age <= _LONGEST_AGE:
        raise ValueError('an age lies between "60d" and "36500d"')
    return age


def _name(value: str) -> str:
    if not NAME.fullmatch(value):
        raise ValueError(
            "a name is made of a-z, 0-9 and -, as it becomes part of addresses; "
            'what people read goes into "title"'
        )
    return value


def _feed_name(value: str) -> str:
    if value in _NAMES_OF_THE_SITE:
        raise ValueError(f'"{value}" is the name of a file of the site itself; take another')
    if ARCHIVE_NAME.search(value):
        raise ValueError("is named as an archive document of another feed would be")
    return _name(value)


def _text(value: str) -> str:
    if not value.strip():
        raise ValueError("is empty")
    if not value.translate(_JOINERS).isprintable():
        raise ValueError("has a character that cannot be shown, such as a tab or a line break")
    return unicodedata.normalize("NFC", value)  # য় can be typed as U+09DF or as U+09AF U+09BC


def _phrase(value: str) -> str:
    text = _text(value)  # composed: Ṕ of P and an accent is a letter that is not looked for
    if not _WORD.search(text):
        raise ValueError("has no word of Bengali or Latin letters to look for")
    return text


def _selector(value: str) -> str:
    try:
        xpath_of(value)
    except ValueError as error:
        raise ValueError(f'{error}, as "article", ".card h2" or "#list > li"') from error
    return value


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def url_text(value: str) -> str:
    """Return a web address as it is asked for, in ASCII; ValueError for any other text."""
    try:
        parts = urlsplit(value)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        encoded = encode(value)
    except ValueError as error:
        reason = "" if "@" in value else f" ({error})"  # which could hold a part of a password
        raise ValueError(f"not a web address{reason}") from error
    if valid and len(parts.hostname or "") > _LONGEST_HOST:
        raise ValueError(
            f"not a web address (a host's name has {_LONGEST_HOST} characters at most)"
        )
    if not valid or not value.isprintable() or re.search(r"[\s<>\"]", value):
        raise ValueError("not a web address: it starts with http:// or https:// and has no spaces")
    return encoded


def _folder_url(value: str) -> str:
    url = url_text(value)
    if "@" in urlsplit(url).netloc:
        raise ValueError("every feed names this address, so it has no user name and no password")
    if urlsplit(url).query or urlsplit(url).fragment:
        raise ValueError("the address of a folder has no ? and no #")
    return url if url.endswith("/") else url + "/"


def _hub(value: str) -> str:
    url = url_text(value)
    if "@" in urlsplit(url).netloc:
        raise ValueError("every feed names its hub, so it has no user name and no password")
    return url


def _listen(value: str) -> str:
    listen_address(value)
    return value


def _listen_or_nowhere(value: str) -> str:
    return _listen(value) if value else value


def _timezone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError('not a time zone, such as "Asia/Dhaka" or "Asia/Kolkata"') from error
    return value


def _language(value: str) -> str:
    if not _LANGUAGE.fullmatch(value):
        raise ValueError('not a language tag, such as "bn", "as" or "en"')
    return value


def _language_or_all(value: str) -> str:
    return value if value == "*" else _language(value)


def from_text(convert: Callable[[str], object]) -> GetPydanticSchema:
    """Return the mark of a type whose values stand in the file as text, which ``convert`` reads."""
    return GetPydanticSchema(
        lambda _type, handler: core_schema.no_info_after_validator_function(convert, handler(str))
    )


Text = Annotated[str, AfterValidator(_text)]
Texts = Annotated[list[Text], BeforeValidator(_listed)]
Phrases = Annotated[list[Annotated[str, AfterValidator(_phrase)]], BeforeValidator(_listed)]
Selector = Annotated[Text, AfterValidator(_selector)]
Name = Annotated[str, AfterValidator(_name)]
FeedName = Annotated[str, AfterValidator(_feed_name)]

Every = Annotated[int | str | None, from_text(_every)]
Bound = Annotated[int | None, from_text(_bound)]
Timeout = Annotated[float, from_text(_timeout)]
Spacing = Annotated[float, from_text(_spacing)]
Window = Annotated[timedelta, from_text(_window)]
Age = Annotated[timedelta, from_text(_age)]

Url = Annotated[str, AfterValidator(url_text)]
FolderUrl = Annotated[str, AfterValidator(_folder_url)]
Hubs = Annotated[list[Annotated[str, AfterValidator(_hub)]], BeforeValidator(_listed)]
Listen = Annotated[str, AfterValidator(_listen)]
ListenOrNowhere = Annotated[str, AfterValidator(_listen_or_nowhere)]
TimeZone = Annotated[str, AfterValidator(_timezone)]
Language = Annotated[str, AfterValidator(_language)]
Languages = Annotated[
    list[Annotated[str, AfterValidator(_language_or_all)]], BeforeValidator(_listed)
]
