"""An item that is known by its bytes is not read again, and nothing else comes of it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from aggregator import config as configuration
from aggregator.models import NOTHING_KNOWN, Config, KnownItem, KnownItems, Mention, ParsedEntry
from aggregator.parse.feed import Reading, parse, read, strict
from aggregator.parse.feed.strict_entry import rss_entry
from aggregator.pipeline.purge import purge
from aggregator.store import schema
from aggregator.store.packed import unpack
from aggregator.store.store import Store
from tests.support.by_hand import by_hand
from tests.support.configurations import Make, source
from tests.support.loopback import Loopback, Page
from tests.support.passes import NOW, one_pass
from tests.support.published import state_of
from tests.support.texts import BODY, OTHER_BODY, item, rss

pytestmark = pytest.mark.databases

URL = "https://a.example/feed"
SPACES = (
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:x="http://purl.org/rss/1.0/modules/content/"'
)


# --- Reading -------------------------------------------------------------------------------------


def known_of(reading: Reading) -> KnownItems:
    """Return all items of a document as known, each under its place."""
    items = {
        item_hash: KnownItem(
            mention=Mention(native_id=str(place), url_key="", text_hash="", digest=""),
            headline=None,
        )
        for place, (item_hash, entry) in enumerate(
            zip(reading.hashes, reading.entries, strict=True)
        )
        if isinstance(entry, ParsedEntry)
    }
    return KnownItems(context=reading.context, items=items)


def channel(*items: str, head: str = "", root: str = "") -> bytes:
    """Build an RSS document of items as they stand."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" {SPACES}{root}><channel>'
        f"<title>প</title><link>https://a.example/</link>{head}{''.join(items)}</channel></rss>"
    ).encode()


def rss_item(number: int, inner: str = "") -> str:
    """Return an item of RSS as it stands."""
    return (
        f"<item><title>খবর {number}</title><link>/news/{number}</link><guid>{number}</guid>"
        f"<dc:creator>রহিমা</dc:creator>{inner}</item>"
    )


def atom(*entries: str, head: str = "") -> bytes:
    """Build an Atom document of entries as they stand."""
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom"><title>প</title>{head}{"".join(entries)}</feed>'
    ).encode()


ATOM_ENTRY = (
    "<entry><title>খবর</title><id>urn:x:1</id><link href='/1'/><updated>2026-11-20T05:00:00Z"
    "</updated><content type='html'>&lt;p&gt;কথা&lt;/p&gt;</content></entry>"
)
CDATA = "<description><![CDATA[<p>কথা <!-- আর --> কথা</p>]]></description>"
DIVIDED = {
    "RSS": channel(rss_item(1), rss_item(2, CDATA), "\n", rss_item(3)),
    "Atom": atom(ATOM_ENTRY, ATOM_ENTRY.replace("urn:x:1", "urn:x:2")),
    "a comment before": channel("<!-- <b> -->", rss_item(1), rss_item(2)),
    "RDF": (
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        b'xmlns="http://purl.org/rss/1.0/"><channel><title>x</title></channel>'
        b"<item><title>1</title></item><item><title>2</title></item></rdf:RDF>"
    ),
    "an end in CDATA": channel("<item><title><![CDATA[</item><item>]]></title></item>"),
    "an item in CDATA": channel(rss_item(1), rss_item(2, "<x><![CDATA[<item>]]></x>")),
    "an end in CDATA, and more": channel(rss_item(1), rss_item(2, "<x><![CDATA[</item>]]></x>")),
    "attributes": channel(rss_item(1).replace("<item>", "<item a='1'>"), rss_item(2)),
    "files": channel(
        rss_item(1, "<enclosure url='/a.mp3' length='9'/><dc:rights>© প</dc:rights>"),
        rss_item(
            2,
            "<description>কথা</description>"
            "<m:content url='/a.jpg'><m:title>নদী</m:title></m:content>",
        ),
        root=' xmlns:m="http://search.yahoo.com/mrss/"',
    ),
}


@pytest.mark.parametrize("name", DIVIDED)
@given(data=st.data())
def test_whatever_is_known_the_others_are_read_as_ever(name: str, data: st.DataObject) -> None:
    """Of any choice of known items each keeps its place, and the rest is what ``parse`` finds."""
    body = DIVIDED[name]
    every = known_of(read(body, URL))
    assert len(every.items) == len(parse(body, URL))
    chosen = data.draw(st.sets(st.sampled_from(sorted(every.items))))
    known = replace(every, items={one: every.items[one] for one in chosen})
    reading = read(body, URL, known=known)
    for item_hash, was, now in zip(reading.hashes, parse(body, URL), reading.entries, strict=True):
        assert now == (known.items[item_hash] if item_hash in chosen else was)


UNDIVIDED = {
    "an item in an item": channel(rss_item(1, "<x:group><item><title>x</title></item></x:group>")),
    "items in a comment": channel("<!--", rss_item(1), "-->", rss_item(2)),
    "items in a comment, and as many": channel(
        "<!-- <item>x</item><item><![CDATA[ -->", rss_item(1), rss_item(2, CDATA)
    ),
    "an item in CDATA before": atom(
        ATOM_ENTRY, head="<subtitle><![CDATA[<item>x</item>]]></subtitle>"
    ),
    "an item in CDATA of an entry": atom(
        ATOM_ENTRY.replace("&lt;p&gt;কথা&lt;/p&gt;", "<![CDATA[<item>x</item>]]>")
    ),
    "an item in an entry": atom(
        ATOM_ENTRY.replace("<entry>", "<entry><x xmlns=''><item>x</item></x>")
    ),
    "a comment in an item": channel(rss_item(1, "<!-- </item> -->"), rss_item(2)),
    "an instruction in an item": channel(rss_item(1, "<?x </item>?>"), rss_item(2)),
    "words between items": channel(rss_item(1), "কথা", rss_item(2)),
    "an item that is closed at once": channel("<item />", rss_item(2)),
    "a name that begins so": channel("<items/>", rss_item(1)),
    "items in two places": channel(rss_item(1)).replace(
        b"</rss>", rss_item(2).encode() + b"</rss>"
    ),
    "a prefix": channel(
        rss_item(1), "<r:item><title>১</title></r:item>", root=' xmlns:r="http://purl.org/rss/1.0/"'
    ),
    "a definition": b'<!DOCTYPE rss [<!ENTITY a "x">]>' + channel(rss_item(1)).partition(b"?>")[2],
    "a base": channel(rss_item(1), root=' xml:base="https://b.example/"'),
    "not well-formed": channel(rss_item(1), rss_item(2, "<br>")),
    "markup that is not escaped": channel(rss_item(1, "<description><p>ক</p></description>")),
    "JSON": b'{"version": "https://jsonfeed.org/version/1", "items": [{"id": "1", "title": "x"}]}',
}


@pytest.mark.parametrize("name", UNDIVIDED)
def test_what_may_mean_more_than_its_bytes_is_read_whole(name: str) -> None:
    """Where tags may not be what they seem no item is known, and all is what ``parse`` finds."""
    reading = read(UNDIVIDED[name], URL)
    assert not reading.hashes
    assert reading.entries == parse(UNDIVIDED[name], URL)


PLAIN = rss_item(1)
FULL_ITEM = rss_item(1, "<description>কথা</description><x:encoded>আরও কথা</x:encoded>")
CONTEXTS: dict[str, Callable[[], tuple[bytes, str]]] = {
    "another address": lambda: (channel(rss_item(1)), "https://b.example/feed"),
    "another site": lambda: (
        channel(rss_item(1)).replace(b"<link>https://a", b"<link>https://b", 1),
        "https://feeds.example/a",
    ),
    "another vocabulary": lambda: (channel(FULL_ITEM).replace(b"modules/content", b"no"), URL),
    "an author of the feed": lambda: (
        atom(ATOM_ENTRY, head="<author><name>রহিমা</name></author>"),
        URL,
    ),
}


@pytest.mark.parametrize("name", CONTEXTS)
def test_in_another_context_every_item_is_read(name: str) -> None:
    """The same bytes may be another entry where what stands around them has changed."""
    body, url = CONTEXTS[name]()
    usual = {b"<feed": atom(ATOM_ENTRY), b"encoded": channel(FULL_ITEM)}
    before = read(next((was for sign, was in usual.items() if sign in body), channel(PLAIN)), URL)
    assert before.hashes
    assert before.hashes == read(body, url).hashes
    assert read(body, url, known=known_of(before)).entries == parse(body, url)


def test_an_item_with_a_fault_is_read_with_all_the_others() -> None:
    """A document that breaks beside known items is read by whoever reads broken ones."""
    known = known_of(read(channel(rss_item(1), rss_item(2)), URL))
    for broken in ("<item><title>৩</title><br></item>", "<item><title><b>৩</b></title></item>"):
        body = channel(rss_item(1), rss_item(2), broken)
        assert read(body, URL, known=known).entries == parse(body, URL)


# What reading makes of these documents, by the number of its rules.
READ_AS = {2: "fc9689120c0d8887"}


def test_reading_that_changes_raises_its_rules() -> None:
    """Known items keep what was read of them, so another reading needs another number."""
    entries = [parse(body, URL) for body in DIVIDED.values()]
    found = sha256(repr(entries).encode()).hexdigest()[:16]
    assert READ_AS.get(strict.RULES) == found, (
        "raise RULES of aggregator/parse/feed/strict.py, and put down what it reads now"
    )


# --- Storing: the same as if nothing were known --------------------------------------------------

Items = list[dict[str, str]]


def _new(random_: random.Random, number: int) -> dict[str, str]:
    words = " ".join(random_.sample((*BODY, *OTHER_BODY), k=random_.randint(1, 3)))
    text = random_.choice((f"<p>{number} {words}</p>", f"<p>{number}</p>"))
    return item(number, description=text, category=random_.choice(("", "জেলা")))


def _changed(random_: random.Random, items: Items, number: int) -> Items:
    """Change a document as sites do: news, corrections, other orders, ids, dates and counters."""
    items = [dict(one) for one in items]
    if not items:
        return [_new(random_, number)]
    one = random_.choice(items)
    address = f"https://example.org/news/{number}"
    changes: list[Callable[[], object]] = [
        lambda: items.insert(0, _new(random_, number)),
        lambda: items.append(dict(one)),
        lambda: items.remove(one),
        lambda: random_.shuffle(items),
        lambda: one.update(title=f"{one.get('title', '')} ({number})"),
        lambda: one.update(description=f"<p>{number} সংশোধিত</p>"),
        lambda: one.update(pubDate=f"Tue, 17 Nov 2026 1{number % 10}:00:00 +0600"),
        lambda: one.update(guid=address, link=address),
        lambda: one.update(guid=f"{one.get('link', '')}#{number % 3}"),
        lambda: one.update(guid=items[0].get("guid", "")),
        lambda: one.update(comments=str(number)),
        lambda: [other.update(title=f"{other.get('title', '')} - আমার কাগজ") for other in items],
        lambda: [
            other.update(link=f"{other.get('link', '')}?utm_source={number}") for other in items
        ],
        lambda: one.update(title="", description=""),
    ]
    for change in random_.sample(changes, k=random_.randint(1, 3)):
        change()
    return [{name: value for name, value in one.items() if value} for one in items]


def _bodies(random_: random.Random) -> Iterator[bytes]:
    """Yield what a source sends at its polls."""
    items = [_new(random_, number) for number in range(random_.randint(1, 12))]
    for poll in range(8):
        head = f"<ttl>{random_.randint(1, 2)}</ttl>"
        body = rss(items, extra=head)
        if random_.random() < 0.1:
            body = body.replace(b"</item>", b"<br></item>", 1)
        if random_.random() < 0.1:
            body = body.replace(b"<link>https://example.org/<", b"<link>https://b.example/<", 1)
        yield body
        items = _changed(random_, items, 100 * (poll + 1) + len(items))


def _forget(config: Config) -> None:
    with by_hand(config) as database:
        database.exec_driver_sql("DELETE FROM known_items")


def _rows(config: Config) -> list[str]:
    """Return everything in the store but what is known of items, and how long polls took."""
    rows = []
    with by_hand(config) as database:
        for table in schema.metadata.sorted_tables:
            if table.name not in ("known_items", "standing"):
                columns = [column for column in table.c if column.name != "milliseconds"]
                rows += [f"{table.name} {row}" for row in database.execute(sa.select(*columns))]
    return sorted(rows)


def _check_a_history(web: Loopback, folder: Path, seed: int, keys: str = "") -> None:
    """Poll what one source sends over time with and without what is known, and compare."""
    random_, configs = random.Random(seed), []
    for name in ("known", "forgotten"):
        (folder / name).mkdir()
        path = folder / name / "config.toml"
        path.write_text(source("a", f"{web.url}/a") + keys, encoding="utf-8")
        configs.append(configuration.load(path))
    now = NOW
    for body in _bodies(random_):
        web.pages["/a"] = Page(body)
        reports = []
        for config in configs:
            reports.append(one_pass(config, now=now))
        assert reports[0].sources == reports[1].sources
        assert _rows(configs[0]) == _rows(configs[1])
        published = [state_of(config.site.output) for config in configs]
        names = [{name: body for name, (body, _) in files.items()} for files in published]
        assert names[0] == names[1]
        _forget(configs[1])
        now += timedelta(minutes=random_.choice((5, 60, 700)))


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.more) for seed in range(1, 4))]
)
@pytest.mark.parametrize("keys", ["", "max_entries = 5\n"])
def test_what_is_known_changes_nothing(web: Loopback, tmp_path: Path, seed: int, keys: str) -> None:
    """A source that changes as sites do leaves the same rows and files as if all were read."""
    _check_a_history(web, tmp_path, seed, keys)


@pytest.mark.attack
@pytest.mark.parametrize("seed", range(100, 200))
def test_whatever_a_source_does_what_is_known_changes_nothing(
    web: Loopback, tmp_path: Path, seed: int
) -> None:
    """A hundred histories are the same with and without what is known."""
    _check_a_history(web, tmp_path, seed)


# --- What is remembered --------------------------------------------------------------------------


def test_of_a_document_that_goes_on_only_the_news_are_read(
    web: Loopback, make_config: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two new items beside forty known ones are two that are read."""
    items = [item(number) for number in range(40)]
    config = make_config(source("a", f"{web.url}/a"))
    web.pages["/a"] = Page(rss(items))
    one_pass(config)
    read_items: list[Any] = []

    def counted(element: Any, parts: Any) -> Any:
        read_items.append(element)
        return rss_entry(element, parts)

    monkeypatch.setattr("aggregator.parse.feed.strict.rss_entry", counted)
    web.pages["/a"] = Page(rss([item(50), item(51), *items], extra="<ttl>1</ttl>"))
    report = one_pass(config, now=NOW + timedelta(hours=1))
    assert len(read_items) == 2
    assert [(one.new, one.unchanged) for one in report.sources] == [(2, 40)]


def test_another_time_zone_has_every_item_read(web: Loopback, make_config: Make) -> None:
    """A setting that decides what an item says is part of what is known."""
    undated = item(1, pubDate="2026-11-16 10:00:00")
    web.pages["/a"] = Page(rss([undated]))
    one_pass(make_config(source("a", f"{web.url}/a")))
    web.pages["/a"] = Page(rss([undated], extra="<ttl>1</ttl>"))
    config = make_config(source("a", f"{web.url}/a") + 'timezone = "Europe/London"\n')
    report = one_pass(config, now=NOW + timedelta(hours=1))
    assert [one.refreshed for one in report.sources] == [1]


def test_a_purged_title_is_not_kept_with_what_is_known(web: Loopback, make_config: Make) -> None:
    """It stands nowhere in the store, though its source goes on sending it among others."""
    config = make_config(source("a", f"{web.url}/a"))
    title = item(2)["title"]
    for poll in range(3):
        web.pages["/a"] = Page(rss([item(1), item(2), item(3 + poll)]))
        one_pass(config, now=NOW + timedelta(hours=poll))
        with Store.open(config.store_url) as store, store.read() as unit:
            known = unit.sources.known_items("a").items.values()
            headlines = {one.headline[0] for one in known if one.headline}
        assert item(1)["title"] in headlines
        assert (title in headlines) == (poll == 0)
        if poll == 0:
            with Store.open(config.store_url) as store:
                assert len(purge(store, item(2)["link"], config.dedupe, lambda: NOW)) == 1
                with store.read() as unit:
                    assert unit.sources.known_items("a") == NOTHING_KNOWN


def test_no_title_of_a_purged_entry_is_kept_with_what_is_known(
    web: Loopback, make_config: Make
) -> None:
    """Nor are those of its other versions, of which no digest is stored."""
    config = make_config(source("a", f"{web.url}/a"))
    titles = ["একটি শিরোনাম", "দ্বিতীয় এক শিরোনাম", "তৃতীয় কোনো শিরোনাম"]
    web.pages["/a"] = Page(rss([item(1), item(2, title=titles[0])]))
    one_pass(config)
    with Store.open(config.store_url) as store:
        assert len(purge(store, item(2)["link"], config.dedupe, lambda: NOW)) == 1
    versions = [item(2, title=title, description=f"<p>{title}</p>") for title in titles]
    web.pages["/a"] = Page(rss([item(1), item(3), *versions]))
    one_pass(config, now=NOW + timedelta(hours=1))
    with by_hand(config) as database:
        packed = database.exec_driver_sql("SELECT packed FROM known_items").scalar_one()
    kept = unpack(packed)[1]
    assert item(1)["title"] in kept
    assert not [title for title in titles if title in kept]


@pytest.mark.parametrize("packed", [b"", b"\x28\xb5", b"[]", "শূন্য".encode()])
def test_what_is_known_may_be_damaged(web: Loopback, make_config: Make, packed: bytes) -> None:
    """Then all of the document is read, and known again afterwards."""
    config = make_config(source("a", f"{web.url}/a"))
    for poll in range(3):
        web.pages["/a"] = Page(rss([item(1), item(2), item(3 + poll)]))
        report = one_pass(config, now=NOW + timedelta(hours=poll))
        assert [one.new for one in report.sources] == [3 if poll == 0 else 1]
        with Store.open(config.store_url) as store, store.read() as unit:
            assert len(unit.sources.known_items("a").items) == 3
        with by_hand(config) as database:
            database.execute(sa.update(schema.known_items).values(packed=packed))
