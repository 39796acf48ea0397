"""What published files carry, read back as their formats say and as feed readers do."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import feedparser
from lxml import etree

from tests.support import chromium
from tests.support.payloads import CONTROLS, payload

# Readers resolve a text's references once more than they should, or twice.
RESOLVED_TOO_OFTEN = 2


@dataclass
class Carried:
    """What published files carry: texts, content, whole pages, and addresses."""

    texts: set[str] = field(default_factory=set)
    contents: set[str] = field(default_factory=set)
    pages: set[str] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)

    def add(self, name: str, body: bytes) -> None:
        """Read a file back, as its own format and as feed readers do."""
        suffix = name.rpartition(".")[2]
        if suffix in ("css", "svg"):  # the program's own, without a word of anybody else's
            return
        if suffix == "html":
            self.pages.add(body.decode())
        elif suffix == "json":
            self._add_json(json.loads(body), "")
        else:
            self._add_xml(etree.fromstring(body))
        if suffix in ("rss", "atom"):
            self._add_read(body)

    def _add_json(self, value: object, name: str) -> None:
        if isinstance(value, dict):
            for inner_name, inner in value.items():
                self._add_json(inner, inner_name)
        elif isinstance(value, list):
            for inner in value:
                self._add_json(inner, name)
        elif name.endswith("url"):
            self.addresses.add(str(value))
        else:
            (self.contents if name == "content_html" else self.texts).add(str(value))

    def _add_xml(self, root: etree._Element) -> None:
        for element in root.iter(etree.Element):
            name = etree.QName(element).localname
            parent = element.getparent()
            is_of_item = parent is not None and etree.QName(parent).localname == "item"
            is_content = name in ("encoded", "content") or (name == "description" and is_of_item)
            if name == "link" and element.text:
                self.addresses.add(element.text)
            elif element.text and element.text.strip():
                (self.contents if is_content else self.texts).add(element.text)
            for attribute, value in element.items():
                is_address = attribute in ("href", "url", "xmlUrl", "htmlUrl")
                (self.addresses if is_address else self.texts).add(str(value))

    def _add_read(self, body: bytes) -> None:
        read = feedparser.parse(body, sanitize_html=False)
        self.texts |= {read.feed.title, read.feed.subtitle} if "subtitle" in read.feed else set()
        for entry in read.entries:
            self.texts |= {entry.title, entry.author, *(author.name for author in entry.authors)}
            self.texts |= {tag.term for tag in entry.get("tags", [])}
            self.contents |= {content.value for content in entry.get("content", [])}
            self.texts.add(entry.get("source", {}).get("title", ""))
            self.texts.add(entry.get("rights", ""))
            self.addresses |= {link.get("href", "") for link in entry.get("links", [])}
            self.addresses |= {media.get("url", "") for media in entry.get("media_content", [])}

    def check(self, tmp_path: Path) -> None:
        """Put everything into Chromium, beside controls that do run."""
        texts = {
            resolved(text, times) for text in self.texts for times in range(RESOLVED_TOO_OFTEN + 1)
        }
        controls = [payload(kind, f"control-{kind}") for kind in CONTROLS]
        live = '<a href="javascript:a()">'
        seen = chromium.show(
            tmp_path,
            texts=[*sorted(texts), "<b>"],
            contents=[*sorted(self.contents), live],
            documents=sorted(self.pages),
            controls=controls,
        )
        assert seen.texts_with_elements == ("<b>",)
        assert seen.live_contents == (live,)
        assert seen.marks == {f"control-{kind}" for kind in CONTROLS}
        assert {urlsplit(address).scheme for address in self.addresses} <= {"http", "https", ""}


def resolved(text: str, times: int) -> str:
    """Return a text with its references resolved so often."""
    for _ in range(times):
        text = unescape(text)
    return text
