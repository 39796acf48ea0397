"""Which entry is this: every draft of a document matched against what the store remembers.

An alias is a key that an entry was seen under: its source's own id, its canonical address, its
text. Within one source each alias names the entry, the strongest first; across sources the text
names the story. The published id is decided when an entry is first seen and never again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from aggregator.bengali.text import key, stems
from aggregator.identity.ids import own_id, published_id
from aggregator.models import (
    Alias,
    AliasKind,
    Changed,
    Decision,
    Draft,
    KnownAliases,
    KnownEntry,
    Mention,
    New,
    Repeated,
)

_STRONG = (AliasKind.NATIVE, AliasKind.URL)
# An entry is retitled within hours of its publication and keeps a word of its headline; a source
# that counts its ids anew gives an old one to another entry later.
_COUNTED_ANEW = timedelta(hours=12)
_A_MONTH = timedelta(days=30)
# A revised headline keeps at least a quarter of its words; words of fewer letters than a stem are
# those that every headline has (ও, না, পর, এক).
_RETITLED_SHARE = 0.25
_STEM_CHARACTERS = 4


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


def ambiguous_aliases(document: Iterable[Mention]) -> frozenset[Alias]:
    """Return the aliases that one document gives to different entries, so that they name none.

    A native id is ambiguous where it stands on different addresses and different words; an address
    where it stands on different words and the native ids do not say that they are one entry.
    """
    uses_of_id: dict[str, set[tuple[str, str]]] = {}
    uses_of_url: dict[str, set[tuple[str, str]]] = {}
    for mention in document:
        if mention.native_id:
            uses_of_id.setdefault(mention.native_id, set()).add(
                (mention.url_key, mention.text_hash)
            )
        if mention.url_key:
            uses_of_url.setdefault(mention.url_key, set()).add(
                (mention.native_id, mention.text_hash)
            )
    ids = [
        Alias(AliasKind.NATIVE, native_id)
        for native_id, uses in uses_of_id.items()
        if _is_ambiguous_id(uses)
    ]
    urls = [
        Alias(AliasKind.URL, url_key)
        for url_key, uses in uses_of_url.items()
        if _is_ambiguous_url(uses)
    ]
    return frozenset((*ids, *urls))


def _is_ambiguous_id(uses: Set[tuple[str, str]]) -> bool:
    addresses = {url_key or text_hash for url_key, text_hash in uses}
    texts = {text_hash for _, text_hash in uses}
    return len(addresses) > 1 and len(texts) > 1


def _is_ambiguous_url(uses: Set[tuple[str, str]]) -> bool:
    ids = {native_id for native_id, _ in uses}
    texts = {text_hash for _, text_hash in uses}
    return len(texts) > 1 and (len(ids) > 1 or ids == {""})


def decide(
    document: Sequence[Mention], drafts: Mapping[str, Draft], known: KnownAliases, now: datetime
) -> list[Decision]:
    """Decide for every draft of one source's document, in its order, which entry it is.

    ``document`` mentions all of its entries, the unchanged ones too. A mention whose digest is not
    among ``drafts`` is unchanged or cannot be used, and only keeps others from being that entry.
    """
    matching = _Matching(
        known=known,
        now=now,
        ambiguous=ambiguous_aliases(document) | known.ambiguous,
        matched={mention.pk for mention in document if mention.pk is not None},
        taken_ids=set(known.taken_ids),
    )
    return [
        matching.decide(drafts[mention.digest], position)
        for position, mention in enumerate(document)
        if mention.digest in drafts
    ]


@dataclass(slots=True, kw_only=True)
class _Matching:
    """What is decided of one document so far, while its drafts are matched in order.

    An owner is an entry that an alias names: a number of the store, or the id of a new entry.
    ``matched`` are the known entries that a mention of the document is already.
    """

    known: KnownAliases
    now: datetime
    ambiguous: Set[Alias]
    matched: set[int]
    taken_ids: set[str]
    owners: dict[Alias, int | str] = field(default_factory=dict)
    contents: dict[int | str, str] = field(default_factory=dict)  # owner → content key

    def decide(self, draft: Draft, position: int) -> Decision:
        """Decide which entry a draft is, and remember it for the drafts that follow."""
        names = tuple(name for name in aliases(draft) if name not in self.ambiguous)
        reused = _reused(draft, names, self.known, self.now)
        names = tuple(name for name in names if name not in reused) or _by_words(draft)
        deciding = [name for name in names if _decides(name, draft)]
        entry = next((self.known.own[name] for name in deciding if name in self.known.own), None)
        owner = next((self.owners[name] for name in deciding if name in self.owners), None)
        if entry and (entry.pk in self.matched or entry.is_purged):
            owner = entry.pk
            content = draft.content_key if entry.is_purged else entry.content_key
            self.contents.setdefault(owner, content)
        decision: Decision
        if owner is not None:
            is_same_text = draft.has_words_of(self.contents.get(owner, ""))
            decision = Repeated(draft=draft, of=owner, is_same_text=is_same_text)
        elif entry:
            owner = entry.pk
            is_material = not draft.has_words_of(entry.content_key)
            decision = Changed(draft=draft, known=entry, aliases=names, is_material=is_material)
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
        return decision


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


def _reused(
    draft: Draft, names: Sequence[Alias], known: KnownAliases, now: datetime
) -> tuple[Alias, ...]:
    """Return the id or address of a draft that its source had given to an older entry before.

    The draft is another entry where all else differs: its further names, its headline and its day.
    A retitled entry keeps a word of its headline, its address, its id or its day; then it is a
    revision. Where both id and address are an older entry's, a month must have passed.
    """
    strong = [name for name in names if name.kind in _STRONG]
    owned = [name for name in strong if name in known.own]
    if not owned or any(name in known.own for name in _by_words(draft)):
        return ()
    entry = known.own[owned[0]]
    if any(known.own[name].pk != entry.pk for name in owned):
        return ()
    age = (draft.published or now) - entry.published
    if entry.is_purged:  # there is no headline left to compare
        has_new_name = len(owned) < len(strong)
        return tuple(owned) if has_new_name and age > _A_MONTH else ()
    shared, fewer = _shared_words(draft, entry)
    if len(owned) == len(strong):
        is_other = age > _A_MONTH and not shared
    else:
        is_other = age > _COUNTED_ANEW and shared < fewer * _RETITLED_SHARE
    return tuple(owned) if is_other else ()


def _shared_words(draft: Draft, entry: KnownEntry) -> tuple[int, int]:
    """Count the telling words that two headlines share, and those of the shorter headline."""
    of_draft, of_entry = (
        set(stems(key(title), characters=_STEM_CHARACTERS, shortest_word=_STEM_CHARACTERS))
        for title in (draft.title, entry.title)
    )
    return len(of_draft & of_entry), max(min(len(of_draft), len(of_entry)), 1)
