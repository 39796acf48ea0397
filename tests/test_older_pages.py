"""Older pages: one beside each archive document, from the feed's page to the oldest and back."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import html

from aggregator.models import Source
from aggregator.pipeline import archive as archiving
from aggregator.pipeline import archive_documents
from aggregator.pipeline.publish import publish_all
from aggregator.pipeline.purge import purge
from aggregator.publish import folder
from aggregator.store.store import Store
from tests.support.arrivals import Arrivals, sources
from tests.support.configurations import Make
from tests.support.passes import NOW
from tests.support.published import plain_files
from tests.test_archives import headlines

FEED = '[[feed]]\nname = "bangla"\nlimit = 2\n'


@pytest.fixture
def archived(make_config: Make, monkeypatch: pytest.MonkeyPatch) -> Arrivals:
    """Return what arrived in a feed of two entries with two archive documents of four."""
    monkeypatch.setattr(archiving, "LEAST_SIZE", 4)
    arrivals = Arrivals(make_config(FEED + sources("a")))
    arrivals.arrive(("a", headlines("a", range(10), 50)))
    arrivals.publish()
    return arrivals


def leads(arrivals: Arrivals, name: str) -> tuple[str, str]:
    """Return the files that a page leads to as newer and as older."""
    page = html.fromstring((arrivals.config.site.output / name).read_bytes())
    ways = {link.get("rel"): str(link.get("href")) for link in page.iter("a")}
    return ways.get("prev", ""), ways.get("next", "")


def archive_stamps(arrivals: Arrivals) -> dict[str, tuple[int, bytes]]:
    """Return when each file of an archive document was last put there, and its bytes, by name.

    A new file may have the number of one that is gone, so that tells nothing.
    """
    return {
        path.name: (path.stat().st_ctime_ns, path.read_bytes())
        for path in plain_files(arrivals.config.site.output)
        if "-archive-" in path.name
    }


def changed(before: dict[str, tuple[int, bytes]], after: dict[str, tuple[int, bytes]]) -> set[str]:
    """Return the files that are there after and were not so before."""
    return {name for name in after if before.get(name) != after[name]}


def of(number: int) -> set[str]:
    """Return the names of all files of an archive document."""
    return {*folder.archive_file_names("bangla", number)}


def as_before_pages(arrivals: Arrivals) -> None:
    """Make the archives those of a version that put no page beside them."""
    for path in arrivals.config.site.output.glob("*-archive-*.html*"):
        path.unlink()
    without = folder.archives_written_as(arrivals.config.site, form=folder.NO_PAGE)
    with sqlite3.connect(arrivals.config.store_url.removeprefix("sqlite:///")) as store:
        store.execute("UPDATE archive SET written_as = ?", (without,))
        store.execute("DELETE FROM standing")


def test_pages_lead_to_what_is_older_and_newer(archived: Arrivals) -> None:
    """From the feed's page to that of the last document, and to the first; and back."""
    assert leads(archived, "bangla.html") == ("", "bangla-archive-2.html")
    assert leads(archived, "index.html") == ("", "bangla-archive-2.html")
    assert leads(archived, "bangla-archive-2.html") == ("bangla.html", "bangla-archive-1.html")
    assert leads(archived, "bangla-archive-1.html") == ("bangla-archive-2.html", "")
    page = (archived.config.site.output / "bangla-archive-1.html").read_text()
    assert all(f'"https://a.example/{number}"' in page for number in range(4))


def test_a_page_leads_to_the_next_once_that_is_closed(archived: Arrivals) -> None:
    """It is put in place again; its document's formats are not, nor any earlier page."""
    before = archive_stamps(archived)
    archived.arrive(("a", headlines("a", range(10, 14), 30)))
    archived.publish()
    assert leads(archived, "bangla-archive-2.html")[0] == "bangla-archive-3.html"
    after = archive_stamps(archived)
    assert changed(before, after) == {*of(3), "bangla-archive-2.html"}
    archived.publish()
    assert archive_stamps(archived) == after


def test_what_an_older_page_leads_to_from_now_on_is_there(archived: Arrivals) -> None:
    """Where it is made again to lead to the next, and its story is told without an address, too."""
    site = archived.config.site
    archived.config = replace(
        archived.config, sources=(*archived.config.sources, Source(name="b", title="কাগজ খ"))
    )
    told = headlines("a", range(10), 50)[5]
    archived.arrive(("b", [replace(told, native_id="record", link="")]))
    archived.arrive(("a", headlines("a", range(10, 14), 30)))
    archived.publish()
    older = html.fromstring((site.output / "bangla-archive-2.html").read_bytes())
    links = [str(link.get("href")) for link in older.iter("a")]
    (page,) = [link for link in links if link.startswith("entries/")]
    assert (site.output / page).is_file()


def test_archives_of_an_earlier_version_get_their_pages(
    archived: Arrivals, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In steps, and no format of theirs is touched; the feed leads to its archives meanwhile."""
    before = archive_stamps(archived)
    as_before_pages(archived)
    monkeypatch.setattr(archive_documents, "documents_together", lambda _feed: 1)
    atom = (archived.config.site.output / "bangla.atom").read_bytes()
    for pages in (1, 2):
        archived.publish()
        assert len([name for name in archive_stamps(archived) if name.endswith("html")]) == pages
        assert (archived.config.site.output / "bangla.atom").read_bytes() == atom
    after = archive_stamps(archived)
    assert {name: body for name, (_, body) in after.items()} == {
        name: body for name, (_, body) in before.items()
    }
    assert changed(before, after) <= {"bangla-archive-1.html", "bangla-archive-2.html"}


def test_a_page_that_is_lost_is_made_again_alone(archived: Arrivals) -> None:
    """Where the feed is put in place again, as after a file of it was lost, too."""
    before = archive_stamps(archived)
    for name in ("bangla.rss", "bangla-archive-1.html"):
        (archived.config.site.output / name).unlink()
    archived.publish()
    assert changed(before, archive_stamps(archived)) == {"bangla-archive-1.html"}


def test_what_is_purged_leaves_the_older_pages(archived: Arrivals) -> None:
    """The page with the formats, and those of no other document."""
    before = archive_stamps(archived)
    with Store.beside(archived.config.store_url) as store:
        purge(store, "https://a.example/1", archived.config.dedupe, lambda: NOW)
    archived.publish()
    after = archive_stamps(archived)
    assert changed(before, after) == of(1)
    assert b'"https://a.example/1"' not in after["bangla-archive-1.html"][1]
    assert leads(archived, "bangla-archive-1.html") == ("bangla-archive-2.html", "")


def test_a_page_that_cannot_be_written_is_tried_again(archived: Arrivals) -> None:
    """The next document waits for it, as nothing would lead there else."""
    archived.arrive(("a", headlines("a", range(10, 14), 30)))
    page: Path = archived.config.site.output / "bangla-archive-2.html"
    page.unlink()
    page.mkdir()
    with Store.open(archived.config.store_url) as store:
        reports = publish_all(archived.run(store))
    assert "bangla-archive-2.html cannot be written" in reports[0].error
    assert leads(archived, "bangla.html")[1] == "bangla-archive-2.html"
    page.rmdir()
    archived.publish()
    assert leads(archived, "bangla.html")[1] == "bangla-archive-3.html"
    assert leads(archived, "bangla-archive-2.html")[0] == "bangla-archive-3.html"
