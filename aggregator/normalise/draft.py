"""Parsed entry → draft: everything that can be decided from one entry alone.

Knows how an entry is shown (``texts``), when it was published, and the keys it can be recognised
by. Refuses to know what else is in the store: which entry it is, is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from itertools import chain

from aggregator import urls
from aggregator.bengali import dates, language
from aggregator.bengali.joined import batches
from aggregator.bengali.text import display, keys_of_shown
from aggregator.models import (
    KEYED_CHARACTERS,
    DateHow,
    Document,
    Draft,
    Headline,
    Mention,
    ParsedEntry,
    Rejected,
    Source,
)
from aggregator.normalise import titles
from aggregator.normalise.entry_dates import acquired_at, dates_of
from aggregator.normalise.media import kept_media, kept_rights
from aggregator.normalise.recurrence import usual_endings
from aggregator.normalise.sent import (
    TOGETHER_CHARACTERS,
    SentTexts,
    one_line,
    read_texts,
    shown_names,
    title_line,
)
from aggregator.normalise.texts import NO_SITE_TEXTS, SiteTexts, Texts, build_texts
from aggregator.normalise.titles import GluedNames

# Raise this when normalising changes: every entry is then normalised anew when next seen.
RULES = 3

# Below this two different entries can share all their text: the sentence that a daily column
# repeats stays under 160 characters in the samples, the shortest news body lies above 240.
_TEXT_KEY_CHARACTERS = 200
# Among the records of one file the beginning must be twice as long: columns begin alike.
_BEGINNING_CHARACTERS = 400
_MAX_CATEGORIES = 12
# A link is read when its document is parsed, and again when its entry is normalised: between them
# as many documents are parsed as wait to be stored, here 100 of 40 entries. Longer ones are read
# again, so that what is kept stays within 12 MB.
_LINKS, _LINK_CHARACTERS = 4_096, 1_000


def mention(parsed: ParsedEntry, source: Source) -> Mention:
    """Return what tells an entry from the others of its document, without normalising it.

    ``digest`` is stored: any change to it normalises every entry anew, once. The time that a
    section page shows is no part of it: "two hours ago" is another text at each poll.
    """
    text_hash = _hash("\0".join((parsed.title_html, parsed.summary_html, parsed.content_html)))
    published = "" if source.page else parsed.published
    parts = (
        *(RULES, source.timezone, text_hash, parsed.native_id, parsed.link, parsed.authors),
        *(parsed.categories, published, parsed.updated, parsed.dateline),
        *(parsed.acquired, parsed.is_uncertain, parsed.related, parsed.base),
        *(parsed.media, parsed.rights_html),
        *((parsed.language,) if parsed.language else ()),
    )
    return Mention(
        native_id=display(parsed.native_id),
        url_key=_addresses(parsed.link)[1],
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


def prepared(entries: Sequence[tuple[Mention, ParsedEntry]], document: Document) -> list[Prepared]:
    """Read the texts of a document's entries, each with its own mention."""
    sent = read_texts([parsed for _, parsed in entries], document.url)
    return [
        Prepared(parsed=parsed, mention=mention, sent=texts)
        for (mention, parsed), texts in zip(entries, sent, strict=True)
    ]


def draft(
    parsed: ParsedEntry, mention: Mention, source: Source, document: Document
) -> Draft | Rejected:
    """Normalise one parsed entry of which no other is known; ``mention`` is its own."""
    return drafts_of(prepared([(mention, parsed)], document), source, document)[0]


def drafts_of(
    entries: Sequence[Prepared],
    source: Source,
    document: Document,
    clock_skew: timedelta = timedelta(0),
    site: SiteTexts = NO_SITE_TEXTS,
) -> list[Draft | Rejected]:
    """Normalise entries; one is ``Rejected`` where nothing of it can be shown, with its id.

    ``clock_skew`` is subtracted from the times that their source states; ``site`` is boilerplate.
    """
    drafts: list[Draft | Rejected] = []
    for batch in batches([entry.sent.body.text for entry in entries], TOGETHER_CHARACTERS):
        texts = build_texts([entry.sent for entry in entries[batch]], site)
        key_of = _key_of(texts)
        for entry, shown in zip(entries[batch], texts, strict=True):
            when = dates_of(entry.parsed, source, acquired_at(entry.parsed, document), clock_skew)
            drafts.append(_draft(entry, shown, key_of, source, when, document.url))
    return drafts


def _draft(
    prepared: Prepared,
    texts: Texts,
    key_of: Mapping[str, str],
    source: Source,
    when: dates.Dates,
    document_url: str,
) -> Draft | Rejected:
    parsed, mention, link = prepared.parsed, prepared.mention, _addresses(prepared.parsed.link)[0]
    if not texts.title:
        return Rejected.quoting("nothing is left of its text", mention.native_id or link)
    keys = _keys(parsed, mention, texts, key_of)
    return Draft(
        source=source.name,
        native_id=mention.native_id,
        link=link,
        url_key=mention.url_key,
        text_key=keys.text,
        content_key=keys.content,
        other_content_keys=keys.others,
        title=texts.title,
        title_key=key_of[texts.title],
        summary=texts.summary,
        content_html=texts.content_html,
        body_key=key_of[_keyed(texts)],
        authors=shown_names(parsed.authors),
        categories=shown_names(parsed.categories)[:_MAX_CATEGORIES],
        language=language.with_stated(texts.language, parsed.language),
        published=when.published,
        updated=when.updated,
        date_how=when.how or DateHow.FIRST_SEEN,
        digest=mention.digest,
        repairs=texts.repairs,
        file_keys=keys.file,
        related=tuple(one_line(display(headline)) for headline in parsed.related),
        media=kept_media(parsed, link or document_url, texts.content_html),
        rights=kept_rights(parsed),
    )


# --- Keys --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Keys:
    """The hashes by which a draft is recognised, as ``Draft`` says of each."""

    text: str
    content: str
    others: tuple[str, ...]
    file: tuple[str, ...]


def _key_of(entries: Iterable[Texts]) -> dict[str, str]:
    """Return the key of each text that entries show or are compared by.

    The wordings of an entry are one or two texts, and mostly what it shows, so each is made once.
    """
    texts = dict.fromkeys(
        text for entry in entries for text in (*chain(*entry.wordings), entry.title, _keyed(entry))
    )
    return dict(zip(texts, keys_of_shown(list(texts)), strict=True))


def _keyed(texts: Texts) -> str:
    return texts.shown_text[:KEYED_CHARACTERS]


def _keys(parsed: ParsedEntry, mention: Mention, texts: Texts, key_of: Mapping[str, str]) -> _Keys:
    """Return the keys of an entry, none of which depends on what was learnt of its source.

    So an entry that is seen again after its source's boilerplate was learnt has the words it had.
    """
    keys = [(key_of[title], key_of[body]) for title, body in texts.wordings]
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


def _addresses(link: str) -> tuple[str, str]:
    """Return a link as it can be published and as it is compared.

    Both are empty where it is no web address, the second where it leads to no page of its own.
    """
    return (_known_addresses if len(link) <= _LINK_CHARACTERS else _read_addresses)(link)


def _read_addresses(link: str) -> tuple[str, str]:
    shown = _shown_link(link)
    url = urls.canonical(shown)
    return shown, "" if urls.is_front_page(url) else url


_known_addresses = lru_cache(maxsize=_LINKS)(_read_addresses)


def _shown_link(link: str) -> str:
    if not urls.is_web(link):
        return ""
    try:
        return urls.publishable(urls.encode(link))
    except ValueError:  # a host that is no host name
        return ""


def _hash(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
