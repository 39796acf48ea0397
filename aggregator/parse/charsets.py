"""Which encoding the bytes of a page are in, and whether they are text at all."""

from __future__ import annotations

import codecs
import re

from aggregator.bengali.bijoy import looks_legacy
from aggregator.errors import ParseError

# Of a text that is UTF-8 but for a few bytes the rest is kept; more say that it is something else.
_MOST_BROKEN_SHARE = 0.01
# Text has tabs, line ends and form feeds; of random bytes every tenth is another control.
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_MOST_CONTROLS_SHARE = 0.005
_META_CHARSET = re.compile(
    rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([A-Za-z0-9_:.-]{2,30})""", re.I
)


def of_marks(head: bytes) -> str:
    """Give the encoding that a mark or the pattern of zero bytes tells, else UTF-8."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if head[1:2] == b"\0" and head[:1] != b"\0":
        return "utf-16-le"
    if head[:1] == b"\0" and head[1:2] != b"\0":
        return "utf-16-be"
    return "utf-8-sig"


def text_of(body: bytes, name: str) -> str:
    """Decode a page: UTF-8 or UTF-16, or Windows-1252 where that gives text of the legacy font."""
    encoding = of_marks(body)
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as error:
        if (mended := _mended(body, encoding)) is not None:
            return mended
        legacy = body.decode("cp1252", "replace")
        if looks_legacy(legacy):
            return legacy
        line = body[: error.start].count(b"\n") + 1
        raise ParseError(f"{name}:{line}: is not UTF-8 text") from error


def markup_of(body: bytes) -> str:
    """Decode an HTML page: by marks, as UTF-8, by what it declares, or with what is broken lost."""
    encoding = of_marks(body)
    try:
        return body.decode(encoding)
    except UnicodeDecodeError:
        declared = _declared(body)
        if declared and declared != "utf-8":
            return body.decode(declared, "replace")
        mended = _mended(body, encoding)
        return body.decode("cp1252", "replace") if mended is None else mended


def _mended(body: bytes, encoding: str) -> str | None:
    """Give a text of which a few bytes are broken, or ``None`` where they are more."""
    text = body.decode(encoding, "replace")
    return text if text.count("\ufffd") <= _MOST_BROKEN_SHARE * len(text) else None


def _declared(body: bytes) -> str:
    match = _META_CHARSET.search(body[:4096])
    try:
        return codecs.lookup(match.group(1).decode("ascii")).name if match else ""
    except LookupError:
        return ""


def is_binary(body: bytes) -> bool:
    """Tell whether bytes are a picture, a program or the like, and no text."""
    head = body[:65_536]
    is_wide = of_marks(head) != "utf-8-sig"
    return not is_wide and len(_CONTROLS.findall(head)) > _MOST_CONTROLS_SHARE * len(head)
