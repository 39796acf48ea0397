"""A feed's entry and the article on the page that it links to: are they one, and which is longer.

Pure. Knows when a feed's text is taken for whole, when its entry has changed enough to ask for its
page again, and what becomes of the entry with its whole text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from statistics import median

from aggregator import markup
from aggregator.bengali.text import key, stems
from aggregator.models import FullTextOutcome, MediaRole, ParsedEntry

# Of seven papers' feeds, the three of summaries have no text beyond 412 characters, and the four of
# whole texts have 1,647 or more in the middle. A single entry is whole by the same length: whole
# feeds bring short reports, too, and no feed of summaries brought a text so long.
WHOLE_CHARACTERS = 800
# The last texts of a feed that say whether it sends whole ones.
LENGTHS = 20
# Of the words of a headline and a summary, by their first four characters, at least 0.79 stand in
# the text that they are of, in 154 real entries. In another text of the same paper it is at most
# 0.66, but 0.80 in a paper's ten reports of one event; in a notice about cookies 0.15.
_STEM_CHARACTERS, _SHORTEST_WORD = 4, 3
_BEGINNING_SHARE = 0.7
_LEAST_STEMS = 8  # of a text whose beginning can be told; a headline alone has five or six
# Two headlines of one paper share half of their words at most. Of a headline alone, which is all
# that is sure to recur where an editor wrote the summary, 0.44 or more stand in the text of all but
# one of twenty entries, and 0.25 at most in a notice about cookies.
_HEADLINE_SHARE = 0.6
_TOPIC_SHARE = 0.3
_FIGURE = re.compile(r"\A<figure>.*?</figure>", re.DOTALL)
_IMAGE = re.compile(r"<img\b", re.IGNORECASE)


def characters_of(entry: ParsedEntry) -> int:
    """Return the length of the text that a feed sent of an entry."""
    return len(_text(entry))


def feed_words_of(entry: ParsedEntry) -> str:
    """Return a hash of the words that a feed sent of an entry, the same for other spellings."""
    words = f"{key(_title(entry.title_html))}\n{key(_text(entry))}"
    return sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def sends_whole(lengths: Sequence[int]) -> bool:
    """Tell whether a feed sends whole texts, by the lengths of its last ones.

    >>> sends_whole([155, 2190, 4179]), sends_whole([398, 403, 900])
    (True, False)
    """
    return bool(lengths) and median(lengths[:LENGTHS]) >= WHOLE_CHARACTERS


def judged(entry: ParsedEntry, title: str, content_html: str) -> FullTextOutcome:
    """Judge a page's article, by its headline and its markup: is it the entry's, and longer."""
    own, text = _text(entry), markup.plain(content_html)[0]
    if len(text) <= len(own):
        return FullTextOutcome.SHORTER
    headline, of_page = _stems(_title(entry.title_html)), _stems(title)
    said, stand = headline | _stems(own), _stems(text)
    if len(said) >= _LEAST_STEMS and _share(said, stand) >= _BEGINNING_SHARE:
        return FullTextOutcome.HAD
    is_same_headline = max(_share(headline, of_page), _share(of_page, headline)) >= _HEADLINE_SHARE
    is_same = is_same_headline and _share(said, stand) >= _TOPIC_SHARE
    return FullTextOutcome.HAD if is_same else FullTextOutcome.ANOTHER


def with_full_text(entry: ParsedEntry, content_html: str) -> ParsedEntry:
    """Return an entry with its whole text; what its feed sent is its summary, and all else stays.

    The page's picture is left out where the feed has one.
    """
    sent = entry.summary_html + entry.content_html
    has_picture = any(file.role is MediaRole.PICTURE for file in entry.media)
    if has_picture or _IMAGE.search(sent):
        content_html = _FIGURE.sub("", content_html)
    summary = entry.summary_html or entry.content_html
    return replace(entry, summary_html=summary, content_html=content_html)


def _text(entry: ParsedEntry) -> str:
    return markup.plain(entry.content_html or entry.summary_html)[0]


def _title(title_html: str) -> str:
    return markup.title_text(title_html)[0]


def _stems(text: str) -> set[str]:
    return set(stems(key(text), characters=_STEM_CHARACTERS, shortest_word=_SHORTEST_WORD))


def _share(of: set[str], within: set[str]) -> float:
    """Return which part of some stems stands among others; none of no stems."""
    return len(of & within) / len(of) if of else 0.0
