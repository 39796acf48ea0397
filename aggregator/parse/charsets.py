"""Which encoding the bytes of a document are in, and whether they are text at all.

Knows byte-order marks, and what an HTTP header, an XML declaration and an HTML page declare; it
asks statistics last. A feed is turned into UTF-8 bytes, as lxml and feedparser read bytes; a page
is turned into text. Refuses to believe an encoding that is not known to be safe for a feed: UTF-7,
for one, can hide markup from every check made on the bytes.
"""

from __future__ import annotations

import codecs
import re
from contextlib import suppress

import charset_normalizer

from aggregator.bengali.bijoy import looks_legacy
from aggregator.errors import ParseError

# Encodings that consume their byte-order mark, in the order in which the marks are looked for:
# the mark of UTF-32 begins with that of UTF-16.
_MARKS = {
    "utf-8-sig": (codecs.BOM_UTF8,),
    "utf-32": (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE),
    "utf-16": (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE),
}


# --- Feeds ---------------------------------------------------------------------------------------

_SAFE = frozenset(
    "utf-8 utf-16 utf-16-le utf-16-be utf-32 ascii iso8859-1 iso8859-15 cp1252 cp1250 cp1251 "
    "cp1256 iso8859-2 iso8859-5 koi8-r big5 gb2312 gbk gb18030 euc-jp shift_jis euc-kr".split()
)
_HTTP_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
_XML_ENCODING = re.compile(
    rb"""^\s*<\?xml[^<>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9_.:-]{1,40})["']"""
)
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^<>]{0,300}\?>")
# The beginning of a character of UTF-8 whose other bytes are missing, at the end of a document.
_PARTIAL_CHARACTER = re.compile(
    rb"(?:[\xc2-\xf4]|[\xe0-\xf4][\x80-\xbf]|[\xf0-\xf4][\x80-\xbf]{2})\Z"
)
# What statistics look at: enough to tell, and bounded in time.
_SAMPLE_BYTES = 20_000


def says_utf8(body: bytes, content_type: str) -> bool:
    """Tell whether a feed says nothing else than that it is UTF-8; it may be wrong."""
    is_marked_otherwise = body.startswith(_MARKS["utf-32"] + _MARKS["utf-16"])
    return (
        body[:1] == b"<"
        and not is_marked_otherwise
        and _charset_of_header(content_type) in (None, "utf-8")
        and _encoding_of_declaration(body) in (None, "utf-8")
    )


def as_utf8(body: bytes, content_type: str) -> bytes:
    """Return a feed in UTF-8 without a byte-order mark.

    The mark counts first, then the charset of the HTTP header ``content_type``, then the XML
    declaration, each only where the bytes do not prove it wrong. An XML declaration that would say
    something else than UTF-8 is left out, and so is a character in which a document breaks off.
    """
    for marked, marks in _MARKS.items():
        if body.startswith(marks):
            return _recoded(body, marked)
    body = _PARTIAL_CHARACTER.sub(b"", body) if body[-1:] >= b"\x80" else body
    declared = _encoding_of_declaration(body)
    for encoding in (_charset_of_header(content_type), declared):
        if encoding in ("utf-8", "ascii"):
            break
        if encoding and not _is_utf8(body):
            return _recoded(body, encoding)
    if declared is None and body[:2] in (b"<\0", b"\0<"):
        return _recoded(body, "utf-16-le" if body[0] == ord("<") else "utf-16-be")
    if _is_utf8(body):
        return body if declared in (None, "utf-8", "ascii") else _recoded(body, "utf-8")
    guess = charset_normalizer.from_bytes(body[:_SAMPLE_BYTES]).best()
    return _recoded(body, _safe(guess.encoding) or "utf-8" if guess else "utf-8")


def _charset_of_header(content_type: str) -> str | None:
    """Find the charset of an HTTP header: ``None`` without one, empty where it is not safe."""
    match = _HTTP_CHARSET.search(content_type)
    return _safe(match.group(1)) if match else None


def _encoding_of_declaration(body: bytes) -> str | None:
    """Find what an XML declaration says: ``None`` without one, empty where it is not safe."""
    match = _XML_ENCODING.match(body)
    return _safe(match.group(1).decode("ascii")) if match else None


def _safe(name: str) -> str:
    """Return the usual name of a safe encoding, or the empty text."""
    try:
        usual = codecs.lookup(name).name
    except LookupError:
        return ""
    usual = "cp1252" if usual == "iso8859-1" else usual  # as every browser reads Latin-1
    return usual if usual in _SAFE else ""


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _recoded(body: bytes, encoding: str) -> bytes:
    text = body.decode(encoding, "replace")
    return _XML_DECLARATION.sub("", text).encode("utf-8", "replace")


# --- Pages ---------------------------------------------------------------------------------------

# A text that is UTF-8 but for a few bytes keeps the rest; more say that it is something else.
_MOST_BROKEN_SHARE = 0.01
# Text has tabs, line ends and form feeds; of random bytes every tenth is another control.
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_MOST_CONTROLS_SHARE = 0.005
_META_CHARSET = re.compile(
    rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([A-Za-z0-9_:.-]{2,30})""", re.I
)


def encoding_of(head: bytes) -> str:
    """Find the encoding of a page by its mark or its pattern of zero bytes; UTF-8 otherwise.

    A page is never taken for UTF-32, in which nobody keeps pages.
    """
    if head.startswith(_MARKS["utf-16"]):
        return "utf-16"
    if head[1:2] == b"\0" and head[:1] != b"\0":
        return "utf-16-le"
    if head[:1] == b"\0" and head[1:2] != b"\0":
        return "utf-16-be"
    return "utf-8-sig"


def text_of(body: bytes, name: str) -> str:
    """Decode a page of plain text: UTF-8, UTF-16, or the bytes of the legacy Bengali font.

    ParseError, which names the file ``name`` and the line, where it is none of these.
    """
    encoding = encoding_of(body)
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as error:
        if (text := _mostly_decoded(body, encoding)) is not None:
            return text
        legacy = body.decode("cp1252", "replace")
        if looks_legacy(legacy):
            return legacy
        line = body[: error.start].count(b"\n") + 1
        raise ParseError(f"{name}:{line}: is not UTF-8 text") from error


def markup_of(body: bytes) -> str:
    """Decode an HTML page: by mark, as UTF-8, by what it declares, else with broken bytes lost."""
    encoding = encoding_of(body)
    try:
        return body.decode(encoding)
    except UnicodeDecodeError:
        declared = _declared_in_markup(body)
        if declared and declared != "utf-8":
            with suppress(LookupError, UnicodeError):  # "hex" is a codec and no charset
                return body.decode(declared, "replace")
        text = _mostly_decoded(body, encoding)
        return body.decode("cp1252", "replace") if text is None else text


def page_as_utf8(body: bytes, content_type: str) -> bytes:
    """Return an HTML page in UTF-8 where its HTTP header says what else it is; else as it is."""
    charset = _charset_of_header(content_type)
    if not charset or charset == "utf-8" or _is_utf8(body):
        return body
    return body.decode(charset, "replace").encode()


def _mostly_decoded(body: bytes, encoding: str) -> str | None:
    """Decode a text that has a few broken bytes; ``None`` where they are more than a few."""
    text = body.decode(encoding, "replace")
    return text if text.count("\ufffd") <= _MOST_BROKEN_SHARE * len(text) else None


def _declared_in_markup(body: bytes) -> str:
    match = _META_CHARSET.search(body[:4096])
    try:
        return codecs.lookup(match.group(1).decode("ascii")).name if match else ""
    except LookupError:
        return ""


def is_binary(body: bytes) -> bool:
    """Tell whether bytes are a picture, a program or the like, and no text."""
    head = body[:65_536]
    is_wide = encoding_of(head) != "utf-8-sig"
    return not is_wide and len(_CONTROLS.findall(head)) > _MOST_CONTROLS_SHARE * len(head)
