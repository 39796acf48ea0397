"""The initials that reporters sign with: T.A.S / T.A.S, /ইএইচএস/ এএইচ/, এসআর, উত্তরকণ্ঠ / এ আর.

They are the Bengali names of Latin letters, and single Bengali letters with a full stop.
"""

from __future__ import annotations

import re

# The Bengali names of Latin letters; a Bengali letter is an initial only before a full stop.
_LETTER = (
    "(?:ডব্লিউ|ডাব্লিউ|ওয়াই|এইচ|এক্স|কিউ|জেড|আই|আর|ইউ|এফ|এম|এল|এন|এস|"
    "কে|জি|জে|টি|ডি|পি|বি|ভি|সি|এ|ই|ও|[ক-হঅ-ঔ](?=\\.))"
)
# In turn: two to seven Latin capitals (an agency's, too: callers know those), letters by name
# (এসআর), a letter with a family name after it (এন.হক), a letter alone.
_INITIAL = (
    f"(?:[A-Z][A-Z.]{{1,6}}|{_LETTER}(?:\\.? ?{_LETTER})+\\.?"
    f"|(?:{_LETTER}|[ক-হঅ-ঔ])\\.\\s?[\u0980-\u09ff]{{2,12}}|{_LETTER}\\.?[ক-হ]?)"
)
# A paper or its desk, then initials, then those of editors behind slashes: উত্তরকণ্ঠ / এ আর / কেএইচ.
_INITIALS = re.compile(
    f"[/\\s]*(?:[\u0980-\u09ff]{{3,20}}(?: ডেস্ক)?\\s*/\\s*)?{_INITIAL}"
    f"(?:\\s*/\\s*(?:{_INITIAL}|[\u0980-\u09ff]{{3,20}}))*\\s*/?\\s*"
)


def is_initials(line: str) -> bool:
    """Tell whether a line is reporters' initials and nothing else.

    >>> is_initials("আরআর/আইএইচএস/")
    True
    >>> is_initials("সূত্র: বাসস")
    False
    """
    return len(line) > 1 and bool(_INITIALS.fullmatch(line))
