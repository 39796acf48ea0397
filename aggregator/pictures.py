"""Pictures: which addresses are one picture in several sizes, and which pictures a text shows.

Knows how sites and image services write a size into an address. Refuses to ask a network.
"""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urlsplit

from aggregator.models import Media, MediaRole
from aggregator.urls import canonical

# Parameters that choose the size of a picture and never which one it is, as imgix, Quintype,
# WordPress's Photon and Cloudinary call them.
_SIZING = re.compile(
    "w|h|width|height|size|resize|fit|crop|rect|quality|q|auto|format|fm|dpr|ssl|strip|zoom",
    re.IGNORECASE,
)
# WordPress's names of smaller copies: bridge-300x200.jpg beside bridge.jpg.
_SIZED_NAME = re.compile(r"-([0-9]{2,4})x([0-9]{2,4})(?=\.[A-Za-z]{3,4}$)")
_WIDTH = re.compile("(?:^|&)(?:w|width)=([0-9]{1,5})(?:&|$)", re.IGNORECASE)
_IMAGE = re.compile("<img [^<>]*>")
_ATTRIBUTE = re.compile(r' (src|alt|width|height)="([^"]*)"')
_NUMBER = re.compile("([0-9]{1,5})(?:px)?")


def picture_key(url: str) -> str:
    """Return what the addresses of one picture in several sizes share, and of two never do.

    >>> picture_key("https://k.example/a-300x200.jpg?w=280") == picture_key("http://k.example/a.jpg")
    True
    >>> picture_key("https://k.example/image?id=1") == picture_key("https://k.example/image?id=2")
    False
    """
    address, _, query = canonical(url).partition("?")
    kept = (part for part in query.split("&") if not _SIZING.fullmatch(part.partition("=")[0]))
    return f"{_SIZED_NAME.sub('', address)}?{'&'.join(kept)}"


def stated_width(url: str) -> int | None:
    """Return the width that an address asks for, ``None`` where it asks for none.

    >>> stated_width("https://k.example/a-300x200.jpg"), stated_width("https://k.example/a.jpg?w=9")
    (300, 9)
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    found = _SIZED_NAME.search(parts.path) or _WIDTH.search(parts.query)
    return int(found[1]) if found else None


def pictures_in(clean_markup: str) -> list[Media]:
    """Return the pictures that safe markup shows, in order."""
    shown = []
    for tag in _IMAGE.finditer(clean_markup) if "<img " in clean_markup else ():
        said = {name: unescape(value) for name, value in _ATTRIBUTE.findall(tag.group())}
        if url := said.get("src", ""):
            width, height = (_NUMBER.fullmatch(said.get(name, "")) for name in ("width", "height"))
            shown.append(
                Media(
                    url=url,
                    role=MediaRole.PICTURE,
                    width=int(width[1]) if width else None,
                    height=int(height[1]) if height else None,
                    alt=said.get("alt", ""),
                )
            )
    return shown
