"""A saved HTML page → the article on it.

What the page says of itself (``html_metadata``) counts first. The text is found by trafilatura and
then told apart line by line as any page's text. trafilatura deletes the joiners of Bengali words
(ZWJ U+200D, ZWNJ U+200C), so they are put back from the page.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from html import escape as quoted
from typing import Any

import lxml.html
from lxml import etree

from aggregator.bengali.spellings import ZWJ, ZWNJ
from aggregator.bengali.text import key
from aggregator.errors import ParseError
from aggregator.markup import plain
from aggregator.models import Media, ParsedEntry, Rejected
from aggregator.parse import page as parse_page
from aggregator.parse.charsets import markup_of, page_as_utf8
from aggregator.parse.html_bounds import could_take_long
from aggregator.parse.html_headline import Recurs, line_of, long_paragraphs, never
from aggregator.parse.html_metadata import Metadata, headline_candidates, read_metadata
from aggregator.parse.html_walls import wall_of
from aggregator.parse.page import guards
from aggregator.parse.plain import escape

_WORD = re.compile(f"[\u0980-\u09ff{ZWNJ}{ZWJ}]+")
_JOINERS = re.compile(f"[{ZWNJ}{ZWJ}]")
_INDEX_TITLE = re.compile("বিভাগের (?:সকল|সব|সর্বশেষ) (?:খবর|সংবাদ)|(?:খবরের|সংবাদের|সংবাদ) আর্কাইভ")
_BARS = re.compile(r"[|\-: ]+")
# Less text is no article: a caption, or a notice that the page needs something.
_LEAST_CHARACTERS = 80
_MAX_NAME_CHARACTERS = 60  # of a site, with its motto


def parse(body: bytes, url: str, recurs: Recurs = never) -> ParsedEntry | Rejected:
    """Find the article on a page, or say why there is none; ``url`` is where it was, if known.

    ``recurs`` tells which texts stand where the headline belongs on other pages of its source, too.
    Raises ``ParseError`` where trafilatura fails over the page.
    """
    tree = _tree(body)
    if tree is None:
        return Rejected.quoting("the page is empty", url)
    joined_words = _joined_words(tree)
    metadata = read_metadata(tree, url, recurs)
    heading = metadata.title
    excerpt = heading or " ".join((tree.findtext(".//title") or "").split()) or url
    if _forwards(tree):
        return Rejected.quoting("the page forwards to another", excerpt)
    text = _with_joiners(_main_text(tree), joined_words)
    if guards.is_guard(text, excerpt):
        return Rejected.quoting("the page is a guard's or a dead address's", excerpt)
    is_index = metadata.is_list or (metadata.is_index and not metadata.is_article)
    if is_index or _INDEX_TITLE.search(excerpt):
        return Rejected.quoting("the page is an index of others", excerpt)
    if len(text) < _LEAST_CHARACTERS:
        return Rejected.quoting("the page holds no article", excerpt)
    if len(text) > parse_page.MAX_CHARACTERS and not metadata.is_article:
        return parse_page.too_long(len(text))
    return _entry(text, metadata, heading, excerpt)


def parse_fetched(body: bytes, url: str, content_type: str) -> ParsedEntry | Rejected:
    """Find the article on a page that a server sent; behind a wall there is none.

    A saved page was seen by whoever saved it; what a server sends may be what it lets nobody read.
    """
    # As a reader decodes it: its bytes may say in UTF-16 or UTF-7 what no bound looks for.
    body = markup_of(page_as_utf8(body, content_type)).encode("utf-8", "replace")
    if could_take_long(body):
        return Rejected.quoting("the page has more markup than any article's", url)
    found = parse(body, url)
    if isinstance(found, Rejected):
        return found
    wall = wall_of(_tree(body), len(plain(found.content_html)[0]))
    return Rejected.quoting(wall, plain(found.title_html)[0]) if wall else found


def survey(body: bytes) -> tuple[set[str], str]:
    """Return what the headline of a page could be, and its first long paragraph.

    Two copies of one page have the same paragraph.
    """
    tree = _tree(body)
    if tree is None:
        return set(), ""
    return headline_candidates(tree), next(map(line_of, long_paragraphs(tree)), "")


def _main_text(tree: Any) -> str:
    # Imported here because only saved pages need it, and every start would pay half a second.
    import trafilatura

    try:
        text = trafilatura.extract(tree, output_format="txt", include_comments=False)
    except Exception as error:  # its parts raise anything over pages that nobody would write
        raise ParseError(f"not a page that can be read ({error})") from error
    return str(text or "")


def _entry(text: str, metadata: Metadata, heading: str, excerpt: str) -> ParsedEntry | Rejected:
    lines = [_without_bars(line) for line in text.split("\n") if not _BARS.fullmatch(line)]
    lines = [line for line in lines if not _is_name_of_site(line, metadata)]
    if lines and heading and lines[0].strip() == heading.strip():
        lines = lines[1:]
    labels = f"Title: {heading}\nText:\n" if heading else ""
    (parsed, *_) = parse_page.parse(labels + "\n".join(lines))
    if isinstance(parsed, Rejected):
        return Rejected.quoting(parsed.reason, excerpt)
    image = metadata.image
    return replace(
        parsed,
        link=metadata.link,
        title_html=escape(heading) or parsed.title_html,
        summary_html=escape(metadata.summary),
        content_html=(_figure(image) if image else "") + parsed.content_html,
        media=(image,) if image else (),
        authors=metadata.authors or parsed.authors,
        categories=(metadata.section,) if metadata.section else (),
        published=metadata.published or parsed.published,
        updated=metadata.updated,
    )


def _figure(image: Media) -> str:
    return f'<figure><img src="{quoted(image.url)}" alt="{quoted(image.alt)}"></figure>'


def _is_name_of_site(line: str, metadata: Metadata) -> bool:
    is_short = len(line) <= _MAX_NAME_CHARACTERS
    return is_short and bool(metadata.site_names) and key(line) in metadata.site_names


def _without_bars(line: str) -> str:
    """Return a row of a table as its cells: বই: ফাইট ক্লাব."""
    if not line.startswith("| ") or not line.endswith(" |"):
        return line
    cells = [cell.strip() for cell in line.strip("| ").split(" | ")]
    return ": ".join(cells) if len(cells) <= 2 else " · ".join(cells)


def _tree(body: bytes) -> Any:
    """Build the tree of a page; ``None`` where it has no markup at all."""
    parser = lxml.html.HTMLParser(encoding="utf-8")
    try:
        return lxml.html.document_fromstring(markup_of(body).encode("utf-8", "replace"), parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None


def _forwards(tree: Any) -> bool:
    """Tell whether a page sends to another at once and is no longer than a guard's."""
    for meta in tree.iter("meta"):
        if (meta.get("http-equiv") or "").lower() == "refresh":
            is_elsewhere = "url=" in (meta.get("content") or "").lower().replace(" ", "")
            length = len(" ".join(tree.text_content().split()))
            return is_elsewhere and length < guards.MAX_CHARACTERS
    return False


def _joined_words(tree: Any) -> dict[str, str]:
    """Map the words of a page that have joiners from how they look without them.

    A word that stands more often without its joiner is left so.
    """
    counts = Counter(_WORD.findall(tree.text_content()))
    joined_words: dict[str, str] = {}
    for word, count in counts.most_common():
        bare = _JOINERS.sub("", word)
        if bare != word and count >= counts.get(bare, 0):
            joined_words.setdefault(bare, word)
    return joined_words


def _with_joiners(text: str, joined_words: dict[str, str]) -> str:
    if not joined_words:
        return text
    return _WORD.sub(lambda match: joined_words.get(match.group(), match.group()), text)
