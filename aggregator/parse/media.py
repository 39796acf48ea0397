"""What a source says of a file beside its text → ``Media``, as it was said.

Knows the attributes by which RSS, Atom, Media RSS, JSON Feed and pages describe a file, and tells
what it is: by what the source calls it, by its type, else by the ending of its name. Refuses to
decide which files are kept, and to repair an address.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from aggregator import urls
from aggregator.models import Media, MediaRole
from aggregator.parse.plain import whole

_ROLES = {
    "image": MediaRole.PICTURE,
    "audio": MediaRole.SOUND,
    "video": MediaRole.VIDEO,
}
# By the ending of a name; the types are IANA's.
_TYPES = {
    **dict.fromkeys(("jpg", "jpeg", "jpe", "jfif"), "image/jpeg"),
    **{name: f"image/{name}" for name in ("png", "gif", "webp", "avif")},
    "svg": "image/svg+xml",
    **dict.fromkeys(("mp3", "mpga"), "audio/mpeg"),
    **dict.fromkeys(("m4a", "m4b"), "audio/mp4"),
    **{name: f"audio/{name}" for name in ("aac", "flac", "wav")},
    **dict.fromkeys(("ogg", "oga", "opus"), "audio/ogg"),
    **dict.fromkeys(("mp4", "m4v"), "video/mp4"),
    "webm": "video/webm",
    "mov": "video/quicktime",
    "pdf": "application/pdf",
}
_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*")
_PAGE = "text/html"  # no file's, and what feedparser says of a link that has no type
_NUMBER = re.compile(r"([0-9]{1,15})(?:\.[0-9]*)?(?:px)?")
_CLOCK = re.compile("(?:([0-9]{1,4}):)?([0-9]{1,4}):([0-9]{1,2})(?:[.][0-9]*)?")
_WEB = ("https://", "http://")
_SECONDS_OF_A_MINUTE = 60
# Twenty times what one of 2,647 real entries has (15). A feed of 15 MB can have 500,000 in one.
_MOST_FILES = 300


def media_of(said: Mapping[str, Any], role: MediaRole | None = None) -> Media | None:
    """Return the file that attributes describe, ``None`` where they have no address.

    Their names are those of Media RSS, in small letters, or what other formats have in their place.
    ``role`` is what the element says that it is.
    """
    url = _first(said, "url", "href", "uri")
    if not url:
        return None
    type_ = _first(said, "type", "mime_type").partition(";")[0].strip().lower()
    if type_ == _PAGE or not _TYPE.fullmatch(type_):
        type_ = _type_of_name(url)
    return Media(
        url=url,
        role=role or _role(_first(said, "medium").lower(), type_, url),
        type=type_,
        length_bytes=_number(said, "length", "filesize", "size_in_bytes") or None,
        width=_number(said, "width"),
        height=_number(said, "height"),
        duration_seconds=seconds(_first(said, "duration", "duration_in_seconds")),
        alt=_first(said, "alt", "title"),
    )


def found(
    media: Iterable[Media | None],
    base: str,
    *,
    duration: str = "",
    credit_lines: Sequence[str] = (),
) -> tuple[Media, ...]:
    """Return the first 300 files of an entry, each address once, resolved against a base.

    ``duration`` is that of its first sound or video. Whose they are is said by its only credit: of
    several nothing says which is whose.
    """
    each_once: dict[str, Media] = {}
    for each in media:
        if len(each_once) == _MOST_FILES:
            break
        if each is None:
            continue
        if each.url.startswith(_WEB):
            each_once.setdefault(each.url, each)
        elif url := urls.resolve(base, each.url):
            each_once.setdefault(url, replace(each, url=url))
    if duration:
        _say_how_long(each_once, seconds(duration))
    if len(credit_lines) == 1:
        each_once = {url: replace(each, credit=credit_lines[0]) for url, each in each_once.items()}
    return tuple(each_once.values())


def default_first(said: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return descriptions in order, but the one first that is its entry's default (isDefault)."""
    return sorted(said, key=lambda each: _first(each, "isdefault").lower() != "true")


def pictures(addresses: Iterable[str]) -> Iterator[Media | None]:
    """Yield the pictures at addresses of which nothing else is said."""
    for address in addresses:
        yield media_of({"url": address}, MediaRole.PICTURE)


def seconds(text: str) -> int | None:
    """Return a duration in whole seconds, of a number of them or of a clock's (1:02:03).

    >>> seconds("1:02:03"), seconds("95.4"), seconds("4:05"), seconds("এক ঘণ্টা")
    (3723, 95, 245, None)
    """
    if clock := _CLOCK.fullmatch(text.strip()):
        hours, minutes, rest = (int(part or 0) for part in clock.groups())
        return (hours * _SECONDS_OF_A_MINUTE + minutes) * _SECONDS_OF_A_MINUTE + rest
    return _number({"": text}, "")


def _say_how_long(media: dict[str, Media], duration_seconds: int | None) -> None:
    for url, each in media.items():
        if each.role in (MediaRole.SOUND, MediaRole.VIDEO):
            if each.duration_seconds is None:
                media[url] = replace(each, duration_seconds=duration_seconds)
            return


def _role(medium: str, type_: str, url: str) -> MediaRole:
    role = _ROLES.get(medium) or _ROLES.get(type_.partition("/")[0])
    return role or _ROLES.get(_type_of_name(url).partition("/")[0], MediaRole.FILE)


def _type_of_name(url: str) -> str:
    try:
        path = urlsplit(url).path
    except ValueError:
        return ""
    return _TYPES.get(path.rpartition(".")[2].lower(), "")


def _first(said: Mapping[str, Any], *names: str) -> str:
    """Return the first text under these names; a number of JSON is one, too."""
    for name in names:
        value = said.get(name)
        if isinstance(value, str):
            if text := value.strip():
                return whole(text)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
    return ""


def _number(said: Mapping[str, Any], *names: str) -> int | None:
    number = _NUMBER.fullmatch(_first(said, *names))
    return int(number[1]) if number else None
