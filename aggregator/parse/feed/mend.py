"""A feed that is not well-formed → one that is, where it is certain what was meant.

What real feeds break: an ampersand that stands bare in an address, HTML's named characters, a
character that no XML can carry, a prefix that nobody declared, and a document that breaks off. All
but the last are written as they were meant, so that no reader has to guess; the entry in which a
document breaks off is left out, as half an address names another entry. Well-formed documents come
back as they were. Refuses to mend elements that are nested wrongly: that is the reader's work.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from html.entities import html5
from xml.sax.saxutils import quoteattr

# What is no markup, whatever stands in it: character data, comments, processing instructions. One
# that is not closed reaches to the end, so that no search looks to the end more than once.
_OPAQUE_PATTERN = rb"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|<\?[^<>]*>"
_OPAQUE = re.compile(b"(" + _OPAQUE_PATTERN + b")", re.DOTALL)
# Possessive, as nothing that follows can begin within a name: else a long one takes its square.
_NAME = rb"[A-Za-z_][A-Za-z0-9_.-]*+"
# Each costs a microsecond. The fullest feed of the samples, scaled to 13 MB, has 1.3 million.
_MOST_SIGNS = 2_000_000


def mended(body: bytes) -> bytes:
    """Return a feed in UTF-8 as well-formed as it can be made without guessing.

    One that is made of nothing but markup comes back as it was: it could only take long.
    """
    if max(body.count(b"&"), body.count(b"<")) > _MOST_SIGNS:
        return body
    body = body.translate(None, _CONTROLS)
    has_own_names = b"<!ENTITY" in body
    pieces = _OPAQUE.split(body)
    pieces[::2] = [_with_whole_references(piece, has_own_names) for piece in pieces[::2]]
    return _with_declared_prefixes(_without_open_entry(b"".join(pieces)))


def with_base(body: bytes, url: str) -> bytes:
    """Return a document whose first element says where it came from, unless it sets a base."""
    root = next(_tags(body), None)
    if root is None or b"xml:base" in root.group():
        return body
    return body[: root.end(2)] + b" xml:base=%s" % quoteattr(url).encode() + body[root.end(2) :]


# --- Characters ----------------------------------------------------------------------------------

# XML 1.0 §2.2 allows of these only tab, line feed and carriage return.
_CONTROLS = bytes(code for code in range(0x20) if code not in b"\t\n\r")
REFERENCE = re.compile(rb"&#([xX][0-9a-fA-F]{1,8}|[0-9]{1,9});")
_BARE = re.compile(rb"&(?!#[0-9]{1,9};|#x[0-9a-fA-F]{1,8};|[A-Za-z][A-Za-z0-9]{1,31};)")
_NAMED = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z][A-Za-z0-9]{1,31};)")


def _with_whole_references(markup: bytes, has_own_names: bool) -> bytes:
    """Return markup in which every ampersand begins a reference that XML knows.

    ``has_own_names`` says that the document declares names of its own, so that all names stay.
    """
    if b"&" not in markup:
        return markup
    markup = _BARE.sub(b"&amp;", REFERENCE.sub(_carried_reference, markup))
    return markup if has_own_names else _NAMED.sub(_by_number, markup)


def readable_reference(reference: re.Match[bytes]) -> bytes:
    """Return a reference by number; one that names no character as one to U+FFFD."""
    code = _code_of(reference)
    is_character = 0 < code < 0xD800 or 0xDFFF < code < 0xFFFE or 0xFFFF < code <= sys.maxunicode
    return reference.group() if is_character else b"&#xFFFD;"


def _carried_reference(reference: re.Match[bytes]) -> bytes:
    """Return a reference by number as XML can carry it: not one to a control character."""
    code = _code_of(reference)
    is_control = 0 < code < 0x100 and code in _CONTROLS
    return b"" if is_control else readable_reference(reference)


def _code_of(reference: re.Match[bytes]) -> int:
    digits = reference.group(1)
    return int(digits[1:], 16) if digits[:1] in b"xX" else int(digits)


def _by_number(reference: re.Match[bytes]) -> bytes:
    """Return one of HTML's named characters by its number, and an ampersand where it is none."""
    characters = html5.get(reference.group(1).decode("ascii"))
    if characters is None:
        return b"&amp;" + reference.group(1)
    return b"".join(b"&#%d;" % ord(character) for character in characters)


# --- A document that breaks off ------------------------------------------------------------------

_QUALIFIED_NAME = b"((?:" + _NAME + b":)?" + _NAME + b")"
_TAG = re.compile(_OPAQUE_PATTERN + b"|<(/?)" + _QUALIFIED_NAME + b"[^<>]*+>", re.DOTALL)
_ENTRY_NAME = re.compile(b"(?:" + _NAME + b":)?(?:item|entry)", re.IGNORECASE)
# No format has more than two elements around its entries; a head that breaks off adds a few.
_MOST_AROUND = 10
# A tag of which the end is missing, at the end of the document.
_PARTIAL_TAG = re.compile(rb"<[^<>]*\Z")


def _without_open_entry(body: bytes) -> bytes:
    """Return a document that breaks off without the entry in which it does, and closed.

    It breaks off where its first element is never closed.
    """
    root = next(_tags(body), None)
    if root is None or root.group().endswith(b"/>") or b"</" + root.group(2) in body:
        return body
    around: list[bytes] = []  # the elements that are open around the entries, or at the end
    entry_name, entry_start, after_entries = b"", -1, 0
    for tag in _tags(body):
        is_end, name = bool(tag.group(1)), tag.group(2)
        if not entry_name and not is_end and _ENTRY_NAME.fullmatch(name):
            entry_name = name
        if name == entry_name:
            entry_start = -1 if is_end else tag.start()
            after_entries = tag.end()
        elif not entry_name or (entry_start < 0 and is_end):
            _count_open(around, tag)
    if len(around) > _MOST_AROUND:
        return body
    if entry_start < 0:
        partial = _PARTIAL_TAG.search(body, after_entries)
        entry_start = partial.start() if partial else len(body)
    return body[:entry_start] + b"".join(b"</%s>" % name for name in reversed(around))


def _tags(body: bytes) -> Iterator[re.Match[bytes]]:
    return (tag for tag in _TAG.finditer(body) if tag.group(2))


def _count_open(names: list[bytes], tag: re.Match[bytes]) -> None:
    """Add an element that a tag opens to the names of those that are open, or take it off."""
    if not tag.group(1):
        if not tag.group().endswith(b"/>"):
            names.append(tag.group(2))
    elif names and names[-1] == tag.group(2):
        names.pop()


# --- A prefix that nobody declared ---------------------------------------------------------------

_PREFIX = re.compile(rb"(?:</?|[\s\"'])(" + _NAME + rb"):" + _NAME + rb"(?=[\s/>=])")
_DECLARED = re.compile(rb"xmlns:(" + _NAME + rb")\s*=")
# The prefixes by which feeds usually name the vocabularies that either reader reads.
_USUAL = {
    b"atom": b"http://www.w3.org/2005/Atom",
    b"content": b"http://purl.org/rss/1.0/modules/content/",
    b"dc": b"http://purl.org/dc/elements/1.1/",
    b"dcterms": b"http://purl.org/dc/terms/",
    b"feedburner": b"http://rssnamespace.org/feedburner/ext/1.0",
    b"itunes": b"http://www.itunes.com/dtds/podcast-1.0.dtd",
    b"media": b"http://search.yahoo.com/mrss/",
    b"rdf": b"http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    b"rss": b"http://purl.org/rss/1.0/",
}
# No real feed of the samples uses more than twelve.
_MOST_PREFIXES = 50


def _with_declared_prefixes(body: bytes) -> bytes:
    """Return a document whose first element declares every prefix that is used."""
    root = next(_tags(body), None)
    if root is None:
        return body
    used = set()
    for piece in _OPAQUE.split(body)[::2]:
        used.update(_PREFIX.findall(piece))
    missing = used - {b"xml", b"xmlns"} - set(_DECLARED.findall(root.group()))
    declarations = b"".join(
        b' xmlns:%s="%s"' % (prefix, _USUAL.get(prefix, b"urn:x-undeclared:" + prefix))
        for prefix in sorted(missing)[:_MOST_PREFIXES]
    )
    return body[: root.end(2)] + declarations + body[root.end(2) :]
