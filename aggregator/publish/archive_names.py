"""What the files of archive documents are called, and of which feed's file each is one. Pure."""

from __future__ import annotations

import re

# No feed is called so (``config``). A number has nine digits at most, so that a name stays short.
_DOCUMENT = re.compile(r"(?P<feed>[A-Za-z0-9-]+)-archive-[0-9]{1,9}(?P<suffix>\..+)")


def document_name(feed: str, number: int, suffix: str) -> str:
    """Return the name of an archive document's file in the format of this suffix.

    >>> document_name("bangla", 3, "atom")
    'bangla-archive-3.atom'
    """
    return f"{feed}-archive-{number}.{suffix}"


def file_of_feed(name: str) -> str | None:
    """Return the file of the feed whose archive document a file is, ``None`` for any other.

    >>> file_of_feed("bangla-archive-3.atom.br"), file_of_feed("bangla.atom")
    ('bangla.atom.br', None)
    """
    document = _DOCUMENT.fullmatch(name)
    return f"{document['feed']}{document['suffix']}" if document else None
