"""Nothing that a source sends runs in a reader, whatever field of whatever format it stands in.

Every kind of markup that runs is put into every field, read back out of what is published, and
handed to Chromium as HTML: once, and resolved once and twice more than a reader should. Texts must
have no element at all, content none that could run.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from html import unescape
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from aggregator import clean_markup, markup
from aggregator.bengali.text import display
from aggregator.models import (
    DateHow,
    Entry,
    FeedLink,
    FeedSpec,
    FeedView,
    Frame,
    Media,
    MediaRole,
    Related,
    Source,
    SourceLink,
    StoryPicture,
)
from aggregator.publish import folder
from aggregator.publish.entries import RenderedEntries
from aggregator.publish.inert import inert
from aggregator.publish.pages import entry_page
from aggregator.publish.pages.front import render_front
from aggregator.publish.rendered import entries_by_digest
from tests.support.carried import RESOLVED_TOO_OFTEN, Carried, resolved
from tests.support.configurations import SITE, Make, source
from tests.support.examples import examples
from tests.support.hostile import FORMS, sent_by
from tests.support.loopback import Loopback, Page
from tests.support.passes import NOW, one_pass
from tests.support.payloads import KINDS, payload
from tests.support.published import plain_files

SPEC = FeedSpec(
    name="all", title="সব", description="সব খবর", sources=("*",), limit=1000, languages=("*",)
)
LEAST_KINDS = 44


def entry_of(number: int, text: str) -> Entry:
    """Return an entry as an older version could have stored it: the text in every field."""
    related = (
        Related(
            link="https://b.example/1",
            source=f"s{number - 1 if number else 1}",  # another, as a paper is not named twice
            is_same_text=True,
            title=text,
            published=NOW,
        ),
        Related(
            link="javascript:top.ran`related`", source=f"s{number}", is_same_text=False, title=text
        ),
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
        media=files_with(text, number),
        rights=text,
        picture=StoryPicture(media=files_with(text, number)[0], source=f"s{number}"),
        topic=text,
    )


def files_with(text: str, number: int) -> tuple[Media, ...]:
    """Return files of which a text is said, and some that are programs."""
    files = [
        Media(
            url=f"https://a.example/{number}",
            role=role,
            type=text if role is MediaRole.FILE else "image/jpeg",
            width=1200,
            height=630,
            alt=text,
            credit=text,
        )
        for role in MediaRole
    ]
    programs = [replace(each, url=f"javascript:top.ran`{number}`") for each in files]
    return (*files, *programs)


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
        for number, text in enumerate([*texts, "কাগজ"])
    }
    view = FeedView(spec=SPEC, site=SITE, entries=entries, sources=sources, updated=NOW)
    views = [view]
    # The configuration takes no text that cannot be printed. A page costs Chromium 50 ms.
    for text in list(filter(str.isprintable, texts))[:: 1 if is_whole else 8]:
        spec, site = replace(SPEC, title=text, description=text), replace(SITE, title=text)
        views.append(replace(view, spec=spec, site=site, entries=()))
    rendered = RenderedEntries()
    for shown in views:
        frame = frame_of(shown)
        lists = folder.list_documents(frame, shown.site, [shown.spec], modified=NOW)
        title = frame.sources[0].title
        lists.append(folder.sources_document(frame, shown.site, {title: NOW.date()}, NOW))
        documents = folder.feed_documents(shown, entries_by_digest(shown), rendered)
        for document in (*documents, *lists):
            carried.add(document.name, document.body)
        carried.add("index.html", render_front(shown, list(shown.each())[:5]))
    for entry in list(view.each())[::8]:
        page = entry_page.render_page(entry, NOW, Frame(title=SITE.title))
        carried.add("entry.html", page)
    return carried


def frame_of(view: FeedView) -> Frame:
    """Return a frame in which the site, a feed, a topic and each source are called as in a view."""
    feed = FeedLink(title=view.spec.title, feed=view.spec.name)
    sources = [
        SourceLink(title=source.title, home_page="https://a.example/", feed=view.spec.name)
        for source in view.sources.values()
        if source.title.isprintable()
    ]
    return Frame(title=view.site.title, feeds=(feed,), topics=(feed,), sources=tuple(sources))


@pytest.mark.parametrize("each", [4, pytest.param(1, marks=pytest.mark.more)])
def test_nothing_runs_that_an_older_version_stored(tmp_path: Path, each: int) -> None:
    """Whatever a stored entry, a source or the configuration says, a reader finds only text."""
    assert len(KINDS) >= LEAST_KINDS
    published(payload(kind, kind) for kind in [*KINDS][::each]).check(tmp_path)


@pytest.mark.parametrize("each", [4, pytest.param(1, marks=pytest.mark.more)])
def test_nothing_runs_of_a_file_or_link_where_all_else_is_plain(tmp_path: Path, each: int) -> None:
    """Each is looked at as every text is, though no other part of its entry needs to be."""
    plain, kinds = entry_of(1, "নদী"), [*KINDS][::each]
    entries = [replace(plain, rights=payload(kind, f"rights-{kind}")) for kind in kinds]
    for name in ("alt", "credit", "type", "url"):
        for kind in kinds:
            said = {name: payload(kind, f"{name}-{kind}")}
            file = replace(plain.media[0], **said)  # type: ignore[arg-type]  # each is a text
            picture = StoryPicture(media=file, source="s1")
            entries += (
                replace(plain, media=(file,), picture=None),
                replace(plain, media=(), picture=picture),
            )
    for kind in kinds:
        link = payload(kind, f"link-{kind}")
        related = (Related(link=link, source="s2", is_same_text=True),)
        for address in (link, f"https://a.example/{link}", f"https://a.example/?q={link}"):
            entries.append(replace(plain, link=address, related=related, media=(), picture=None))
    # Each has an id of its own, as those of a feed have.
    numbered = tuple(replace(entry, id=f"urn:x:{at}") for at, entry in enumerate(entries))
    sources = {name: Source(name=name, title="কাগজ") for name in ("s0", "s1", "s2")}
    view = FeedView(spec=SPEC, site=SITE, entries=numbered, sources=sources, updated=NOW)
    carried = Carried()
    for document in folder.feed_documents(view, entries_by_digest(view), RenderedEntries()):
        carried.add(document.name, document.body)
    carried.check(tmp_path)


@pytest.mark.attack
def test_nothing_runs_in_what_a_feed_is_called(tmp_path: Path) -> None:
    """The same with each kind as the name of a feed and of the site, which a person writes."""
    published((payload(kind, kind) for kind in KINDS), is_whole=True).check(tmp_path)


def check_ingested(
    web: Loopback,
    make_config: Make,
    tmp_path: Path,
    documents: Iterable[tuple[str, int]],
    each: int = 1,
) -> None:
    """Send every kind, or every fourth, …, and check what is published of each.

    A document is a form and how often it is escaped.
    """
    text = "[dedupe]\nsame_text = false\n"
    for form, times in documents:
        name = f"{form}-{times}"
        body = FORMS[form](sent_by(name, times)[::each])
        if form == "lines":
            (tmp_path / f"{name}.jsonl").write_bytes(body)
            text += f'[[source]]\nname = "{name}"\ndump = "{name}.jsonl"\n'
        else:
            web.pages[f"/{name}"] = Page(body, content_type="")
            text += source(name, f"{web.url}/{name}")
        text += f'backlog = 1000\n[[feed]]\nname = "{name}"\nsources = ["{name}"]\n'
        text += 'languages = ["*"]\nlimit = 1000\n'
    config = make_config(text)
    report = one_pass(config)
    assert not report.failed
    assert min(feed.entries for feed in report.feeds if feed.feed != "index") > LEAST_KINDS // each
    carried = Carried()
    for file in plain_files(config.site.output):
        carried.add(file.name, file.read_bytes())
    carried.check(tmp_path)


@pytest.mark.parametrize("each", [4, pytest.param(1, marks=pytest.mark.more)])
def test_nothing_runs_that_a_feed_sends(
    web: Loopback, make_config: Make, tmp_path: Path, each: int
) -> None:
    """What an RSS feed sends in its fields, from fetching to publishing."""
    check_ingested(web, make_config, tmp_path, [("rss", 0)], each)


@pytest.mark.attack
def test_nothing_runs_in_any_form_and_escape(
    web: Loopback, make_config: Make, tmp_path: Path
) -> None:
    """The same of every form of feed and of records, escaped up to three times too often."""
    check_ingested(web, make_config, tmp_path, product(FORMS, (0, 1, 2, 3)))


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


WORDS = (
    "< > & &lt; &#60 &#x3c; amp; lt; #38; / ! ? = \" ' নদী <b> <!-- --> ]]> script onerror=a() "
    "javascript: java\u200bscript: &colon; title= \u0338 \u200b \u2060 \0"
)
PIECES = st.lists(
    st.sampled_from([*WORDS.split(" "), " ", "<a ", "href =", "img src=x"]), max_size=14
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


@settings(max_examples=examples(40))  # one takes 40 ms
@given(st.one_of(PIECES.map("".join), st.text(st.characters(codec="utf-8"), max_size=60)))
def test_no_field_read_back_is_more_than_text(text: str) -> None:
    """Any text, in every field of every format, is no element to who takes it for HTML."""
    for carried in published([f"{text} নদী"], is_whole=True).texts:
        for times in range(RESOLVED_TOO_OFTEN + 1):
            fragment = html.fromstring(f"<div>{resolved(carried, times)}</div>")
            assert len(fragment) == 0, carried


@given(PIECES)
def test_clean_markup_stays_clean_when_its_text_is_made_display_text(pieces: list[str]) -> None:
    """Markup is checked after every change, and what is clean is never changed by the check."""
    safe = markup.clean("".join(pieces), "")
    assert clean_markup.ensured(safe) == safe
    shown = clean_markup.ensured(display(safe))
    assert clean_markup.ensured(shown) == shown
    again = markup.clean(shown, "")  # takes a stroke off the beginning, which harms nobody there
    assert again.replace("\u0338", "").strip() == shown.replace("\u0338", "").strip()
