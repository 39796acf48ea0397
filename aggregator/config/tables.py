"""The tables of ``config.toml`` as pydantic models: every key, its type, its default, its check.

A model here is the shape of the file and nothing else: paths stay as written, names are not
compared with each other. A check that needs two tables stands in ``load``.
"""

from __future__ import annotations

import os
import re
import unicodedata
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from aggregator.urls import encode

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_INTERVAL = re.compile(r"([0-9]{1,6}) ?(s|m|h|d)")
_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_LONGEST_SECONDS = 30 * 86400
# Readers fetch a feed as a whole: a thousand entries are about 5 MB.
LEAST_ENTRIES, MOST_ENTRIES = 1, 1000
LEAST_BYTES, MOST_BYTES = 1_000, 200_000_000
MOST_TIMEOUT_SECONDS = 600
MOST_SPACING_SECONDS = 60  # sources wait for each other: ten on one host take ten spacings a pass
MOST_PRIORITY = 100
MOST_WINDOW_SECONDS = 60 * 86400  # the index is divided into eras of 64 days
_HEADER_NAME = re.compile("[A-Za-z0-9!#$%&'*+.^_|~-]{1,100}")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def _name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise ValueError(
            "a name is made of a-z, 0-9 and -, as it becomes part of addresses; "
            'what people read goes into "title"'
        )
    return value


def _feed_name(value: str) -> str:
    if value == "index":
        raise ValueError('"index" is the page that lists all feeds; take another name')
    return _name(value)


def _url(value: str) -> str:
    try:
        parts = urlsplit(value)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        encoded = encode(value)
    except ValueError as error:
        raise ValueError(f"not a web address ({error})") from error
    if not valid or not value.isprintable() or re.search(r"[\s<>\"]", value):
        raise ValueError("not a web address: it starts with http:// or https:// and has no spaces")
    return encoded


def _site_url(value: str) -> str:
    url = _url(value)
    if urlsplit(url).query or urlsplit(url).fragment:
        raise ValueError("the address of a folder has no ? and no #")
    return url if url.endswith("/") else url + "/"


def _interval(value: str) -> str:
    if value != "auto":
        interval_seconds(value)
    return value


def interval_seconds(value: str) -> int:
    """Read ``90s``, ``15m``, ``2h`` or ``1d`` as seconds; ValueError for anything else.

    >>> interval_seconds("15m")
    900
    """
    match = _INTERVAL.fullmatch(value)
    if not match:
        raise ValueError('not an interval: write "auto", or a number with s, m, h or d, as "15m"')
    seconds = int(match.group(1)) * _UNIT_SECONDS[match.group(2)]
    if not 1 <= seconds <= _LONGEST_SECONDS:
        raise ValueError('an interval lies between "1s" and "30d"')
    return seconds


def _timeout(value: str) -> str:
    if not 1 <= interval_seconds(value) <= MOST_TIMEOUT_SECONDS:
        raise ValueError('a timeout lies between "1s" and "10m"')
    return value


def _spacing(value: str) -> str:
    if value != "0s" and interval_seconds(value) > MOST_SPACING_SECONDS:
        raise ValueError('a spacing lies between "0s" and "1m"')
    return value


def _window(value: str) -> str:
    match = _INTERVAL.fullmatch(value)
    seconds = int(match.group(1)) * _UNIT_SECONDS[match.group(2)] if match else 0
    if not 3600 <= seconds <= MOST_WINDOW_SECONDS:
        raise ValueError('a window lies between "1h" and "60d"')
    return value


def window_seconds(value: str) -> int:
    """Read a window as seconds.

    >>> window_seconds("21d")
    1814400
    """
    return int(value[:-1]) * _UNIT_SECONDS[value[-1]]


def from_environment(value: str) -> str:
    """Put environment variables in where a text names them as ``${NAME}``; ValueError if unset."""
    unset = [name for name in _VARIABLE.findall(value) if name not in os.environ]
    if unset:
        raise ValueError(f"the environment variable {unset[0]} is not set")
    return _VARIABLE.sub(lambda match: os.environ[match.group(1)], value)


def _header(value: str) -> str:
    found = from_environment(value)
    if not found.isascii() or not found.isprintable():
        raise ValueError("a header's value is printable ASCII")
    return found.strip()


def _header_name(value: str) -> str:
    if not _HEADER_NAME.fullmatch(value):
        raise ValueError("not the name of a header")
    return value


def _auth(value: str) -> str:
    found = from_environment(value)
    if ":" not in found or not found.isascii() or not found.isprintable():
        raise ValueError('write it as "user:${PASSWORD}", with the password in the environment')
    return found


def _proxy(value: str) -> str:
    try:
        return _url(from_environment(value))
    except ValueError:  # without its words, which could hold a part of the password
        raise ValueError("not a proxy's address, or its variable is not set") from None


def _timezone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError('not a time zone: write it as "Asia/Dhaka" or "Asia/Kolkata"') from error
    return value


def _language(value: str) -> str:
    if not _LANGUAGE.fullmatch(value):
        raise ValueError('not a language tag: write "bn", "as" or "en"')
    return value


def _languages(value: str) -> str:
    return value if value == "*" else _language(value)


def _listen(value: str) -> str:
    listen_address(value)
    return value


def listen_address(value: str) -> tuple[str, int]:
    """Split ``host:port``; ValueError where it is not one.

    >>> listen_address("[::1]:8000")
    ('::1', 8000)
    """
    host, _, port = value.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 <= int(port) <= 65535:
        raise ValueError('not an address to listen on: write it as "127.0.0.1:8000"')
    return host.strip("[]"), int(port)


def _store_url(value: str) -> str:
    path = value.removeprefix("sqlite:///")
    if path in ("", value) or not path.isprintable() or "?" in path:
        raise ValueError('the store is an SQLite file: write it as "sqlite:///aggregator.db"')
    return value


def _one_or_many(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _text(value: str) -> str:
    if not value.strip():
        raise ValueError("is empty")
    if not value.replace("\u200c", "").replace("\u200d", "").isprintable():  # joiners are Bengali
        raise ValueError("has a character that cannot be shown, such as a tab or a line break")
    return unicodedata.normalize("NFC", value)  # য় can be typed as one code point or as two


Text = Annotated[str, AfterValidator(_text)]
Texts = Annotated[list[Text], BeforeValidator(_one_or_many)]


# The parts of a record that a source can name itself; a test holds them to those that are read.
Part = Literal[
    "id", "title", "content", "summary", "link", "published", "updated", "author", "category",
    "acquired",
]  # fmt: skip


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class SiteTable(_Table):
    """``[site]``: what the whole is called and where it is seen."""

    title: Text = "বাংলা সংবাদ"
    url: Annotated[str, AfterValidator(_site_url)] | None = None
    language: Annotated[str, AfterValidator(_language)] = "bn"
    timezone: Annotated[str, AfterValidator(_timezone)] = "Asia/Dhaka"
    output: Text = "feeds"
    listen: Annotated[str, AfterValidator(_listen)] = "127.0.0.1:8000"


class StoreTable(_Table):
    """``[store]``: where everything is remembered."""

    url: Annotated[str, AfterValidator(_store_url)] = "sqlite:///aggregator.db"


class SourceTable(_Table):
    """``[[source]]``: one thing to ingest."""

    name: Annotated[str, AfterValidator(_name)]
    title: Text | None = None
    feed: Annotated[str, AfterValidator(_url)] | None = None
    dump: Text | None = None
    every: Annotated[str, AfterValidator(_interval)] = "auto"
    category: Texts = []
    timezone: Annotated[str, AfterValidator(_timezone)] | None = None
    enabled: bool = True
    timeout: Annotated[str, AfterValidator(_timeout)] = "30s"
    max_bytes: Annotated[int, Field(ge=LEAST_BYTES, le=MOST_BYTES)] = 15_000_000
    spacing: Annotated[str, AfterValidator(_spacing)] = "1s"
    allow_private: bool = False
    discover: bool = False
    headers: dict[
        Annotated[str, AfterValidator(_header_name)], Annotated[str, AfterValidator(_header)]
    ] = {}
    auth: Annotated[str, AfterValidator(_auth)] | None = None
    proxy: Annotated[str, AfterValidator(_proxy)] | None = None
    fields: dict[Part, Text] = {}
    related: Literal["keep", "entries"] = "keep"
    priority: Annotated[int, Field(ge=-MOST_PRIORITY, le=MOST_PRIORITY)] = 0


class FeedTable(_Table):
    """``[[feed]]``: one thing to publish."""

    name: Annotated[str, AfterValidator(_feed_name)]
    title: Text | None = None
    description: Text | None = None
    sources: Annotated[Texts, Field(min_length=1)] = ["*"]
    categories: Texts = []
    languages: Annotated[
        list[Annotated[str, AfterValidator(_languages)]],
        BeforeValidator(_one_or_many),
        Field(min_length=1),
    ] = ["bn"]
    limit: Annotated[int, Field(ge=LEAST_ENTRIES, le=MOST_ENTRIES)] = 100
    events: Literal["link", "merge", "none"] = "link"


class DedupeTable(_Table):
    """``[dedupe]``: how entries become stories."""

    same_text: bool = True
    events: bool = True
    window: Annotated[str, AfterValidator(_window)] = "21d"
    hold: bool = True


class ConfigTable(_Table):
    """The whole of ``config.toml``."""

    site: SiteTable = SiteTable()
    store: StoreTable = StoreTable()
    dedupe: DedupeTable = DedupeTable()
    source: Annotated[list[SourceTable], Field(min_length=1)]
    feed: list[FeedTable] = [FeedTable(name="bangla")]
