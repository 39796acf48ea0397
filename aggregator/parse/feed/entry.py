"""What every reader of a feed ends with: one parsed entry, or why it cannot be used."""

from __future__ import annotations

from aggregator.models import ParsedEntry, Rejected

_EXCERPT_CHARACTERS = 200


def made(
    *,
    native_id: str,
    link: str,
    title_html: str,
    summary_html: str,
    content_html: str,
    authors: tuple[str, ...],
    categories: tuple[str, ...],
    published: str,
    updated: str,
) -> ParsedEntry | Rejected:
    """Give the entry of these parts, each of which can be written; it needs a title or a text."""
    if not title_html.strip() and not summary_html.strip() and not content_html.strip():
        what = native_id or link or "an entry without anything"
        return Rejected(reason="neither title nor text", excerpt=what[:_EXCERPT_CHARACTERS])
    return ParsedEntry(
        native_id=native_id,
        link=link,
        title_html=title_html,
        summary_html=summary_html,
        content_html=content_html,
        # A bare e-mail address is no name, and nobody's to publish.
        authors=tuple(dict.fromkeys(one for one in authors if one and not _is_mail(one))),
        categories=tuple(one for one in categories if one),
        published=published,
        updated=updated,
    )


def sound(text: str) -> str:
    """Give a text that can be written: half of a character (a lone surrogate) becomes a mark."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode("utf-8")
    return text


def escape(text: str) -> str:
    """Write plain text as markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def is_address(text: str) -> bool:
    """Tell whether a text can be an address: a bare number or word is an id taken for a link."""
    return any(sign in text for sign in "/.:?")


def _is_mail(text: str) -> bool:
    return "@" in text and not any(one.isspace() for one in text)
