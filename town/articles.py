"""A report as an entry of its paper's document, with what is odd about the paper's entries.

Knows how a fault of an entry looks: what becomes of its date, id, address and words. Refuses to
know formats (``documents``) and HTTP (``answers``).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from html import escape

from tests.support.bijoy import encode as encode_bijoy
from town.papers import Oddity
from town.town import Report, Town

_DIGITS = str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯")
# Unicode has three letters twice: as one character, which no normal form keeps, and with a nukta.
_ONE_CHARACTER = {"ড\u09bc": "\u09dc", "ঢ\u09bc": "\u09dd", "য\u09bc": "\u09df"}
# A page that is read every seven seconds.
_SECONDS_PER_VIEW = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """An entry as a document has it. Of text in markup, ``content`` is that markup."""

    guid: str
    link: str
    title: str
    content: str
    published: datetime | None
    author: str


def article(town: Town, report: Report, at_seconds: float, base: str) -> Article:
    """Return a report as its paper's document has it at a moment; ``base`` is where the paper is.

    >>> from datetime import UTC
    >>> town = Town(founded=datetime(2026, 11, 24, tzinfo=UTC))
    >>> report = town.reports(0)[0]
    >>> article(town, report, 0.0, "https://a.example").link == f"https://a.example/news/{report.code}"
    True
    """
    oddity, telling = report.paper.oddity, town.telling(report)
    title = _written(telling.headline, report)
    paragraphs = [_written(paragraph, report) for paragraph in telling.paragraphs]
    paragraphs += _beside(report, at_seconds)
    content = "".join(f"<p>{escape(paragraph, quote=False)}</p>" for paragraph in paragraphs)
    if oddity is Oddity.ENTITIES:
        title, content = escape(title), escape(content)
    link = f"{base}/news/{report.code}"
    if oddity is Oddity.OTHER_LINKS:
        link = f"{base}/{at_seconds:.0f}/news/{report.code}"
    guid = {
        Oddity.OTHER_LINKS: "",
        Oddity.OTHER_GUIDS: f"{report.paper.name}-{report.code}-{at_seconds:.0f}",
    }.get(oddity, link)
    published: datetime | None = town.wall(report.at_seconds)
    if oddity is Oddity.UNDATED:
        published = None
    elif oddity is Oddity.REDATED:
        published = town.wall(at_seconds)
    return Article(
        guid=guid,
        link=link,
        title=title,
        content=content,
        published=published,
        author=report.paper.title,
    )


def bengali(number: int) -> str:
    """Return a number in Bengali digits.

    >>> bengali(2026)
    '২০২৬'
    """
    return str(number).translate(_DIGITS)


def mojibake(text: str) -> str:
    """Return text whose UTF-8 was read as windows-1252, as browsers read it: no byte is lost.

    >>> mojibake("ক")
    'à¦•'
    """
    return "".join(
        bytes([byte]).decode("windows-1252", "ignore") or chr(byte) for byte in text.encode()
    )


def _written(text: str, report: Report) -> str:
    """Return text as the paper's software writes it."""
    match report.paper.oddity:
        case Oddity.MOJIBAKE:
            return mojibake(text)
        case Oddity.BIJOY:
            return encode_bijoy(text) or text
        case Oddity.MIXED_UNICODE if report.code % 2:
            return unicodedata.normalize("NFD", text)
        case Oddity.MIXED_UNICODE:
            for two_characters, one in _ONE_CHARACTER.items():
                text = text.replace(two_characters, one)
            return text
        case _:
            return text


def _beside(report: Report, at_seconds: float) -> list[str]:
    """Return the paragraphs that the paper's software puts behind a report."""
    match report.paper.oddity:
        case Oddity.COUNTERS:
            views = int((at_seconds - report.at_seconds) // _SECONDS_PER_VIEW)
            return [f"পঠিত: {bengali(views)} বার"]
        case Oddity.TAILS:
            return [
                f"দেশের সব খবর সবার আগে জানতে {report.paper.title} পাতায় চোখ রাখুন।",
                "এই প্রতিবেদনের কোনো অংশ অনুমতি ছাড়া অন্য কোথাও ছাপানো যাবে না।",
            ]
        case _:
            return []
