"""A reader that follows a feed's archive documents (RFC 5005 §4.2): the specification of ours.

It reads the subscription document, then goes from ``prev-archive`` to ``prev-archive``, or in JSON
Feed 1.1 from ``next_url`` to ``next_url``. Of several entries with one id the first that it meets
counts, as what is nearer to the present is newer. A document that it has read once is never asked
for again, and ends the way: behind it stands what it has. Only a way that was gone to its end is
remembered.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from lxml import etree

ATOM = "{http://www.w3.org/2005/Atom}"
HISTORY = "{http://purl.org/syndication/history/1.0}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowedDocument:
    """What a follower reads of a document: its entries by id, and where it leads.

    JSON Feed has no mark of an archive, so none of its documents is one here.
    """

    entries: dict[str, bytes]
    links: dict[str, str]
    is_archive: bool

    @classmethod
    def of(cls, body: bytes) -> FollowedDocument:
        """Read a document."""
        if body.startswith(b"{"):
            return cls._of_json(body)
        root = etree.fromstring(body)
        head = root if root.tag == f"{ATOM}feed" else root[0]
        entries = {}
        for entry in (*head.findall(f"{ATOM}entry"), *head.findall("item")):
            name = entry.findtext(f"{ATOM}id") or entry.findtext("guid")
            entries[str(name)] = etree.tostring(entry, encoding="UTF-8")
        return cls(
            entries=entries,
            links={
                str(link.get("rel")): str(link.get("href")) for link in head.findall(f"{ATOM}link")
            },
            is_archive=head.find(f"{HISTORY}archive") is not None,
        )

    @classmethod
    def _of_json(cls, body: bytes) -> FollowedDocument:
        feed = json.loads(body)
        older = {"prev-archive": feed["next_url"]} if "next_url" in feed else {}
        entries = {item["id"]: json.dumps(item).encode() for item in feed["items"]}
        return cls(entries=entries, links=older, is_archive=False)


@dataclass
class Follower:
    """A reader of one feed, over ``get``, which returns the bytes at an address.

    ``entries`` are all that it has, by id; ``order`` are their ids as it was given them.
    """

    address: str
    get: Callable[[str], bytes]
    entries: dict[str, bytes] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    known: set[str] = field(default_factory=set)

    def reading(self) -> Iterator[str]:
        """Read all that is new, and yield the address of each document once it was had."""
        document = FollowedDocument.of(self.get(self.address))
        yield self.address
        read = [document]
        way: list[str] = []
        while (address := document.links.get("prev-archive")) and address not in self.known:
            document = FollowedDocument.of(self.get(address))
            way.append(address)
            yield address
            read.append(document)
        for document in reversed(read):
            for name, entry in document.entries.items():
                if name not in self.entries:
                    self.order.append(name)
                self.entries[name] = entry
        self.known.update(way)

    def read(self) -> list[str]:
        """Read all that is new; return the addresses of the documents that were asked for."""
        return list(self.reading())
