"""Versions of one article: ids that are its address and a number behind ``#``.

The BBC gives each wording of an article an id of its own (``…/cabc123#0``, ``…#1``), all with the
article's link, and sometimes sends two of them in one document. Such an id names a version and not
an entry; of several versions the one with the highest number is the article as it now is.
"""

from __future__ import annotations

from collections.abc import Iterable

from aggregator import urls
from aggregator.models import Mention


def version_of(native_id: str, url_key: str) -> int | None:
    """Return the number of the version that an id names, ``None`` where it names no version.

    ``url_key`` is the canonical address that the entry links to.

    >>> version_of("https://example.org/a#3", "https://example.org/a")
    3
    >>> version_of("https://example.org/b#3", "https://example.org/a") is None
    True
    """
    address, sign, number = native_id.rpartition("#")
    is_number = number.isascii() and number.isdigit()
    if not sign or not is_number or not url_key or urls.canonical(address) != url_key:
        return None
    return int(number)


def superseded(document: Iterable[Mention]) -> frozenset[str]:
    """Return the digests of mentions that are older versions of another one in the document.

    Of two with one number the first in the document counts, as documents begin with the newest.
    """
    newest: dict[str, tuple[int, Mention]] = {}
    older: set[str] = set()
    for mention in document:
        version = version_of(mention.native_id, mention.url_key)
        if version is None:
            continue
        best = newest.get(mention.url_key)
        if best is None or version > best[0]:
            newest[mention.url_key] = (version, mention)
            older |= {best[1].digest} if best else set()
        else:
            older.add(mention.digest)
    return frozenset(older)
