"""What the readers of all formats check of an entry: whether it can be used, and where it leads.

Knows no format.
"""

from __future__ import annotations

from dataclasses import replace

from aggregator import urls
from aggregator.models import ParsedEntry, Rejected


def usable(entry: ParsedEntry) -> ParsedEntry | Rejected:
    """Return an entry with its real authors and categories, or why it cannot be used.

    An entry needs a title or a text. A bare e-mail address is no author's name, and nobody's to
    publish.
    """
    if not any(map(str.strip, (entry.title_html, entry.summary_html, entry.content_html))):
        shown = entry.native_id or entry.link or "an entry without anything"
        return Rejected.quoting("neither title nor text", shown)
    names = (name for name in entry.authors if name and not _is_mail(name))
    authors = tuple(dict.fromkeys(names))
    categories = tuple(filter(None, entry.categories))
    if (authors, categories) == (entry.authors, entry.categories):
        return entry
    return replace(entry, authors=authors, categories=categories)


def absolute(base: str, link: str) -> str:
    """Return a link as an absolute address; empty where it is none, as an id taken for a link."""
    return urls.resolve(base, link) if is_address(link) else ""


def is_address(text: str) -> bool:
    """Tell whether a text can be an address, which a bare number or word cannot."""
    return any(sign in text for sign in "/.:?")


def _is_mail(name: str) -> bool:
    return "@" in name and not any(map(str.isspace, name))
