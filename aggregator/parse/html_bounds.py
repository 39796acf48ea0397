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
_MOST_ATTRIBUTES = 500
# An attribute as HTML §13.2.5.32-39 reads it: a slash is as good as a space before it, a name may
# begin with "=", and what is quoted may hold anything, ">" too.
_ATTRIBUTE = rb"""[\s/]*+[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>"'][^\s>]*+)?+)?+"""
_ATTRIBUTES = re.compile(_ATTRIBUTE)
_TAG = re.compile(rb"<[a-z][^\s/>]*+((?:%b)*+)" % _ATTRIBUTE, re.IGNORECASE)
# A shorter tag cannot have too many attributes: each takes two bytes at least.
_SHORTEST_BYTES = 2 * _MOST_ATTRIBUTES


def could_take_long(body: bytes) -> bool:
    """Tell whether a page in UTF-8 could take more than two seconds to read."""
    if body.count(b"<") - body.count(b"</") > _MOST_ELEMENTS:
        return True
    if sum(1 for _ in _OF_LISTS.finditer(body)) > _MOST_OF_LISTS:
        return True
    return has_many_attributes(body)


def has_many_attributes(body: bytes) -> bool:
    """Tell whether an element of a page in UTF-8 has more attributes than anybody writes."""
    tags = (tag[1] for tag in _TAG.finditer(body) if len(tag[1]) >= _SHORTEST_BYTES)
    return any(sum(1 for _ in _ATTRIBUTES.finditer(tag)) > _MOST_ATTRIBUTES for tag in tags)
