"""Published files that somebody else touches are put back, though there are no news."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

from aggregator.models import EntryView, FeedDocument, FeedView
from aggregator.pipeline import put
from aggregator.pipeline.publish import publish_all
from aggregator.pipeline.run import Run
from aggregator.pipeline.standings import stamps_in_place
from aggregator.publish import files, folder
from aggregator.publish.entries import RenderedEntries
from aggregator.publish.rendered import digest_of
from aggregator.store.store import Store
from tests.support.arrivals import ARTICLES, Arrivals, sent, sources
from tests.support.configurations import Make, Write
from tests.support.deadlines import wait_until
from tests.support.passes import NOW
from tests.support.ports import free_port
from tests.support.service import RunningService
from tests.support.texts import PAGE
from tests.test_store_faults import command


def edited_unseen(path: Path) -> None:
    """Change a file in place and give it its size and time back."""
    status = path.stat()
    body = path.read_bytes()
    path.write_bytes(b"#" + body[1:])
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def files_number(path: Path) -> int:
    """Return what differs once a file was put in place anew."""
    return path.stat().st_ino


def bytes_of(feeds: Path) -> dict[str, bytes]:
    """Return every published file by its path; not those that are being written."""
    found = {}
    for path in feeds.rglob("[!.]*"):
        with suppress(FileNotFoundError, IsADirectoryError):  # a service may be at work there
            found[path.relative_to(feeds).as_posix()] = path.read_bytes()
    return found


def test_a_stamp_tells_every_way_to_touch_a_file(tmp_path: Path) -> None:
    """Cutting, editing, replacing and removing change it; looking and reading do not."""
    path = tmp_path / "bangla.rss"
    path.write_bytes(b"<rss/>")
    for touch in (
        edited_unseen,
        lambda file: file.write_bytes(b"<rss"),
        lambda file: shutil.copy(shutil.copy(file, tmp_path / ".copy"), file),
        Path.unlink,
    ):
        before = files.stamps(tmp_path, [path.name])
        path.read_bytes()
        assert files.stamps(tmp_path, [path.name]) == before
        touch(path)
        assert files.stamps(tmp_path, [path.name]) != before
    assert files.stamps(tmp_path / "gone", [path.name]) == {}


def test_a_service_puts_touched_files_back(tmp_path: Path, write_config: Write) -> None:
    """What vanished, was cut or was edited is there again at the next tick; the rest stays."""
    (tmp_path / "page.txt").write_text(PAGE, encoding="utf-8")
    site = f'[site]\nlisten = "127.0.0.1:{free_port()}"\n'
    write_config(site + '[[source]]\nname = "d"\ndump = "*.txt"\n')
    feeds = tmp_path / "feeds"
    assert command(tmp_path, "once").returncode == 0
    (feeds / "feeds.opml").unlink()
    with RunningService(tmp_path) as service:
        service.wait_for_log("published feeds.opml")  # by the first tick, and nothing else is new
        whole = bytes_of(feeds)
        untouched = files_number(feeds / "bangla.json")
        (feeds / "bangla.rss").unlink()
        (feeds / "bangla.atom").write_bytes(whole["bangla.atom"][:100])
        edited_unseen(feeds / "bangla.html")
        (feeds / "bangla.rss.gz").unlink()
        service.wait_for_log("published files were changed or removed, and are put back: bangla.")

        def is_whole() -> bool:
            return bytes_of(feeds) == whole

        wait_until(is_whole)
        assert files_number(feeds / "bangla.json") == untouched
        feeds.rename(tmp_path / "gone")
        wait_until(lambda: feeds.exists() and is_whole())
        assert service.stop(signal.SIGTERM)[0] == 0
    assert (
        sum("were changed or removed" in line for line in service.log) <= 6
    )  # at five moments, of which one is in a pass


def test_a_feed_of_which_nothing_changed_is_not_rendered_again(make_config: Make) -> None:
    """Another entry or description, a file that was touched: each has it rendered, and only it.

    Another title has all rendered, as every page leads to the feed by it.
    """
    feeds = '[[feed]]\nname = "x"\nsources = ["a"]\n[[feed]]\nname = "y"\nsources = ["b"]\n'
    config = make_config(feeds + sources("a", "b"))
    arrivals = Arrivals(config)
    arrivals.arrive(("a", [sent(ARTICLES[0], 1)]), ("b", [sent(ARTICLES[1], 1, site="b")]))
    with Store.open(config.store_url) as store:
        run = Run.of(config, store, clock=lambda: NOW, stop=Event())

        def rendered(run: Run) -> set[str]:
            """Publish, and return the feeds that were rendered, whether bytes differ or not."""
            names: set[str] = set()
            render = folder.feed_documents

            def noted(
                view: FeedView, view_of: Mapping[str, EntryView], rendered: RenderedEntries
            ) -> list[FeedDocument]:
                names.add(view.spec.name)
                return render(view, view_of, rendered)

            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(folder, "feed_documents", noted)
                publish_all(run)
            return names

        assert rendered(run) == {"x", "y"}
        published = {path.name for path in config.site.output.glob("[!.]*")}
        assert published == folder.file_names(config.feeds)
        assert rendered(run) == set()
        (config.site.output / "y.atom").unlink()
        assert rendered(run) == {"y"}
        assert (config.site.output / "y.atom").exists()
        described = (replace(config.feeds[0], description="অন্য কথা"), config.feeds[1])
        run = run.with_config(replace(config, feeds=described))
        assert rendered(run) == {"x"}
        titled = (replace(config.feeds[0], title="অন্য নাম"), config.feeds[1])
        run = run.with_config(replace(config, feeds=titled))
        assert rendered(run) == {"x", "y"}
    arrivals.arrive(("b", [sent(ARTICLES[2], 2, site="b")]))
    with Store.open(config.store_url) as store:
        assert rendered(replace(run, store=store)) == {"y"}


def test_a_file_that_is_touched_while_a_feed_is_selected_is_put_back(make_config: Make) -> None:
    """It is put back at the next publishing, though the feed shows the same before and after."""
    arrivals = Arrivals(make_config('[[feed]]\nname = "x"\nlimit = 1\n' + sources("a")))
    arrivals.arrive(("a", [sent(ARTICLES[0], 1)]))
    published = arrivals.publish()
    arrivals.arrive(("a", [sent(ARTICLES[1], 2, hours=9)]))  # behind the one entry that is shown

    def meanwhile(view: FeedView, entries: Iterable[str]) -> str:
        edited_unseen(view.site.output / "x.atom")
        return digest_of(view, entries)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(put, "digest_of", meanwhile)
        assert arrivals.publish() != published
    assert arrivals.publish() == published


def test_of_a_feed_that_fails_no_file_counts_as_touched(make_config: Make) -> None:
    """What cannot be put back is an error each time, and no news that somebody touched it."""
    config = make_config('[[feed]]\nname = "x"\n' + sources("a"))
    arrivals = Arrivals(config)
    arrivals.arrive(("a", [sent(ARTICLES[0], 1)]))
    arrivals.publish()
    (config.site.output / "x.html").unlink()
    (config.site.output / "x.html").mkdir()
    arrivals.arrive(("a", [sent(ARTICLES[1], 2)]))
    names = folder.file_names(config.feeds)
    with Store.open(config.store_url) as store:
        run = Run.of(config, store, clock=lambda: NOW, stop=Event())
        assert publish_all(run)[0].error
        assert stamps_in_place(run) == files.stamps(config.site.output, names)
        (config.site.output / "x.html").rmdir()
        assert publish_all(run)[0].files_written == ("x.html",)
        assert stamps_in_place(run) == files.stamps(config.site.output, names)


def test_a_site_without_searching_has_no_page_of_it(make_config: Make) -> None:
    """Where searching is switched off the page goes, unless somebody else put it there."""
    arrivals = Arrivals(make_config('[[feed]]\nname = "x"\n' + sources("a")))
    arrivals.arrive(("a", [sent(ARTICLES[0], 1)]))
    arrivals.publish()
    output = arrivals.config.site.output
    names = {path.name for path in output.glob("search.html*")}
    assert names == {"search.html", "search.html.br", "search.html.gz"}
    site = replace(arrivals.config.site, search=False)
    without = replace(arrivals.config, site=site)
    with Store.open(without.store_url) as store:
        run = Run.of(without, store, clock=lambda: NOW, stop=Event())
        publish_all(run)
        assert not [*output.glob("search.html*")]
        (output / "search.html").write_text("<p>x", encoding="utf-8")
        publish_all(run)
    assert (output / "search.html").read_text(encoding="utf-8") == "<p>x"
