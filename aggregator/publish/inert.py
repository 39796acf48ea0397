"""What makes the fields of a feed inert: nothing runs where a reader takes text for HTML.

Readers disagree on what a title, a name or a category is: some show it as text, some as HTML, some
resolve its character references once more than they should. So every field that is no content is
written as a text in which none of them finds an element. Content is markup, and is published only
if it is clean. It is done here, and not only where entries are made, as entries that were stored by
an older version are published as well. Refuses to know any format.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape

from aggregator import urls
from aggregator.clean_markup import ensured
from aggregator.models import EntryView, FeedSpec, FeedView, Media, Related, Site, StoryPicture

# Nobody sees it, and it is no part of a tag or of a character reference.
WORD_JOINER = "\u2060"
_ZWNJ, _ZWJ = "\u200c", "\u200d"  # they stand in much Bengali
# A ``<`` at which a reader of HTML leaves the text (HTML §13.2.5.6, tag open state), or may leave
# it once what follows is resolved; and a ``&`` that may begin a reference (§13.2.5.72).
_MAY_OPEN = re.compile(
    "<(?=[A-Za-z/!?&])|&(?:#[0-9]+;?|#[xX][0-9A-Fa-f]+;?|[A-Za-z][A-Za-z0-9]*;?)"
)
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_Told = tuple[tuple[Related, str], ...]


def inert(text: str) -> str:
    """Return a text in which HTML finds neither an element nor a character reference.

    A word joiner stands behind each ``<`` that would open an element and each ``&`` that would
    begin a reference, so the text reads the same as text, as HTML, and resolved however often.
    What XML cannot carry is left out.

    >>> inert("HTML-এর <b> ট্যাগ, ৫ < ৭") == "HTML-এর <\u2060b> ট্যাগ, ৫ < ৭"
    True
    >>> inert("R&D, AT&T, &lt;b>") == "R&D, AT&T, &\u2060lt;b>"
    True
    """
    return _MAY_OPEN.sub(_apart, _carriable(text))


def _apart(found: re.Match[str]) -> str:
    sign = found.group()
    if sign != "<" and unescape(sign) == sign:  # no reference, as in R&D
        return sign
    return sign[0] + WORD_JOINER + sign[1:]


def with_inert_texts(view: EntryView) -> EntryView:
    """Return an entry to be rendered with every text that is no content inert."""
    content_html = ensured(_carriable(view.entry.content_html))
    return _with(view, content_html) if _is_plain(view) else _checked(view, inert, content_html)


def with_whole_texts(view: EntryView) -> EntryView:
    """Return an entry of which every text is escaped, as it is, if XML can carry it.

    Its content, which is never escaped, is left out.
    """
    return _with(view, "") if _is_plain(view) else _checked(view, _carriable, "")


def with_whole_texts_and_content(view: EntryView) -> EntryView:
    """Return an entry of which every text but its content is escaped, if XML can carry it.

    The content is markup, and stays only if it is clean.
    """
    content_html = ensured(_carriable(view.entry.content_html))
    return (
        _with(view, content_html) if _is_plain(view) else _checked(view, _carriable, content_html)
    )


def with_inert_names(view: FeedView) -> FeedView:
    """Return a feed whose own texts are inert; its entries are made so one by one."""
    return replace(view, spec=inert_spec(view.spec), site=inert_site(view.site))


def with_whole_names(view: FeedView) -> FeedView:
    """Return a feed whose own texts are escaped: as they are, if XML can carry them."""
    site = replace(view.site, title=_carriable(view.site.title))
    return replace(view, spec=_with_names(view.spec, _carriable), site=site)


def inert_spec(spec: FeedSpec) -> FeedSpec:
    """Return what a feed is called, inert."""
    return _with_names(spec, inert)


def inert_site(site: Site) -> Site:
    """Return what the site is called, inert."""
    return replace(site, title=inert(site.title))


def _carriable(text: str) -> str:
    """Return a text without what XML cannot carry; nothing is that a printable text holds."""
    if text.isprintable():
        return text
    unprinted = text.replace("\n", "").replace(_ZWNJ, "").replace(_ZWJ, "")
    return text if unprinted.isprintable() else _NOT_IN_XML.sub("", text)


def _with_names(spec: FeedSpec, change: Callable[[str], str]) -> FeedSpec:
    return replace(
        spec,
        title=change(spec.title),
        description=change(spec.description),
        folder=change(spec.folder),
    )


def _checked(view: EntryView, change: Callable[[str], str], content_html: str) -> EntryView:
    """Return an entry with its texts changed, this content, and links only to the web."""
    entry = view.entry
    return replace(
        view,
        entry=replace(
            entry,
            link=entry.link if _is_safe_link(entry.link) else "",
            title=change(entry.title),
            summary=change(entry.summary),
            content_html=content_html,
            media=_checked_media(entry.media, change),
            rights=change(entry.rights),
            picture=_checked_picture(entry.picture, change),
            authors=_each(entry.authors, change),
            categories=_each(entry.categories, change),
            topic=change(entry.topic),
        ),
        source_title=change(view.source_title),
        picture_source_title=change(view.picture_source_title),
        source_categories=_each(view.source_categories, change),
        related=_checked_links(view.related, change),
        earlier=_checked_links(view.earlier, change),
    )


def _checked_links(told: _Told, change: Callable[[str], str]) -> _Told:
    """Return where else something is told with the texts changed, less what is not on the web."""
    return tuple(
        (replace(related, title=change(related.title)), change(title))
        for related, title in told
        if _is_safe_link(related.link)
    )


def _checked_media(media: tuple[Media, ...], change: Callable[[str], str]) -> tuple[Media, ...]:
    """Return files with their texts changed, less those that are not on the web."""
    return tuple(
        replace(each, type=change(each.type), alt=change(each.alt), credit=change(each.credit))
        for each in media
        if _is_safe_link(each.url)
    )


def _checked_picture(
    picture: StoryPicture | None, change: Callable[[str], str]
) -> StoryPicture | None:
    if picture is None:
        return None
    checked = _checked_media((picture.media,), change)
    return replace(picture, media=checked[0]) if checked else None


def _is_plain(view: EntryView) -> bool:
    """Tell whether no text but the content holds what is looked for, which nearly none does.

    Asked of all texts at once it takes a tenth of the time.
    """
    entry = view.entry
    media = entry.media if entry.picture is None else (*entry.media, entry.picture.media)
    told = (*view.related, *view.earlier)
    texts = (
        *(entry.title, entry.summary, *entry.authors, *entry.categories),
        *(view.source_title, *view.source_categories),
        *(text for related, title in told for text in (title, related.title)),
        *(entry.topic, entry.rights, view.picture_source_title),
        *(text for each in media for text in (each.type, each.alt, each.credit)),
    )
    joined = "".join(texts)
    return (
        "<" not in joined
        and "&" not in joined
        and _carriable(joined) == joined
        and (not entry.link or _is_safe_link(entry.link))
        and all(_is_safe_link(related.link) for related, _ in told)
        and all(_is_safe_link(each.url) for each in media)
    )


def _with(view: EntryView, content_html: str) -> EntryView:
    """Return an entry with this content: itself, where it has it already."""
    if view.entry.content_html == content_html:
        return view
    return replace(view, entry=replace(view.entry, content_html=content_html))


def _each(texts: tuple[str, ...], change: Callable[[str], str]) -> tuple[str, ...]:
    return tuple(change(text) for text in texts)


def _is_safe_link(link: str) -> bool:
    return urls.is_web(link) and _carriable(link) == link
