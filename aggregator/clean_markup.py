"""Whether markup is still as ``markup.clean`` leaves it: what changes markup may undo its cleaning.

``javascript:`` with a character in it that nobody sees is no scheme until that character is taken
out, and ``>`` with a stroke over it (U+0338) is another character once the two are composed. So
what was changed is checked before it is stored, and what is stored before it is published. Knows
the form of clean markup, and refuses to clean by itself.
"""

from __future__ import annotations

import re
import unicodedata

from aggregator import markup

_STROKE = "\u0338"  # composed with a > before it, it is ≯
_NAMES = "|".join(sorted(markup.TAGS))
_PLAIN_ATTRIBUTES = "|".join(
    sorted({"rel"}.union(*markup.ATTRIBUTES.values()) - markup.ADDRESS_ATTRIBUTES)
)
_ADDRESS_ATTRIBUTES = "|".join(sorted(markup.ADDRESS_ATTRIBUTES))
# An address of an allowed scheme, or one that can have none: before any colon stands a character
# that no scheme has, or there is no colon, be it written as a reference.
_ADDRESS = r'(?:(?i:https?|mailto):|[/?#.])[^"]*+|(?:[^":&]|&(?:amp|lt|gt|quot|nbsp);)*+'
# Possessive, so that markup that is not clean is told in time that grows with its length.
_CLEAN = re.compile(
    rf"(?:[^<]++|</(?:{_NAMES})>"
    rf"|<(?:{_NAMES})(?: (?:(?:{_PLAIN_ATTRIBUTES})=\"[^\"]*+\""
    rf"|(?:{_ADDRESS_ATTRIBUTES})=\"(?:{_ADDRESS})\"))*+>)*+"
)


def is_clean(html: str) -> bool:
    """Tell whether markup has the form of clean markup, in which nothing runs.

    >>> is_clean('<a href="https://example.org/">নদী</a>'), is_clean("<b onclick=a()>নদী</b>")
    (True, False)
    """
    if "<" not in html:
        return True
    if _STROKE in html and unicodedata.normalize("NFC", html).count(">") != html.count(">"):
        return False
    return _CLEAN.fullmatch(html) is not None


def ensured(html: str) -> str:
    """Return markup that was clean once, cleaned again where that was undone since.

    >>> ensured('<a href="javascript:a()">নদী</a>')
    '<a rel="noopener noreferrer">নদী</a>'
    """
    return html if is_clean(html) else markup.clean(html, "")
