"""Which entry is this: every draft of a document matched against what the store remembers.

An alias is a key that an entry was seen under: its source's own id, its canonical address, its
text. Within one source each of them names the entry, the strongest first; across sources the last
two name the story. The published id is decided when an entry is first seen and never again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence, Set
from uuid import UUID, uuid5

from aggregator.models import Alias, AliasKind, Decision, Draft, Memory, New, Repeated, Seen

# A random version-4 UUID, made once for this project: the namespace of its version-5 ids.
_NAMESPACE = UUID("6a7c1f0e-95d4-4f0b-8f3a-2d1d9c0be7a4")
# What can be published as it is: an absolute IRI (RFC 3987) of a scheme made to identify things.
_IRI = re.compile(r"(?:https?://[^\s<>\"{}|\\^`/?#]+|urn:|tag:)[^\s<>\"{}|\\^`]*", re.IGNORECASE)
_MAX_IRI_CHARACTERS = 1000


def aliases(draft: Draft) -> tuple[Alias, ...]:
    """Give every alias of a draft, the strongest first; there is always one."""
    found = []
    if draft.native_id:
        found.append(Alias(AliasKind.NATIVE, draft.native_id))
    if draft.url_key:
        found.append(Alias(AliasKind.URL, draft.url_key))
    if draft.text_key or not found:
        found.append(_by_content(draft))
    return tuple(found)


def _by_content(draft: Draft) -> Alias:
    return Alias(AliasKind.TEXT, draft.content_key)


def recycled(drafts: Iterable[Draft]) -> frozenset[Alias]:
    """Find the aliases that one document gives to different entries: they name nothing.

    A native id is recycled where it stands on different addresses, an address where it stands
    under different native ids on different texts.
    """
    shared: dict[Alias, set[tuple[str, ...]]] = {}
    for draft in drafts:
        if draft.native_id:
            place = (draft.url_key or draft.content_key,)
            shared.setdefault(Alias(AliasKind.NATIVE, draft.native_id), set()).add(place)
        if draft.url_key:
            what = (draft.native_id, draft.content_key)
            shared.setdefault(Alias(AliasKind.URL, draft.url_key), set()).add(what)
    return frozenset(
        alias
        for alias, uses in shared.items()
        if len(uses) > 1 and all(len({use[part] for use in uses}) > 1 for part in (0, -1))
    )


def decide(drafts: Sequence[Draft], memory: Memory) -> list[Decision]:
    """Decide for every draft of one source's document, in order, which entry it is."""
    nameless = recycled(drafts)
    shown: set[Alias] = set()
    met: set[int] = set()
    taken = set(memory.taken_ids)
    decisions: list[Decision] = []
    for draft in drafts:
        names = tuple(name for name in aliases(draft) if name not in nameless)
        names = names or (_by_content(draft),)
        known = next((memory.own[name] for name in names if name in memory.own), None)
        if not shown.isdisjoint(names) or (known and known.pk in met):
            decisions.append(Repeated(draft=draft))
        elif known:
            material = draft.content_key != known.content_key
            decisions.append(Seen(draft=draft, known=known, aliases=names, material=material))
            met.add(known.pk)
        else:
            story = next((memory.foreign[n].story for n in names if n in memory.foreign), None)
            made = _id(draft, names[0], taken)
            decisions.append(New(draft=draft, id=made, aliases=names, story=story))
            taken.add(made)
        shown.update(names)
    return decisions


def candidate_id(draft: Draft) -> str:
    """Give the source's own id where it could be published as it is, else the empty text."""
    usable = len(draft.native_id) <= _MAX_IRI_CHARACTERS and _IRI.fullmatch(draft.native_id)
    return draft.native_id if usable else ""


def _id(draft: Draft, name: Alias, taken: Set[str]) -> str:
    """Decide a published id (RFC 4287 §4.2.6): the source's own, else one made of its alias."""
    own = candidate_id(draft)
    if own and own not in taken and name == Alias(AliasKind.NATIVE, own):
        return own
    made = uuid5(_NAMESPACE, f"{draft.source}\n{name.kind} {name.value}").urn
    return made if made not in taken else uuid5(UUID(made), draft.content_key).urn
