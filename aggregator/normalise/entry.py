"""Parsed entry → draft: everything decided that one entry alone can decide.

Knows what is shown (display text, sanitised markup), when it was published, and the keys it can
be recognised by. Refuses to know what else is in the store: identity is decided elsewhere.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from aggregator.bengali import dates, language
from aggregator.bengali.text import cut, display, key
from aggregator.models import DateHow, Document, Draft, ParsedEntry, Rejected, Source
from aggregator.normalise import markup, urls

# Raise this when normalising changes: every entry is then normalised anew when next seen.
RULES = 1

# About three lines of a reader's list view.
_SUMMARY_CHARACTERS = 300
_TITLE_CHARACTERS = 100
_EXCERPT_CHARACTERS = 200
# Below this two different entries can share all their text: the sentence that a daily column
# repeats stays under 160 characters in the samples, the shortest news body lies above 240.
_TEXT_KEY_CHARACTERS = 200
_MAX_CATEGORIES = 12


def digest(parsed: ParsedEntry, source: Source) -> str:
    """Give the fingerprint of what a source sent: the same text, nothing to normalise again."""
    seen = repr((RULES, source.timezone, parsed))
    return sha256(seen.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def draft(parsed: ParsedEntry, source: Source, document: Document) -> Draft | Rejected:
    """Normalise one parsed entry; ``Rejected`` where nothing of it can be shown."""
    content = parsed.content_html or parsed.summary_html
    text = display(markup.plain(content))
    title = _one_line(display(markup.plain(parsed.title_html))) or _one_line(
        cut(text, _TITLE_CHARACTERS)
    )
    link = _link(parsed.link)
    native_id = display(parsed.native_id)
    if not title:
        excerpt = (native_id or link)[:_EXCERPT_CHARACTERS]
        return Rejected(reason="nothing is left of its text", excerpt=excerpt)
    if not link and urls.is_web(native_id):
        link = _link(native_id)  # RSS 2.0: a guid is a permalink unless it says otherwise
    url_key = "" if urls.is_front_page(link) else urls.canonical(link)
    content_key = _hash(f"{key(title)}\n{(body_key := key(text))}")
    found = _dates(parsed, source, document)
    summary = (
        text if not parsed.content_html else display(markup.plain(parsed.summary_html)) or text
    )
    return Draft(
        source=source.name,
        native_id=native_id,
        link=link,
        url_key=url_key,
        text_key=content_key if len(body_key) >= _TEXT_KEY_CHARACTERS else "",
        content_key=content_key,
        title=title,
        summary=cut(_one_line(summary), _SUMMARY_CHARACTERS),
        content_html=display(markup.clean(content, link or document.url)),
        authors=_names(parsed.authors),
        categories=_names(parsed.categories)[:_MAX_CATEGORIES],
        language=language.identify(f"{title}\n{text}"),
        published=found.published,
        updated=found.updated,
        how=found.how or DateHow.FIRST_SEEN,
        digest=digest(parsed, source),
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _names(texts: tuple[str, ...]) -> tuple[str, ...]:
    shown = (_one_line(display(markup.plain(text))) for text in texts)
    return tuple(dict.fromkeys(text for text in shown if text))


def _link(link: str) -> str:
    """Give a link as it can be published, or the empty text where it leads nowhere."""
    if not urls.is_web(link):
        return ""
    try:
        return urls.encode(link)
    except (ValueError, UnicodeError):  # a host that is no host name
        return ""


def _hash(text: str) -> str:
    return sha256(text.encode("utf-8")).hexdigest()[:32]


def _dates(parsed: ParsedEntry, source: Source, document: Document) -> dates.Dates:
    """Read the dates of an entry; what lies after the fetch is no date (it would stay on top)."""

    def read(text: str) -> dates.Dates:
        return dates.read(text, fetched_at=document.acquired, timezone=source.timezone)

    published = read(parsed.published)
    if published.published is None:
        published = read(parsed.dateline)
    updated = read(parsed.updated).published or published.updated
    how = published.how
    when = _not_after(published.published, document.acquired)
    if when is None:
        when = _not_after(updated, document.acquired)
        how = DateHow.STATED if when else None
    return dates.Dates(published=when, updated=_not_after(updated, document.acquired), how=how)


def _not_after(when: datetime | None, limit: datetime) -> datetime | None:
    return when if when is not None and when <= limit else None
