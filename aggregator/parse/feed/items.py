"""A feed's items as they stand in its bytes, so that one that is known need not be read again.

An item is found by its tags alone, where nothing in the document could make them mean something
else; ``strict`` then sees by the tree whether each is one. Refuses to know what an item says.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from hashlib import sha256

# Of a hash, as of a digest: no two items of a source ever share so much by chance.
_HASH_BYTES = 16
_CDATA, _CDATA_END = b"<![CDATA[", b"]]>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """The items of a document, in its order: the hash of each, and where its bytes stand.

    ``body`` is the whole document, and ``tag`` opens an item of it (``<item``).
    """

    body: bytes
    tag: bytes
    spans: tuple[tuple[int, int], ...]
    hashes: tuple[bytes, ...]

    @classmethod
    def of(cls, body: bytes) -> Items | None:
        """Find the items of a feed in UTF-8; ``None`` where tags may not be what they seem.

        Between two items there is only white space, and none has a comment or another item in it.
        """
        tag = b"<item" if b"<item" in body else b"<entry"
        end_tag = b"</%s>" % tag[1:]
        spans: list[tuple[int, int]] = []
        start, last_end = body.find(tag), 0
        while start >= 0:
            end = body.find(end_tag, start) + len(end_tag)
            is_apart = start == last_end or not spans or body[last_end:start].isspace()
            if end < start or not is_apart or not _is_plain(body, tag, start, end):
                return None
            spans.append((start, end))
            start, last_end = body.find(tag, end), end
        if not spans:
            return None
        hashes = tuple(sha256(body[start:end]).digest()[:_HASH_BYTES] for start, end in spans)
        return cls(body=body, tag=tag, spans=tuple(spans), hashes=hashes)

    def without(self, known: Set[bytes]) -> bytes:
        """Return the document with each known item as an empty element in its place."""
        if known.isdisjoint(self.hashes):
            return self.body
        pieces: list[bytes] = []
        last_end = 0
        for item, (start, end) in zip(self.hashes, self.spans, strict=True):
            if item in known:
                pieces += (self.body[last_end:start], self.tag, b"/>")
                last_end = end
        return b"".join((*pieces, self.body[last_end:]))


def _is_plain(body: bytes, tag: bytes, start: int, end: int) -> bool:
    """Tell whether a span of a well-formed document is one element: from a tag to its own end tag.

    It is where the name of the tag ends, no second one follows, and every ``<!`` opens CDATA that
    ends within the span; ``<`` stands for itself in nothing else but comments and instructions.
    """
    behind = body[start + len(tag) : start + len(tag) + 1]
    if not (behind == b">" or behind.isspace()):
        return False
    if body.find(tag, start + 1, end) >= 0 or body.find(b"<?", start, end) >= 0:
        return False
    sign = body.find(b"<!", start, end)
    while sign >= 0:
        closed = body.find(_CDATA_END, sign, end) if body.startswith(_CDATA, sign) else -1
        if closed < 0:
            return False
        sign = body.find(b"<!", closed + len(_CDATA_END), end)
    return True
