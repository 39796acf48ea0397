"""What an HTML page says of itself: JSON-LD, OpenGraph, meta elements, its headline and its time.

Knows schema.org's types of articles and of pages that list others. Which candidate is the headline
is decided in ``html_headline``, which time is the article's in ``html_time``. Does not look at the
page's text (``html``).
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from aggregator.models import Media, MediaRole
from aggregator.parse import html_headline
from aggregator.parse.html_headline import Recurs, Statements
from aggregator.parse.html_time import times_beside
from aggregator.parse.media import found, media_of
from aggregator.urls import canonical as canonical_form
from aggregator.urls import is_front_page, resolve

_ARTICLE_TYPES = frozenset(
    "Article NewsArticle ReportageNewsArticle AnalysisNewsArticle OpinionNewsArticle BlogPosting "
    "LiveBlogPosting BackgroundNewsArticle ReviewNewsArticle Report TechArticle".split()
)
_INDEX_TYPES = frozenset("CollectionPage WebSite SearchResultsPage ItemList".split())
_PUBLISHED_METAS = ("article:published_time", "datepublished", "publish-date", "date")
# Folders of addresses below which sites list their articles.
_LIST_FOLDERS = frozenset(
    "category categories cat tag tags topic topics section sections author authors search label "
    "বিভাগ ট্যাগ বিষয়".split()
)
_HYPHENS_OF_A_SLUG = 3  # sections have two words, or three: science-and-technology
_MAX_SECTION_CHARACTERS = 20  # the slug of an article is longer, or has a number


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """The parts of an entry that a page states, each empty where it does not.

    ``link`` and the address of ``image`` are absolute, dates as the page writes them.
    """

    title: str = ""
    link: str = ""
    published: str = ""
    updated: str = ""
    authors: tuple[str, ...] = ()
    section: str = ""
    image: Media | None = None
    summary: str = ""
    site_names: frozenset[str] = frozenset()
    """The keys of the names that the page gives to its site."""
    is_article: bool = False
    is_index: bool = False
    """The page calls itself an index of others, or has the address of a section."""
    is_list: bool = False
    """The page has the address of a list of articles, as /tag/…, whatever it calls itself."""


def read_metadata(tree: Any, url: str, recurs: Recurs = html_headline.never) -> Metadata:
    """Read what a page, as an lxml tree, says of itself.

    ``url`` is where it was, if known. ``recurs`` tells which texts stand where the headline belongs
    on other pages of its source, too.
    """
    statements = _statements(tree)
    metas, article = statements.metas, statements.article
    og_type = metas.get("og:type", "").lower()
    link = _link(tree, metas, url)
    title = html_headline.headline_of(tree, statements, recurs)
    shown = times_beside(html_headline.heading_element(tree, title))
    stated = _first_text(article.get("datePublished")) or _first_meta(metas, _PUBLISHED_METAS)
    types = {name for thing in statements.things for name in _types(thing)}
    is_index = og_type == "website" or bool(types & _INDEX_TYPES)
    updated = _first_text(article.get("dateModified")) or metas.get("article:modified_time", "")
    return Metadata(
        title=title,
        link=link,
        published=stated or shown.published,
        updated=updated or shown.updated,
        authors=tuple(_authors(article.get("author"))) or _meta_author(metas),
        section=_first_text(article.get("articleSection")) or metas.get("article:section", ""),
        image=_picture(article.get("image"), metas, url),
        summary=metas.get("og:description") or metas.get("description") or "",
        site_names=html_headline.site_names(tree, statements),
        is_article=bool(article) or og_type == "article",
        is_index=is_index or (not stated and _is_section(link)),
        is_list=_is_list(link) and not (article and stated),
    )


def is_free(tree: Any) -> bool:
    """Tell whether a page, as an lxml tree, is for everybody: none of what it describes is not.

    ``isAccessibleForFree`` is how publishers tell search engines of a paywall (schema.org).
    """
    stated = (thing.get("isAccessibleForFree") for thing in _json_ld_things(tree))
    return all(str(value).lower().rpartition("/")[2] != "false" for value in stated)


def headline_candidates(tree: Any) -> set[str]:
    """Return what the headline of a page, as an lxml tree, could be."""
    return html_headline.candidates_of(tree, _statements(tree))


def _statements(tree: Any) -> Statements:
    things = list(_json_ld_things(tree))
    article = next((thing for thing in things if _types(thing) & _ARTICLE_TYPES), {})
    return Statements(metas=_metas(tree), things=things, article=article)


def _first_meta(metas: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((metas[name] for name in names if metas.get(name)), "")


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


def _types(thing: Mapping[str, Any]) -> set[str]:
    types = thing.get("@type")
    return {str(name) for name in (types if isinstance(types, list) else [types])}


def _first_text(value: Any) -> str:
    value = value[0] if isinstance(value, list) and value else value
    return " ".join(value.split()) if isinstance(value, str) else ""


def _link(tree: Any, metas: Mapping[str, str], url: str) -> str:
    """Return a page's own address: the first that is stated and is not of its site's front page."""
    links = tree.xpath('//link[@rel="canonical"]')
    canonical = (links[0].get("href") or "") if links else ""
    stated = (resolve(url, link.strip()) for link in (canonical, metas.get("og:url", ""), url))
    known = [link for link in stated if link]
    pages = (link for link in known if not is_front_page(canonical_form(link)))
    return next(pages, next(iter(known), ""))


def _is_section(link: str) -> bool:
    """Tell whether an address is a section's: at most one short name without a number."""
    names = [name for name in urlsplit(link).path.split("/") if name]
    has_number = any(character.isdigit() for name in names for character in name)
    is_short = len("".join(names)) <= _MAX_SECTION_CHARACTERS
    return bool(link) and len(names) <= 1 and not has_number and is_short


def _is_list(link: str) -> bool:
    """Tell whether an address is a list's: a folder for lists, and names without a number in it.

    A number, or a name as long as a headline's, leads to an article: /category/sport/48151.
    """
    path = unicodedata.normalize("NFC", unquote(urlsplit(link).path)).lower()
    names = [name for name in path.split("/") if name]
    folder = next((i for i, name in enumerate(names[:2]) if name in _LIST_FOLDERS), None)
    if folder is None:
        return False
    below = names[folder + 1 :]
    if "page" in below:
        below = below[: below.index("page")]
    return not any(map(_is_articles, below[1:]))


def _is_articles(name: str) -> bool:
    """Tell whether a name in an address is an article's: a number, or the slug of a headline."""
    return any(map(str.isdigit, name)) or name.count("-") >= _HYPHENS_OF_A_SLUG


def _authors(author: Any) -> Iterator[str]:
    for person in author if isinstance(author, list) else [author]:
        name = _first_text(person.get("name") if isinstance(person, dict) else person)
        if name:
            yield name


def _meta_author(metas: Mapping[str, str]) -> tuple[str, ...]:
    name = metas.get("author") or metas.get("article:author") or ""
    return (name,) if name and not name.startswith("http") else ()


def _picture(image: Any, metas: Mapping[str, str], base: str) -> Media | None:
    """Return the picture that a page names as its own: schema.org's ``image``, else OpenGraph's."""
    image = image[0] if isinstance(image, list) and image else image
    said = image if isinstance(image, dict) else {"url": image}
    of_graph = {
        "url": metas.get("og:image", ""),
        "type": metas.get("og:image:type", ""),
        "width": metas.get("og:image:width", ""),
        "height": metas.get("og:image:height", ""),
        "alt": metas.get("og:image:alt", ""),
    }
    if of_graph["url"] and said.get("url") in (None, "", of_graph["url"]):
        said = {**of_graph, **{name: value for name, value in said.items() if value}}
    said = {"alt": said.get("caption"), **said}
    return next(iter(found([media_of(said, MediaRole.PICTURE)], base)), None)
