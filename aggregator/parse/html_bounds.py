"""Which pages are not read, as that could take minutes: what a server sends may be anything.

No exception can end the reading from inside. What takes long are many elements, above all lists and
tables, whose number trafilatura takes squared, and many attributes of one element, which lxml does.
"""

from __future__ import annotations

import re

# Within these, 17 kinds of markup made to take long took 0.9 s of processor time at most. An
# article's page of 83 kB has 475 elements, of which 28 are of lists. 16,000 lists took minutes.
_MOST_ELEMENTS = 20_000
_MOST_OF_LISTS = 4_000
_OF_LISTS = re.compile(rb"<(?:li|ul|ol|dl|dt|dd|table|tr|td|th)\b", re.IGNORECASE)
# A picture that is written into its address is as long, and has no spaces.
_LONG_TAG = re.compile(rb"<[a-z][^<>]{8000,}", re.IGNORECASE)
_MOST_ATTRIBUTES = 500


def could_take_long(body: bytes) -> bool:
    """Tell whether a page could take more than two seconds to read."""
    if body.count(b"<") - body.count(b"</") > _MOST_ELEMENTS:
        return True
    if sum(1 for _ in _OF_LISTS.finditer(body)) > _MOST_OF_LISTS:
        return True
    return any(len(tag.split()) > _MOST_ATTRIBUTES for tag in _LONG_TAG.findall(body))
