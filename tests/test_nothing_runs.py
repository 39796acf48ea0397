"""Nothing that a source sends runs in a reader, whatever field of whatever format it stands in.

Every kind of markup that runs is put into every field, read back out of what is published, and
handed to Chromium as HTML: once, and resolved once and twice more than a reader should. Texts must
have no element at all, content none that could run.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from html import escape, unescape
from pathlib import Path
from urllib.parse import urlsplit

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree, html

from aggregator import clean_markup, markup
from aggregator.bengali.text import display
from aggregator.models import DateHow, Entry, FeedSpec, FeedView, Related, Site, Source
from aggregator.publish import folder
from aggregator.publish.inert import inert
from tests.support import chromium
from tests.support.configurations import Make, source
from tests.support.loopback import Loopback, Page
from tests.support.passes import NOW, one_pass
from tests.support.payloads import CONTROLS, KINDS, payload
from tests.support.texts import BODY

SITE = Site(
    title="বাংলা সংবাদ",
    url="https://khobor.example/",
    language="bn",
    timezone="Asia/Dhaka",
    output=Path("feeds"),
    listen_host="127.0.0.1",
    listen_port=8000,
)
SPEC = FeedSpec(
    name="all", title="সব", description="সব খবর", sources=("*",), limit=1000, languages=("*",)
)
# Readers resolve a text's references once more than they should, or twice.
RESOLVED_TOO_OFTEN = 2
LEAST_KINDS = 44


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


def entry_of(number: int, text: str) -> Entry:
    """Return an entry as an older version could have stored it: the text in every field."""
    related = (
        Related(link="https://b.example/1", source=f"s{number}", is_same_text=True),
        Related(link="javascript:top.ran`related`", source=f"s{number}", is_same_text=False),
    )
    return Entry(
        id=f"https://a.example/{number}",
        source=f"s{number}",
        link=f"https://a.example/{number}" if number % 2 else f"javascript:top.ran`{number}`",
        title=text,
        summary=text,
        content_html=text if number % 3 else "",
        authors=(text,),
        categories=(text,),
        language="bn",
        published=NOW,
        updated=NOW,
        date_how=DateHow.STATED,
        related=related,
    )


def published(texts: Iterable[str], *, is_whole: bool = False) -> Carried:
    """Publish each text in every field of an entry, and read everything back.

    Where it is whole, each text is also what a feed and the site are called.
    """
    carried = Carried()
    texts = list(texts)
    entries = tuple(entry_of(number, text) for number, text in enumerate(texts))
    sources = {
        f"s{number}": Source(
            name=f"s{number}", title=text, feed="https://a.example/rss", categories=(text,)
        )
        for number, text in enumerate(texts)
    }
    view = FeedView(spec=SPEC, site=SITE, entries=entries, sources=sources, updated=NOW)
    views = [view]
    # The configuration takes no text that cannot be printed. A page costs Chromium 50 ms.
    for text in list(filter(str.isprintable, texts))[:: 1 if is_whole else 8]:
        spec, site = replace(SPEC, title=text, description=text), replace(SITE, title=text)
        views.append(replace(view, spec=spec, site=site, entries=()))
    for shown in views:
        lists = folder.list_documents(shown.site, [shown.spec], modified=NOW)
        for document in (*folder.feed_documents(shown), *lists):
            carried.add(document.name, document.body)
    return carried


def test_nothing_runs_that_an_older_version_stored(tmp_path: Path) -> None:
    """Whatever a stored entry, a source or the configuration says, a reader finds only text."""
    assert len(KINDS) >= LEAST_KINDS
    published(payload(kind, kind) for kind in KINDS).check(tmp_path)


@pytest.mark.attack
def test_nothing_runs_in_what_a_feed_is_called(tmp_path: Path) -> None:
    """The same with each kind as the name of a feed and of the site, which a person writes."""
    published((payload(kind, kind) for kind in KINDS), is_whole=True).check(tmp_path)


def feed_of(form: str, kinds: Iterable[str], times_escaped: int) -> bytes:
    """Return a feed of a form with an entry a kind, which stands in every field of it."""
    parts = []
    for number, kind in enumerate(kinds):
        sent = "".join(
            character
            for character in payload(kind, f"{form}-{kind}", times_escaped=times_escaped)
            if character >= " " and not "\ud800" <= character <= "\udfff"
        ).replace("\uffff", "")
        words = f"নদীর {number} নম্বর ঘাট"
        text, long = escape(f"{words} {sent}"), escape(f"{sent} {words} {BODY[number % 3]} {sent}")
        address = f"https://a.example/{form}/{number}"
        if form == "rss":
            parts.append(
                f"<item><title>{text}</title><link>{address}</link><guid>{escape(sent)}</guid>"
                f"<author>{text}</author><category>{text}</category>"
                f"<description>{long}</description></item>"
            )
        else:
            parts.append(
                f"<entry><title type='{form}'>{text}</title><link href='{address}'/>"
                f"<id>{address}</id><author><name>{text}</name></author><category term='{text}'/>"
                f"<summary type='{form}'>{text}</summary>"
                f"<content type='html'>{long}</content></entry>"
            )
    if form == "rss":
        return f"<rss version='2.0'><channel>{''.join(parts)}</channel></rss>".encode()
    return f"<feed xmlns='http://www.w3.org/2005/Atom'>{''.join(parts)}</feed>".encode()


def check_ingested(
    web: Loopback, make_config: Make, tmp_path: Path, forms: Iterable[str], escapes: Iterable[int]
) -> None:
    """Send every kind in feeds of these forms, escaped so often, and check what is published."""
    text = '[[feed]]\nname = "all"\ntitle = "সব"\nlanguages = ["*"]\nlimit = 1000\n'
    for form in forms:
        for times in escapes:
            path = f"/{form}{times}"
            web.pages[path] = Page(feed_of(form, KINDS, times))
            text += source(f"{form}-{times}", f"{web.url}{path}") + "backlog = 1000\n"
    config = make_config(text)
    report = one_pass(config)
    assert not [source.error for source in report.sources if source.error]
    carried = Carried()
    for file in config.site.output.iterdir():
        carried.add(file.name, file.read_bytes())
    assert len(carried.contents) > len(KINDS) / 2
    carried.check(tmp_path)


def test_nothing_runs_that_a_feed_sends(web: Loopback, make_config: Make, tmp_path: Path) -> None:
    """What an RSS feed sends in its fields, from fetching to publishing."""
    check_ingested(web, make_config, tmp_path, ("rss",), (0,))


@pytest.mark.attack
def test_nothing_runs_in_any_form_and_escape(
    web: Loopback, make_config: Make, tmp_path: Path
) -> None:
    """The same of RSS and both kinds of Atom's texts, escaped up to three times too often."""
    check_ingested(web, make_config, tmp_path, ("rss", "html", "text"), (0, 1, 2, 3))


@pytest.mark.attack
def test_nothing_runs_of_any_two_kinds(tmp_path: Path) -> None:
    """Each kind before and within each eighth other one, as if an older version had stored it."""
    kinds = list(KINDS)
    pairs = [(first, second) for at, first in enumerate(kinds) for second in kinds[at % 8 :: 8]]
    texts = [payload(first, first) + payload(second, second) for first, second in pairs]
    texts += [payload(a, a).replace("<", f"<{payload(b, b)}", 1) for a, b in pairs[::2]]
    carried = Carried()
    for begins in range(0, len(texts), 200):
        part = published(texts[begins : begins + 200])
        carried.texts |= part.texts
        carried.contents |= part.contents
    carried.check(tmp_path)


PIECES = st.lists(
    st.sampled_from(
        [
            *(
                "<",
                ">",
                "&",
                "&lt;",
                "&#60",
                "&#x3c;",
                "amp;",
                "lt;",
                "#38;",
                "/",
                "!",
                "?",
                " ",
                "=",
            ),
            *("img src=x", "onerror=a()", "script", '"', "'", "নদী", "<b>", "<a ", "<!--", "-->"),
            *("]]>", "href =", "javascript:", "java\u200bscript:", "&colon;", "title="),
            *("\u0338", "\u200b", "\u2060", "\0"),
        ]
    ),
    max_size=14,
)


@given(PIECES)
def test_an_inert_text_is_one_text_to_every_reader(pieces: list[str]) -> None:
    """As text, as HTML, and resolved however often, it reads the same and has no element."""
    text = inert("".join(pieces))
    assert unescape(text) == inert(text) == text
    fragment = html.fromstring(f"<div>{text}</div>")
    assert len(fragment) == 0
    assert (fragment.text or "") == text
    assert text.replace("\u2060", "") == "".join(pieces).replace("\u2060", "").replace("\0", "")


@given(PIECES)
def test_clean_markup_stays_clean_when_its_text_is_made_display_text(pieces: list[str]) -> None:
    """Markup is checked after every change, and what is clean is never changed by the check."""
    safe = markup.clean("".join(pieces), "")
    assert clean_markup.ensured(safe) == safe
    shown = clean_markup.ensured(display(safe))
    assert clean_markup.ensured(shown) == shown == markup.clean(shown, "")
