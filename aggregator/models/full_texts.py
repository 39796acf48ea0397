"""What became of the page that an entry links to, where its text is wanted whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class FullTextOutcome(StrEnum):
    """What became of one page.

    Its article was ``had``. It was not asked for, as the feed's text is ``whole``. It holds
    ``no-article`` (a guard's page, a list, a wall), ``another`` article, or one that is ``shorter``
    than what the feed has. It ``failed`` to come. It is ``waiting``, as a pass asks a
    source for a limited number of pages, or as its host rests.
    """

    HAD = "had"
    WHOLE = "whole"
    NO_ARTICLE = "no-article"
    ANOTHER = "another"
    SHORTER = "shorter"
    FAILED = "failed"
    WAITING = "waiting"

    @property
    def is_missing(self) -> bool:
        """Tell whether an entry is published with its feed's text, which may not be whole."""
        return self not in (FullTextOutcome.HAD, FullTextOutcome.WHOLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class FullText:
    """What is remembered of a page: its outcome, and the article that was last had of it.

    ``address`` is the canonical one that the source's entry links to. ``feed_words`` is a hash of
    what the feed said of the entry when the page was wanted, ``feed_characters`` the length of its
    text. ``tries`` counts how often the page failed in a row, the last time at ``tried``.
    ``reason`` says in words why there is no article. ``title`` and ``content_html`` are the
    article's, both empty where none was ever had.
    """

    source: str
    address: str
    outcome: FullTextOutcome
    tried: datetime
    feed_words: str
    feed_characters: int
    reason: str = ""
    tries: int = 0
    title: str = ""
    content_html: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FullTextCounts:
    """Of how many entries of a source the whole text was had, is missing, and is waited for.

    ``reason`` says why the last one is missing.
    """

    had: int = 0
    missing: int = 0
    waiting: int = 0
    reason: str = ""
