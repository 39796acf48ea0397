"""The server: whole files with validators, and nothing but published files."""

from __future__ import annotations

import asyncio
import os
import resource
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
import requests

from aggregator import web
from aggregator.publish import formats
from aggregator.publish.format import Format
from tests.support.configurations import Make
from tests.support.deadlines import HUNG_SECONDS
from tests.support.passes import one_pass
from tests.support.serving import Served, serving
from tests.support.texts import PAGE


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
    tag, modified = first["ETag"], first["Last-Modified"]
    for etag in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        assert served.get("/bangla.rss", If_None_Match=etag).status_code == 304
    assert served.get("/bangla.rss", If_Modified_Since=modified).status_code == 304
    assert served.get("/bangla.rss", If_Modified_Since="yesterday").status_code == 200
    other = served.get("/bangla.rss", If_None_Match='"other"', If_Modified_Since=modified)
    assert other.status_code == 200


def test_a_time_without_a_zone_is_in_gmt_wherever_the_server_is(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old form of C's asctime, in which a client may ask, has none (RFC 9110 §5.6.7)."""
    modified = served.get("/bangla.rss").headers["Last-Modified"]
    stated = parsedate_to_datetime(modified)
    with monkeypatch.context() as zone:
        zone.setenv("TZ", "America/New_York")
        time.tzset()
        answers = [
            served.get("/bangla.rss", If_Modified_Since=date.strftime("%a %b %e %H:%M:%S %Y"))
            for date in (stated, stated - timedelta(seconds=1))
        ]
    time.tzset()
    assert [answer.status_code for answer in answers] == [304, 200]


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
        f"/{'a' * 300}.rss",
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
        render_entry=lambda view: f"{view.entry.title}\n".encode(),
        join=lambda view, entries: b"".join(entries),
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


def test_every_answer_carries_the_headers_that_bind_a_browser(served: Served) -> None:
    """Feeds, pages, unchanged files, faults of every kind: no script, no guessing, no referrer."""
    tag = served.get("/bangla.rss").headers["ETag"]
    answers = [
        served.get("/bangla.rss"),
        served.get("/"),
        served.get("/bangla.rss", If_None_Match=tag),
        served.get("/nothing.rss"),
        requests.post(f"{served.url}/bangla.rss", timeout=HUNG_SECONDS),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 304, 404, 405]
    for answer in answers:
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; ")
        assert "script-src" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert b"\r\ncontent-security-policy: default-src" in served.send(b"no request\r\n\r\n")


@pytest.mark.parametrize("path", ["/bangla.rss/", "//", "/bangla.rss//", "/nothing/"])
def test_no_address_is_made_of_the_host_that_a_client_names(served: Served, path: str) -> None:
    """A cache in front would hand a redirect to a foreign host on to every reader."""
    request = f"GET {path} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
    answer = served.send(request.encode())
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert b"evil.example" not in answer


def test_a_large_file_arrives_whole_at_a_reader_that_takes_its_time(served: Served) -> None:
    """It is sent in pieces, with its length, as the reader reads it."""
    body = os.urandom(3_000_000)
    (served.folder / "bangla.rss").write_bytes(body)
    with requests.get(f"{served.url}/bangla.rss", stream=True, timeout=HUNG_SECONDS) as answer:
        assert answer.headers["Content-Length"] == "3000000"
        assert b"".join(answer.iter_content(10_000)) == body


def test_a_file_that_cannot_be_read_for_now_is_not_called_gone(served: Served) -> None:
    """Without descriptors the answer is 503: a reader may drop a feed for a 404."""
    served_app = web.app(served.folder)
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    async def ask() -> None:
        scope = {"type": "http", "method": "GET", "path": "/bangla.rss", "headers": []}
        await served_app(scope, receive, send)

    async def ask_without_descriptors() -> None:
        await ask()
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
        try:
            await ask()
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    asyncio.run(ask_without_descriptors())
    statuses = [message["status"] for message in sent if "status" in message]
    assert statuses == [200, 503]
