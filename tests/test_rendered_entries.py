"""Entries are rendered apart and once, and documents are as if they were written whole."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from aggregator import markup
from aggregator.models import EntryView, FeedView, Media, MediaRole, Related
from aggregator.publish import atom, entries, folder, jsonfeed, rss
from aggregator.publish.entries import RenderedEntries, outputs
from aggregator.publish.format import Format
from aggregator.publish.inert import inert
from aggregator.publish.rendered import entries_by_digest
from aggregator.publish.view import summary_beside_content
from tests.support.examples import examples
from tests.test_publish import BARE, ENTRY, SOURCES, view

# Never blank, as a parser that forgets the layout forgets blank texts with it.
TEXTS = st.text(
    st.one_of(st.sampled_from("খবর <>&\"'\n\t;]["), st.characters(exclude_categories=["Cs"])),
    max_size=20,
).map(lambda text: f"খ{text}")


# Of which markup is made that is clean, is not, or stands for other markup.
PIECES = [
    *("<p>", "</p>", "<br>", "<b>", "</b>", '<a title="৫<৭">', "</a>", "&lt;b&gt;"),
    *("&amp;lt;i&amp;gt;", "&nbsp;", "R&amp;D", "৫ < ৭", "নদী", "নৌকা ও মাঝি"),
    *(" ", "\n", "\u00a0", "\x0b"),
]


MEDIA = st.builds(
    Media,
    url=st.sampled_from(("https://a.example/1.jpg", "https://a.example/2?a=1&b=2")),
    role=st.sampled_from(MediaRole),
    type=st.sampled_from(("", "image/jpeg")),
    width=st.sampled_from((None, 600)),
    alt=TEXTS,
    credit=st.one_of(st.just(""), TEXTS),
)


@st.composite
def views(draw: st.DrawFn) -> FeedView:
    """Draw a feed whose texts are anything that a store can hold."""
    made = [
        replace(
            draw(st.sampled_from((ENTRY, BARE))),
            id=f"urn:x:{number}",
            title=draw(TEXTS),
            summary=draw(TEXTS),
            content_html=draw(st.sampled_from(("", "<p>নদী\n\n  ও নৌকা</p>\n<p>৫ &lt; ৭</p>"))),
            authors=tuple(draw(st.lists(TEXTS, max_size=2))),
            media=tuple(draw(st.lists(MEDIA, max_size=3))),
            related=tuple(
                Related(link=f"https://b.example/{n}", source="a", is_same_text=n % 2 == 0)
                for n in range(draw(st.integers(0, 3)))
            ),
        )
        for number in range(draw(st.integers(0, 3)))
    ]
    return view(*made)


@settings(max_examples=examples(150))
@given(views())
@pytest.mark.parametrize("output", [rss.FORMAT, atom.FORMAT])
def test_a_document_is_laid_out_as_if_it_were_written_whole(
    output: Format, shown: FeedView
) -> None:
    """Written anew from its tree it has the same bytes, and entries declare no namespace."""
    body = output.render(shown)
    tree = etree.fromstring(body, etree.XMLParser(remove_blank_text=True)).getroottree()
    whole = etree.tostring(tree, pretty_print=True, encoding="UTF-8", xml_declaration=True)
    assert body == whole
    assert body.count(b"xmlns") == output.render(replace(shown, entries=())).count(b"xmlns")


@settings(max_examples=examples(150))
@given(views())
def test_a_json_feed_is_laid_out_as_the_library_does(shown: FeedView) -> None:
    """Read and written by ``json`` it has the same bytes."""
    body = jsonfeed.FORMAT.render(shown).decode()
    assert body == json.dumps(json.loads(body), ensure_ascii=False, indent=1) + "\n"


@settings(max_examples=examples(300))
@given(
    st.lists(
        st.sampled_from(PIECES),
        min_size=1,
        max_size=20,
    ).map("".join),
    st.integers(0, 40),
)
def test_a_summary_stands_beside_content_that_says_more(html: str, characters: int) -> None:
    """Whether markup or words are cut, and whatever of it is looked at, it is as if all were."""
    words = inert(" ".join(markup.text_of(html).split()))
    for summary in (words, words[:characters], inert(html), "নদী"):
        beside = summary_beside_content(replace(ENTRY, content_html=html, summary=summary))
        assert beside == ("" if words == summary else summary)


def _rendered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the ids of what is rendered from now on."""
    ids: list[str] = []
    render = entries._render  # noqa: SLF001  # what is counted is how often it is called

    def noted(together: Sequence[EntryView]) -> list[tuple[bytes, ...]]:
        ids.extend(each.entry.id for each in together)
        return render(together)

    monkeypatch.setattr(entries, "_render", noted)
    return ids


def _bodies(shown: FeedView, rendered: RenderedEntries) -> list[bytes]:
    documents = folder.feed_documents(shown, entries_by_digest(shown), rendered)
    return [document.body for document in documents]


def test_an_entry_is_rendered_once_for_all_feeds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another feed takes its bytes; an entry that shows something else is rendered anew."""
    ids, rendered = _rendered(monkeypatch), RenderedEntries()
    first, second = view(ENTRY), view(BARE, ENTRY)
    for shown in (first, second, first):
        assert _bodies(shown, rendered) == [output.render(shown) for output in outputs()]
    assert ids == [ENTRY.id, BARE.id]
    titled = replace(SOURCES["a"], title="অন্য কাগজ")
    for changed in (
        view(replace(ENTRY, title="অন্য শিরোনাম")),
        replace(first, sources=SOURCES | {"a": titled}),
        replace(first, site=replace(first.site, timezone="UTC")),
    ):
        assert _bodies(changed, rendered) == [output.render(changed) for output in outputs()]
        assert ids.pop() == ENTRY.id
    assert len(ids) == 2


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was not asked for longest gives way, and is rendered again where it is asked for."""
    ids = _rendered(monkeypatch)
    many = [replace(ENTRY, id=f"urn:x:{number}") for number in range(20)]
    size = sum(map(len, RenderedEntries().bodies(entries_by_digest(view(ENTRY)))[0]))
    rendered = RenderedEntries(most_bytes=10 * size)
    ids.clear()
    rendered.bodies(entries_by_digest(view(*many)))
    rendered.bodies(entries_by_digest(view(many[-1])))
    assert len(ids) == 20
    rendered.bodies(entries_by_digest(view(many[0])))
    assert ids[20:] == [many[0].id]


def test_long_entries_are_not_kept_whole_to_be_known_again() -> None:
    """A dump of long texts takes no memory of a process once its feeds are published."""
    characters, digests = 50_000, set[str]()
    tracemalloc.start()
    for number in range(20):
        text = f"<p>{number} {'খবর ' * (characters // 4)}</p>"
        digests.update(entries_by_digest(view(replace(ENTRY, content_html=text))))
    kept_bytes, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(digests) == 20
    assert kept_bytes < 4 * characters
