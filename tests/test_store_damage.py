"""What is damaged of a store costs what it holds: the rest is published, and the log names it."""

from __future__ import annotations

import logging
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

from aggregator.errors import StoreError
from aggregator.models import FetchState
from aggregator.pipeline.ingest import ingest_due
from aggregator.pipeline.run import Run
from aggregator.publish import folder as published_folder
from aggregator.store.store import Store
from tests.support.arrivals import ARTICLES, Arrivals, sent, sources
from tests.support.configurations import Make, Write, source
from tests.support.loopback import Loopback, Page
from tests.support.passes import NOW, one_pass
from tests.support.ports import free_port
from tests.support.published import read
from tests.support.service import RunningService
from tests.support.texts import item, rss
from tests.test_store_faults import command

PAGE_BYTES = 4096
UPDATE_TEXT = "UPDATE entry_text SET {} WHERE pk = 2"
UPDATE_ENTRY = "UPDATE entry SET {} WHERE pk = 2"
# What is written into the store → what the log says of it.
ROWS = {
    UPDATE_TEXT.format("authors = '[\"ক'"): "a column that should hold JSON does not",
    UPDATE_TEXT.format("authors = 'null'"): "a column does not hold what it should",
    UPDATE_TEXT.format("title = CAST(x'e0a6' AS TEXT)"): "holds a text that is no UTF-8",
    UPDATE_TEXT.format("texts = x'e0a6'"): "a text in the store is damaged",
    UPDATE_ENTRY.format("published_unix = 'গতকাল'"): "a column does not hold what it should",
    UPDATE_ENTRY.format("updated_unix = 999999999999999"): "a column does not hold what it should",
    UPDATE_ENTRY.format("date_how = 'guessed'"): "a column does not hold what it should",
    UPDATE_ENTRY.format("story = 'গতকাল'"): "a column does not hold what it should",
    UPDATE_ENTRY.format("characters = x'e0a6'"): "a column does not hold what it should",
}


def executed(database: Path, statement: str) -> None:
    """Execute a statement in a database that nobody has open."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(statement)


@pytest.mark.parametrize("statement", ROWS)
def test_a_row_that_cannot_be_read_costs_its_entry_alone(
    web: Loopback, make_config: Make, statement: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The others are published, news too, the log names it once, and no second entry is made."""
    items = [item(number) for number in range(1, 5)]
    web.pages["/a"] = Page(rss(items))
    config = make_config(source("a", f"{web.url}/a"))
    one_pass(config)
    ids = {entry.id for entry in read(config, "bangla.rss")}
    executed(config.path.parent / "aggregator.db", statement)
    web.pages["/a"] = Page(rss([item(5), *items]))
    with caplog.at_level(logging.WARNING):
        assert not one_pass(config).failed
    damaged, new = "https://example.org/news/2", "https://example.org/news/5"
    assert {entry.id for entry in read(config, "bangla.rss")} == ids - {damaged} | {new}
    assert any("entry 2" in line and ROWS[statement] in line for line in caplog.messages)
    assert len(caplog.messages) == len(set(caplog.messages))
    assert not any("পাঠাগার" in line for line in caplog.messages)
    items[1] = item(2, title="জেলার ২ নম্বর ইউনিয়নের পাঠাগারটি বন্ধ হলো")
    web.pages["/a"] = Page(rss([item(5), *items]))
    assert not one_pass(config).failed
    # What its source sends anew may mend it, and never becomes another entry.
    assert {entry.id for entry in read(config, "bangla.rss")} | {damaged} == ids | {new}


@pytest.mark.parametrize(
    "statement",
    [
        UPDATE_ENTRY.format("alias_count = 'গতকাল'"),
        "UPDATE entry SET language = x'e0a6' WHERE pk = 8",
        "UPDATE lookup_key SET pk = 'গতকাল' WHERE pk = 2",
        "INSERT INTO tie VALUES (2, 3, 'text', 1, 'গতকাল')",
        "UPDATE page_line SET pages = 'গতকাল'",
        "UPDATE archiving SET seen_pk = 'গতকাল'",
        "UPDATE archive_entry SET pk = x'e0a6' WHERE pk = 2",
    ],
)
def test_a_column_of_another_kind_costs_no_pass(
    make_config: Make, statement: str, caplog: pytest.LogCaptureFixture
) -> None:
    """What arrives is published; the log names what is left out, each once."""
    arrivals = Arrivals(make_config('[[feed]]\nname = "x"\nlimit = 5\n' + sources("a")))
    sent_first = [sent(article, number) for number, article in enumerate(ARTICLES[:20])]
    arrivals.arrive(("a", sent_first))
    arrivals.publish()
    executed(arrivals.config.path.parent / "aggregator.db", statement)
    edited = [replace(each, title_html=f"{each.title_html} আবার") for each in sent_first[:3]]
    with caplog.at_level(logging.WARNING):
        arrivals.arrive(("a", [sent(ARTICLES[20], 20, hours=-1), *edited, *sent_first[3:]]))
        arrivals.publish()
    assert ARTICLES[20].title in (arrivals.config.site.output / "x.rss").read_text("utf-8")
    assert any("does not hold what it should" in line for line in caplog.messages)
    assert len(caplog.messages) == len(set(caplog.messages))


@pytest.mark.parametrize(
    "change",
    [
        "characters = 'ক'",
        "characters = 1e23",
        "address = CAST(x'e0a6' AS TEXT)",
        "address = x'e0a6'",
        "signature = x''",
        "signature = x'e0a6e0'",
        "signature = 'ক'",
    ],
)
def test_what_was_made_of_a_text_is_made_anew_where_it_is_damaged(
    make_config: Make, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    """The text is whole, so that its entry is shown, and looked up by what it always was."""
    arrivals = Arrivals(make_config('[[feed]]\nname = "all"\n' + sources("a")))
    with monkeypatch.context() as killed_before_clustering:
        killed_before_clustering.setattr("tests.support.arrivals.cluster_entries", lambda _run: 0)
        arrivals.arrive(("a", [sent(article, n) for n, article in enumerate(ARTICLES[:3])]))
    database = arrivals.config.path.parent / "aggregator.db"
    executed(database, f"UPDATE signed SET {change} WHERE pk = 2")  # noqa: S608
    arrivals.arrive()
    assert len(arrivals.shown()) == 3
    with closing(sqlite3.connect(database)) as store:
        keys = dict(store.execute("SELECT pk, count(*) FROM lookup_key GROUP BY pk").fetchall())
    assert keys[2] > 16


def published_after_damage(arrivals: Arrivals, database: Path, page: int, whole: bytes) -> int:
    """Overwrite one page, let news arrive and publish; return how many items a feed then has.

    Every fault has to be a StoreError.
    """
    damaged = bytearray(whole)
    damaged[(page - 1) * PAGE_BYTES : page * PAGE_BYTES] = b"\xff" * PAGE_BYTES
    database.write_bytes(damaged)
    news = [sent(ARTICLES[number], number, site="b") for number in range(20, 22)]
    for step in (lambda: arrivals.arrive(("b", news)), arrivals.publish):
        try:
            step()
        except StoreError as fault:
            assert "\n" not in str(fault)
    return (arrivals.config.site.output / "bangla.rss").read_bytes().count(b"<item>")


def check_damaged_pages(make_config: Make, every: int) -> None:
    """Damage each ``every``-th page of a store, and check what is then published."""
    config = make_config(sources("a", "b"))
    arrivals = Arrivals(config)
    articles = [sent(ARTICLES[number], number, hours=number + 1) for number in range(20)]
    arrivals.arrive(("a", articles))
    published = arrivals.publish()["bangla.rss"]
    database = config.path.parent / "aggregator.db"
    whole = database.read_bytes()
    counts = []
    for page in range(2, len(whole) // PAGE_BYTES + 1, every):
        (config.site.output / "bangla.rss").write_bytes(published)
        counts.append(published_after_damage(arrivals, database, page, whole))
    assert len(counts) > 3
    # A page holds two entries of these; what all are reached through leaves what was published.
    assert min(counts) >= len(articles) - 4
    assert max(counts) > len(articles)


def test_a_damaged_page_costs_what_it_holds(make_config: Make) -> None:
    """Whatever a page holds, what was published stays published, less what lay on it."""
    check_damaged_pages(make_config, every=8)


@pytest.mark.attack
def test_every_damaged_page_costs_what_it_holds(make_config: Make) -> None:
    """The same for each page of the file."""
    check_damaged_pages(make_config, every=1)


def first_page_damaged(database: Path, table: str) -> None:
    """Overwrite the page of a table that all others of it are reached through."""
    with closing(sqlite3.connect(database)) as connection:
        query = "SELECT rootpage FROM sqlite_schema WHERE name = ?"
        (root,) = connection.execute(query, [table]).fetchone()
    with database.open("r+b") as stream:
        stream.seek((root - 1) * PAGE_BYTES)
        stream.write(b"\xff" * PAGE_BYTES)


@pytest.mark.parametrize(("table", "failing"), [("page_line", {"a"}), ("source_state", {"a", "b"})])
def test_damage_fails_the_sources_that_meet_it(
    web: Loopback, make_config: Make, table: str, failing: set[str]
) -> None:
    """It is reported as their failure; the others are stored, and what was published stays."""
    for name in "ab":
        web.pages[f"/{name}"] = Page(rss([item(ord(name))]))
    config = make_config(source("a", f"{web.url}/a") + source("b", f"{web.url}/b"))
    one_pass(config)
    first_page_damaged(config.path.parent / "aggregator.db", table)
    # The lines of new entries are counted on the one page; the other has the state of every source.
    web.pages["/a"] = Page(rss([item(1), item(ord("a"))]))
    report = one_pass(config)
    malformed = "the store failed: database disk image is malformed"
    errors = {one.source: one.error for one in report.sources}
    assert errors == {name: malformed if name in failing else "" for name in "ab"}
    assert len(read(config, "bangla.rss")) == 2


def test_servers_are_spared_whose_sources_have_no_state(web: Loopback, make_config: Make) -> None:
    """A service that cannot remember when it asked does not ask each second."""
    for name in "ab":
        web.pages[f"/{name}"] = Page(rss([item(ord(name))]))
    config = make_config(source("a", f"{web.url}/a") + source("b", f"{web.url}/b"))
    one_pass(config)
    first_page_damaged(config.path.parent / "aggregator.db", "source_state")
    asked = len(web.asked)
    with Store.open(config.store_url) as store:
        run = Run.of(config, store, clock=lambda: NOW, stop=Event())
        reports = [ingest_due(run, config.sources, every_source=False) for _ in range(3)]
    assert [len(each) for each in reports] == [2, 0, 0]
    assert len(web.asked) == asked + 2


UNSTORABLE: dict[str, tuple[Callable[[], FetchState], str]] = {
    "an integer": (lambda: FetchState(failures=2**70), "Python int too large to convert to"),
    "a text": (lambda: FetchState(error="\ud83d গোপন"), "surrogates not allowed"),
}


@pytest.mark.parametrize("kind", UNSTORABLE)
def test_a_value_that_cannot_be_stored_is_a_fault_of_the_store(tmp_path: Path, kind: str) -> None:
    """It is named without what the row holds, and nothing of the unit is stored."""
    value, reason = UNSTORABLE[kind]
    with Store.open(f"sqlite:///{tmp_path}/store.db") as store:
        with pytest.raises(StoreError, match=reason) as raised, store.write() as unit:
            unit.sources.save_state("a", FetchState())
            unit.sources.save_state("b", value())
        assert "গোপন" not in str(raised.value)
        with store.read() as unit:
            assert unit.sources.states() == {}


def serving(web: Loopback, write_config: Write) -> tuple[str, Path]:
    """Write a configuration of one source on loopback and a free port; return address, folder."""
    address = f"http://127.0.0.1:{free_port()}"
    site = f'[site]\nlisten = "{address.removeprefix("http://")}"\nurl = "{address}/"\n'
    web.pages["/a"] = Page(rss([item(1)]))
    return address, write_config(site + source("a", f"{web.url}/a") + 'every = "1s"\n').parent


@pytest.mark.more
def test_a_constraint_that_fails_is_one_line_of_the_log(web: Loopback, write_config: Write) -> None:
    """The service names it, waits for the next try, and serves; a pass exits with 2."""
    address, folder = serving(web, write_config)
    assert command(folder, "once").returncode == 0
    executed(
        folder / "aggregator.db",
        "CREATE TRIGGER refuse BEFORE INSERT ON digest BEGIN SELECT RAISE(ABORT, 'refused'); END",
    )
    web.pages["/a"] = Page(rss([item(1), item(2)]))
    done = command(folder, "once", "--all")
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "the store failed: refused\n")
    with RunningService(folder) as service:
        service.wait_for_log("the store failed: refused; it is tried again every 60 seconds")
        service.wait_for_answer(f"{address}/bangla.rss", lambda answer: "<item>" in answer.text)
        assert service.stop(signal.SIGTERM)[0] == 0
    assert not any("Traceback" in line or "bug" in line for line in service.log)


def deleted(database: Path) -> None:
    """Delete a database."""
    database.unlink()


def replaced(database: Path) -> None:
    """Put a copy in the place of a database, as a careless restore does."""
    copy = database.with_name("copy.db")
    copy.write_bytes(database.read_bytes())
    copy.replace(database)


@pytest.mark.parametrize(
    ("change", "what"),
    [pytest.param(deleted, "was deleted", marks=pytest.mark.more), (replaced, "was replaced")],
)
def test_a_store_that_goes_under_the_service_is_noticed(
    web: Loopback, write_config: Write, change: Callable[[Path], None], what: str
) -> None:
    """The log says so, nothing goes into the file that is nowhere, and the feeds stay served."""
    address, folder = serving(web, write_config)
    with RunningService(folder) as service:
        service.wait_for_answer(f"{address}/bangla.rss", lambda answer: "<item>" in answer.text)
        change(folder / "aggregator.db")
        service.wait_for_log(f"aggregator.db {what}")
        service.wait_for_answer(f"{address}/bangla.rss", lambda answer: "<item>" in answer.text)
        assert service.stop(signal.SIGTERM)[0] == 0
    assert (folder / "aggregator.db").exists() == (change is replaced)


def killed_with_damage(folder: Path) -> None:
    """Leave the store as a killed process does, with its log, and damage its tables."""
    database = folder / "aggregator.db"
    connection = sqlite3.connect(database)
    connection.execute("INSERT INTO request VALUES ('nothing')")
    connection.commit()
    log = Path(f"{database}-wal").read_bytes()
    connection.close()
    with database.open("r+b") as stream:
        stream.seek(PAGE_BYTES * 2)
        stream.write(b"\xff" * PAGE_BYTES * 8)
    Path(f"{database}-wal").write_bytes(log)


@pytest.mark.parametrize("times", [1, pytest.param(2, marks=pytest.mark.more)])
def test_a_store_that_was_left_open_and_is_damaged_is_set_aside(
    web: Loopback, write_config: Write, times: int
) -> None:
    """It keeps its log, the message has its name, and the next pass begins a new store."""
    _, folder = serving(web, write_config)
    assert command(folder, "once").returncode == 0
    for number in range(1, times + 1):
        killed_with_damage(folder)
        damaged = (folder / "aggregator.db").read_bytes()
        log = (folder / "aggregator.db-wal").read_bytes()
        done = command(folder, "once", "--all")
        aside = folder / f"aggregator.db.damaged-{number}"
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert "is damaged (" in done.stderr and f"{aside.name}: put" in done.stderr
        assert aside.read_bytes() == damaged
        assert Path(f"{aside}-wal").read_bytes() == log
        assert not (folder / "aggregator.db").exists()
        assert command(folder, "once", "--all").returncode == 0
        assert published_folder.is_published(folder / "feeds")


def test_a_store_that_was_left_open_and_is_whole_is_used(
    web: Loopback, write_config: Write
) -> None:
    """What a killed process had committed to the log is there."""
    _, folder = serving(web, write_config)
    assert command(folder, "once").returncode == 0
    connection = sqlite3.connect(folder / "aggregator.db")
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.execute("INSERT INTO request VALUES ('nothing')")
    connection.commit()
    files = {name: (folder / f"aggregator.db{name}").read_bytes() for name in ("", "-wal")}
    connection.close()
    for name, content in files.items():
        (folder / f"aggregator.db{name}").write_bytes(content)
    assert command(folder, "once", "--all").returncode == 0
    with closing(sqlite3.connect(folder / "aggregator.db")) as connection:
        assert connection.execute("SELECT name FROM request").fetchall() == [("nothing",)]


def test_a_service_without_its_store_serves_what_was_published(
    web: Loopback, write_config: Write
) -> None:
    """The log says why; where nothing was ever published it ends with 2."""
    address, folder = serving(web, write_config)
    assert command(folder, "once").returncode == 0
    (folder / "aggregator.db").write_bytes(b"this is no database" * 1_000)
    with RunningService(folder) as service:
        service.wait_for_log("cannot be used: file is not a database; what was published before")
        service.wait_for_answer(f"{address}/bangla.rss", lambda answer: "<item>" in answer.text)
        assert service.stop(signal.SIGTERM)[0] == 0
    for path in (folder / "feeds").iterdir():
        path.unlink()
    failed = command(folder, "run")
    assert failed.returncode == 2
    assert "cannot be used: file is not a database\n" in failed.stderr
