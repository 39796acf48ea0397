"""The server: whole files with validators, and nothing but published files."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread

import pytest
import requests
import uvicorn

from aggregator import web
from aggregator.publish import formats
from aggregator.publish.format import Format
from tests.support.configurations import Make
from tests.support.deadlines import HUNG_SECONDS
from tests.support.passes import one_pass
from tests.support.texts import PAGE


@dataclass
class Served:
    """A folder that is being served, and where."""

    folder: Path
    url: str

    def get(self, path: str, **headers: str) -> requests.Response:
        """Ask for a path."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return requests.get(f"{self.url}{path}", headers=names, timeout=HUNG_SECONDS)


@contextmanager
def serving(folder: Path) -> Iterator[Served]:
    """Serve a folder for as long as the block lasts."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()  # from now on a request waits until the server takes it
    settings = uvicorn.Config(web.app(folder), log_config=None, lifespan="off")
    server = uvicorn.Server(settings)
    thread = Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield Served(folder=folder, url=f"http://127.0.0.1:{listener.getsockname()[1]}")
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """Serve a folder with one feed, its page, and what must not be seen."""
    folder = tmp_path / "feeds"
    folder.mkdir()
    (folder / "bangla.rss").write_bytes(b"<rss/>")
    (folder / "index.html").write_bytes(b"<p>index</p>")
    (folder / ".bangla.rss.tmp").write_bytes(b"<rs")
    (folder / "README.md").write_bytes(b"#")
    (tmp_path / "secret.rss").write_bytes(b"secret")
    (folder / "link.rss").symlink_to(tmp_path / "secret.rss")
    (folder / "folder.rss").mkdir()
    with serving(folder) as server:
        yield server


def test_a_feed_is_served_with_its_type_and_validators(served: Served) -> None:
    """A reader learns what it is and how to ask for it next time."""
    answer = served.get("/bangla.rss")
    assert (answer.status_code, answer.content) == (200, b"<rss/>")
    assert answer.headers["Content-Type"] == "application/rss+xml; charset=utf-8"
    assert answer.headers["ETag"] and answer.headers["Last-Modified"]
    assert served.get("/").content == b"<p>index</p>"
    assert requests.head(f"{served.url}/bangla.rss", timeout=HUNG_SECONDS).content == b""


def test_an_unchanged_feed_is_not_sent_again(served: Served) -> None:
    """Each form of both conditional headers is understood; the tag outweighs the time."""
    first = served.get("/bangla.rss").headers
    tag, time = first["ETag"], first["Last-Modified"]
    for etag in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        assert served.get("/bangla.rss", If_None_Match=etag).status_code == 304
    assert served.get("/bangla.rss", If_Modified_Since=time).status_code == 304
    assert served.get("/bangla.rss", If_Modified_Since="yesterday").status_code == 200
    other = served.get("/bangla.rss", If_None_Match='"other"', If_Modified_Since=time)
    assert other.status_code == 200


def test_other_bytes_have_another_tag_even_in_the_same_second(served: Served) -> None:
    """The tag is made of the bytes, not of the file's time and size."""
    before = served.get("/bangla.rss").headers["ETag"]
    (served.folder / "bangla.rss").write_bytes(b"<RSS/>")
    assert served.get("/bangla.rss").headers["ETag"] != before


@pytest.mark.parametrize(
    "path",
    [
        "/.bangla.rss.tmp",
        "/README.md",
        "/link.rss",
        "/folder.rss",
        "/nothing.rss",
        "/%2e%2e/secret.rss",
        "/..%2fsecret.rss",
        "/bangla.rss%00",
        "/feeds/bangla.rss",
    ],
)
def test_nothing_but_published_files_is_served(served: Served, path: str) -> None:
    """No half-written file, no link, no folder, nothing from outside."""
    host = served.url.removeprefix("http://")
    with closing(HTTPConnection(host, timeout=HUNG_SECONDS)) as connection:
        connection.request("GET", path)  # as it stands: requests would tidy the path up
        with connection.getresponse() as answer:
            assert answer.status == 404


def test_a_format_in_the_table_is_published_served_and_listed(
    make_config: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One more entry in the table is all that a new format takes."""
    titles = Format(
        suffix="txt",
        media_type="text/plain",
        label="Titles",
        render=lambda view: "".join(f"{entry.title}\n" for entry in view.entries).encode(),
    )
    monkeypatch.setattr(formats, "FORMATS", (*formats.FORMATS, titles))
    (tmp_path / "page.txt").write_text(PAGE, encoding="utf-8")
    config = make_config('[[source]]\nname = "d"\ndump = "page.txt"\n')
    one_pass(config)
    with serving(config.site.output) as server:
        answer = server.get("/bangla.txt")
        front, feed_page = server.get("/"), server.get("/bangla.html")
    assert (answer.status_code, answer.content.count(b"\n")) == (200, 1)
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    for shown in (front, feed_page):
        assert '<a href="bangla.txt">Titles</a>' in shown.text
    assert '<link rel="alternate" type="text/plain" title=' in feed_page.text
