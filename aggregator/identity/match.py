"""Which entry is this: every draft of a document matched against what the store remembers.

An alias is a key that an entry was seen under: its source's own id, its canonical address, its
text. Within one source each alias names the entry, the strongest first; across sources the text
names the story. The published id is decided when an entry is first seen and never again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from aggregator.identity.ids import own_id, published_id
from aggregator.identity.moments import has_moment, same_number, same_words
from aggregator.identity.reuse import reused_names
from aggregator.identity.versions import superseded, version_of
from aggregator.models import (
    Alias,
    AliasKind,
    Changed,
    DateHow,
    Decision,
    Draft,
    KnownAliases,
    KnownEntry,
    Mention,
    New,
    Repeated,
)

# A source that states a date later mostly does so at its next polls.
_DATED_WITHIN = timedelta(days=1)


def aliases(draft: Draft) -> tuple[Alias, ...]:
    """Return every alias of a draft, the strongest first; there is always one."""
    names = []
    if draft.native_id and (not draft.file_keys or own_id(draft)):
        names.append(Alias(AliasKind.NATIVE, draft.native_id))
    if draft.url_key:
        names.append(Alias(AliasKind.URL, draft.url_key))
    if draft.text_key or not names:
        names += _by_words(draft)
    names += [Alias(AliasKind.FILE, file_key) for file_key in draft.file_keys]
    return tuple(names)


def aliases_to_look_up(drafts: Iterable[Draft]) -> list[Alias]:
    """Return every alias under which drafts may be known.

    The text is among them even where it is too short to name an entry: a draft whose other aliases
    are all ambiguous is recognised by its words alone.
    """
    return [name for draft in drafts for name in (*aliases(draft), *_by_words(draft))]


def times_to_look_up(drafts: Iterable[Draft], known: KnownAliases) -> set[datetime]:
    """Return when drafts were published whose source stated it and that no alias names."""
    return {
        draft.published
        for draft in drafts
        if draft.published is not None
        and has_moment(draft)
        and not (known.own and any(name in known.own for name in aliases(draft)))
    }


def ambiguous_aliases(document: Iterable[Mention]) -> frozenset[Alias]:
    """Return the aliases that one document gives to different entries, so that they name none.

    A native id is ambiguous where it stands on different addresses and different words; an address
    where it stands on different words and the native ids do not say that they are one entry. Ids of
    versions of one article say that.
    """
    uses_of_id: dict[str, list[Mention]] = {}
    uses_of_url: dict[str, list[Mention]] = {}
    for mention in document:
        if mention.native_id:
            uses_of_id.setdefault(mention.native_id, []).append(mention)
        if mention.url_key:
            uses_of_url.setdefault(mention.url_key, []).append(mention)
    ids = [
        Alias(AliasKind.NATIVE, native_id)
        for native_id, uses in uses_of_id.items()
        if len(uses) > 1 and _is_ambiguous_id(uses)
    ]
    urls = [
        Alias(AliasKind.URL, url_key)
        for url_key, uses in uses_of_url.items()
        if len(uses) > 1 and _is_ambiguous_url(uses)
    ]
    return frozenset((*ids, *urls))


def _is_ambiguous_id(uses: Sequence[Mention]) -> bool:
    addresses = {mention.url_key or mention.text_hash for mention in uses}
    texts = {mention.text_hash for mention in uses}
    return len(addresses) > 1 and len(texts) > 1


def _is_ambiguous_url(uses: Sequence[Mention]) -> bool:
    texts = {mention.text_hash for mention in uses}
    if len(texts) == 1:
        return False
    is_version = [version_of(mention.native_id, mention.url_key) is not None for mention in uses]
    ids = {
        mention.url_key if is_one else mention.native_id
        for mention, is_one in zip(uses, is_version, strict=True)
    }
    return len(ids) > 1 or ids == {""}


def decide(
    document: Sequence[Mention],
    drafts: Mapping[str, Draft],
    known: KnownAliases,
    now: datetime,
    ambiguous: Set[Alias] | None = None,
) -> list[Decision]:
    """Decide for every draft of one source's document, in its order, which entry it is.

    ``document`` mentions all of its entries, the unchanged ones too. A mention whose digest is not
    among ``drafts`` is unchanged or cannot be used, and only keeps others from being that entry.
    Older versions of an article come last, when it is decided what the newest is. ``ambiguous`` are
    the document's, where they are known already.
    """
    if ambiguous is None:
        ambiguous = ambiguous_aliases(document)
    older = superseded(document)
    matching = _Matching(
        known=known,
        now=now,
        ambiguous=ambiguous | known.ambiguous,
        matched={
            mention.pk
            for mention in document
            if mention.pk is not None and mention.digest not in older
        },
        taken_ids=set(known.taken_ids),
    )
    positions = [
        (mention.digest in older, position)
        for position, mention in enumerate(document)
        if mention.digest in drafts
    ]
    return [
        matching.decide(drafts[document[position].digest], position)
        for _, position in sorted(positions)
    ]


@dataclass(slots=True, kw_only=True)
class _Matching:
    """What is decided of one document so far, while its drafts are matched in order.

    An owner is an entry that an alias names: a number of the store, or the id of a new entry.
    ``matched`` are the known entries that a mention of the document is already. ``by_moment`` are
    the owners of words at a stated time.
    """

    known: KnownAliases
    now: datetime
    ambiguous: Set[Alias]
    matched: set[int]
    taken_ids: set[str]
    owners: dict[Alias, int | str] = field(default_factory=dict)
    contents: dict[int | str, str] = field(default_factory=dict)  # owner → content key
    by_moment: dict[tuple[str, datetime | None], int | str] = field(default_factory=dict)

    def decide(self, draft: Draft, position: int) -> Decision:
        """Decide which entry a draft is, and remember it for the drafts that follow."""
        names = tuple(name for name in aliases(draft) if name not in self.ambiguous)
        reused = self._reused(draft, names) if self.known.own else ()
        names = tuple(name for name in names if name not in reused) or _by_words(draft)
        entry, owner = self._recognised(draft, names)
        decision: Decision
        if owner is not None:
            is_same_text = draft.has_words_of(self.contents.get(owner, ""))
            decision = Repeated(draft=draft, of=owner, is_same_text=is_same_text)
        elif entry:
            owner = entry.pk
            decision = Changed(
                draft=draft,
                known=entry,
                aliases=names,
                is_material=not draft.has_words_of(entry.content_key),
                dated=_dated(draft, entry, self.now),
            )
            self.matched.add(entry.pk)
        else:
            owner = published_id(draft, _founding(draft, names), self.taken_ids)
            decision = New(
                draft=draft,
                id=owner,
                position=position,
                aliases=names,
                same_text=_same_text(names, self.known),
                reused=reused,
            )
            self.taken_ids.add(owner)
        self.contents.setdefault(owner, draft.content_key)
        self.owners.update(dict.fromkeys(names, owner))
        self.by_moment.setdefault((draft.content_key, draft.published), owner)
        return decision

    def _reused(self, draft: Draft, names: Sequence[Alias]) -> tuple[Alias, ...]:
        """Return the names of a draft that were an older entry's, of whose words it has none."""
        is_known_text = any(name in self.known.own for name in _by_words(draft))
        return () if is_known_text else reused_names(draft, names, self.known, self.now)

    def _recognised(
        self, draft: Draft, names: Sequence[Alias]
    ) -> tuple[KnownEntry | None, int | str | None]:
        """Find the entry that a draft is: (a known entry, whose words it repeats).

        What is matched already, or purged, is repeated and not changed.
        """
        deciding = [name for name in names if _decides(name, draft)]
        entry = next((self.known.own[name] for name in deciding if name in self.known.own), None)
        owner = next((self.owners[name] for name in deciding if name in self.owners), None)
        if entry is None and owner is None and has_moment(draft):
            entry, owner = self._at_its_moment(draft)
        if entry and (entry.pk in self.matched or entry.is_purged):
            owner = entry.pk
            content = draft.content_key if entry.is_purged else entry.content_key
            self.contents.setdefault(owner, content)
        return entry, owner

    def _at_its_moment(self, draft: Draft) -> tuple[KnownEntry | None, int | str | None]:
        """Find the entry that a draft is by its time: (a known entry to change, an owner).

        A draft with the words of an entry repeats it under names that rotate, and changes nothing
        of it; one with its number in the address is the entry under another headline.
        """
        entries = self.known.by_time.get(draft.published, ()) if draft.published else ()
        if entry := same_number(draft, entries):
            return entry, None
        if entry := same_words(draft, entries):
            return None, entry.pk
        return None, self.by_moment.get((draft.content_key, draft.published))


def _dated(draft: Draft, entry: KnownEntry, now: datetime) -> datetime | None:
    """Return the date that an entry gets in place of its first sight, ``None`` where it keeps it.

    Once, within a day, and to an earlier time alone: then nobody has long seen it where it stood,
    and no source can lift what it sent before.
    """
    if entry.first_seen is None or draft.published is None or draft.date_how is not DateHow.STATED:
        return None
    is_fresh = now - entry.first_seen <= _DATED_WITHIN
    return draft.published if is_fresh and draft.published < entry.first_seen else None


def _by_content(draft: Draft) -> Alias:
    return Alias(AliasKind.TEXT, draft.content_key)


def _by_words(draft: Draft) -> tuple[Alias, ...]:
    """Return the aliases of a draft's words, without and with what its site prints around them."""
    keys = (draft.content_key, *draft.other_content_keys)
    return tuple(Alias(AliasKind.TEXT, content_key) for content_key in keys)


def _decides(name: Alias, draft: Draft) -> bool:
    """Tell whether an alias decides which entry a draft is: an address alone does not in a dump."""
    return not draft.file_keys or name.kind is not AliasKind.URL


def _founding(draft: Draft, names: Sequence[Alias]) -> Alias:
    """Return the alias that an id is made of: a page of a dump has the same in whatever form."""
    if not draft.file_keys or names[0].kind is AliasKind.NATIVE:
        return names[0]
    return _by_content(draft)


def _same_text(names: Sequence[Alias], known: KnownAliases) -> tuple[int, ...]:
    """Return the entries of other sources that were seen with the same text."""
    return tuple(dict.fromkeys(known.foreign[name].pk for name in names if name in known.foreign))
