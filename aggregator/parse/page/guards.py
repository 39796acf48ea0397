"""Pages that say they are none: of a guard against programs, a dead address, or a forwarding.

Knows what such pages say, in English and Bengali, and how short they are. Does not know where the
text came from: page text, saved HTML and records ask alike.
"""

from __future__ import annotations

import re

# The longest text that is taken for such a page. A longer one is an article, which may well tell of
# a guard or quote a dead address.
MAX_CHARACTERS = 1500
_SIGNS = (
    "পাওয়া যায়নি", "পাওয়া যাচ্ছে না", "নিয়ে যাওয়া হচ্ছে", "page not found", "404 not found",
    "error 404", "bad gateway", "error code 5", "service unavailable", "not a robot", "not a bot",
    "you are human", "checking your browser", "checking your connection", "checking if the site",
    "enable javascript", "turn on javascript", "you have been blocked", "access denied",
    "security verification", "cloudflare ray", "security check", "captcha", "redirecting",
)  # fmt: skip
# The Bengali signs are said of anything that is missing or led away, so a page must be named, too.
_NAMES_OF_A_PAGE = re.compile("(?:পাতা|পৃষ্ঠা|পেজ|খবর|লিংক|ঠিকানা)(?:টি|য়)?")


def is_guard(text: str, heading: str = "") -> bool:
    """Tell whether a page's text is so short, and with its heading so worded, that it is no page.

    >>> is_guard("Please verify you are human.", heading="Just a moment")
    True
    """
    return len(text) < MAX_CHARACTERS and says_no_page(f"{heading}\n{text}")


def says_no_page(text: str) -> bool:
    """Tell whether a text, whatever its length, holds a sign of a guard or a dead address."""
    small = text.lower()
    sign = next((sign for sign in _SIGNS if sign in small), None)
    return sign is not None and (sign.isascii() or bool(_NAMES_OF_A_PAGE.search(small)))
