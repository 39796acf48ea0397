"""One record of a collection → its entries, by the names that collections give to parts of records.

Knows the names in use (WordPress's REST API, OSCAR, CulturaX, mC4, FineWeb2, and what people call
their own columns); a source's ``fields`` name more. A record with a text and without a headline is
the text of a page, and its date says when the page was fetched, not when it was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from aggregator.markup import without_elements
from aggregator.models import (
    RECORD_PARTS,
    Media,
    MediaRole,
    ParsedEntry,
    RecordPart,
    Rejected,
)
from aggregator.parse.media import found, media_of
from aggregator.parse.page import parse as parse_page
from aggregator.parse.page.guards import is_guard
from aggregator.parse.plain import escape, whole

# For each part its names in use, the surest first; a dot leads into a record within the record.
_NAMES: dict[str, tuple[str, ...]] = {
    part: tuple(names.split())
    for part, names in {
        "id": "guid.rendered guid article_id uuid uid _id id",
        "title": "title.rendered title headline heading news_title শিরোনাম",
        "content": "content.rendered content_html articlebody article_body body content full_text "
        "fulltext article text news news_body story details বিস্তারিত খবর",
        "summary": "excerpt.rendered summary excerpt description abstract lead সারাংশ",
        "link": "link url permalink canonical_url article_url source_url page_url href "
        "warc_headers.warc-target-uri metadata.url",
        "published": "published_at date_published datepublished publish_date published_date "
        "publication_date published pubdate pub_date date_gmt date_time datetime date time "
        "publish_time published_time created_at timestamp তারিখ",
        "updated": "updated_at date_modified datemodified modified_gmt modified updated "
        "last_modified modified_at",
        "author": "author_name authors author byline reporter writer creator লেখক",
        "category": "category categories section topic tags keywords বিভাগ",
        "acquired": "warc_headers.warc-date crawled_at scraped_at fetched_at crawl_date "
        "crawl_time scrape_date retrieved_at accessed",
        "image": "image.url image.src image image_url imageurl featured_image.url featured_image "
        "featured_image_url featured_image_src jetpack_featured_media_url "
        "better_featured_image.source_url og_image og:image lead_image main_image top_image "
        "thumbnail.url thumbnail thumbnail_url thumb photo photo_url picture cover_image images "
        "ছবি",
        "image_alt": "image.alt image.caption image_alt image_caption photo_caption caption "
        "featured_image.alt better_featured_image.alt_text ছবির_ক্যাপশন",
        "sound": "audio.url audio audio_url podcast_url sound enclosure.url",
        "rights": "rights copyright license licence স্বত্ব",
    }.items()
}
# Names of two of these parts in a table's first line show that it is the heading.
_HEADING_PARTS = ("title", "content", "link", "published", "summary")
_GMT = "_gmt"  # WordPress: a time in UTC that does not say so
_MARKUP = re.compile("</(?:p|div|h[1-6]|li|a|strong|em|b|i|figure)>|<br|<p[ >]", re.IGNORECASE)
_BETWEEN_ADDRESSES = re.compile(r"[;,|\s]+(?=https?:|/)")
_ADDRESS = re.compile(r"(?:https?:/)?/[^\s]+")
_MAX_DEPTH = 4  # of records within records, and of lists


def is_heading(cells: Iterable[str], fields: Mapping[str, str]) -> bool:
    """Tell whether the cells of a table's first line are names of parts, at least two.

    ``fields`` are a source's own names: part → name.
    """
    names = {_plain(cell) for cell in cells}
    own = {part for part, name in fields.items() if _plain(name) in names}
    usual = {part for part in _HEADING_PARTS if any(name in names for name in _NAMES[part])}
    return len(own | usual) >= 2


def has_part(record: Mapping[str, Any], part: str, fields: Mapping[str, str]) -> bool:
    """Tell whether a record has a part, under the source's own name of it or a usual one."""
    return bool(_value(_flat(record), part, fields.get(part)))


def is_article(record: Any, fields: Mapping[str, str]) -> bool:
    """Tell whether a value is a record that has a title or a content."""
    if not isinstance(record, Mapping):
        return False
    flat = _flat(record)
    return any(_value(flat, part, fields.get(part)) for part in ("title", "content"))


def parse(record: Mapping[str, Any], fields: Mapping[str, str]) -> list[ParsedEntry | Rejected]:
    """Return the entry of a record, or the entries where its content is the text of pages.

    ``fields`` are a source's own names of the parts: part → name.
    """
    flat = _flat(record)
    parts = {part: _value(flat, part, fields.get(part)) for part in RECORD_PARTS}
    title, content = parts["title"], parts["content"]
    if not title and not content and not parts["summary"]:
        names = ", ".join(sorted(flat))
        return [Rejected.quoting("the record has neither title nor text", names)]
    if is_guard(content, title):
        return [Rejected.quoting("the page is a guard's or a dead address's", title)]
    if not title:
        return [_with_parts(entry, parts, is_page=True) for entry in parse_page(content)]
    entry = ParsedEntry(title_html=_title(title), summary_html=_markup(parts["summary"]))
    if _MARKUP.search(content):
        entry = replace(entry, content_html=content)
    elif content:
        entry = _of_plain_text(title, content, entry)
    return [_with_parts(entry, parts, is_page=False)]


def _of_plain_text(title: str, content: str, entry: ParsedEntry) -> ParsedEntry:
    """Add plain text to an entry: its article, where it can be read as a page, else every line."""
    pages = parse_page(f"{title}\n{content}")
    if len(pages) == 1 and isinstance(pages[0], ParsedEntry) and pages[0].content_html:
        return replace(pages[0], title_html=entry.title_html, summary_html=entry.summary_html)
    lines = (line.strip() for line in content.splitlines())
    paragraphs = "".join(f"<p>{escape(line)}</p>" for line in lines if line)
    return replace(entry, content_html=paragraphs)


def _with_parts(
    entry: ParsedEntry | Rejected, parts: Mapping[RecordPart, str], *, is_page: bool
) -> ParsedEntry | Rejected:
    """Add the other parts of a record to its entry.

    Beside the text of a page the record's date says when the page was fetched.
    """
    if isinstance(entry, Rejected):
        return entry
    stated = "" if is_page else parts["published"]
    return replace(
        entry,
        native_id=parts["id"],
        link=parts["link"],
        published=stated or entry.published,
        updated=parts["updated"],
        authors=_listed("[;|]", parts["author"]) or entry.authors,
        categories=_listed("[;,|]", parts["category"]) or entry.categories,
        acquired=parts["acquired"] or (parts["published"] if is_page else ""),
        media=_media(parts),
        rights_html=_markup(parts["rights"]),
    )


def _media(parts: Mapping[RecordPart, str]) -> tuple[Media, ...]:
    """Return the files of a record: addresses, one or several under a name, as text or in a list.

    What is said of a picture is said of its only one.
    """
    images = _addresses(parts["image"])
    alt = parts["image_alt"] if len(images) == 1 else ""
    media = [media_of({"url": url, "alt": alt}, MediaRole.PICTURE) for url in images]
    media += [media_of({"url": url}) for url in _addresses(parts["sound"])]
    return found(media, "")


def _addresses(value: str) -> list[str]:
    """Return the addresses in a value; a name or a number in its place is none."""
    listed = map(str.strip, _BETWEEN_ADDRESSES.split(value))
    return [address for address in listed if _ADDRESS.fullmatch(address)]


def _listed(separator: str, names: str) -> tuple[str, ...]:
    return tuple(filter(None, map(str.strip, re.split(separator, names))))


def _flat(record: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Return the values of a record, and of the records within it, as texts by plain names."""
    flat: dict[str, str] = {}
    for name, value in record.items():
        key = f"{prefix}{whole(_plain(str(name)))}"
        if isinstance(value, Mapping) and prefix.count(".") < _MAX_DEPTH:
            flat.update(_flat(value, f"{key}."))
        elif (text := _as_text(value)) != "":
            flat[key] = text
    return flat


def _as_text(value: Any, depth: int = 0) -> str:
    if isinstance(value, str):
        return whole(value.strip())
    if depth > _MAX_DEPTH:
        return ""
    if isinstance(value, list | tuple):
        return ";".join(filter(None, (_as_text(member, depth + 1) for member in value)))
    if isinstance(value, Mapping):
        names = (name for name in ("name", "title") if name in value)
        return next((_as_text(value[name], depth + 1) for name in names), "")
    return "" if value is None or isinstance(value, bool) else str(value)


def _plain(name: str) -> str:
    """Return a name as it is compared: small letters, without quotation marks, ``_`` for spaces."""
    return name.strip("\ufeff \t\"'").lower().replace(" ", "_")


def _value(flat: Mapping[str, str], part: str, own: str | None) -> str:
    """Find the value of a part: under the source's own name, else under the first usual one."""
    if own is not None and (value := flat.get(_plain(own), "")):
        return value
    for name in _NAMES[part]:
        if value := flat.get(name, ""):
            return f"{value}Z" if name.endswith(_GMT) and _ends_in_time(value) else value
    return ""


def _ends_in_time(text: str) -> bool:
    return bool(re.search("[0-9]{2}:[0-9]{2}(?::[0-9]{2})?$", text))


def _title(text: str) -> str:
    """Return a title as markup; an element in it is one and no words, as nothing says otherwise."""
    markup = _markup(text)
    return markup if markup == text else escape(without_elements(text))


def _markup(text: str) -> str:
    return text if _MARKUP.search(text) or "&" in text else escape(text)
