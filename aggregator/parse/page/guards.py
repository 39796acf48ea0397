"""Pages that say they are none: of a guard against programs, a dead address, or a forwarding.

Knows what such pages say, in English and Bengali, and how short they are. Does not know where the
text came from: page text, saved HTML and records ask alike.
"""

from __future__ import annotations

import re
import unicodedata

# The longest text that is taken for such a page. A longer one is an article, which may well tell of
# a guard or quote a dead address.
MAX_CHARACTERS = 1500
_ENGLISH_SIGNS = (
    "page not found", "404 not found",
    "error 404", "bad gateway", "error code 5", "service unavailable", "not a robot", "not a bot",
    "you are human", "checking your browser", "checking your connection", "checking if the site",
    "enable javascript", "turn on javascript", "you have been blocked", "access denied",
    "security verification", "cloudflare ray", "security check", "captcha", "redirecting",
)  # fmt: skip
# News has all the words of the Bengali signs: হতাহতের কোনো খবর পাওয়া যায়নি, নাম-ঠিকানা পাওয়া যায়নি,
# খবরটির সত্যতা পাওয়া যায়নি. So a sign is one sentence that says it of the page itself (পাতাটি), or to
# the reader (আপনি, আপনাকে).
_PAGE = "(?:ওয়েব ?)?(?:পাতা|পৃষ্ঠা|পেজ|খবর|সংবাদ|লিংক|লিঙ্ক|ঠিকানা)"
_NOT_FOUND = "(?:\\s(?:আর|এখন|এখানে|কোথাও|এই|সাইটে|সার্ভারে|ঠিকানায়|খুঁজে)){0,4}\\sপাওয়া\\s(?:যায়নি|যাচ্ছে না)"
_BENGALI_SIGN = re.compile(
    f"{_PAGE}(?:টি|টা){_NOT_FOUND}"
    f"|^\\W*(?:দুঃখিত,? )?(?:কোনো )?(?:পাতা|পৃষ্ঠা|পেজ){_NOT_FOUND}"
    f"|আপনি [^।?!]*{_PAGE}(?:টি|টা)? [^।?!]*খুঁজছেন"
    "|আপনাকে [^।?!]*নিয়ে যাওয়া হচ্ছে"
    "|(?:পাতায়|পৃষ্ঠায়|পেজে|ওয়েবসাইটে|লিংকে) নিয়ে যাওয়া হচ্ছে"
)
_SENTENCE_END = re.compile("[।?!\n]")
_LATIN, _BENGALI = re.compile("[a-z]"), re.compile("[\u0980-\u09ff]")


def is_guard(text: str, heading: str = "") -> bool:
    """Tell whether a page is short, and a line of it or its heading says that it is none.

    >>> is_guard("Please verify you are human.", heading="Just a moment")
    True
    >>> is_guard("দুর্ঘটনার খবর পেয়ে পুলিশ যায়। কারও ঠিকানা পাওয়া যায়নি।")
    False
    """
    if len(text) >= MAX_CHARACTERS:
        return False
    return any(says_no_page(line) for line in (heading, *text.split("\n")))


def says_no_page(line: str) -> bool:
    """Tell whether a line holds a sign of a guard or a dead address."""
    small = unicodedata.normalize("NFC", line.lower())
    if any(sign in small for sign in _ENGLISH_SIGNS):
        # A Bengali sentence with such words tells of a guard.
        return len(_LATIN.findall(small)) > len(_BENGALI.findall(small))
    return any(_BENGALI_SIGN.search(sentence) for sentence in _SENTENCE_END.split(small))
