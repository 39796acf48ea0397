"""Documents that carry markup of every kind in every field, in every form that is read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from html import escape

from tests.support.payloads import KINDS, payload
from tests.support.texts import BODY

MEDIA_RSS, DUBLIN_CORE = "http://search.yahoo.com/mrss/", "http://purl.org/dc/elements/1.1/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What a source sends of one kind: markup that stands in every field, and Bengali beside it."""

    markup: str
    title: str
    body: str
    address: str


def sent_by(source_name: str, times_escaped: int) -> list[Sent]:
    """Return what a source sends of every kind that a document can carry."""
    every = []
    for number, kind in enumerate(KINDS):
        marked = payload(kind, f"{source_name}-{kind}", times_escaped=times_escaped)
        carried = re.sub("[\0-\x08\x0b-\x1f\ud800-\udfff\uffff]", "", marked)
        title = f"নদীর {number} নম্বর ঘাট {carried}"
        every.append(
            Sent(
                markup=carried,
                title=title,
                body=f"{carried} {title} {BODY[number % 3]} {carried}",
                address=f"https://a.example/{source_name}/{number}",
            )
        )
    return every


def rss_of(every: Iterable[Sent]) -> bytes:
    """Return an RSS feed of entries with the markup in every field, the id among them."""
    items = (
        f"<item><title>{escape(sent.title)}</title><link>{sent.address}</link>"
        f"<guid>{escape(sent.markup)}</guid><author>{escape(sent.title)}</author>"
        f"<category>{escape(sent.title)}</category>"
        f"<description>{escape(sent.body)}</description>{media_of(sent)}</item>"
        for sent in every
    )
    spaces = f"xmlns:media='{MEDIA_RSS}' xmlns:dc='{DUBLIN_CORE}'"
    return f"<rss version='2.0' {spaces}><channel>{''.join(items)}</channel></rss>".encode()


def media_of(sent: Sent) -> str:
    """Return the files of an item of RSS: one that anybody can fetch, and programs."""
    text = escape(sent.markup, quote=True)
    return (
        f"<enclosure url='javascript:top.ran`enclosure`' type='{text}' length='{text}'/>"
        f"<media:content url='{sent.address}.jpg' type='{text}' width='{text}'>"
        f"<media:title>{text}</media:title></media:content>"
        f"<media:content url='{text}'><media:title type='html'>{text}</media:title></media:content>"
        f"<media:thumbnail url='{text}'/><media:credit>{text}</media:credit>"
        f"<dc:rights>{text}</dc:rights>"
    )


def atom_of(every: Iterable[Sent], text_type: str) -> bytes:
    """Return an Atom feed of entries whose texts are of a type: ``text`` or ``html``."""
    entries = (
        f"<entry><title type='{text_type}'>{escape(sent.title)}</title>"
        f"<link href='{sent.address}'/><id>{sent.address}</id>"
        f"<author><name>{escape(sent.title)}</name></author>"
        f"<category term='{escape(sent.title)}'/>"
        f"<summary type='{text_type}'>{escape(sent.title)}</summary>"
        f"<content type='html'>{escape(sent.body)}</content>"
        f"<rights type='{text_type}'>{escape(sent.title)}</rights>"
        f"<link rel='enclosure' href='{sent.address}.mp3' title='{escape(sent.title)}'/></entry>"
        for sent in every
    )
    return f"<feed xmlns='http://www.w3.org/2005/Atom'>{''.join(entries)}</feed>".encode()


def json_of(every: Iterable[Sent]) -> bytes:
    """Return a JSON feed of entries whose links are programs."""
    items = [
        {
            "id": sent.address,
            "url": "javascript:top.ran`link`",
            "title": sent.title,
            "summary": sent.title,
            "content_html": sent.body,
            "authors": [{"name": sent.title}],
            "tags": [sent.title],
            "image": "javascript:top.ran`image`",
            "attachments": [
                {"url": url, "mime_type": "audio/mpeg", "title": sent.title}
                for url in (f"{sent.address}.mp3", sent.markup)
            ],
        }
        for sent in every
    ]
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "নদী", "items": items}
    return json.dumps(feed).encode()


def lines_of(every: Iterable[Sent]) -> bytes:
    """Return a dump of records, a line each."""
    records = (
        {
            "title": sent.title,
            "content": sent.body,
            "author": sent.title,
            "url": sent.address,
            "image": f"{sent.address}.jpg",
            "image_caption": sent.title,
            "rights": sent.title,
        }
        for sent in every
    )
    return "".join(json.dumps(record) + "\n" for record in records).encode()


FORMS: dict[str, Callable[[list[Sent]], bytes]] = {
    "rss": rss_of,
    "atom-text": lambda every: atom_of(every, "text"),
    "atom-html": lambda every: atom_of(every, "html"),
    "json": json_of,
    "lines": lines_of,
}
