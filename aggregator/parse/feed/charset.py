"""Which encoding a feed is in: byte-order mark, HTTP header, XML declaration, statistics last.

Only encodings that are known to be safe are believed: UTF-7, for one, can hide markup from every
check made on the bytes.
"""

from __future__ import annotations

import codecs
import re

import charset_normalizer

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ALLOWED = frozenset(
    "utf-8 utf-16 utf-16-le utf-16-be utf-32 ascii iso8859-1 iso8859-15 cp1252 cp1250 cp1251 "
    "cp1256 iso8859-2 iso8859-5 koi8-r big5 gb2312 gbk gb18030 euc-jp shift_jis euc-kr".split()
)
_HTTP = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
_XML = re.compile(rb"""^\s*<\?xml[^<>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9_.:-]{1,40})["']""")
_DECLARATION = re.compile(r"^\s*<\?xml[^<>]{0,300}\?>")
# What statistics look at: enough to tell, and bounded in time.
_SAMPLE_BYTES = 20_000


def says_utf8(body: bytes, content_type: str) -> bool:
    """Tell whether a document says that it is UTF-8 wherever it says anything; it may be wrong."""
    header, declared = _HTTP.search(content_type), _XML.match(body)
    names = [header.group(1)] if header else []
    names += [declared.group(1).decode("ascii")] if declared else []
    is_marked_otherwise = body.startswith(tuple(mark for mark, _ in _MARKS[1:]))
    return body[:1] == b"<" and not is_marked_otherwise and all(_known(x) == "utf-8" for x in names)


def as_utf8(body: bytes, content_type: str) -> bytes:
    """Give a document in UTF-8 without a mark; its XML declaration goes where it says otherwise."""
    for mark, name in _MARKS:
        if body.startswith(mark):
            return _recoded(body[len(mark) :], name)
    header = _HTTP.search(content_type)
    declared = _XML.match(body)
    for found in (
        _known(header.group(1)) if header else "",
        _known(declared.group(1).decode("ascii")) if declared else "",
    ):
        if found in ("utf-8", "ascii"):
            break
        if found and not _is_utf8(body):
            return _recoded(body, found)
    if not declared and body[:2] in (b"<\0", b"\0<"):
        return _recoded(body, "utf-16-le" if body[0] == ord("<") else "utf-16-be")
    if _is_utf8(body):
        return _without_false_declaration(body, declared)
    guess = charset_normalizer.from_bytes(body[:_SAMPLE_BYTES]).best()
    return _recoded(body, _known(guess.encoding) or "utf-8" if guess else "utf-8")


def _known(name: str) -> str:
    try:
        found = codecs.lookup(name).name
    except LookupError:
        return ""
    found = "cp1252" if found == "iso8859-1" else found  # as every browser reads Latin-1
    return found if found in _ALLOWED else ""


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _recoded(body: bytes, name: str) -> bytes:
    return _DECLARATION.sub("", body.decode(name, "replace")).encode("utf-8", "replace")


def _without_false_declaration(body: bytes, declared: re.Match[bytes] | None) -> bytes:
    if declared and _known(declared.group(1).decode("ascii")) not in ("utf-8", "ascii"):
        return _recoded(body, "utf-8")
    return body
