"""The lines of safe markup: what each says, and the markup without some of them.

Only texts are taken away, and elements that are empty then; whatever else the markup holds stays.
Refuses to know which lines are to go.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass
from html import escape, unescape

from aggregator import markup

# Elements that show nothing once their text is gone; a cell of a table keeps its place.
_EMPTY = re.compile(
    r"<(a|abbr|b|blockquote|cite|dd|div|dl|dt|em|figcaption|h[1-6]|i|li|mark|ol|p|s|small|span|strong|"
    r"sub|sup|u|ul)(?:\s[^<>]*)?>(?:\s|<br>|<hr>)*</\1>"
)
# Each round takes one level away; the deepest block of other stories' headlines has nine.
_MOST_ROUNDS = 30
_LAST_BREAKS = re.compile(r"(?:\s{0,20}<br>){1,20}\s{0,20}(?=</(?:p|div|li|blockquote)>|\Z)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a text: its words, and the index of its block in the markup."""

    text: str
    block: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """The links of a block: whether all its words are links, and the text of one at its end."""

    is_whole: bool = False
    last: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """How many characters of a line go at its beginning and at its end; spaces do not count."""

    beginning: int = 0
    end: int = 0

    @classmethod
    def whole(cls, line: Line) -> Cut:
        """Return the cut that leaves nothing of a line."""
        return cls(beginning=len(line.text))

    def left_of(self, text: str) -> str:
        """Return what the cut leaves of a text."""
        text, _ = _without_first(text, self.beginning)
        reverse, _ = _without_first(text[::-1], self.end)
        return reverse[::-1].strip()


def lines_of(html: str) -> list[Line]:
    """Return the lines of safe markup that say something, as ``markup.text_of`` has them."""
    texts = [" ".join(markup.text_of(piece).split()) for piece, _ in markup.blocks(html)]
    return [Line(text=text, block=block) for block, text in enumerate(texts) if text]


def links_of(html: str) -> list[Links]:
    """Return the links of each block of safe markup."""
    links: list[Links] = []
    is_in_link = False
    for piece, _ in markup.blocks(html):
        in_block = Links()
        if is_in_link or "<a" in piece:
            in_block, is_in_link = _links_in(piece, is_in_link)
        links.append(in_block)
    return links


def _links_in(piece: str, is_in_link: bool) -> tuple[Links, bool]:
    """Return the links of one block, and whether one is open behind it."""
    is_outside, link, is_last = False, "", False
    for token in markup.tokens(piece):
        if token.startswith("<"):
            is_in_link, link = _after_tag(token, is_in_link, link)
        elif token.strip():
            is_last = is_in_link
            link = link + token if is_in_link else ""
            is_outside = is_outside or not is_in_link
    last = " ".join(unescape(link).split()) if is_last else ""
    return Links(is_whole=not is_outside, last=last), is_in_link


def _after_tag(tag: str, is_in_link: bool, link: str) -> tuple[bool, str]:
    """Return whether a link is open behind a tag, and its text so far."""
    if tag.startswith(("<a ", "<a>")):
        return True, ""
    return is_in_link and not tag.startswith("</a"), link


def without(html: str, cuts: Mapping[int, Cut], pictures: Set[int]) -> str:
    """Return safe markup without what is cut from its blocks, and without linked ``pictures``.

    Both name blocks by their index.
    """
    blocks = markup.blocks(html)
    pieces = [piece + end for piece, end in blocks]
    is_in_link = False
    for block in sorted(cuts.keys() | pictures):
        piece, end = blocks[block]
        kept = _trimmed(piece, cuts[block]) if block in cuts else piece
        if block in pictures:
            kept, is_in_link = _without_linked_pictures(kept, is_in_link)
        is_empty_break = block in cuts and not end.startswith("</") and not kept.strip()
        pieces[block] = kept if is_empty_break else kept + end
    first = min(cuts)
    while first and pieces[first - 1].endswith("<br>"):
        first -= 1
    return f"{''.join(pieces[:first])}{_without_empty(''.join(pieces[first:]))}".strip()


def _without_empty(html: str) -> str:
    """Return markup without elements that hold nothing, and without breaks at a block's end."""
    html = _LAST_BREAKS.sub("", html)
    for _ in range(_MOST_ROUNDS):
        html, count = _EMPTY.subn("", html)
        if not count:
            break
    return html


def _trimmed(piece: str, cut: Cut) -> str:
    """Return a block without the characters that are cut from its text."""
    tokens = markup.tokens(piece)
    left = cut.beginning
    for index, token in enumerate(tokens):
        if left and not token.startswith("<"):
            text, left = _without_first(unescape(token), left)
            tokens[index] = escape(text, quote=False)
    left = cut.end
    for index in range(len(tokens) - 1, -1, -1):
        if left and not tokens[index].startswith("<"):
            reverse, left = _without_first(unescape(tokens[index])[::-1], left)
            tokens[index] = escape(reverse[::-1], quote=False)
    return "".join(tokens)


def _without_first(text: str, count: int) -> tuple[str, int]:
    """Return a text without its first ``count`` characters, and how many more are to go."""
    index = 0
    while index < len(text) and (count or text[index].isspace()):
        count -= 0 if text[index].isspace() else 1
        index += 1
    return text[index:], count


def _without_linked_pictures(piece: str, is_in_link: bool) -> tuple[str, bool]:
    kept = []
    for token in markup.tokens(piece):
        if token.startswith(("<a ", "<a>")):
            is_in_link = True
        elif token.startswith("</a"):
            is_in_link = False
        if not (is_in_link and token.startswith("<img")):
            kept.append(token)
    return "".join(kept), is_in_link
