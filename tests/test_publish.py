"""Published files are valid, safe, and put in place whole or not at all."""

from __future__ import annotations

import json
import os
import string
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree, html

from aggregator.bengali.text import display
from aggregator.errors import PublishError
from aggregator.models import DateHow, Entry, FeedDocument, FeedSpec, FeedView, Source
from aggregator.publish import atom, files, formats, jsonfeed, opml, rss
from aggregator.publish.inert import inert
from aggregator.publish.pages.feed_page import PAGE
from tests.support.configurations import SITE
from tests.support.passes import NOW
from tests.support.validity import check_atom, check_json, check_rss

SPEC = FeedSpec(
    name="bangla",
    title="সব খবর & <আরও>",
    description="সব উৎসের খবর",
    sources=("a", "d"),
    limit=10,
    languages=("bn",),
)
SOURCES = {
    "a": Source(name="a", title="এ পত্রিকা", feed="https://a.example/feed", categories=("জাতীয়",)),
    "d": Source(name="d", title="পাতা", dump="dumps/*.txt"),
}
ENTRY = Entry(
    id="https://a.example/1",
    source="a",
    link="https://a.example/1",
    title="নদী & নৌকা: ‘ভরা’ <৫",
    summary="সংক্ষেপ <এখানে> & শেষ।",
    content_html="<p>নদীতে ৫ &lt; ৭ নৌকা।</p>",
    authors=("রহিমা & করিম",),
    categories=("নদী",),
    language="bn",
    published=datetime(2026, 11, 16, 4, 0, tzinfo=UTC),
    updated=datetime(2026, 11, 16, 5, 0, tzinfo=UTC),
    date_how=DateHow.STATED,
)
BARE = replace(
    ENTRY,
    id="urn:uuid:3a0a39a0-67a7-5704-927e-dff6ca526ba2",
    source="d",
    link="",
    summary="",
    content_html="",
    authors=(),
    categories=(),
)


def view(*entries: Entry) -> FeedView:
    """Return a feed of these entries."""
    updated = max((entry.updated for entry in entries), default=NOW)
    return FeedView(spec=SPEC, site=SITE, entries=entries, sources=SOURCES, updated=updated)


@pytest.mark.parametrize("entries", [(), (ENTRY,), (ENTRY, BARE)])
def test_every_format_is_valid_and_says_the_same(entries: tuple[Entry, ...]) -> None:
    """Empty, full or bare: RSS, Atom and JSON pass every rule and carry the same ids."""
    shown = view(*entries)
    ids = [entry.id for entry in entries]
    assert check_atom(atom.FORMAT.render(shown)) == ids
    assert check_rss(rss.FORMAT.render(shown)) == ids
    assert check_json(jsonfeed.FORMAT.render(shown)) == ids


@pytest.mark.parametrize("render", [rss.FORMAT.render, atom.FORMAT.render])
def test_a_reader_sees_what_was_written(render: Callable[[FeedView], bytes]) -> None:
    """Titles come back to the letter, markup as markup, plain text as plain text."""
    (entry,) = feedparser.parse(render(view(ENTRY))).entries
    assert entry.title == ENTRY.title
    assert entry.content[0].value == "<p>নদীতে ৫ &lt; ৭ নৌকা।</p>"
    assert entry.published_parsed[:5] == (2026, 11, 16, 4, 0)
    assert [tag.term for tag in entry.tags] == ["জাতীয়", "নদী"]
    assert entry.author == "রহিমা & করিম"


@pytest.mark.parametrize(
    "content",
    [
        "<p>সংক্ষেপ &lt;এখানে&gt; &amp; শেষ।</p>",
        "<p>সংক্ষেপ &lt;এখানে&gt;<br>&amp; <b>শেষ।</b></p>",
        "",
    ],
)
def test_what_summary_and_content_both_say_is_said_once(content: str) -> None:
    """Where the content is the summary, with or without markup, each format has one of the two.

    Where there is no content the summary stands for it (RFC 4287 §4.1.1.1).
    """
    shown = view(replace(ENTRY, content_html=content))
    for document in (
        rss.FORMAT.render(shown),
        atom.FORMAT.render(shown),
        jsonfeed.FORMAT.render(shown),
    ):
        assert document.decode().count("শেষ।") == 1
    assert (
        check_rss(rss.FORMAT.render(shown)) == check_atom(atom.FORMAT.render(shown)) == [ENTRY.id]
    )


def test_a_summary_beside_a_longer_content_is_published_too() -> None:
    """A reader that shows one line has the summary, one that shows all has the content."""
    item = etree.fromstring(rss.FORMAT.render(view(ENTRY))).find("channel/item")
    assert item is not None
    assert "সংক্ষেপ" in item.findtext("description", "")
    assert "নৌকা" in item.findtext("{*}encoded", "")


@given(
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=80),
    st.text(string.printable, max_size=40),
)
def test_no_text_of_a_source_breaks_a_feed(shown: str, other: str) -> None:
    """Whatever display text is published, the documents are well-formed and the title is kept."""
    title = " ".join(display(shown).split()) or "শিরোনাম"
    entry = replace(ENTRY, title=title, summary=" ".join(display(other).split()))
    document = etree.fromstring(atom.FORMAT.render(view(entry)))
    found = document.find("{*}entry/{*}title")
    assert found is not None and found.text is not None
    assert (unescape(found.text) if found.get("type") == "html" else found.text) == inert(title)
    assert etree.fromstring(rss.FORMAT.render(view(entry))).findtext("channel/item/title") == inert(
        title
    )


def titles_of(title: str) -> dict[str, str]:
    """Return a title as each format carries it, before anybody takes it for HTML."""
    shown = view(replace(ENTRY, title=title))
    in_atom = etree.fromstring(atom.FORMAT.render(shown)).findtext("{*}entry/{*}title")
    in_rss = etree.fromstring(rss.FORMAT.render(shown)).findtext("channel/item/title")
    in_page = html.fromstring(PAGE.render(shown).decode()).find(".//article//h3/a")
    assert in_atom is not None and in_rss is not None and in_page is not None
    return {
        "atom": in_atom,
        "rss": in_rss,
        "json": json.loads(jsonfeed.FORMAT.render(shown))["items"][0]["title"],
        "page": etree.tostring(in_page, encoding="unicode").partition(">")[2].rpartition("</a>")[0],
    }


@given(
    st.lists(
        st.sampled_from(
            [
                "<",
                ">",
                "/",
                "!",
                "?",
                "b",
                "SCRIPT",
                "img src=x onerror=a()",
                "নদী",
                " ",
                "&",
                "--",
                "৫",
            ]
        ),
        max_size=8,
    )
)
def test_no_title_becomes_an_element_in_a_reader_that_takes_it_for_html(parts: list[str]) -> None:
    """Whatever stands in a title, an HTML parser finds text in it, in every format."""
    title = " ".join("".join(parts).split()) or "শিরোনাম"
    for form, carried in titles_of(title).items():
        fragment = html.fromstring(f"<div>{carried}</div>")
        assert len(fragment) == 0, form
        read = (fragment.text or "").replace("\u2060", "")
        assert read == title or "&" in title, form


@pytest.mark.parametrize(
    "title", ["HTML-এর <b> ট্যাগ", "<head> কী জিনিস", "</p> কোথায়, <!-- টীকা --> কেন", "<?php দিয়ে শুরু"]
)
def test_a_title_that_names_an_element_is_shown_with_it(title: str) -> None:
    """Readers show the words of a title, the signs of markup with them, whatever the format."""
    (in_atom,) = feedparser.parse(atom.FORMAT.render(view(replace(ENTRY, title=title)))).entries
    assert in_atom.title_detail.type == "text/html"
    assert unescape(in_atom.title).replace("\u2060", "") == title
    carried = titles_of(title)
    assert carried["rss"].replace("\u2060", "") == carried["json"].replace("\u2060", "") == title
    assert unescape(carried["page"]) == title


def test_a_title_in_which_nothing_opens_an_element_is_published_as_it_is() -> None:
    """A bare sign of less or an ampersand is text to everybody, so its bytes stay plain."""
    title = "৫ < ৭, R&D <3 <৫"
    carried = titles_of(title)
    assert carried["atom"] == carried["rss"] == carried["json"] == title
    assert b'<title type="html">' not in atom.FORMAT.render(view(replace(ENTRY, title=title)))


@pytest.mark.parametrize(
    "render",
    [*(output.render for output in formats.FORMATS), PAGE.render],
    ids=lambda render: render.__self__.suffix,
)
def test_the_same_input_gives_the_same_bytes(render: Callable[[FeedView], bytes]) -> None:
    """Nothing of the time or the process is in a file."""
    assert render(view(ENTRY, BARE)) == render(view(ENTRY, BARE))


def test_the_page_shows_titles_and_where_to_subscribe() -> None:
    """The page is for people: headline, source, date in Bengali, links to every format."""
    document = html.fromstring(PAGE.render(view(ENTRY, BARE)).decode())
    assert document.get("lang") == "bn"
    assert document.xpath("string(//article//h3)") == ENTRY.title
    assert document.xpath("string(//section[@class='day']/h2)") == "১৬\u00a0নভেম্বর"
    assert document.xpath("string(//article//time)") == "১০:০০"
    suffixes = [output.suffix for output in formats.preferred_first()]
    assert suffixes[:3] == ["atom", "rss", "json"]
    addresses = [f"bangla.{suffix}" for suffix in suffixes]
    assert document.xpath("//link[@rel='alternate']/@href") == addresses


@pytest.mark.parametrize("render", [rss.FORMAT.render, atom.FORMAT.render, jsonfeed.FORMAT.render])
def test_feeds_state_a_time_however_it_is_known(render: Callable[[FeedView], bytes]) -> None:
    """What programs read is the same for a date that was stated and for one that was not."""
    first_seen = replace(ENTRY, date_how=DateHow.FIRST_SEEN)
    assert render(view(first_seen)) == render(view(ENTRY))


def test_the_subscription_list_names_every_feed() -> None:
    """OPML has an outline of each feed."""
    outline = etree.fromstring(opml.render(SITE, [SPEC])).find("body/outline")
    assert outline is not None
    assert outline.get("xmlUrl") == "https://khobor.example/bangla.atom"


def document(body: bytes) -> FeedDocument:
    """Return a file to put in place."""
    return FeedDocument(name="x.rss", body=body, modified=NOW)


def test_a_file_is_touched_only_when_its_bytes_differ(tmp_path: Path) -> None:
    """The same bytes keep the file, other bytes get another time."""
    assert files.put(tmp_path, document(b"one"))
    first = (tmp_path / "x.rss").stat()
    assert int(first.st_mtime) == int(NOW.timestamp())
    assert not files.put(tmp_path, document(b"one"))
    assert (tmp_path / "x.rss").stat().st_ino == first.st_ino
    assert files.put(tmp_path, document(b"two"))
    assert (tmp_path / "x.rss").stat().st_mtime > first.st_mtime


def test_what_a_killed_run_left_behind_is_overwritten(tmp_path: Path) -> None:
    """A half-written temporary file harms nothing and does not pile up."""
    (tmp_path / ".x.rss.tmp").write_bytes(b"half of something much longer")
    files.put(tmp_path, document(b"one"))
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["x.rss", "x.rss.br", "x.rss.gz"]
    assert (tmp_path / "x.rss").read_bytes() == b"one"


def test_a_link_in_the_published_folder_leads_nowhere(tmp_path: Path) -> None:
    """A symbolic link in place of a file is not written through."""
    victim = tmp_path / "victim"
    victim.write_text("precious")
    output = tmp_path / "feeds"
    output.mkdir()
    (output / "x.rss").symlink_to(victim)
    with pytest.raises(PublishError, match=r"x\.rss cannot be written"):
        files.put(output, document(b"one"))
    assert victim.read_text() == "precious"


def test_a_file_is_on_disk_before_it_is_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of the three is written, synced and renamed, the plain one last; then the folder is."""
    done: list[str] = []
    real_fsync, real_replace = os.fsync, Path.replace

    def fsync(descriptor: int) -> None:
        done.append("fsync folder" if Path(f"/dev/fd/{descriptor}").is_dir() else "fsync file")
        real_fsync(descriptor)

    def rename(self: Path, target: Path) -> Path:
        done.append(f"rename {target.name}")
        return real_replace(self, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", rename)
    files.put(tmp_path, document(b"one"))
    names = ("x.rss.br", "x.rss.gz", "x.rss")
    steps = [step for name in names for step in ("fsync file", f"rename {name}")]
    assert done == [*steps, "fsync folder"]
