"""Walls: pages that show the beginning of an article, and the rest to subscribers alone.

Knows what publishers say of it to programs, and to people in English and Bengali.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from aggregator.parse.html_metadata import is_free
from aggregator.parse.page.guards import MAX_CHARACTERS

_NOT_FREE = "the page says that its article is for subscribers"
_SAYS_SO = "the page shows the beginning of its article, and the rest to subscribers"
# Sites ask everybody to subscribe to their newsletters and channels, so a sign is a sentence that
# says what for: to read this, or the rest of it.
_ENGLISH = re.compile(
    "(?:subscribe|log ?in|sign ?(?:in|up)|register) to (?:read|continue|unlock|view)"
    "|to (?:continue reading|keep reading|read the (?:full|whole|rest))"
    "|(?:for|exclusive to) (?:our )?(?:paid )?(?:subscribers|members)(?: only)?"
    "|(?:subscribers|members)[- ]only|already a (?:subscriber|member)"
)
_TO_READ = "(?:পড়তে|পড়ার জন্য|দেখতে)"
_PAYING = "(?:সাবস্ক্রাইব|সাবস্ক্রিপশন|লগ ?-?ইন|সাইন ?-?ইন|নিবন্ধন|রেজিস্ট্রেশন|গ্রাহক হ|সদস্য হ)"
# In one sentence, in this order, with anything in between.
_ORDERED = [
    re.compile(unicodedata.normalize("NFC", each))
    for each in ("পুরো|সম্পূর্ণ|বাকি|বিস্তারিত|আরও|লেখাটি|খবরটি|সংবাদটি", _TO_READ, _PAYING)
]
_BENGALI = re.compile(
    unicodedata.normalize("NFC", "(?:শুধু|কেবল|শুধুমাত্র) (?:গ্রাহক|সদস্য|সাবস্ক্রাইবার)দের জন্য")
)
_SENTENCE_ENDS = re.compile("[।?!]")
# Scripts have texts that a page shows some other time.
_SHOWN = "//text()[not(parent::script or parent::style or parent::template)]"


def wall_of(tree: Any, article_characters: int) -> str:
    """Return how a page, as an lxml tree, keeps its article from readers; empty where it does not.

    What it says to people counts beside a short text alone (``guards.MAX_CHARACTERS``): below a
    whole article it is meant for the next one.
    """
    if not is_free(tree):
        return _NOT_FREE
    if article_characters >= MAX_CHARACTERS:
        return ""
    shown = "".join(tree.xpath(_SHOWN)).lower()
    said = unicodedata.normalize("NFC", " ".join(shown.split()))
    is_said = _ENGLISH.search(said) or _BENGALI.search(said)
    return _SAYS_SO if is_said or any(map(_asks_to_pay, _SENTENCE_ENDS.split(said))) else ""


def _asks_to_pay(sentence: str) -> bool:
    """Tell whether a sentence in Bengali says what is to be paid for in order to read.

    One look from left to right: a pattern of all three takes the cube of a text that repeats two.
    """
    end = 0
    for part in _ORDERED:
        found = part.search(sentence, end)
        if found is None:
            return False
        end = found.end()
    return True
