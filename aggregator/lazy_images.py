"""Images that a page loads late, with their real address in ``src``, where a feed reader looks.

A page's script moves the address there from another attribute, and ``noscript`` holds the same
image for those without scripts, as readers are. Knows how pages write that, and refuses to
sanitise: the markup is as unsafe afterwards as before.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

# No pattern here looks further than the next < or a bound, as in ``markup``.
_TAG = re.compile(r"<(/?)(img|source|picture|noscript)(?=[\s/>])[^<>]*>", re.IGNORECASE)
_ANY_TAG = re.compile("<[^<>]*>")
_ATTRIBUTE = re.compile(
    r"""([a-z][a-z0-9-]{0,40})\s{0,9}=\s{0,9}(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE
)
# Where the scripts in use keep an address (lazysizes, vanilla-lazyload, jQuery's lazyload, WP
# Rocket, Jetpack, Zhihu, echo.js), in the order in which they are believed.
_LATE = ("data-src", "data-lazy-src", "data-original", "data-lazy", "data-actualsrc", "data-echo")
_LATE_SETS = ("data-srcset", "data-lazy-srcset")
_ADDRESS = re.compile(r"(?:https?:)?[^\s:{}./]*[./][^\r\n\t{}]*", re.IGNORECASE)
_BETWEEN_CANDIDATES = re.compile(r",\s+|,(?=https?:|//)")
_PIXEL = frozenset({"0", "1", "0px", "1px"})


def with_real_addresses(markup: str) -> str:
    """Return markup in which each image has its real address, and no twin in ``noscript``."""
    if "data-" not in markup and "srcset" not in markup and "noscript" not in markup:
        return markup
    images = _Images(markup)
    for tag in _TAG.finditer(markup):
        images.read(tag)
    return images.written()


@dataclass(slots=True)
class _Image:
    """An image: its place among the pieces, where it ends, and what is known of its address."""

    place: int
    end: int
    has_address: bool
    is_late: bool


class _Images:
    """Reads markup from tag to tag and writes it anew, piece by piece."""

    def __init__(self, markup: str) -> None:
        self._markup = markup
        self._pieces: list[str] = []
        self._end = 0  # of what is written
        self._before: _Image | None = None  # the last image, whose twin may follow
        self._is_noscript = False
        self._source = ""  # the address of the picture around

    def read(self, tag: re.Match[str]) -> None:
        """Write what stands before a tag, then the tag as it is meant."""
        self._pieces.append(self._markup[self._end : tag.start()])
        self._end = tag.end()
        is_end, name = bool(tag.group(1)), tag.group(2).lower()
        piece = tag.group()
        if name == "noscript":
            self._is_noscript, piece = not is_end, ""
        elif name == "picture":
            self._source = ""
        elif name == "source":
            attributes = _attributes(piece)
            self._source = self._source or _of_sets(attributes, ("srcset", *_LATE_SETS))
        elif not is_end:
            piece = self._image(tag)
        self._pieces.append(piece)

    def written(self) -> str:
        """Return the whole markup."""
        return "".join((*self._pieces, self._markup[self._end :]))

    def _image(self, tag: re.Match[str]) -> str:
        """Return the tag of an image with its real address, empty where it is a twin."""
        attributes = _attributes(tag.group())
        if self._is_noscript and _PIXEL & {attributes.get("width"), attributes.get("height")}:
            return ""  # counts readers
        address, is_late = _real_address(attributes)
        address = address or self._source
        is_elsewhere = address not in ("", attributes.get("src"))
        piece = _with_address(tag.group(), address) if is_elsewhere else tag.group()
        image = _Image(len(self._pieces), tag.end(), bool(address), is_late)
        before, self._before = self._before, image
        if before is None or not self._is_twin(before, tag.start()):
            return piece
        late, plain = (before, image) if self._is_noscript else (image, before)
        if not late.is_late or not plain.has_address:
            return piece
        dropped = plain if late.has_address else late
        if dropped is image:
            self._before = before
            return ""
        self._pieces[dropped.place] = ""
        return piece

    def _is_twin(self, before: _Image, start: int) -> bool:
        """Tell whether nothing but tags, one of them noscript's, stands between two images."""
        between = self._markup[before.end : start]
        return "noscript" in between.lower() and not _ANY_TAG.sub("", between).strip()


def largest_of_set(candidates: str) -> str:
    """Return the address of the largest image of a set (HTML, srcset); empty where it names none.

    >>> largest_of_set("/b.jpg 300w, /a.jpg 900w")
    '/a.jpg'
    """
    parts_of = map(str.split, _BETWEEN_CANDIDATES.split(candidates))
    sized = [(_size(parts), parts[0].rstrip(",")) for parts in parts_of if parts]
    sized = [(size, address) for size, address in sized if _is_address(address)]
    return max(sized, key=lambda candidate: candidate[0])[1] if sized else ""


def real_address(attributes: Mapping[str, str]) -> str:
    """Return the address of an image of which these are the attributes; empty for none."""
    return _real_address(attributes)[0]


def _attributes(tag: str) -> dict[str, str]:
    """Return the attributes of a tag, of two with one name the first, as HTML has it."""
    attributes: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTE.findall(tag):
        attributes.setdefault(name.lower(), (double or single or bare).strip())
    return attributes


def _real_address(attributes: Mapping[str, str]) -> tuple[str, bool]:
    """Return an image's address, empty where it has none, and whether it is loaded late."""
    late = next((value for value in map(attributes.get, _LATE) if _is_address(value)), None)
    late = late or _of_sets(attributes, _LATE_SETS)
    if late:
        return late, True
    plain = attributes.get("src", "")
    if _is_address(plain):
        return ("", True) if "lazy" in attributes.get("class", "").lower() else (plain, False)
    return _of_sets(attributes, ("srcset",)), True


def _is_address(value: str | None) -> bool:
    return bool(value) and _ADDRESS.fullmatch(value or "") is not None


def _of_sets(attributes: Mapping[str, str], names: tuple[str, ...]) -> str:
    """Return the address of the largest image of the first set that names one."""
    addresses = (largest_of_set(attributes.get(name, "")) for name in names)
    return next(filter(None, addresses), "")


def _size(candidate: list[str]) -> float:
    """Return the width or density of a candidate of a set (HTML, srcset); 1 where it says none."""
    try:
        return float(candidate[1].rstrip("wx,"))
    except (IndexError, ValueError):
        return 1.0


def _with_address(tag: str, address: str) -> str:
    """Return the tag with an address before all its attributes: of two ``src`` the first counts."""
    quoted = address.replace('"', "&quot;")
    return f'<img src="{quoted}" {tag[len("<img") :].lstrip()}'
