"""Ids and addresses that a source gives again, to another entry than before.

Knows what a retitled entry keeps, and when a source has counted anew. Refuses to know which entry
the draft is then.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from aggregator.bengali.text import key, stems
from aggregator.identity.versions import version_of
from aggregator.models import Alias, AliasKind, Draft, KnownAliases, KnownEntry

_STRONG = (AliasKind.NATIVE, AliasKind.URL)
# An entry is retitled within hours of its publication and keeps a word of its headline; a source
# that counts its ids anew gives an old one to another entry later.
_COUNTED_ANEW = timedelta(hours=12)
_A_MONTH = timedelta(days=30)
# A revised headline keeps at least a quarter of its words; words of fewer letters than a stem are
# those that every headline has (ও, না, পর, এক).
_RETITLED_SHARE = 0.25
_STEM_CHARACTERS = 4


def reused_names(
    draft: Draft, names: Sequence[Alias], known: KnownAliases, now: datetime
) -> tuple[Alias, ...]:
    """Return the id or address of a draft that its source had given to an older entry before.

    The draft is another entry where all else differs: its further names, its headline and its day.
    A retitled entry keeps a word of its headline, its address, its id or its day; then it is a
    revision. Where both id and address are an older entry's, a month must have passed. A draft
    whose words are known is not asked about here.
    """
    if version_of(draft.native_id, draft.url_key) is not None:
        return ()
    strong = [name for name in names if name.kind in _STRONG]
    owned = [name for name in strong if name in known.own]
    if not owned:
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
