"""Dumps: whatever archive of pages a person holds comes out as the same entries."""

from __future__ import annotations

import bz2
import csv
import gzip
import importlib
import io
import json
import lzma
import os
import sqlite3
import sys
import tarfile
import time
import zipfile
from datetime import timedelta
from html import escape
from pathlib import Path
from threading import Event

import pytest

from aggregator.fetch import files as dump_files
from aggregator.models import Config, Entry, FetchState, FileProgress, Outcome
from aggregator.pipeline.cluster import cluster_entries
from aggregator.pipeline.dumps import ingest_dump
from aggregator.pipeline.run import Progress, Run
from aggregator.pipeline.select import EntryReader, entries_of, select
from aggregator.store.store import Store
from tests.support.configurations import Make
from tests.support.deadlines import HUNG_SECONDS
from tests.support.passes import NOW, one_pass
from tests.support.texts import BODY, OTHER_BODY, PAGE, SIDEBAR, TITLE, item, rss

pytestmark = pytest.mark.databases

TEXT = "\n".join((*BODY, "ক.চ / ক.চ", *SIDEBAR))
DUMP = '[[source]]\nname = "d"\ndump = "in"\n'
# A record and 400 megabytes of spaces, of equal parts, as every process of a run makes it.
BOMB = gzip.compress(b'{"title": "x"}\n') + 400 * gzip.compress(b" " * 1_000_000)


def entries(config: Config) -> list[Entry]:
    """Return what the store holds, as the first feed selects it."""
    with Store.open(config.store_url) as store:
        cluster_entries(Run.of(config, store, clock=lambda: NOW, stop=Event()))
        with store.read() as unit:
            feed = config.feeds[0]
            return entries_of(EntryReader(unit), select(unit, feed, config).shown, feed, config)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder that the dump source reads."""
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


def put(folder: Path, name: str, body: bytes | str) -> Path:
    """Write a file as if it had been there for a minute."""
    path = folder / name
    path.write_bytes(body.encode() if isinstance(body, str) else body)
    os.utime(path, (time.time() - 60, time.time() - 60))
    return path


def as_table(delimiter: str = ",") -> bytes:
    """Write the page as a table with a mark and a text of several lines."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows([("Title", "Body"), (TITLE, TEXT)])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def as_warc(kind: str, body: bytes, status: str = "200 OK") -> bytes:
    """Write the page as a record of a web archive, as it was served or converted to text."""
    if kind == "response":
        body = f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\n\r\n".encode() + body
    content = "application/http; msgtype=response" if kind == "response" else "text/plain"
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: https://example.org/1\r\n"
        "WARC-Date: 2026-11-20T04:00:00Z\r\nWARC-Record-ID: <urn:uuid:1>\r\n"
        f"Content-Type: {content}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body + b"\r\n\r\n"


def as_html(head: str = "") -> str:
    """Write the page as a site serves it."""
    paragraphs = "".join(f"<p>{line}</p>" for line in BODY)
    others = "".join(f'<li><a href="/{n}">{line}</a></li>' for n, line in enumerate(SIDEBAR))
    return (
        f'<!DOCTYPE html><html lang="bn"><head><meta charset="utf-8"><title>{TITLE}</title>{head}'
        f"</head><body><nav><a href='/'>প্রচ্ছদ</a></nav><article><h1>{TITLE}</h1>{paragraphs}"
        f"<p>ক.চ / ক.চ</p></article><aside><ul>{others}</ul></aside></body></html>"
    )


def tarred(members: dict[str, bytes], mode: str = "w") -> bytes:
    """Pack members into a tar archive."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        for name, body in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(body)
            archive.addfile(info, io.BytesIO(body))
    return out.getvalue()


def zipped(members: dict[str, bytes]) -> bytes:
    """Pack members into a ZIP archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return out.getvalue()


def zstd(body: bytes) -> bytes:
    """Pack with whatever zstd this Python has."""
    name = "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"
    packed: bytes = importlib.import_module(name).compress(body)
    return packed


PAGE_BYTES = PAGE.encode()
FORMS: dict[str, bytes] = {
    "page": PAGE_BYTES,
    "utf-16": PAGE.encode("utf-16"),
    "json": json.dumps([{"title": TITLE, "body": TEXT}]).encode(),
    "json object": json.dumps({"articles": [{"headline": TITLE, "text": TEXT}]}).encode(),
    "json lines": json.dumps({"title": TITLE, "content": TEXT}).encode() + b"\n",
    "json lines, text alone": json.dumps({"text": PAGE}, ensure_ascii=False).encode() + b"\n",
    "wordpress": json.dumps(
        [{"title": {"rendered": TITLE}, "content": {"rendered": TEXT}, "status": "publish"}]
    ).encode(),
    "csv": as_table(),
    "tsv": as_table("\t"),
    "wet": as_warc("conversion", PAGE_BYTES),
    "html": as_html().encode(),
    "warc": as_warc("response", as_html().encode()),
    "labels": f"Title: {TITLE}\nText:\n{TEXT}".encode(),
    "gz": gzip.compress(PAGE_BYTES),
    "bz2": bz2.compress(PAGE_BYTES),
    "xz": lzma.compress(PAGE_BYTES),
    "zst": zstd(PAGE_BYTES),
    "zip": zipped({"a/page.txt": PAGE_BYTES}),
    "tar": tarred({"a/page.txt": PAGE_BYTES}),
    "tar.gz": tarred({"page.txt": PAGE_BYTES}, "w:gz"),
    "tar.xz": tarred({"page.jsonl.gz": gzip.compress(b'{"text": "%s"}' % b"x")}, "w:xz"),
}


@pytest.mark.parametrize("form", [form for form in FORMS if form != "tar.xz"])
def test_one_page_is_the_same_entry_in_every_form(
    form: str, make_config: Make, folder: Path
) -> None:
    """Title, text and id are the same, whatever the page came in; names tell nothing."""
    put(folder, "page.txt", PAGE)
    plain = make_config(DUMP + '[store]\nurl = "sqlite:///plain.db"\n')
    one_pass(plain)
    (folder / "page.txt").unlink()
    put(folder, "file", FORMS[form])
    config = make_config(DUMP)
    report = one_pass(config)
    assert not report.failed, report.sources
    (entry,) = entries(config)
    assert entry.title == TITLE
    assert entry.content_html == "".join(f"<p>{line}</p>" for line in BODY)
    assert entry.id == entries(plain)[0].id
    assert not any(line in entry.content_html for line in SIDEBAR)


def test_the_id_is_the_same_in_every_form(make_config: Make, folder: Path, tmp_path: Path) -> None:
    """However a page was packed, it is one entry: read in every form it stays one."""
    for number, form in enumerate(FORMS):
        put(folder, f"{number}", FORMS[form])
    config = make_config(DUMP)
    one_pass(config)
    assert len(entries(config)) == 1


def test_a_file_that_was_read_is_not_read_again(make_config: Make, folder: Path) -> None:
    """The store knows a file by its name, size and time."""
    put(folder, "page.txt", PAGE)
    config = make_config(DUMP)
    assert one_pass(config).sources[0].new == 1
    assert one_pass(config).sources[0].outcome is Outcome.NOT_MODIFIED


@pytest.mark.parametrize(
    "changed",
    [
        PAGE.replace(TITLE, "নতুন শিরোনাম দেওয়া হলো এই পাতাটিতে"),
        PAGE.replace(BODY[1], "এই অনুচ্ছেদটি পরে পুরোপুরি বদলে দেওয়া হয়েছে, কারণ আগেরটি ভুল ছিল।"),
    ],
    ids=["title", "text"],
)
def test_a_changed_file_is_a_revision(changed: str, make_config: Make, folder: Path) -> None:
    """The entry keeps its id, and what is new is shown."""
    put(folder, "page.txt", PAGE)
    config = make_config(DUMP)
    one_pass(config)
    (before,) = entries(config)
    put(folder, "page.txt", changed)
    report = one_pass(config, now=NOW + timedelta(hours=1)).sources[0]
    (after,) = entries(config)
    assert (report.new, report.revised) == (0, 1)
    assert after.id == before.id and after.published == before.published
    assert after.updated > before.updated


def test_a_file_that_holds_another_page_now_is_another_entry(
    make_config: Make, folder: Path
) -> None:
    """latest.txt, written anew each day, loses no day."""
    put(folder, "latest.txt", PAGE)
    config = make_config(DUMP)
    one_pass(config)
    other = "\n".join(("হাওরে ধান কাটার ধুম", *OTHER_BODY))
    put(folder, "latest.txt", other)
    one_pass(config, now=NOW + timedelta(hours=1))
    assert len(entries(config)) == 2


def test_a_file_that_grows_is_left_until_it_is_still(
    make_config: Make, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a page is not published: a file that is being written is read the next time."""
    path = put(folder, "page.txt", PAGE[:200])
    os.utime(path)
    config = make_config(DUMP)
    real_sleep = time.sleep

    def grow(seconds: float) -> None:
        real_sleep(0.01)
        path.write_text(PAGE, encoding="utf-8")

    with monkeypatch.context() as patch:
        patch.setattr(time, "sleep", grow)
        patch.setattr(dump_files, "STILL_SECONDS", HUNG_SECONDS)  # as slow as a machine may be
        report = one_pass(config).sources[0]
    assert report.new == 0 and "still being written" in report.note
    put(folder, "page.txt", PAGE)
    assert one_pass(config).sources[0].new == 1


def lines_of_json(count: int) -> bytes:
    """Write a collection of pages that differ."""
    records = (
        {"title": f"{TITLE} {number}", "body": f"{number} নম্বর ঘাটের খবর। {BODY[0]}\n{BODY[1]}"}
        for number in range(count)
    )
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def dumped(config: Config) -> list[str]:
    """Return everything the store holds, as SQL."""
    path = config.store_url.removeprefix("sqlite:///")
    with sqlite3.connect(path) as connection:
        lines = list(connection.iterdump())
    connection.close()
    return lines


@pytest.mark.sqlite
@pytest.mark.long
def test_a_collection_that_was_interrupted_is_gone_on_with(make_config: Make, folder: Path) -> None:
    """Stopped after any commit and started again, the store is as if nothing had happened."""
    put(folder, "pages.jsonl", lines_of_json(1300))
    config = make_config(DUMP)
    one_pass(config)
    whole = dumped(config)
    Path(config.store_url.removeprefix("sqlite:///")).unlink()
    seen: list[int] = []
    stop = Event()

    def stop_there(read: FileProgress, _bytes_read: int) -> None:
        seen.append(read.records)
        stop.set()

    for _ in range(6):
        stop.clear()
        with Store.open(config.store_url) as store:
            progress = Progress(on_file=stop_there)
            run = Run.of(config, store, clock=lambda: NOW, stop=stop, progress=progress)
            ingest_dump(run, config.sources[0], FetchState())
    assert seen == [400, 800, 1200, 1300]
    one_pass(config)
    assert [line for line in dumped(config) if "source_state" not in line] == [
        line for line in whole if "source_state" not in line
    ]


@pytest.mark.sqlite
@pytest.mark.parametrize("is_dead", [False, True], ids=["alive", "killed"])
def test_a_collection_is_the_same_whoever_parses_it(
    make_config: Make, folder: Path, monkeypatch: pytest.MonkeyPatch, *, is_dead: bool
) -> None:
    """Parsed by other processes, or here as these are gone, it is stored to the row."""
    put(folder, "pages.jsonl", lines_of_json(60) + b'{"title": \n')
    put(folder, "cut.json", GOOD[:-30])
    for name, body in FORMS.items():
        put(folder, name.replace(" ", "-"), body)
    config = make_config(DUMP)
    one_pass(config)
    whole = dumped(config)
    Path(config.store_url.removeprefix("sqlite:///")).unlink()
    monkeypatch.setattr("aggregator.pipeline.dumps.readers_for", lambda _files: 2)
    if is_dead:
        gone = [sys.executable, "-c", ""]
        monkeypatch.setattr("aggregator.own_process.command", lambda *_: gone)
    one_pass(config)
    assert dumped(config) == whole


def test_a_record_that_cannot_be_used_is_named_and_the_rest_goes_on(
    make_config: Make, folder: Path
) -> None:
    """A line that is no JSON, one without a text, and a good one."""
    good = json.dumps({"title": TITLE, "body": TEXT})
    put(folder, "a.jsonl", f'{good}\n{{"title": \n{{"views": 7}}\n')
    report = one_pass(make_config(DUMP)).sources[0]
    assert report.new == 1
    reasons = {rejected.reason.split(" (")[0]: rejected.excerpt for rejected in report.rejected}
    assert reasons["not JSON that can be read"].endswith("a.jsonl:2")
    assert reasons["the record has neither title nor text"] == "views"


@pytest.mark.parametrize(
    ("name", "body", "why"),
    [
        pytest.param(
            "a.gz",
            gzip.compress(lines_of_json(2000))[:-9000],
            "cannot be read on",
            marks=pytest.mark.long,
        ),
        ("a.zip", zipped({"../page.txt": PAGE_BYTES}), "leads out of its archive"),
        ("a.tar", tarred({"/etc/page.txt": PAGE_BYTES}), "leads out of its archive"),
        ("a.zip", zipped({"b.zip": zipped({"a": PAGE_BYTES})}), "an archive within an archive"),
        ("a.gz", gzip.compress(b"\0" * 12_000_000), "larger than 8,000,000 bytes"),
        ("a.gz", BOMB, "more than 300 times"),
        ("a.json", b'[{"title": "a"}, {"title": ', "not JSON that can be read"),
        ("a.parquet", b"PAR1 and nothing more", "not Parquet that can be read"),
        ("a.txt", b"\xff\xfa\x80\x81 " * 400, "is not UTF-8 text"),
    ],
    ids=["cut off", "zip", "tar", "nested", "page", "bomb", "json", "parquet", "bytes"],
)
def test_a_file_that_cannot_be_read_is_named(
    name: str, body: bytes, why: str, make_config: Make, folder: Path
) -> None:
    """It fails by itself: the file beside it is published, and its own good records are kept."""
    put(folder, name, body)
    put(folder, "good.txt", PAGE)
    config = make_config(DUMP)
    report = one_pass(config).sources[0]
    assert name in report.error and why in report.error
    assert TITLE in {entry.title for entry in entries(config)}


def test_links_in_an_archive_are_refused(make_config: Make, folder: Path) -> None:
    """A member that is a link could lead anywhere."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        info = tarfile.TarInfo("page.txt")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(info)
    put(folder, "a.tar", out.getvalue())
    assert "is a link" in one_pass(make_config(DUMP)).sources[0].error


@pytest.mark.parametrize("between", ["\n\n", "\n---\n", "\n\f\n"])
def test_a_large_text_of_many_pages_is_read_page_by_page(
    between: str, make_config: Make, folder: Path
) -> None:
    """A text too large for memory is split where its beginning shows that pages are parted."""
    count = 2_000_000 // len(PAGE_BYTES)
    pages = (f"{n} {PAGE}".replace(BODY[0], f"{n} নম্বর ঘাট। {BODY[0]}") for n in range(count))
    put(folder, "pages.txt", between.join(pages))
    config = make_config(DUMP + "[[feed]]\nname = 'all'\nlimit = 1000\n")
    with Store.open(config.store_url) as store:
        stop = Event()

        def stop_soon(read: FileProgress, _bytes_read: int) -> None:
            stop.set()

        progress = Progress(on_file=stop_soon)
        run = Run.of(config, store, clock=lambda: NOW, stop=stop, progress=progress)
        report = ingest_dump(run, config.sources[0], FetchState())
    assert report.new == 400


def test_numbers_that_files_give_anew_merge_nothing(make_config: Make, folder: Path) -> None:
    """Two tables number their rows from 1, and one gives each address to many: none is the same."""
    for name in "ab":
        rows = "".join(
            f"{n},{name}{n} নম্বর খবর,{name}{n} ঘাট। {BODY[0]},https://example.org/section/{n % 2}\n"
            for n in range(5)
        )
        put(folder, f"{name}.csv", f"id,title,body,url\n{rows}")
    report = one_pass(make_config(DUMP)).sources[0]
    assert (report.new, report.revised) == (10, 0)


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.zip"])
def test_a_word_more_makes_no_other_entry(name: str, make_config: Make, folder: Path) -> None:
    """A record without id and address is known by its file and its beginning."""

    def packed(text: str) -> bytes:
        if name == "a.zip":
            return zipped({"page.txt": f"{TITLE}\n{text}".encode(), "b.txt": PAGE_BYTES[:700]})
        if name == "a.csv":
            return f'title,body\n{TITLE},"{text}"\n'.encode()
        return json.dumps({"title": TITLE, "body": text}).encode()

    text = "\n".join(BODY)
    put(folder, name, packed(text))
    config = make_config(DUMP)
    one_pass(config)
    before = len(entries(config))
    put(folder, name, packed(f"{text} আরও একটি কথা যোগ হলো।"))
    assert one_pass(config).sources[0].new == 0
    assert len(entries(config)) == before


def test_one_page_in_many_files_is_one_entry(make_config: Make, folder: Path) -> None:
    """Lines that stand in three files because the page does are no boilerplate."""
    for name in "abcd":
        put(folder, f"{name}.txt", PAGE)
    config = make_config(DUMP)
    assert one_pass(config).sources[0].new == 1
    assert len(entries(config)) == 1


def test_words_that_labels_use_are_words_within_a_page(make_config: Make, folder: Path) -> None:
    """Only a page that begins with a label has labels."""
    put(folder, "a.txt", f"{PAGE}\nবিস্তারিত: পরের সংখ্যায় দেখুন\nশিরোনাম: অন্য খবর")
    config = make_config(DUMP)
    one_pass(config)
    assert [entry.title for entry in entries(config)] == [TITLE]


GOOD = json.dumps({"title": TITLE, "body": TEXT})
DEEP = "[" * 900 + "]" * 900


@pytest.mark.parametrize(
    ("body", "count"),
    [
        (f"\n\n{GOOD}\n", 1),
        (f'{{"title": \n{GOOD}\n', 1),
        (f'[{GOOD}, oops, {{"title": "দ্বিতীয় খবর এখানে", "body": "x"}}]', 2),
        (f'[{GOOD}]\n[{{"title": "দ্বিতীয় খবর এখানে"}}]', 2),
        (GOOD[:-1] + ', "authors": [{"name": "ক"}], "tags": [{"id": 1}]}', 1),
        (f'[{{"title": "x\\ud800 শিরোনাম", "body": "\\udfff লেখা"}}, {GOOD}]', 2),
        (f'[{{"title": "গভীর", "a": {DEEP}}}, {GOOD}]', 2),
        ('{"a":' * 100_000, 0),
        (f'[{GOOD}, NaN, 7, null, "x", [1]]', 1),
    ],
    ids=["blank", "broken first", "garbage", "two arrays", "object", "half", "deep", "bomb", "odd"],
)
def test_odd_json_loses_nothing_that_is_sound(
    body: str, count: int, make_config: Make, folder: Path
) -> None:
    """A broken record is named, and those beside it are read."""
    put(folder, "a.json", body)
    config = make_config(DUMP + '[[feed]]\nname = "all"\nlanguages = ["*"]\n')
    one_pass(config)
    assert len(entries(config)) == count


@pytest.mark.parametrize(
    "body",
    [
        b"a\rb",
        b"",
        b"\x89PNG\r\n" + bytes(range(256)) * 80,
        b"WARC/1.0\r\n\r\n",
        as_warc("response", b"")[:-60] + b"foo\r\n\r\n",
        b"<!-- x -->" * 30_000 + as_html().encode(),
        as_html('<link rel="canonical" href="http://[bad">').encode(),
        b"PK\x03\x04" + b"\0" * 60,
        zipped({"a.docx": zipped({"x": b"y"}), "b.txt": PAGE_BYTES}),
        tarred({"p\udcff.json": b"{", "b.txt": PAGE_BYTES}),
        as_warc("response", as_html().encode())[:-500],
        as_warc("response", as_html().encode()).replace(b"WARC-Target-URI", b"X"),
        as_html().replace('"utf-8"', '"hex"').encode() + b"\xff",
        b"id,title\r" + b"1,x\r" * 10,
    ],
    ids=(
        "cr empty png warc status comments canonical zip nested tar cut-off no-address codec table"
    ).split(),
)
def test_no_file_harms_another(body: bytes, make_config: Make, folder: Path) -> None:
    """Whatever stands in one file, the pass ends and the good file is published."""
    put(folder, "a", body)
    put(folder, "good.txt", PAGE)
    config = make_config(DUMP)
    one_pass(config)
    assert TITLE in {entry.title for entry in entries(config)}


def test_a_page_that_is_cut_off_in_an_archive_is_no_article(
    make_config: Make, folder: Path
) -> None:
    """Half an article is not published as a whole one."""
    put(folder, "a.warc", as_warc("response", as_html().encode())[:-500])
    report = one_pass(make_config(DUMP)).sources[0]
    assert [rejected.reason for rejected in report.rejected] == ["the page was cut off"]


def test_html_with_a_broken_byte_is_bengali_all_the_same(make_config: Make, folder: Path) -> None:
    """One byte that is no UTF-8 does not turn a page into Latin letters."""
    page = as_html().replace('<meta charset="utf-8">', "").encode()
    put(folder, "a.html", page.replace(b"</article>", b"\xff</article>"))
    put(folder, "b.html", as_html().replace('<meta charset="utf-8">', "").encode("utf-16-le"))
    config = make_config(DUMP)
    one_pass(config)
    assert [entry.title for entry in entries(config)] == [TITLE]


def test_a_rule_within_a_story_parts_nothing(make_config: Make, folder: Path) -> None:
    """Three asterisks between two scenes are no end of a page."""
    put(folder, "a.txt", "\n".join((TITLE, BODY[0], "***", *BODY[1:])))
    config = make_config(DUMP)
    one_pass(config)
    (entry,) = entries(config)
    assert all(line in entry.content_html for line in BODY)


def test_columns_can_be_named_by_the_source(make_config: Make, folder: Path) -> None:
    """The configuration names the parts that no list of usual names holds."""
    put(folder, "a.jsonl", json.dumps({"kicker": TITLE, "matter": TEXT, "title": "x"}))
    config = make_config(DUMP + 'fields = { title = "kicker", content = "matter" }\n')
    one_pass(config)
    assert [entry.title for entry in entries(config)] == [TITLE]


@pytest.mark.parametrize(
    "body",
    [
        f'kicker,matter\n"{TITLE}","{TEXT}"\n',
        f'title,matter,x\n"{TITLE}","{TEXT}",1\n',
        json.dumps({"data": [{"kicker": TITLE, "matter": TEXT}]}),
        json.dumps({"headline": TITLE, "body": TEXT}),
    ],
    ids=["table", "half of a table", "within", "usual names"],
)
def test_own_names_count_everywhere_and_the_usual_stay(
    body: str, make_config: Make, folder: Path
) -> None:
    """A table is known by own names, too; where they are absent the usual ones count."""
    put(folder, "a", body)
    config = make_config(DUMP + 'fields = { title = "kicker", content = "matter" }\n')
    one_pass(config)
    assert [entry.title for entry in entries(config)] == [TITLE]


def test_files_are_read_anew_where_fields_change(make_config: Make, folder: Path) -> None:
    """Naming the columns is enough; nobody needs to touch the files."""
    put(folder, "a.jsonl", json.dumps({"kicker": TITLE, "matter": TEXT}))
    assert one_pass(make_config(DUMP)).sources[0].new == 0
    config = make_config(DUMP + 'fields = { title = "kicker", content = "matter" }\n')
    assert one_pass(config).sources[0].new == 1
    assert one_pass(config).sources[0].outcome is Outcome.NOT_MODIFIED


@pytest.mark.parametrize("name", ["in", "in/a.jsonl"])
def test_a_file_that_is_away_while_fields_change_is_read_anew_once_it_is_back(
    name: str, make_config: Make, folder: Path, tmp_path: Path
) -> None:
    """With its folder, as one that is not mounted, or alone; its size and its time stay."""
    put(folder, "a.jsonl", json.dumps({"kicker": TITLE, "matter": TEXT}))
    assert one_pass(make_config(DUMP)).sources[0].new == 0
    config = make_config(DUMP + 'fields = { title = "kicker", content = "matter" }\n')
    (tmp_path / name).rename(tmp_path / "away")
    one_pass(config)
    (tmp_path / "away").rename(tmp_path / name)
    assert one_pass(config).sources[0].new == 1
    assert one_pass(config).sources[0].outcome is Outcome.NOT_MODIFIED


def test_a_picture_is_no_fault(make_config: Make, folder: Path) -> None:
    """A file without text is named and left out; the source is in order."""
    put(folder, "a.png", b"\x89PNG\r\n" + bytes(range(256)) * 80)
    report = one_pass(make_config(DUMP)).sources[0]
    assert (report.outcome, report.error) == (Outcome.OK, "")
    assert [rejected.reason for rejected in report.rejected] == ["a file that holds no text"]


def test_what_a_record_says_of_itself_is_kept(make_config: Make, folder: Path) -> None:
    """Link, author, category and time come from their columns."""
    record = {
        "title": TITLE, "content": TEXT, "url": "https://example.org/খবর/1", "author": "রহিমা",
        "category": "কৃষি", "date": "2026-11-20T10:00:00+06:00",
    }  # fmt: skip
    put(folder, "a.jsonl", json.dumps(record))
    config = make_config(DUMP)
    one_pass(config)
    (entry,) = entries(config)
    assert entry.link == "https://example.org/%E0%A6%96%E0%A6%AC%E0%A6%B0/1"
    assert (entry.authors, entry.categories) == (("রহিমা",), ("কৃষি",))
    assert entry.published.isoformat() == "2026-11-20T04:00:00+00:00"


def test_the_time_beside_a_text_alone_is_when_it_was_had(make_config: Make, folder: Path) -> None:
    """Crawls say when they came by; the year of a weekday is inferred from before that."""
    record = {"text": PAGE, "timestamp": "2020/06/01 04:00:00", "url": "https://example.org/1"}
    put(folder, "a.jsonl", json.dumps(record))
    config = make_config(DUMP)
    one_pass(config)
    (entry,) = entries(config)
    assert entry.published.year == 2019  # Friday 29 November before June 2020


def test_headlines_beside_a_page_become_entries_where_that_is_wanted(
    make_config: Make, folder: Path
) -> None:
    """They are kept with the page, and published only where the source says so."""
    put(folder, "page.txt", PAGE)
    config = make_config(DUMP + 'related = "entries"\n')
    one_pass(config)
    assert {entry.title for entry in entries(config)} == {TITLE, *SIDEBAR}


def test_lines_that_recur_on_pages_of_a_source_are_in_no_text(
    make_config: Make, folder: Path
) -> None:
    """An excerpt that looks like a paragraph is known by standing on three pages."""
    card = "চরের হাটে এবার তরমুজের দাম পড়ে গেছে, লোকসানের মুখে চাষিরা হতাশ।"
    for number in range(3):
        body = "\n".join(f"{number} নম্বর {line}" for line in BODY)
        put(folder, f"{number}.txt", f"{number} নম্বর ঘাটের খবর এসেছে\n{body}\n{card}")
    config = make_config(DUMP)
    one_pass(config)
    assert len(published := entries(config)) == 3
    assert not any(card in entry.content_html for entry in published)


def test_text_of_the_legacy_font_is_read(make_config: Make, folder: Path) -> None:
    """Bytes of Windows-1252 that are Bijoy become Bengali."""
    bijoy = "Avgvi †mvbvi evsjv, Avwg †Zvgvq fv‡jvevwm| wPiw`b †Zvgvi AvKvk, †Zvgvi evZvm, "
    bijoy += "Avgvi cÖv‡Y evRvq euvwk|"
    put(folder, "a.txt", f"Avgvi †mvbvi evsjv\n{bijoy}\n{bijoy}".encode("cp1252"))
    config = make_config(DUMP)
    one_pass(config)
    assert entries(config)[0].title == "আমার সোনার বাংলা"


def test_parquet_is_read(make_config: Make, folder: Path) -> None:
    """A table in columns is read row by row."""
    pyarrow = importlib.import_module("pyarrow")
    parquet = importlib.import_module("pyarrow.parquet")
    table = pyarrow.table({"title": [TITLE], "text": [TEXT]})
    parquet.write_table(table, folder / "a.parquet")
    os.utime(folder / "a.parquet", (time.time() - 60, time.time() - 60))
    config = make_config(DUMP)
    one_pass(config)
    assert [entry.title for entry in entries(config)] == [TITLE]


LD = {
    "@context": "https://schema.org",
    "@graph": [
        {
            "@type": "NewsArticle",
            "headline": TITLE,
            "datePublished": "2026-11-20T10:00:00+06:00",
            "dateModified": "2026-11-20T12:00:00+06:00",
            "author": [{"@type": "Person", "name": "রহিমা খাতুন"}],
            "articleSection": "কৃষি",
            "image": {"url": "https://example.org/i.jpg"},
        }
    ],
}


def test_what_a_page_says_of_itself_counts(make_config: Make, folder: Path) -> None:
    """JSON-LD, canonical address and picture; joiners that the extractor drops are put back."""
    joined = "র\u200d\u09cd\u09afাব উদ\u09cd\u200cযাপন করেছে দিনটি। "
    head = (
        f'<link rel="canonical" href="https://example.org/1">'
        f'<script type="application/ld+json">{json.dumps(LD)}</script>'
    )
    page = as_html(head).replace(BODY[0], joined + BODY[0])
    put(folder, "a.html", page)
    config = make_config(DUMP)
    one_pass(config)
    (entry,) = entries(config)
    assert (entry.link, entry.authors) == ("https://example.org/1", ("রহিমা খাতুন",))
    assert entry.categories == ("কৃষি",)
    assert entry.published.isoformat() == "2026-11-20T04:00:00+00:00"
    assert entry.updated.isoformat() == "2026-11-20T06:00:00+00:00"
    assert 'src="https://example.org/i.jpg"' in entry.content_html
    assert joined.strip() in entry.content_html


@pytest.mark.parametrize(
    ("page", "why"),
    [
        ('<html><meta http-equiv="refresh" content="0; url=/x"><p>একটু</p></html>', "forwards"),
        (
            "<html><title>Just a moment...</title><body><p>Verify you are human by completing the"
            " action below. This may take a few seconds, please wait here.</p></body></html>",
            "guard",
        ),
        ("<html><body></body></html>", "no article"),
        (
            '<html><head><script type="application/ld+json">{"@type": "CollectionPage"}</script>'
            f"</head><body>{''.join(f'<p>{line}</p>' for line in BODY)}</body></html>",
            "index of others",
        ),
    ],
    ids=["redirect", "challenge", "empty", "index"],
)
def test_a_page_without_an_article_says_why(
    page: str, why: str, make_config: Make, folder: Path
) -> None:
    """Guards, indexes, redirects and empty pages are rejected, each for its reason."""
    put(folder, "a.html", page)
    (report,) = one_pass(make_config(DUMP)).sources
    assert [why in rejected.reason for rejected in report.rejected] == [True], report.rejected


def test_a_page_that_was_not_served_well_is_rejected(make_config: Make, folder: Path) -> None:
    """An archive keeps failures, too."""
    put(folder, "a.warc", as_warc("response", as_html().encode(), "404 Not Found"))
    (report,) = one_pass(make_config(DUMP)).sources
    assert report.rejected[0].reason == "the page was served with 404"


def test_a_feed_in_a_folder_is_read_as_a_feed(make_config: Make, folder: Path) -> None:
    """A saved feed gives its entries."""
    put(folder, "a.xml", rss([item(1), item(2)]))
    config = make_config(DUMP)
    one_pass(config)
    assert len(entries(config)) == 2


def test_markup_in_a_record_stays_markup(make_config: Make, folder: Path) -> None:
    """A body that is HTML is sanitised and shown as it is; plain text is escaped."""
    body = "".join(f"<p>{escape(line)}</p>" for line in BODY) + '<p onclick="x()">শেষ <b>কথা</b></p>'
    put(folder, "a.jsonl", json.dumps({"title": TITLE, "content": body}))
    config = make_config(DUMP)
    one_pass(config)
    assert "<b>কথা</b>" in entries(config)[0].content_html
    assert "onclick" not in entries(config)[0].content_html
