"""Find: which entries a person means, by an id, an address, or words of a title."""

from __future__ import annotations

from aggregator import urls
from aggregator.bengali.text import display
from aggregator.store.unit import UnitOfWork

# More than a screen holds; a question that finds more is to be put more narrowly.
MOST_ENTRIES = 5
_MOST_FOUND = 100


def find_entries(unit: UnitOfWork, question: str, *, is_whole: bool = False) -> list[int]:
    """Return the entries that a question asks for, by number.

    It is taken as a published id, a source's own id, an address, or a part of a title; as a whole
    title where ``is_whole``.
    """
    question = display(question).strip()
    lookup = unit.lookup
    if pks := lookup.by_id(question) or lookup.by_native_id(question):
        return pks
    if address := urls.canonical(question):
        return lookup.by_address(question, address)
    if not question:
        return []
    return lookup.by_title(question, _MOST_FOUND, is_whole=is_whole)
