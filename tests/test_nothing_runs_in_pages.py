"""Nothing that a source or a configuration says runs in a page that is published, in a browser.

The pages are opened as people open them: from our web server, and from a file, where no policy
holds anything back. A policy that had to refuse something fails the test as well.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from aggregator.models import FeedView, Source
from aggregator.publish import files, folder
from aggregator.publish.entries import RenderedEntries
from aggregator.publish.rendered import entries_by_digest
from tests.support.browser import Tab, tab_of
from tests.support.configurations import LOCAL, SITE, Make
from tests.support.devtools import Chromium
from tests.support.hostile import json_of, rss_of, sent_by
from tests.support.loopback import Loopback, Page
from tests.support.passes import NOW, one_pass
from tests.support.payloads import CONTROLS, KINDS, payload
from tests.support.seen_pages import touch, unfold
from tests.support.serving import serving
from tests.test_nothing_runs import SPEC, entry_of, frame_of

# What a configuration takes: a person wrote it, who cannot write what is not printed.
PRINTABLE = [kind for kind in KINDS if payload(kind, kind).isprintable()]


@pytest.fixture
def tab(browser: Chromium) -> Iterator[Tab]:
    """Open a tab in which no other server is there."""
    with tab_of(browser, {}) as tab:
        yield tab


def check_page(tab: Tab, url: str) -> None:
    """Open a page, use all of it, and check that nothing ran or was about to."""
    seen = tab.open(url)
    unfold(tab)
    touch(tab)
    assert (seen.marks, seen.violations, seen.errors) == (set(), [], []), url
    assert tab.evaluate("location.href").partition("#")[0] == url


def check_folder(tab: Tab, site: Path, each: int = 1) -> None:
    """Check the pages of a published folder, of entries every one, or every fourth, ….

    Each is opened from our server and from its file.
    """
    pages = sorted(path.relative_to(site).as_posix() for path in site.glob("*.html"))
    pages += sorted(path.relative_to(site).as_posix() for path in site.glob("*/**/*.html"))[::each]
    with serving(site) as server:
        for page in pages:
            check_page(tab, f"{server.url}/{page}")
            check_page(tab, f"{site.as_uri()}/{page}")


def control(kind: str) -> bytes:
    """Return a page of markup that runs by itself."""
    markup = payload(kind, kind)
    return f'<!DOCTYPE html><html lang="bn"><title>নিরীক্ষা</title><body>{markup}'.encode()


@pytest.mark.parametrize("kind", CONTROLS)
def test_what_runs_is_seen_to_run(kind: str, tab: Tab, tmp_path: Path, web: Loopback) -> None:
    """Live markup runs from a file and from a server without a policy, and ours refuses it.

    So the other tests can fail, both by what ran and by what was refused.
    """
    name = "control.html"
    (tmp_path / name).write_bytes(control(kind))
    web.pages[f"/{name}"] = Page(control(kind), content_type="text/html; charset=utf-8")
    for root in (tmp_path.as_uri(), web.url):
        seen = tab.open(f"{root}/{name}")
        touch(tab)
        assert seen.marks == {kind}
    with serving(tmp_path) as server:
        seen = tab.open(f"{server.url}/{name}")
        touch(tab)
        assert seen.marks == set()
        assert seen.violations


@pytest.mark.parametrize("each", [4, pytest.param(1, marks=pytest.mark.more)])
def test_nothing_runs_in_pages_of_what_was_stored(tab: Tab, tmp_path: Path, each: int) -> None:
    """Whatever a stored entry says in any field, its page shows a text."""
    texts = [payload(kind, kind) for kind in [*KINDS][::each]]
    entries = tuple(entry_of(number, text) for number, text in enumerate(texts))
    sources = {
        f"s{number}": Source(name=f"s{number}", title=text, categories=(text,))
        for number, text in enumerate([*texts, "কাগজ"])
    }
    view = FeedView(spec=SPEC, site=SITE, entries=entries, sources=sources, updated=NOW)
    put(view, tmp_path)
    check_folder(tab, tmp_path)


@pytest.mark.attack
def test_nothing_runs_in_pages_of_what_a_feed_is_called(tab: Tab, tmp_path: Path) -> None:
    """Each kind as the name of a feed and of the site, from files, which no policy protects."""
    view = FeedView(spec=SPEC, site=SITE, entries=(), sources={}, updated=NOW)
    for kind in PRINTABLE:
        text = payload(kind, kind)
        spec, site = replace(SPEC, title=text, description=text), replace(SITE, title=text)
        put(replace(view, spec=spec, site=site), tmp_path)
        for page in ("index", SPEC.name, "subscribe"):
            check_page(tab, f"{tmp_path.as_uri()}/{page}.html")


def put(view: FeedView, target: Path) -> None:
    """Put the files of a feed, and those that list it, into a folder."""
    frame, rendered = frame_of(view), RenderedEntries()
    view = replace(view, frame=frame, today=NOW.date())
    view_of = entries_by_digest(view)
    silent = {link.title: NOW.date() for link in frame.sources}
    for document in (
        *folder.feed_documents(view, view_of, rendered),
        *folder.list_documents(frame, view.site, [view.spec], modified=NOW),
        folder.sources_document(frame, view.site, silent, NOW),
        folder.front_document(view, [*view.each()][:5], view_of, rendered),
    ):
        files.put(target, document)


def hostile_configuration(web: Loopback) -> str:
    """Return a configuration in which a paper of each kind sends and is called what could run."""
    text = f"[site]\ntitle = {json.dumps(payload(PRINTABLE[0], 'site'))}\n[topics]\n"
    sent = sent_by("paper", 0)
    topics = {payload(kind, "topic"): f"বিষয় {kind}" for kind in PRINTABLE[::8]}
    for topic, name in topics.items():
        text += f"{json.dumps(topic)} = {json.dumps([name])}\n"
    for number, kind in enumerate(PRINTABLE[::8]):
        name, kinds = f"p{number}", PRINTABLE[number * 8 :][:8]
        web.pages[f"/{name}"] = Page(rss_of(sent[number :: len(PRINTABLE[::8])]))
        title = json.dumps(" ".join(payload(each, "source") for each in kinds))
        category = json.dumps(f"বিষয় {kind}")
        text += f'[[source]]\nname = "{name}"\ntitle = {title}\ncategory = {category}\n'
        text += f'feed = "{web.url}/{name}"\n{LOCAL}'
    # Their links are programs, so that each entry has a page of its own.
    web.pages["/json"] = Page(
        json_of(sent_by("json", 0)[::8]), content_type="application/feed+json"
    )
    text += f'[[source]]\nname = "json"\nfeed = "{web.url}/json"\nbacklog = 1000\n{LOCAL}'
    title = json.dumps("".join(payload(kind, "feed") for kind in PRINTABLE[:3]))
    text += f'[[feed]]\nname = "all"\ntitle = {title}\ndescription = {title}\n'
    text += 'languages = ["*"]\nlimit = 1000\n'
    return (
        text
        + f'[[feed]]\nname = "topic"\ntitle = {title}\nsplit_by = "topic"\n'
        + (f"topics = {json.dumps(list(topics)[:2])}\n")
    )


@pytest.mark.parametrize("each", [4, pytest.param(1, marks=pytest.mark.more)])
def test_nothing_runs_in_pages_of_what_is_sent(
    tab: Tab, web: Loopback, make_config: Make, each: int
) -> None:
    """What papers send in every field, and are called, from fetching to each page of the site."""
    config = make_config(hostile_configuration(web))
    report = one_pass(config)
    assert not report.failed
    assert min(feed.entries for feed in report.feeds if feed.feed == "all") >= len(PRINTABLE) // 2
    assert len([*config.site.output.glob("entries/*.html")]) >= len(KINDS) // 8
    check_folder(tab, config.site.output, each)
