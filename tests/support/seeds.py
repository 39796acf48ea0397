"""Feeds of every format, whole and broken, that fuzzing starts from."""

from __future__ import annotations

import json

from tests.support.texts import item, rss
from tests.test_feed_formats import CASES, item_of
from tests.test_feed_parse import ATOM

_JSON = {
    "version": "https://jsonfeed.org/version/1.1",
    "items": [{"id": 7, "url": "/a", "title": "খবর", "content_html": "<p>লেখা</p>", "tags": ["ক"]}],
}
_OLD_ATOM = (
    '<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry><title mode="escaped">ক</title>'
    "<id>tag:a,2026:1</id><issued>2026-08-13T10:23:48+06:00</issued>"
    '<content type="application/xhtml+xml" mode="xml"><div>লেখা</div></content></entry></feed>'
)
_RDF = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    'xmlns="http://purl.org/rss/1.0/"><item rdf:about="https://a.example/1"><title>ক</title>'
    "</item></rdf:RDF>"
)

SEEDS: tuple[bytes, ...] = (
    rss([item(1), item(2)]),
    rss([item(1)]).decode().encode("utf-16"),
    rss([item(1)])[:-40],
    ATOM.encode(),
    *(item_of(case) for case in CASES.values()),
    json.dumps(_JSON).encode(),
    _OLD_ATOM.encode(),
    _RDF.encode(),
    b"<html><head><link rel='alternate' type='application/rss+xml' href='/x'></head></html>",
)
