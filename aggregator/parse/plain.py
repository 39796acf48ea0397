"""Plain text as every parser needs it: made of whole characters, and written as markup."""

from __future__ import annotations


def whole(text: str) -> str:
    """Return a text that can be written: half a character (a lone surrogate) becomes ``?``."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode("utf-8")
    return text


def escape(text: str) -> str:
    """Return plain text as markup; quotation marks stay, as it never stands in an attribute."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
