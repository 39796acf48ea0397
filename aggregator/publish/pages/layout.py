"""The frame round every page: the site's name, the ways through it, and what a page says of itself.

Knows the templates and nothing of feeds or entries. Whatever it is handed is escaped; what is
markup already comes as blocks of bytes, which stand where a template has a ``BLOCK``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from markupsafe import Markup

from aggregator.models import Frame
from aggregator.publish import formats
from aggregator.publish.pages import days
from aggregator.publish.view import local_time
from aggregator.templates import templates_of

MEDIA_TYPE = "text/html"
# Where bytes that are rendered already come in a page: a template would decode, copy and encode all
# of them (2 ms of 200 stories). No text can hold it, as every text is escaped.
BLOCK = Markup("<!--\N{WHITE SQUARE}-->")
# Stands in a story in the place of a time of which nothing is shown under the heading of its day.
DAY_ALONE = Markup("<!--\N{WHITE CIRCLE}-->")

_templates = templates_of("aggregator.publish.pages")
_templates.globals.update(
    block=BLOCK,
    counted=days.counted,
    day_alone=DAY_ALONE,
    number=days.number,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternate:
    """Where the same is in a format that readers subscribe to; ``title`` tells which format."""

    media_type: str
    title: str
    href: str


def alternates(title: str, path: str) -> tuple[Alternate, ...]:
    """Return where a feed is to be had in each format, the preferred one first.

    ``path`` leads from the page to the feed's files, without their suffix.
    """
    return tuple(
        Alternate(
            media_type=each.media_type,
            title=f"{title} ({each.label})",
            href=f"{path}.{each.suffix}",
        )
        for each in formats.preferred_first()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a page says of itself, outside of its own text.

    ``address`` is where it is published, in full, and ``picture`` the address of a picture that
    stands for it; both may be empty. ``root`` leads from its folder to the published folder: empty,
    or ``../``. ``lists`` is the page whose lists of topics, feeds and sources it leads to; empty
    where it has them itself. ``part`` is the part of the site that it is in, as ``layout.jinja``
    names them. ``is_front`` says that its heading is the site's name. ``updated`` is the time of
    the last change that it shows, ``None`` where it shows none. ``today`` is the site's day, of a
    page that is rendered when it is asked for.
    """

    title: str
    description: str = ""
    address: str = ""
    picture: str = ""
    root: str = ""
    lists: str = ""
    part: str = ""
    is_front: bool = False
    updated: datetime | None = None
    today: date | None = None
    alternates: tuple[Alternate, ...] = ()


def render(
    template: str, frame: Frame, page: Page, blocks: Sequence[bytes] = (), **values: object
) -> bytes:
    """Render a page by a template that extends ``layout.jinja``; ``values`` are the template's own.

    The template has a ``block`` for each of the blocks, in their order.
    """
    shown = {"masthead": "", "clock": "", "updated": ""}
    if page.updated is not None:
        local = local_time(frame.timezone, page.updated)
        shown = {
            "masthead": days.masthead(local.date(), frame.timezone),
            "clock": days.clock(page.updated, frame.timezone),
            "updated": local.isoformat(timespec="minutes"),
        }
    elif page.today is not None:
        shown["masthead"] = days.masthead(page.today, frame.timezone)
    known = {"formats": formats.FORMATS, "preferred": formats.PREFERRED}
    names = {"frame": frame, "page": page, **known, **shown, **values}
    text = _templates.get_template(f"{template}.jinja").render(names)
    between = text.encode().split(BLOCK.encode())
    parts = [between[0]]
    for block, after in zip(blocks, between[1:], strict=True):
        parts += (block, after)
    return b"".join(parts)


def macro(template: str, name: str, **values: object) -> Markup:
    """Render a part of a page by a macro, which takes half the time of a template of its own.

    What it is handed is escaped.
    """
    module = _templates.get_template(f"{template}.jinja").module
    rendered: Markup = getattr(module, name)(**values)
    return rendered
