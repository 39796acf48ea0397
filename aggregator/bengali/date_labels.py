"""The labels that stand before dates, as প্রকাশিত: and আপডেট:, and the plain form of a date's text.

Knows which label is of the publication and which of an update. Does not read dates (``dates``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from aggregator.bengali.day_patterns import WORD_END, WORD_START

_DIGITS = str.maketrans("০১২৩৪৫৬৭৮৯", "0123456789")
_VISARGA_COLON = re.compile("ঃ(?=[\\s0-9]|$)")  # আপডেটঃ is typed for আপডেট:
_UPDATED = (
    "(?:সর্বশেষ |শেষ )?(?:আপডেট|হালনাগাদ|পরিমার্জন|সংশোধিত)|last update(?:d)?|updated|update|modified"
)
_PUBLISHED = "প্রকাশিত|প্রকাশকাল|প্রকাশের|প্রকাশনার|প্রকাশ|পোস্ট|published|posted"
_MORE_WORDS = "সময়|সময়কাল|কাল|তারিখ|করা|হয়েছে|on|at"
_LABEL = re.compile(
    f"{WORD_START}(?:(?P<updated>{_UPDATED})|(?:{_PUBLISHED})){WORD_END}"
    f"(?:\\s*(?:{_MORE_WORDS}){WORD_END})*\\s*[:ঃ|-]?"
)
_LABEL_WITH_COLON = re.compile(f"(?:{_UPDATED}|{_PUBLISHED})(?:\\s*(?:{_MORE_WORDS}))*\\s*[:ঃ|]")


def plain(text: str) -> str:
    """Return a text with the digits 0-9, and with a colon where a visarga is typed for one.

    >>> plain("আপডেটঃ ০৬")
    'আপডেট: 06'
    """
    return _VISARGA_COLON.sub(":", text.translate(_DIGITS))


def sections(text: str) -> Iterator[tuple[str, str]]:
    """Divide a plain lower-case text at its labels: ``published`` or ``updated``, and its section.

    The words before the first label are of the publication; that section is always there, and may
    be empty.
    """
    start, label = 0, "published"
    for match in _LABEL.finditer(text):
        yield label, text[start : match.start()]
        label = "updated" if match["updated"] else "published"
        start = match.end()
    yield label, text[start:]


def begins_with_label(line: str) -> bool:
    """Tell whether a line in small letters begins with a label and its colon or bar."""
    return bool(_LABEL_WITH_COLON.match(line))
