"""Which entry is this: every draft of a document matched against what the store remembers.

An alias is a key that an entry was seen under: its source's own id, its canonical address, its
text. Within one source each of them names the entry, the strongest first; across sources the text
names the story. The published id is decided when an entry is first seen and never again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from aggregator.bengali.text import key, words
from aggregator.models import (
    Alias,
    AliasKind,
    Changed,
    Decision,
    Draft,
    KnownAliases,
    Mention,
    New,
    Repeated,
)

# A random version-4 UUID, made once for this project: the namespace of its version-5 ids.
_NAMESPACE = UUID("6a7c1f0e-95d4-4f0b-8f3a-2d1d9c0be7a4")
# What can be published as it is: an absolute IRI (RFC 3987) of a scheme made to identify things,
# whose escapes are whole.
_PART = r"(?:[^\s<>\"{}|\\^`%]|%[0-9A-Fa-f]{2})"
_IRI = re.compile(
    rf"(?:https?://[^\s<>\"{{}}|\\^`/?#%\[\]@]+(?:[/?#]{_PART}*)?"
    rf"|urn:[a-z0-9][a-z0-9-]{{1,31}}:{_PART}+|tag:[^\s,:]+,[0-9-]+:{_PART}+)",
    re.IGNORECASE,
)
_MADE = re.compile("urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5", re.IGNORECASE)
_MAX_IRI_CHARACTERS = 1000
_STRONG = (AliasKind.NATIVE, AliasKind.URL)
# What is retitled is so within hours and keeps a name; numbers that start anew come later. Shorter
# words are those that every headline has (ও, না, পর, এক).
_NUMBERS_ANEW = timedelta(hours=12)
_A_MONTH = timedelta(days=30)
_RETITLED = 0.25
_STEM_CHARACTERS = 4


def aliases(draft: Draft) -> tuple[Alias, ...]:
    """Give every alias of a draft, the strongest first; there is always one."""
    found = []
    if draft.native_id and (not draft.file_keys or candidate_id(draft)):
        found.append(Alias(AliasKind.NATIVE, draft.native_id))
    if draft.url_key:
        found.append(Alias(AliasKind.URL, draft.url_key))
    if draft.text_key or not found:
        found.append(_by_content(draft))
    found += [Alias(AliasKind.FILE, key) for key in draft.file_keys]
    return tuple(found)


def _by_content(draft: Draft) -> Alias:
    return Alias(AliasKind.TEXT, draft.content_key)


def asked(drafts: Iterable[Draft]) -> list[Alias]:
    """Give every alias under which drafts may be known: what names one that names nothing is, too.

    A draft all of whose names are shared is known by its words alone.
    """
    return [name for draft in drafts for name in (*aliases(draft), _by_content(draft))]


def recycled(document: Iterable[Mention]) -> frozenset[Alias]:
    """Find the aliases that one document gives to different entries: they name nothing.

    A native id is recycled where it stands on different addresses and different words; an address
    where it stands on different words and the native ids do not say that they are one entry.
    """
    places: dict[str, set[tuple[str, str]]] = {}
    uses: dict[str, set[tuple[str, str]]] = {}
    for one in document:
        if one.native_id:
            places.setdefault(one.native_id, set()).add((one.url_key, one.text_hash))
        if one.url_key:
            uses.setdefault(one.url_key, set()).add((one.native_id, one.text_hash))
    ids = (Alias(AliasKind.NATIVE, name) for name, found in places.items() if _are_apart(found))
    urls = (Alias(AliasKind.URL, name) for name, found in uses.items() if _are_different(found))
    return frozenset((*ids, *urls))


def _are_apart(places: Set[tuple[str, str]]) -> bool:
    addresses, words = {url or words for url, words in places}, {words for _, words in places}
    return len(addresses) > 1 and len(words) > 1


def _are_different(uses: Set[tuple[str, str]]) -> bool:
    ids, words = {native_id for native_id, _ in uses}, {words for _, words in uses}
    return len(words) > 1 and (len(ids) > 1 or ids == {""})


def decide(
    document: Sequence[Mention], drafts: Mapping[str, Draft], memory: KnownAliases, now: datetime
) -> list[Decision]:
    """Decide for every draft of one source's document, in order, which entry it is.

    ``document`` mentions all of its entries, the known ones too: what is not in ``drafts``, by its
    digest, is an entry as we have it (or cannot be used) and only keeps others from being it.
    """
    nameless = recycled(document) | memory.ambiguous
    owners: dict[Alias, int | str] = {}
    contents: dict[int | str, str] = {}  # what each of them says, as far as it was looked at
    met: dict[int, Mention] = {one.pk: one for one in document if one.pk is not None}
    taken = set(memory.taken_ids)
    decisions: list[Decision] = []
    for position, mention in enumerate(document):
        draft = drafts.get(mention.digest)
        if draft is None:
            continue
        names = tuple(name for name in aliases(draft) if name not in nameless)
        reused = _reused(draft, names, memory, now)
        names = tuple(name for name in names if name not in reused) or (_by_content(draft),)
        telling = [name for name in names if _tells(name, draft)]
        known = next((memory.own[name] for name in telling if name in memory.own), None)
        owner = next((owners[name] for name in telling if name in owners), None)
        if known and (known.pk in met or known.is_purged):
            owner = known.pk
            contents.setdefault(owner, draft.content_key if known.is_purged else known.content_key)
        if owner is not None:
            is_same = contents.get(owner) == draft.content_key
            decisions.append(Repeated(draft=draft, of=owner, is_same_text=is_same))
        elif known:
            owner = known.pk
            material = draft.content_key != known.content_key
            decisions.append(Changed(draft=draft, known=known, aliases=names, is_material=material))
            met[known.pk] = mention
        else:
            owner = _id(draft, _founding(draft, names), taken)
            decisions.append(
                New(
                    draft=draft,
                    id=owner,
                    position=position,
                    aliases=names,
                    same_text=_same(names, memory),
                    reused=reused,
                )
            )
            taken.add(owner)
        contents.setdefault(owner, draft.content_key)
        owners.update(dict.fromkeys(names, owner))
    return decisions


def _reused(
    draft: Draft, names: Sequence[Alias], memory: KnownAliases, now: datetime
) -> tuple[Alias, ...]:
    """Give the id or address of a draft that is an older entry's: it was given once more.

    Everything else is another: the draft's further names, its headline, its day. What is retitled
    keeps a word, its address, its id, or its day; then it is a revision. Both id and address are
    given again only after a month.
    """
    strong = [name for name in names if name.kind in _STRONG]
    owned = [name for name in strong if name in memory.own]
    if not owned or Alias(AliasKind.TEXT, draft.content_key) in memory.own:
        return ()
    known = memory.own[owned[0]]
    if any(memory.own[name].pk != known.pk for name in owned):
        return ()
    passed = (draft.published or now) - known.published
    if known.is_purged:  # there is no headline left to compare
        is_other = len(owned) < len(strong)
        return tuple(owned) if is_other and passed > _A_MONTH else ()
    shared, fewer = _shared_words(draft.title, known.title)
    if len(owned) == len(strong):
        return tuple(owned) if not shared and passed > _A_MONTH else ()
    return tuple(owned) if passed > _NUMBERS_ANEW and shared < fewer * _RETITLED else ()


def _shared_words(a: str, b: str) -> tuple[int, int]:
    """Count the words with a meaning that two titles share, and those of the shorter one."""
    stems_a, stems_b = (
        {word[:_STEM_CHARACTERS] for word in words(key(one)) if len(word) >= _STEM_CHARACTERS}
        for one in (a, b)
    )
    return len(stems_a & stems_b), max(min(len(stems_a), len(stems_b)), 1)


def _same(names: Sequence[Alias], memory: KnownAliases) -> tuple[int, ...]:
    """Give the entries of other sources that were seen with the same text."""
    return tuple(dict.fromkeys(memory.foreign[n].pk for n in names if n in memory.foreign))


def _founding(draft: Draft, names: Sequence[Alias]) -> Alias:
    """Give the alias that an id is made of: a page of a dump has one in whatever form it came."""
    if not draft.file_keys or names[0].kind is AliasKind.NATIVE:
        return names[0]
    return _by_content(draft)


def _tells(name: Alias, draft: Draft) -> bool:
    """Tell whether an alias says which entry a draft is: an address alone does not in a dump."""
    return not draft.file_keys or name.kind is not AliasKind.URL


def candidate_id(draft: Draft) -> str:
    """Give the source's own id where it could be published as it is, else the empty text.

    Version-5 UUIDs are what ids are made of here, so a source's own could be another entry's.
    """
    own = draft.native_id
    usable = len(own) <= _MAX_IRI_CHARACTERS and _IRI.fullmatch(own) and not _MADE.match(own)
    return own if usable else ""


def _id(draft: Draft, name: Alias, taken: Set[str]) -> str:
    """Decide a published id (RFC 4287 §4.2.6): the source's own, else one made of its alias."""
    own = candidate_id(draft)
    if own and own not in taken and name == Alias(AliasKind.NATIVE, own):
        return own
    made = uuid5(_NAMESPACE, f"{draft.source}\n{name.kind} {name.value}")
    while made.urn in taken:
        made = uuid5(made, draft.content_key)
    return made.urn
