"""Conditional requests: what is sent back, and what an answer to it may be."""

from __future__ import annotations

from datetime import timedelta
from http.server import BaseHTTPRequestHandler

import pytest

from aggregator.errors import FetchError
from aggregator.fetch import http
from aggregator.models import Access, FetchState, Outcome
from tests.support.configurations import Make, source
from tests.support.deadlines import HUNG_SECONDS
from tests.support.loopback import Loopback, Page
from tests.support.passes import NOW, one_pass
from tests.support.published import read
from tests.support.texts import item, rss

FUTURE = "Fri, 07 Nov 2042 08:30:00 GMT"


def fetch(url: str, state: FetchState) -> http.Fetched | http.NotModified:
    """Fetch from loopback what may have changed since a state."""
    limits = Access(allow_private=True, timeout_seconds=HUNG_SECONDS)
    return http.Client("test", lambda: NOW).fetch("a", url, state, limits)


@pytest.mark.parametrize("state", [FetchState(), FetchState(last_modified=FUTURE)])
def test_a_304_that_was_not_asked_for_is_a_failure(web: Loopback, state: FetchState) -> None:
    """Without a validator in the request nothing can be unchanged: the server is at fault."""
    web.pages["/a"] = Page(status=304)
    with pytest.raises(FetchError, match="304"):
        fetch(f"{web.url}/a", state)


@pytest.mark.parametrize(
    "state", [FetchState(etag='"x"'), FetchState(last_modified="Mon, 23 Nov 2026 06:00:00 GMT")]
)
def test_a_304_that_was_asked_for_keeps_the_validators(web: Loopback, state: FetchState) -> None:
    """One validator is enough to be told that nothing changed, and the next request has it too."""
    web.pages["/a"] = Page(handle=lambda request: answer(request, 304))
    result = fetch(f"{web.url}/a", state)
    assert isinstance(result, http.NotModified)
    assert (result.etag, result.last_modified) == (state.etag, state.last_modified)


def answer(
    request: BaseHTTPRequestHandler, status: int, body: bytes = b"", last_modified: str = ""
) -> None:
    """Answer as a server without ETags does."""
    request.send_response(status)
    if last_modified:
        request.send_header("Last-Modified", last_modified)
    request.end_headers()
    request.wfile.write(body)


def test_a_source_that_answers_304_unasked_is_reported_at_each_pass(
    web: Loopback, make_config: Make
) -> None:
    """It is a failed source and not one without news."""
    web.pages["/a"] = Page(handle=lambda request: answer(request, 304))
    config = make_config(source("a", f"{web.url}/a"))
    for hour in range(2):
        (report,) = one_pass(config, now=NOW + timedelta(hours=hour)).sources
        assert report.outcome is Outcome.FAILED and "not asked" in report.error


@pytest.mark.parametrize(
    ("last_modified", "is_sent_back"),
    [
        (FUTURE, False),
        ("Sunday, 07-Nov-42 08:30:00 GMT", False),
        ("Tue, 24 Nov 2026 12:00:00 +0600", True),
        ("Tue, 24 Nov 2026 06:00:00 GMT", True),
        ("Tue, 24 Nov 2026 06:00:01 GMT", False),
        ("yesterday", True),
    ],
)
def test_only_a_last_modified_in_the_future_is_kept_back(
    web: Loopback, last_modified: str, is_sent_back: bool
) -> None:
    """What is no date is sent back as it came: a server may compare it letter by letter."""
    web.pages["/a"] = Page(rss([item(1)]))
    fetch(f"{web.url}/a", FetchState(etag='"old"', last_modified=last_modified))
    assert web.headers[0].get("if-modified-since") == (last_modified if is_sent_back else None)
    assert web.headers[0]["if-none-match"] == '"old"'


def test_a_last_modified_in_the_future_hides_no_news(web: Loopback, make_config: Make) -> None:
    """A server that finds everything older than its own future date is asked for everything."""
    body = rss([item(1)])

    def handle(request: BaseHTTPRequestHandler) -> None:
        is_conditional = request.headers.get("If-Modified-Since") is not None
        answer(request, *((304,) if is_conditional else (200, body, FUTURE)))

    web.pages["/a"] = Page(handle=handle)
    config = make_config(source("a", f"{web.url}/a"))
    one_pass(config)
    body = rss([item(1), item(2)])
    one_pass(config, now=NOW + timedelta(hours=1))
    assert len(read(config, "bangla.rss")) == 2


def test_a_last_modified_counts_once_its_time_has_come(web: Loopback, make_config: Make) -> None:
    """A server whose clock is an hour fast is asked conditionally from an hour later on."""
    later = (NOW + timedelta(hours=1)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    web.pages["/a"] = Page(
        handle=lambda request: answer(request, 200, rss([item(1)]), last_modified=later)
    )
    config = make_config(source("a", f"{web.url}/a"))
    for minutes in (0, 30, 90):
        one_pass(config, now=NOW + timedelta(minutes=minutes))
    assert [headers.get("if-modified-since") for headers in web.headers] == [None, None, later]
