"""Documents that papers publish: articles in RSS, Atom, RDF, JSON Feed, pages, and page dumps.

Knows the formats as sites write them. Refuses to know what is odd about a paper.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from email.utils import format_datetime
from html import escape
from zoneinfo import ZoneInfo

from town.articles import Article, bengali
from town.grammar import Telling
from town.papers import Form, Paper

Render = Callable[[Paper, str, Sequence[Article]], bytes]

_DHAKA = ZoneInfo("Asia/Dhaka")
_MONTHS = tuple("জানুয়ারি ফেব্রুয়ারি মার্চ এপ্রিল মে জুন জুলাই আগস্ট সেপ্টেম্বর অক্টোবর নভেম্বর ডিসেম্বর".split())
# What stands beside every page of an archive, the same on each.
_SIDEBAR = (
    "পুকুরে মাছ চাষে নতুন পদ্ধতি শেখাচ্ছেন তরুণেরা",
    "শীতের পিঠা নিয়ে পাড়ায় পাড়ায় উৎসব",
    "ডাকঘরের পুরোনো ভবন এখন জাদুঘর",
    "হাতে লেখা পত্রিকার শতবর্ষ পালিত",
)


def _rss(paper: Paper, base: str, articles: Sequence[Article]) -> bytes:
    items = "".join(
        "<item>"
        + _element("title", article.title)
        + _element("link", article.link)
        + (f'<guid isPermaLink="false">{escape(article.guid)}</guid>' if article.guid else "")
        + (_element("pubDate", _rfc_822(article.published)) if article.published else "")
        + _element("description", article.content)
        + "</item>"
        for article in articles
    )
    return (
        '<?xml version="1.0"?><rss version="2.0"><channel>'
        f"{_element('title', paper.title)}{_element('link', base + '/')}"
        f"{_element('description', paper.title)}{items}</channel></rss>"
    ).encode()


def _atom(paper: Paper, base: str, articles: Sequence[Article]) -> bytes:
    entries = "".join(
        "<entry>"
        + _element("id", article.guid)
        + _element("title", article.title)
        + f'<link href="{escape(article.link)}"/>'
        + f"<author>{_element('name', article.author)}</author>"
        + (_element("published", article.published.isoformat()) if article.published else "")
        + (_element("updated", article.published.isoformat()) if article.published else "")
        + f'<content type="html">{escape(article.content)}</content>'
        + "</entry>"
        for article in articles
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom">'
        f"{_element('id', base + '/')}{_element('title', paper.title)}{entries}</feed>"
    ).encode()


def _rdf(paper: Paper, base: str, articles: Sequence[Article]) -> bytes:
    items = "".join(
        f'<item rdf:about="{escape(article.guid)}">'
        + _element("title", article.title)
        + _element("link", article.link)
        + (_element("dc:date", article.published.isoformat()) if article.published else "")
        + _element("content:encoded", article.content)
        + "</item>"
        for article in articles
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/">'
        f'<channel rdf:about="{base}/">{_element("title", paper.title)}'
        f"{_element('link', base + '/')}</channel>{items}</rdf:RDF>"
    ).encode()


def _json(paper: Paper, base: str, articles: Sequence[Article]) -> bytes:
    items = [
        {
            "id": article.guid,
            "url": article.link,
            "title": article.title,
            "content_html": article.content,
        }
        | ({"date_published": article.published.isoformat()} if article.published else {})
        for article in articles
    ]
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": paper.title,
        "home_page_url": f"{base}/",
        "items": items,
    }
    return json.dumps(document, ensure_ascii=False).encode()


# How each form is written, and the media type that it is served as.
FORMS: Mapping[Form, tuple[Render, str]] = {
    Form.RSS: (_rss, "application/rss+xml; charset=utf-8"),
    Form.ATOM: (_atom, "application/atom+xml; charset=utf-8"),
    Form.RDF: (_rdf, "application/rdf+xml"),
    Form.JSON: (_json, "application/feed+json"),
}


def html_page(paper: Paper, telling: Telling) -> bytes:
    """Return the page of one article, for whoever follows a link."""
    paragraphs = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in telling.paragraphs)
    return (
        f'<!doctype html><html lang="bn"><meta charset="utf-8"><title>{escape(telling.headline)}'
        f"</title><h1>{escape(telling.headline)}</h1><article>{paragraphs}</article>"
        f"<footer>{escape(paper.title)}</footer></html>"
    ).encode()


def dump_page(telling: Telling, published: datetime) -> str:
    """Return one article as a page dump has it: as text, with its byline and its sidebar."""
    local = published.astimezone(_DHAKA)
    date = f"{bengali(local.day)} {_MONTHS[local.month - 1]} {bengali(local.year)}"
    clock = f"{local:%H:%M}"
    clock = ":".join(bengali(int(part)).rjust(2, "০") for part in clock.split(":"))
    lines = (telling.headline, f"প্রকাশিত: {date}, {clock}", *telling.paragraphs, "ম.প / ম.প")
    return "\n".join((*lines, *_SIDEBAR)) + "\n"


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(text, quote=False)}</{name}>"


def _rfc_822(moment: datetime) -> str:
    return format_datetime(moment.astimezone(_DHAKA))
