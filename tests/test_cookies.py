"""Cookies that are set on the way round a redirect."""

from __future__ import annotations

from datetime import timedelta
from http.server import BaseHTTPRequestHandler

import pytest

from aggregator.models import Outcome
from tests.support.configurations import Make, source
from tests.support.loopback import Loopback, Page
from tests.support.passes import NOW, one_pass
from tests.support.texts import item, rss


def gate(web: Loopback, *, cookie: str = "pass=ok", by: str = "/gate") -> None:
    """Serve a feed only to those who bring a cookie, which a page on the way sets."""

    def feed(request: BaseHTTPRequestHandler) -> None:
        if "pass=ok" in request.headers.get("Cookie", ""):
            request.send_response(200)
            request.end_headers()
            request.wfile.write(rss([item(1)]))
        else:
            request.send_response(302)
            request.send_header("Location", by)
            request.end_headers()

    web.pages["/feed"] = Page(handle=feed)
    web.pages["/gate"] = Page(status=302, headers={"Location": "/feed", "Set-Cookie": cookie})


@pytest.mark.parametrize(
    "cookie",
    [
        "pass=ok",
        "pass=ok; Path=/; Max-Age=600; HttpOnly; SameSite=Lax",
        "pass=ok; Expires=Fri, 07 Nov 2042 08:30:00 GMT",
        "pass=ok; Path=/feed",
    ],
)
def test_a_cookie_opens_the_gate_that_set_it(web: Loopback, make_config: Make, cookie: str) -> None:
    """A site that sends everybody round by a page with a cookie is read."""
    gate(web, cookie=cookie)
    (report,) = one_pass(make_config(source("a", f"{web.url}/feed"))).sources
    assert report.new == 1
    assert [path for path, _ in web.asked] == ["/feed", "/gate", "/feed"]


def test_a_cookie_that_the_feed_itself_sets_is_brought_back(
    web: Loopback, make_config: Make
) -> None:
    """An address may redirect to itself with a cookie."""

    def feed(request: BaseHTTPRequestHandler) -> None:
        is_known = "seen=1" in request.headers.get("Cookie", "")
        request.send_response(200 if is_known else 307)
        if not is_known:
            request.send_header("Set-Cookie", "seen=1")
            request.send_header("Location", "/feed")
        request.end_headers()
        request.wfile.write(rss([item(1)]) if is_known else b"")

    web.pages["/feed"] = Page(handle=feed)
    assert one_pass(make_config(source("a", f"{web.url}/feed"))).sources[0].new == 1


def test_a_cookie_lives_no_longer_than_its_chain(web: Loopback, make_config: Make) -> None:
    """The next poll, and another source of the same host, start without any."""
    gate(web)
    web.pages["/other"] = Page(rss([item(2)]))
    config = make_config(source("a", f"{web.url}/feed") + source("b", f"{web.url}/other"))
    one_pass(config)
    one_pass(config, now=NOW + timedelta(hours=1))
    brought = [headers.get("cookie") for headers in web.headers]
    paths = [path for path, _ in web.asked]
    by_path = list(zip(paths, brought, strict=True))
    assert by_path.count(("/feed", None)) == by_path.count(("/feed", "pass=ok")) == 2
    assert {cookie for path, cookie in by_path if path != "/feed"} == {None}


def test_a_cookie_stays_with_its_host(web: Loopback, make_config: Make) -> None:
    """Where the way leads to another host, that host is brought nothing."""
    other = web.url.replace("127.0.0.1", "localhost")
    web.pages["/feed"] = Page(
        status=302, headers={"Location": f"{other}/there", "Set-Cookie": "pass=ok"}
    )
    web.pages["/there"] = Page(
        status=302, headers={"Location": f"{web.url}/back", "Set-Cookie": "own=1"}
    )
    web.pages["/back"] = Page(rss([item(1)]))
    assert one_pass(make_config(source("a", f"{web.url}/feed"))).sources[0].new == 1
    assert [headers.get("cookie") for headers in web.headers] == [None, None, "pass=ok"]


def test_a_source_s_own_cookie_is_sent_beside_it(web: Loopback, make_config: Make) -> None:
    """A cookie in the configuration is neither lost on the way nor sent to another host."""
    other = web.url.replace("127.0.0.1", "localhost")
    gate(web)
    web.pages["/away"] = Page(status=302, headers={"Location": f"{other}/feed"})
    own = 'headers = { cookie = "paid=yes" }\n'
    config = make_config(
        source("a", f"{web.url}/feed") + own + source("b", f"{web.url}/away") + own
    )
    assert not any(report.outcome is Outcome.FAILED for report in one_pass(config).sources)
    by_path = [
        (path, headers["host"].partition(":")[0], headers.get("cookie"))
        for (path, _), headers in zip(web.asked, web.headers, strict=True)
    ]
    assert ("/feed", "127.0.0.1", "paid=yes") in by_path
    assert ("/feed", "127.0.0.1", "paid=yes; pass=ok") in by_path
    assert ("/feed", "localhost", "pass=ok") in by_path
    assert not any("paid" in (cookie or "") for _, host, cookie in by_path if host == "localhost")


def test_a_gate_that_never_opens_ends(web: Loopback, make_config: Make) -> None:
    """A cookie that is refused leads round no more than five times."""
    gate(web, cookie="pass=no")
    (report,) = one_pass(make_config(source("a", f"{web.url}/feed"))).sources
    assert "redirected more than 5 times" in report.error
