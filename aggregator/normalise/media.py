"""The files of an entry as they are kept: which of those that a source sent, and as what.

Refused are addresses that are not of the public web, that hold a secret or are too long, and
pictures of one pixel, which count readers. Refuses to know how a format names a file (``parse``
does).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from aggregator import markup, urls
from aggregator.bengali.text import cut, display
from aggregator.models import Media, MediaRole, ParsedEntry
from aggregator.normalise.sent import base_of, one_line
from aggregator.pictures import picture_key, pictures_in, stated_width
from aggregator.public_addresses import names_public_host

# Twice the most pictures that one of 2,647 real entries has in its text and beside it (15).
_MOST_MEDIA = 30
# Ten times the longest address of a picture in the same entries (197 characters).
_MOST_URL_CHARACTERS = 2_000
# Three times the longest that is said of a picture in the same entries (99 characters).
_MOST_CHARACTERS_SAID = 300
_PIXELS_OF_A_COUNTER = 1
# The most that are looked at, as a picture may come in ten sizes: a million take ten seconds.
_MOST_SENT = 10 * _MOST_MEDIA
# The characters that are read of what is said: more than are kept, as some are not shown.
_READ_CHARACTERS = 4 * _MOST_CHARACTERS_SAID


def kept_media(parsed: ParsedEntry, base: str, content_html: str) -> tuple[Media, ...]:
    """Return the files of an entry, the best size of each, absolute and as can be published.

    Where no picture was sent beside the text, its first one is among them, else the summary's.
    ``base`` is what addresses are resolved against, ``content_html`` the text as it is shown.
    """
    shown = pictures_in(content_html) or _pictures_of_summary(parsed, base)
    if not parsed.media and not shown:
        return ()
    sent = list(_kept(parsed.media[:_MOST_SENT], base))
    if not any(each.is_picture for each in sent):
        first = next(_kept(shown, base), None)
        media = sent if first is None else [*sent, first]
    elif len(sent) == 1 and not shown:
        media = sent
    else:
        media = _each_once(sent, shown[:_MOST_MEDIA], base)
    return tuple(media[:_MOST_MEDIA])


def _pictures_of_summary(parsed: ParsedEntry, base: str) -> list[Media]:
    """Return the pictures of a summary beside a text, where it is shown as plain text."""
    if parsed.media or not parsed.content_html or "img" not in parsed.summary_html:
        return []
    summary, _ = markup.unescaped(parsed.summary_html)
    return pictures_in(markup.clean(summary, base_of(parsed, base)))


def kept_rights(parsed: ParsedEntry) -> str:
    """Return who holds rights in an entry, as a line of display text."""
    return _line(markup.plain(parsed.rights_html)[0]) if parsed.rights_html else ""


def _kept(media: Iterable[Media], base: str) -> Iterator[Media]:
    for each in media:
        if url := _address(base, each):
            alt, credit = _line(each.alt), _line(each.credit)
            is_as_sent = url == each.url and alt == each.alt and credit == each.credit
            yield each if is_as_sent else replace(each, url=url, alt=alt, credit=credit)


def _address(base: str, media: Media) -> str:
    """Return the address of a file as it can be published; empty where the file is refused."""
    sizes = [size for size in (media.width, media.height) if size is not None]
    is_counter = media.is_picture and bool(sizes) and min(sizes) <= _PIXELS_OF_A_COUNTER
    if is_counter or len(media.url) > _MOST_URL_CHARACTERS:
        return ""
    is_absolute = media.url.startswith(("https://", "http://"))
    url = media.url if is_absolute else urls.resolve(base, media.url)
    if not urls.is_web(url):
        return ""
    try:
        url = urls.encode(url)
    except ValueError:  # a host that is no host name
        return ""
    is_refused = len(url) > _MOST_URL_CHARACTERS or urls.has_secret(url)
    return "" if is_refused or not names_public_host(url) else url


def _line(text: str) -> str:
    return cut(one_line(display(text[:_READ_CHARACTERS])), _MOST_CHARACTERS_SAID) if text else ""


def _each_once(sent: Sequence[Media], shown: Sequence[Media], base: str) -> list[Media]:
    """Return files each once, a picture in the best of its sizes, also of those that are shown."""
    sizes: dict[str, list[Media]] = {}
    for each in sent:
        sizes.setdefault(_key(each), []).append(each)
    for each in shown:
        if same := sizes.get(_key(each)):
            same += _kept([each], base)
    return [same[0] if len(same) == 1 else _merged(same) for same in sizes.values()]


def _key(media: Media) -> str:
    return picture_key(media.url) if media.is_picture else media.url


def _merged(same: Sequence[Media]) -> Media:
    """Return one picture of several sizes: the best, with what is said of any of them."""
    best = max(same, key=_rank)
    is_picture = any(each.role is MediaRole.PICTURE for each in same)
    return replace(
        best,
        role=MediaRole.PICTURE if is_picture else best.role,
        type=best.type or next((each.type for each in same if each.url == best.url), ""),
        alt=next((each.alt for each in same if each.alt), ""),
        credit=next((each.credit for each in same if each.credit), ""),
    )


def _rank(media: Media) -> tuple[bool, int, int, int]:
    """Order the sizes of one picture: an address that asks for no size is the original."""
    asked = stated_width(media.url)
    width = media.width or asked or 0
    return asked is None, width, media.height or 0, media.length_bytes or 0
