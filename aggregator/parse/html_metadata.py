"""What an HTML page says of itself: JSON-LD, OpenGraph, meta elements and its heading.

Knows schema.org's types of articles and of pages that list others. Does not look at the page's text
(``html``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from aggregator.urls import resolve

_ARTICLE_TYPES = frozenset(
    "Article NewsArticle ReportageNewsArticle AnalysisNewsArticle OpinionNewsArticle BlogPosting "
    "LiveBlogPosting BackgroundNewsArticle ReviewNewsArticle Report TechArticle".split()
)
_INDEX_TYPES = frozenset("CollectionPage WebSite SearchResultsPage ItemList".split())
_MAX_SECTION_CHARACTERS = 20  # the slug of an article is longer, or has a number
_SITE_IN_TITLE = re.compile(r"\s*[|–—»-]\s*[^|–—»]{2,40}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """The parts of an entry that a page states, each empty where it does not.

    ``link`` and ``image`` are absolute addresses, dates as the page writes them.
    """

    title: str = ""
    link: str = ""
    published: str = ""
    updated: str = ""
    authors: tuple[str, ...] = ()
    section: str = ""
    image: str = ""
    summary: str = ""
    is_article: bool = False
    is_index: bool = False
    """The page calls itself an index of others, or has the address of a section."""


def read_metadata(tree: Any, url: str) -> Metadata:
    """Read what a page, as an lxml tree, says of itself; ``url`` is where it was, if known."""
    metas = _metas(tree)
    things = list(_json_ld_things(tree))
    article = next((thing for thing in things if _types(thing) & _ARTICLE_TYPES), {})
    og_type = metas.get("og:type", "").lower()
    link = _link(tree, metas, url)
    published = (
        _first_text(article.get("datePublished"))
        or metas.get("article:published_time")
        or metas.get("datepublished")
        or metas.get("publish-date")
        or metas.get("date")
        or ""
    )
    is_index = og_type == "website" or any(_types(thing) & _INDEX_TYPES for thing in things)
    return Metadata(
        title=_title(tree, article, metas),
        link=link,
        published=published,
        updated=_first_text(article.get("dateModified")) or metas.get("article:modified_time", ""),
        authors=tuple(_authors(article.get("author"))) or _meta_author(metas),
        section=_first_text(article.get("articleSection")) or metas.get("article:section", ""),
        image=resolve(url, _image(article.get("image")) or metas.get("og:image", "")),
        summary=metas.get("og:description") or metas.get("description") or "",
        is_article=bool(article) or og_type == "article",
        is_index=is_index or (not published and _is_section(link)),
    )


def _metas(tree: Any) -> dict[str, str]:
    """Map the name of each meta element, in small letters, to its first value."""
    metas: dict[str, str] = {}
    for meta in tree.iter("meta"):
        name = (meta.get("property") or meta.get("name") or meta.get("itemprop") or "").lower()
        value = (meta.get("content") or "").strip()
        if name and value:
            metas.setdefault(name, value)
    return metas


def _json_ld_things(tree: Any) -> Iterator[dict[str, Any]]:
    """Yield every thing that the page's JSON-LD describes; a script that is no JSON has none."""
    for script in tree.xpath('//script[@type="application/ld+json"]'):
        try:
            data = json.loads(script.text or "", strict=False)
        except (ValueError, RecursionError):
            continue
        waiting = [data]
        while waiting:
            value = waiting.pop()
            if isinstance(value, list):
                waiting += value
            elif isinstance(value, dict):
                yield value
                waiting += [value[name] for name in ("@graph", "mainEntity") if name in value]


def _types(thing: dict[str, Any]) -> set[str]:
    types = thing.get("@type")
    return {str(name) for name in (types if isinstance(types, list) else [types])}


def _first_text(value: Any) -> str:
    value = value[0] if isinstance(value, list) and value else value
    return " ".join(value.split()) if isinstance(value, str) else ""


def _link(tree: Any, metas: dict[str, str], url: str) -> str:
    links = tree.xpath('//link[@rel="canonical"]')
    canonical = links[0].get("href") if links else ""
    return resolve(url, (canonical or metas.get("og:url") or url or "").strip())


def _is_section(link: str) -> bool:
    """Tell whether an address is a section's: at most one short name without a number."""
    names = [name for name in urlsplit(link).path.split("/") if name]
    has_number = any(character.isdigit() for name in names for character in name)
    is_short = len("".join(names)) <= _MAX_SECTION_CHARACTERS
    return bool(link) and len(names) <= 1 and not has_number and is_short


def _authors(author: Any) -> Iterator[str]:
    for person in author if isinstance(author, list) else [author]:
        name = _first_text(person.get("name") if isinstance(person, dict) else person)
        if name:
            yield name


def _meta_author(metas: dict[str, str]) -> tuple[str, ...]:
    name = metas.get("author") or metas.get("article:author") or ""
    return (name,) if name and not name.startswith("http") else ()


def _image(image: Any) -> str:
    image = image[0] if isinstance(image, list) and image else image
    if isinstance(image, dict):
        image = image.get("url")
    return image if isinstance(image, str) else ""


def _title(tree: Any, article: dict[str, Any], metas: dict[str, str]) -> str:
    """Return the page's title without the name of its site."""
    heading = _heading(tree)
    title = _first_text(article.get("headline")) or metas.get("og:title") or heading
    if heading and title.startswith(heading):
        title = heading
    title, site = " ".join(title.split()), metas.get("og:site_name", "")
    return re.sub(rf"\s*[|–—»-]\s*{re.escape(site)}\s*$", "", title) if site else title


def _heading(tree: Any) -> str:
    for tag in (".//h1", ".//title"):
        element = tree.find(tag)
        if element is not None and (text := " ".join(element.text_content().split())):
            return text if tag == ".//h1" else _SITE_IN_TITLE.sub("", text)
    return ""
