"""A saved HTML page → the article on it.

What the page says of itself counts first (JSON-LD, OpenGraph, meta elements); the text is found by
trafilatura and then told apart line by line as any page's text. trafilatura deletes the joiners of
Bengali words (ZWJ, ZWNJ), so they are put back from the page.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import escape as quoted
from typing import Any
from urllib.parse import urljoin, urlsplit

import lxml.html
from lxml import etree

from aggregator.bengali.text import ZWJ, ZWNJ
from aggregator.errors import ParseError
from aggregator.models import ParsedEntry, Rejected
from aggregator.parse import page as parse_page
from aggregator.parse.charsets import markup_of
from aggregator.parse.page.lines import says_no_page
from aggregator.parse.plain import escape

_WORD = re.compile(f"[\u0980-\u09ff{ZWNJ}{ZWJ}]+")
_JOINERS = re.compile(f"[{ZWNJ}{ZWJ}]")
_ARTICLE_TYPES = frozenset(
    "Article NewsArticle ReportageNewsArticle AnalysisNewsArticle OpinionNewsArticle BlogPosting "
    "LiveBlogPosting BackgroundNewsArticle ReviewNewsArticle Report TechArticle".split()
)
_INDEX_TYPES = frozenset("CollectionPage WebSite SearchResultsPage ItemList".split())
_INDEX_TITLE = re.compile("বিভাগের (?:সকল|সব|সর্বশেষ) (?:খবর|সংবাদ)|(?:খবরের|সংবাদের|সংবাদ) আর্কাইভ")
_SECTION = 20  # characters; the slug of an article is longer, or has a number
_SITE_IN_TITLE = re.compile(r"\s*[|–—»-]\s*[^|–—»]{2,40}$")
_BARS = re.compile(r"[|\-: ]+")
_EXCERPT_CHARACTERS = 200
# The shortest article that is kept, and the most words a guard's page has.
_LEAST_CHARACTERS = 80
_FEW_CHARACTERS = 1500


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What a page says of itself."""

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


def parse(body: bytes, url: str) -> ParsedEntry | Rejected:
    """Read the article on a page, or say why there is none; ``url`` is where it was, if known."""
    tree = _tree(body)
    if tree is None:
        return Rejected(reason="the page is empty", excerpt=url)
    words = _joined_words(tree)
    said = _said(tree, url)
    heading = said.title or " ".join((tree.findtext(".//title") or "").split())
    shown = (heading or url)[:_EXCERPT_CHARACTERS]
    if _forwards(tree):
        return Rejected(reason="the page forwards to another", excerpt=shown)
    text = _main_text(tree)
    text = _rejoined(text, words)
    if len(text) < _FEW_CHARACTERS and says_no_page(f"{heading}\n{text}"):
        return Rejected(reason="the page is a guard's or a dead address's", excerpt=shown)
    if _INDEX_TITLE.search(heading) or (not said.is_article and _is_index(said)):
        return Rejected(reason="the page is an index of others", excerpt=shown)
    if len(text) < _LEAST_CHARACTERS:
        return Rejected(reason="the page holds no article", excerpt=shown)
    return _entry(text, said, heading, shown)


def _main_text(tree: Any) -> str:
    # Imported here, as only saved pages need it, and every start would pay (0.5 s).
    import trafilatura

    try:
        found = trafilatura.extract(tree, output_format="txt", include_comments=False)
    except Exception as error:  # what its parts make of pages that nobody would write
        raise ParseError(f"not a page that can be read ({error})") from error
    return str(found or "")


def _is_index(said: _Said) -> bool:
    """Tell an index by what it says it is, or by an address that is a section's."""
    if said.is_index:
        return True
    parts = [part for part in urlsplit(said.link).path.split("/") if part]
    is_section = len(parts) <= 1 and not any(one.isdigit() for part in parts for one in part)
    return bool(said.link) and not said.published and is_section and len("".join(parts)) <= _SECTION


def _entry(text: str, said: _Said, heading: str, shown: str) -> ParsedEntry | Rejected:
    lines = [_without_bars(line) for line in text.split("\n") if not _BARS.fullmatch(line)]
    if lines and heading and lines[0].strip() == heading.strip():
        lines = lines[1:]
    known = f"Title: {heading}\nText:\n" if heading else ""
    (found, *_) = parse_page.parse(known + "\n".join(lines))
    if isinstance(found, Rejected):
        return Rejected(reason=found.reason, excerpt=shown)
    picture = f'<figure><img src="{quoted(said.image)}" alt=""></figure>' if said.image else ""
    return replace(
        found,
        link=said.link,
        title_html=escape(heading) or found.title_html,
        summary_html=escape(said.summary),
        content_html=picture + found.content_html,
        authors=said.authors or found.authors,
        categories=(said.section,) if said.section else (),
        published=said.published or found.published,
        updated=said.updated,
    )


def _without_bars(line: str) -> str:
    """Write a row of a table as its cells: বই: ফাইট ক্লাব."""
    if not line.startswith("| ") or not line.endswith(" |"):
        return line
    cells = [cell.strip() for cell in line.strip("| ").split(" | ")]
    return ": ".join(cells) if len(cells) <= 2 else " · ".join(cells)


def _tree(body: bytes) -> Any:
    parser = lxml.html.HTMLParser(encoding="utf-8")
    try:
        return lxml.html.document_fromstring(markup_of(body).encode("utf-8", "replace"), parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None


def _forwards(tree: Any) -> bool:
    """Tell whether a page sends to another at once and says hardly anything."""
    for meta in tree.iter("meta"):
        if (meta.get("http-equiv") or "").lower() == "refresh":
            is_elsewhere = "url=" in (meta.get("content") or "").lower().replace(" ", "")
            return is_elsewhere and len(" ".join(tree.text_content().split())) < _FEW_CHARACTERS
    return False


# --- What the page says of itself ----------------------------------------------------------------


def _said(tree: Any, url: str) -> _Said:
    metas = _metas(tree)
    things = list(_things(tree))
    article = next((one for one in things if _types(one) & _ARTICLE_TYPES), {})
    canonical = next((one.get("href") for one in tree.xpath('//link[@rel="canonical"]')), "")
    site = metas.get("og:site_name", "")
    heading = _heading(tree)
    title = _text(article.get("headline")) or metas.get("og:title") or heading
    if heading and title.startswith(heading):
        title = heading  # without the site's name
    return _Said(
        title=_without_site(" ".join(title.split()), site),
        link=_joined(url, (canonical or metas.get("og:url") or url or "").strip()),
        published=_text(article.get("datePublished"))
        or metas.get("article:published_time")
        or metas.get("datepublished")
        or metas.get("publish-date")
        or metas.get("date")
        or "",
        updated=_text(article.get("dateModified")) or metas.get("article:modified_time", ""),
        authors=tuple(_names(article.get("author"))) or _author(metas),
        section=_text(article.get("articleSection")) or metas.get("article:section", ""),
        image=_joined(url, _image(article.get("image")) or metas.get("og:image", "")),
        summary=metas.get("og:description") or metas.get("description") or "",
        is_article=bool(article) or metas.get("og:type", "").lower() == "article",
        is_index=any(_types(one) & _INDEX_TYPES for one in things)
        or metas.get("og:type", "").lower() == "website",
    )


def _joined(base: str, link: str) -> str:
    try:
        urlsplit(link)
        return urljoin(base, link) if link else ""
    except ValueError:  # not an address at all
        return ""


def _metas(tree: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for meta in tree.iter("meta"):
        name = (meta.get("property") or meta.get("name") or meta.get("itemprop") or "").lower()
        value = (meta.get("content") or "").strip()
        if name and value:
            found.setdefault(name, value)
    return found


def _things(tree: Any) -> Iterator[dict[str, Any]]:
    """Give every thing that the page's JSON-LD describes."""
    for script in tree.xpath('//script[@type="application/ld+json"]'):
        try:
            data = json.loads(script.text or "", strict=False)
        except (ValueError, RecursionError):
            continue
        waiting = [data]
        while waiting:
            one = waiting.pop()
            if isinstance(one, list):
                waiting += one
            elif isinstance(one, dict):
                yield one
                waiting += [one[name] for name in ("@graph", "mainEntity") if name in one]


def _types(thing: dict[str, Any]) -> set[str]:
    kinds = thing.get("@type")
    return {str(kind) for kind in (kinds if isinstance(kinds, list) else [kinds])}


def _text(value: Any) -> str:
    value = value[0] if isinstance(value, list) and value else value
    return " ".join(value.split()) if isinstance(value, str) else ""


def _names(author: Any) -> Iterator[str]:
    for one in author if isinstance(author, list) else [author]:
        name = one.get("name") if isinstance(one, dict) else one
        if text := _text(name):
            yield text


def _author(metas: dict[str, str]) -> tuple[str, ...]:
    name = metas.get("author") or metas.get("article:author") or ""
    return (name,) if name and not name.startswith("http") else ()


def _image(image: Any) -> str:
    image = image[0] if isinstance(image, list) and image else image
    if isinstance(image, dict):
        image = image.get("url")
    return image if isinstance(image, str) else ""


def _heading(tree: Any) -> str:
    for tag in (".//h1", ".//title"):
        found = tree.find(tag)
        if found is not None and (text := " ".join(found.text_content().split())):
            return text if tag == ".//h1" else _SITE_IN_TITLE.sub("", text)
    return ""


def _without_site(title: str, site: str) -> str:
    """Take the site's name off a title that carries it."""
    return re.sub(rf"\s*[|–—»-]\s*{re.escape(site)}\s*$", "", title) if site else title


# --- Joiners -------------------------------------------------------------------------------------


def _joined_words(tree: Any) -> dict[str, str]:
    """Give the words of a page that have joiners, by how they look without."""
    counts = Counter(_WORD.findall(tree.text_content()))
    joined: dict[str, str] = {}
    for word, count in counts.most_common():
        bare = _JOINERS.sub("", word)
        if bare != word and count >= counts.get(bare, 0):
            joined.setdefault(bare, word)
    return joined


def _rejoined(text: str, words: dict[str, str]) -> str:
    if not words:
        return text
    return _WORD.sub(lambda match: words.get(match.group(), match.group()), text)
