"""Parsed entry → draft: everything decided that one entry alone can decide.

Knows what is shown (display text, sanitised markup), when it was published, and the keys it can
be recognised by. Refuses to know what else is in the store: identity is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256

from aggregator import markup, urls
from aggregator.bengali import dates, language, repair
from aggregator.bengali.scan import LONG_CHARACTERS, Scan, scan_text
from aggregator.bengali.text import cut, display, key_of_shown, without_junk
from aggregator.models import DateHow, Document, Draft, Mention, ParsedEntry, Rejected, Source
from aggregator.normalise.titles import glued_name

# Raise this when normalising changes: every entry is then normalised anew when next seen.
RULES = 1

# About three lines of a reader's list view.
_SUMMARY_CHARACTERS = 300
# White space is one by then, so a summary is decided by little more than its own length.
_SUMMARY_IS_WITHIN = 2 * _SUMMARY_CHARACTERS
_TITLE_CHARACTERS = 100
# Nothing longer is a title; the longest in the samples has 150.
_MAX_TITLE_CHARACTERS = 1000
_EXCERPT_CHARACTERS = 200
# Below this two different entries can share all their text: the sentence that a daily column
# repeats stays under 160 characters in the samples, the shortest news body lies above 240.
_TEXT_KEY_CHARACTERS = 200
# Among the records of one file twice as much is asked for: columns begin alike.
_BEGINNING_CHARACTERS = 400
_MAX_CATEGORIES = 12


def mention(parsed: ParsedEntry, source: Source) -> Mention:
    """Give what tells an entry from the others of its document, without normalising it."""
    words = _hash("\0".join((parsed.title_html, parsed.summary_html, parsed.content_html)))
    rest = (
        *(RULES, source.timezone, words, parsed.native_id, parsed.link, parsed.authors),
        *(parsed.categories, parsed.published, parsed.updated, parsed.dateline),
        *(parsed.acquired, parsed.is_uncertain, parsed.related),
    )
    return Mention(
        native_id=display(parsed.native_id),
        url_key=_url_key(parsed.link),
        text_hash=words,
        digest=_hash(repr(rest)),
    )


def glued_name_of(parsed: Iterable[ParsedEntry]) -> str:
    """Give the name that a document's source puts behind each of its titles, or nothing."""
    titles = [
        _one_line(display(markup.plain(entry.title_html)[0]))
        for entry in parsed
        if entry.title_html
    ]
    return glued_name(titles)


def stated(parsed: ParsedEntry, source: Source, document: Document) -> datetime | None:
    """Give the time of publication that an entry states, however wrong it may be."""
    found = dates.read(parsed.published, fetched_at=document.acquired, timezone=source.timezone)
    return found.published if found.how is DateHow.STATED else None


def draft(
    parsed: ParsedEntry,
    mention: Mention,
    source: Source,
    document: Document,
    shift: timedelta = timedelta(0),
    glued: str = "",
) -> Draft | Rejected:
    """Normalise one parsed entry; ``Rejected`` where nothing of it can be shown.

    ``mention`` is the entry's own; ``shift`` is by how much the times that its source states are
    late, ``glued`` the name that its source puts behind every title.
    """
    repairs: list[str] = []
    title = _one_line(_repaired(parsed.title_html, repairs, "title"))
    if glued and title.endswith(glued.rstrip()):
        title = title.removesuffix(glued.rstrip()).rstrip()
        repairs.append("title: glued name")
    markup_of_text = parsed.content_html or parsed.summary_html
    text, content_html, scan = _content(markup_of_text, parsed.link or document.url, repairs)
    title = cut(title, _MAX_TITLE_CHARACTERS) or _one_line(cut(text, _TITLE_CHARACTERS))
    link = _link(parsed.link)
    if not title:
        excerpt = (mention.native_id or link)[:_EXCERPT_CHARACTERS]
        return Rejected(reason="nothing is left of its text", excerpt=excerpt)
    summary = text
    if parsed.content_html:
        summary = _repaired(parsed.summary_html, repairs, "summary") or text
    title_key, body_key = key_of_shown(title), key_of_shown(text)
    content_key = _hash(f"{title_key}\n{body_key}")
    found = _dates(parsed, source, _acquired(parsed, document), shift)
    repairs += ["text: split?"] if parsed.is_uncertain else []
    return Draft(
        source=source.name,
        native_id=mention.native_id,
        link=link,
        url_key=mention.url_key,
        text_key=content_key if len(body_key) >= _TEXT_KEY_CHARACTERS else "",
        content_key=content_key,
        title=title,
        summary=cut(_one_line(summary[:_SUMMARY_IS_WITHIN]), _SUMMARY_CHARACTERS),
        content_html=content_html,
        authors=_names(parsed.authors),
        categories=_names(parsed.categories)[:_MAX_CATEGORIES],
        language=language.identify(f"{title}\n{text}", scan and scan.joined(scan_text(title))),
        published=found.published,
        updated=found.updated,
        date_how=found.how or DateHow.FIRST_SEEN,
        digest=mention.digest,
        repairs=tuple(dict.fromkeys(repairs)),
        file_keys=_file_keys(parsed, mention, title_key, body_key),
        related=tuple(_one_line(display(line)) for line in parsed.related),
    )


def _file_keys(
    parsed: ParsedEntry, mention: Mention, title_key: str, body_key: str
) -> tuple[str, ...]:
    """Give what a record of a dump is known by as long as either its title or its beginning stays.

    Collections number their records anew, and give one address to many: alone neither says which
    entry this is. A title alone does not either, where its file holds others.
    """
    if not parsed.dump_path:
        return ()
    beginning = body_key[: _TEXT_KEY_CHARACTERS if parsed.is_only_entry else _BEGINNING_CHARACTERS]
    is_telling = parsed.is_only_entry or len(beginning) == _BEGINNING_CHARACTERS
    keys = []
    for scope in (mention.native_id, mention.url_key, parsed.dump_path):
        is_unique = parsed.is_only_entry or scope != parsed.dump_path
        keys += [_hash(f"{scope}\ntitle {title_key}")] if scope and is_unique else []
        keys += [_hash(f"{scope}\ntext {beginning}")] if scope and is_telling else []
    return tuple(dict.fromkeys(keys))


def _acquired(parsed: ParsedEntry, document: Document) -> datetime:
    """Give when an entry was had: as its record says, if that was no later than its document."""
    stated = dates.read(parsed.acquired, fetched_at=document.acquired, timezone="UTC").published
    return min(stated, document.acquired) if stated else document.acquired


def _repaired(html: str, repairs: list[str], part: str) -> str:
    """Turn markup into display text, repaired; the repairs are noted with the part they are in."""
    plain, was_escaped = markup.plain(html)
    repaired = repair.repair_text(plain)
    repairs += [f"{part}: {one}" for one in repaired.repairs]
    repairs += [f"{part}: escaped"] if was_escaped else []
    return display(repaired.text)


def _content(html: str, base_url: str, repairs: list[str]) -> tuple[str, str, Scan | None]:
    """Give a text both as plain display text and as safe markup, with the same repairs in both.

    A long text comes with what one look at it found: it answers most questions that follow.
    """
    html, was_escaped = markup.unescaped(html)
    safe = markup.clean(html, base_url)
    plain = markup.text_of(safe)
    scan = scan_text(plain) if len(plain) >= LONG_CHARACTERS else None
    repaired = repair.repair_text(plain, scan=scan)
    if repaired.text != plain:
        is_legacy = "bijoy" in repaired.repairs or None
        safe = markup.map_text(
            safe, lambda piece: repair.repair_text(piece, is_legacy=is_legacy).text
        )
    repairs += [f"text: {one}" for one in repaired.repairs]
    repairs += ["text: escaped"] if was_escaped else []
    text = display(repaired.text, scan if repaired.text == plain else None)
    if scan and text != plain:
        scan = scan_text(text)
    # What display leaves alone in the text it leaves alone in the markup's text, which is the same;
    # only an attribute can hold more.
    return text, without_junk(safe) if text == repaired.text else display(safe), scan


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _names(texts: tuple[str, ...]) -> tuple[str, ...]:
    shown = (_one_line(_repaired(text, [], "")) for text in texts)
    return tuple(dict.fromkeys(text for text in shown if text))


def _link(link: str) -> str:
    """Give a link as it can be published, or the empty text where it leads nowhere."""
    if not urls.is_web(link):
        return ""
    try:
        return urls.publishable(urls.encode(link))
    except ValueError:  # a host that is no host name
        return ""


def _url_key(link: str) -> str:
    found = urls.canonical(_link(link))
    return "" if urls.is_front_page(found) else found


def _hash(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _dates(
    parsed: ParsedEntry, source: Source, acquired: datetime, shift: timedelta
) -> dates.Dates:
    """Read the dates of an entry; what lies after the fetch is no date (it would stay on top)."""
    timezone = source.timezone
    published = dates.read(parsed.published, fetched_at=acquired, timezone=timezone)
    updated = dates.read(parsed.updated, fetched_at=acquired, timezone=timezone).published
    late = _past(updated or published.updated, acquired, shift)
    when, how = _past(published.published, acquired, shift), published.how
    if when is None:
        found = dates.read_prose(parsed.dateline, fetched_at=acquired, timezone=timezone)
        when, how = _past(found.published, acquired, timedelta(0)), found.how
    if when is None:
        when, how = late, DateHow.STATED
    return dates.Dates(published=when, updated=late, how=how if when else None)


def _past(when: datetime | None, limit: datetime, shift: timedelta) -> datetime | None:
    when = None if when is None else when - shift
    return when if when is not None and when <= limit else None
