"""Section page → parsed entries: the headlines that a page lists, each with its link.

Where a page has its entries is said by selectors (``selected``), or found by what recurs on it
(``recurring``); ``proposed`` writes the selectors that find the same. A page on which nothing is
found is a ParseError and never a list without entries, as its site was rebuilt, or sent something
else. What of a card is its date and its picture is known by ``cards``. Refuses to read articles.
"""

from __future__ import annotations

from aggregator.errors import ParseError
from aggregator.models import ParsedEntry, Rejected, Selectors
from aggregator.parse.section import proposed, recurring, selected, site_name
from aggregator.parse.section.cards import entry_of
from aggregator.parse.section.tree import read_page

__all__ = ["parse", "proposed_select", "site_name_of"]


def parse(
    body: bytes, url: str, selectors: Selectors | None = None
) -> list[ParsedEntry | Rejected]:
    """Read the entries of a section page in its order; ParseError where it has none.

    ``url`` is where the bytes came from. Of two entries of one address the first counts.
    """
    page = read_page(body, url)
    if selectors is not None:
        return selected.entries(page, selectors)
    cards = recurring.recurring_cards(page)
    if not cards:
        raise ParseError(
            f"{url}: no headlines recur on this page: name its entries by select = "
            '{ entry = "…" }, if it has any'
        )
    return [entry_of(card, page) for card in cards]


def proposed_select(body: bytes, url: str) -> Selectors | None:
    """Return selectors that find what recurs on a page, with their title and link.

    ``None`` where nothing recurs, or no short selectors find just that; ParseError where the bytes
    are no page.
    """
    return proposed.selectors(read_page(body, url))


def site_name_of(body: bytes, url: str) -> str:
    """Return what a page calls its site; empty where it says nothing, or the bytes are no page."""
    try:
        return site_name.site_name(read_page(body, url))
    except ParseError:
        return ""
