"""Archive documents: what each is addressed as, and which entries are closed into one. Pure.

An archive document is a closed, numbered cut of what a feed published (RFC 5005 §4). Knows cuts and
addresses; refuses to know how a format writes one.
"""

from __future__ import annotations

from collections.abc import Sequence, Set

from aggregator.models import FeedView
from aggregator.publish.archive_names import document_name
from aggregator.publish.view import address_of


def address(view: FeedView, number: int | None, suffix: str) -> str:
    """Return the address of one of a feed's archive documents, or without number of the feed."""
    if number is None:
        return address_of(view, suffix)
    return f"{view.site.url}{document_name(view.spec.name, number, suffix)}"


def cut(gone: Sequence[int], shown: Sequence[int], due: Set[int], size: int) -> list[list[int]]:
    """Return the entries of each archive document that is to be closed now, of ``size`` at most.

    ``gone`` are the entries which wait for a document and are not in the feed, ``shown`` those that
    wait and are in it, each the oldest first. Nothing is closed of fewer than ``size`` that are
    gone, unless one of them is ``due``: readers saw it, and it must be in some document at any
    moment. What is shown fills up that document, as it would be gone soon.

    >>> cut([1, 2, 3], [], set(), 2)
    [[1, 2]]
    >>> cut([1], [7, 8, 9], {1}, 3)
    [[1, 7, 8]]
    """
    whole = len(gone) // size * size
    documents = [list(gone[start : start + size]) for start in range(0, whole, size)]
    rest = gone[whole:]
    if any(pk in due for pk in rest):
        documents.append([*rest, *shown][:size])
    return documents
