"""Parsed entry → draft: everything that can be decided from one entry alone.

Knows how an entry is shown (``texts``), when it was published, and the keys it can be recognised
by. Refuses to know what else is in the store: which entry it is, is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from aggregator import urls
from aggregator.bengali import dates
from aggregator.bengali.text import display, key_of_shown
from aggregator.models import (
    DateHow,
    Document,
    Draft,
    Headline,
    Mention,
    ParsedEntry,
    Rejected,
    Source,
)
from aggregator.normalise import address_days, titles
from aggregator.normalise.recurrence import usual_endings
from aggregator.normalise.texts import (
    NO_SITE_TEXTS,
    SentTexts,
    SiteTexts,
    Texts,
    build_texts,
    one_line,
    read_texts,
    shown_names,
    title_line,
)
from aggregator.normalise.titles import GluedNames

# Raise this when normalising changes: every entry is then normalised anew when next seen.
RULES = 2

# Below this two different entries can share all their text: the sentence that a daily column
# repeats stays under 160 characters in the samples, the shortest news body lies above 240.
_TEXT_KEY_CHARACTERS = 200
# Among the records of one file the beginning must be twice as long: columns begin alike.
_BEGINNING_CHARACTERS = 400
_MAX_CATEGORIES = 12


def mention(parsed: ParsedEntry, source: Source) -> Mention:
    """Return what tells an entry from the others of its document, without normalising it.

    ``digest`` is stored: any change to it normalises every entry anew, once.
    """
    text_hash = _hash("\0".join((parsed.title_html, parsed.summary_html, parsed.content_html)))
    parts = (
        *(RULES, source.timezone, text_hash, parsed.native_id, parsed.link, parsed.authors),
        *(parsed.categories, parsed.published, parsed.updated, parsed.dateline),
        *(parsed.acquired, parsed.is_uncertain, parsed.related, parsed.base),
    )
    return Mention(
        native_id=display(parsed.native_id),
        url_key=_url_key(parsed.link),
        text_hash=text_hash,
        digest=_hash(repr(parts)),
    )


def headline_of(entry: ParsedEntry) -> Headline | None:
    """Return an entry's title as one line, with its link's host; ``None`` where it has no title."""
    if not entry.title_html:
        return None
    return title_line(entry.title_html), entry.link.partition("//")[2].partition("/")[0]


def glued_names_of(headlines: Iterable[Headline | None], known: Mapping[int, int]) -> GluedNames:
    """Find the names that stand behind the titles of a document and are no part of them.

    ``known`` counts what was seen in earlier entries of the source.
    """
    sent = [headline for headline in headlines if headline is not None]
    endings = {" ".join(titles.ending_of(title).split()) for title, _ in sent} - {""}
    return titles.glued_names(sent, usual_endings(endings, known))


def stated(parsed: ParsedEntry, source: Source, document: Document) -> datetime | None:
    """Return the time of publication that an entry states, however wrong it may be; UTC."""
    date = dates.read(parsed.published, fetched_at=document.acquired, timezone=source.timezone)
    return date.published if date.how is DateHow.STATED else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A parsed entry whose texts are read, before the boilerplate of its source is known."""

    parsed: ParsedEntry
    mention: Mention
    sent: SentTexts

    @classmethod
    def of(cls, parsed: ParsedEntry, mention: Mention, document: Document) -> Prepared:
        """Read the texts of an entry; ``mention`` is the entry's own."""
        sent = read_texts(parsed, parsed.link or document.url)
        return cls(parsed=parsed, mention=mention, sent=sent)


def draft(
    parsed: ParsedEntry, mention: Mention, source: Source, document: Document
) -> Draft | Rejected:
    """Normalise one parsed entry of which no other is known; ``mention`` is its own."""
    return draft_of(Prepared.of(parsed, mention, document), source, document)


def draft_of(
    prepared: Prepared,
    source: Source,
    document: Document,
    clock_skew: timedelta = timedelta(0),
    site: SiteTexts = NO_SITE_TEXTS,
) -> Draft | Rejected:
    """Normalise one entry, ``Rejected`` where nothing of it can be shown, with what is known of it.

    ``clock_skew`` is subtracted from the times that its source states; ``site`` is boilerplate.
    """
    parsed, mention, link = prepared.parsed, prepared.mention, _link(prepared.parsed.link)
    texts = build_texts(prepared.sent, site, is_uncertain=parsed.is_uncertain)
    if not texts.title:
        return Rejected.quoting("nothing is left of its text", mention.native_id or link)
    keys = _keys(parsed, mention, texts)
    when = _dates(parsed, source, _acquired(parsed, document), clock_skew)
    return Draft(
        source=source.name,
        native_id=mention.native_id,
        link=link,
        url_key=mention.url_key,
        text_key=keys.text,
        content_key=keys.content,
        other_content_keys=keys.others,
        title=texts.title,
        summary=texts.summary,
        content_html=texts.content_html,
        authors=shown_names(parsed.authors),
        categories=shown_names(parsed.categories)[:_MAX_CATEGORIES],
        language=texts.language,
        published=when.published,
        updated=when.updated,
        date_how=when.how or DateHow.FIRST_SEEN,
        digest=mention.digest,
        repairs=texts.repairs,
        file_keys=keys.file,
        related=tuple(one_line(display(headline)) for headline in parsed.related),
    )


# --- Keys --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Keys:
    """The hashes by which a draft is recognised, as ``Draft`` says of each."""

    text: str
    content: str
    others: tuple[str, ...]
    file: tuple[str, ...]


def _keys(parsed: ParsedEntry, mention: Mention, texts: Texts) -> _Keys:
    """Return the keys of an entry, none of which depends on what was learnt of its source.

    So an entry that is seen again after its source's boilerplate was learnt has the words it had.
    """
    keys = [(key_of_shown(title), key_of_shown(body)) for title, body in texts.wordings]
    content, *others = (_hash(f"{title_key}\n{body_key}") for title_key, body_key in keys)
    title_key, body_key = keys[-1]
    return _Keys(
        text=content if len(keys[0][1]) >= _TEXT_KEY_CHARACTERS else "",
        content=content,
        others=tuple(others),
        file=_file_keys(parsed, mention, title_key, body_key) if parsed.dump_path else (),
    )


def _file_keys(
    parsed: ParsedEntry, mention: Mention, title_key: str, body_key: str
) -> tuple[str, ...]:
    """Return the keys of a record of a dump, of which one stays if its title or its beginning does.

    Each joins the title or the beginning with an id, an address or the file, since none of these
    says alone which entry this is: collections number their records anew, and give one address to
    many. Title and file together say it only where the file holds no other record.
    """
    beginning = body_key[: _TEXT_KEY_CHARACTERS if parsed.is_only_entry else _BEGINNING_CHARACTERS]
    is_telling = parsed.is_only_entry or len(beginning) == _BEGINNING_CHARACTERS
    keys = []
    for scope in filter(None, (mention.native_id, mention.url_key, parsed.dump_path)):
        if parsed.is_only_entry or scope != parsed.dump_path:
            keys.append(_hash(f"{scope}\ntitle {title_key}"))
        if is_telling:
            keys.append(_hash(f"{scope}\ntext {beginning}"))
    return tuple(dict.fromkeys(keys))


def _link(link: str) -> str:
    """Return a link as it can be published, or the empty text where it is no web address."""
    if not urls.is_web(link):
        return ""
    try:
        return urls.publishable(urls.encode(link))
    except ValueError:  # a host that is no host name
        return ""


def _url_key(link: str) -> str:
    url = urls.canonical(_link(link))
    return "" if urls.is_front_page(url) else url


def _hash(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


# --- Dates -------------------------------------------------------------------------------------


def _acquired(parsed: ParsedEntry, document: Document) -> datetime:
    """Return when an entry was fetched: what its record says, but never later than its document."""
    recorded = dates.read(parsed.acquired, fetched_at=document.acquired, timezone="UTC").published
    return min(recorded, document.acquired) if recorded else document.acquired


def _dates(
    parsed: ParsedEntry, source: Source, acquired: datetime, clock_skew: timedelta
) -> dates.Dates:
    """Read the dates of an entry; one after the fetch is dropped, as its entry would stay on top.

    The text of the entry and its address are asked only where its source states no date, and an
    entry that has only been updated was published then.
    """
    timezone = source.timezone
    stated = dates.read(parsed.published, fetched_at=acquired, timezone=timezone)
    stated_update = dates.read(parsed.updated, fetched_at=acquired, timezone=timezone).published
    updated = _past(stated_update or stated.updated, acquired, clock_skew)
    published, how = _past(stated.published, acquired, clock_skew), stated.how
    if published is None:
        unstated = _unstated(parsed, timezone, acquired, may_ask_address=updated is None)
        published, how = unstated.published, unstated.how
    if published is None:
        published, how = updated, DateHow.STATED
    return dates.Dates(published=published, updated=updated, how=how if published else None)


def _unstated(
    parsed: ParsedEntry, timezone: str, acquired: datetime, *, may_ask_address: bool
) -> dates.Dates:
    """Read when an entry was published from its text, or from its address.

    A year that had to be inferred is less certain than a day in the address.
    """
    prose = dates.read_prose(parsed.dateline, fetched_at=acquired, timezone=timezone)
    published = _past(prose.published, acquired, timedelta(0))
    if may_ask_address and (published is None or prose.how is not DateHow.STATED):
        zone = ZoneInfo(timezone)
        day = address_days.day_of(parsed.link, latest=acquired.astimezone(zone).date())
        if day is not None:
            midnight = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
            return dates.Dates(published=midnight, how=DateHow.INFERRED)
    return dates.Dates(published=published, how=prose.how if published else None)


def _past(time: datetime | None, limit: datetime, clock_skew: timedelta) -> datetime | None:
    """Return a time without the skew of its source's clock, unless it is after ``limit``."""
    time = None if time is None else time - clock_skew
    return time if time is not None and time <= limit else None
