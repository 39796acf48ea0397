"""What becomes of the store day by day: backups with a count, and what leaves as it is old."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Event

import pytest

from aggregator.errors import ConfigError, StoreError
from aggregator.models import Config, Upkeep
from aggregator.pipeline import archive as archiving
from aggregator.pipeline import retention
from aggregator.pipeline.backup import back_up
from aggregator.pipeline.index_texts import index_texts
from aggregator.pipeline.run import Run
from aggregator.pipeline.upkeep import DailyUpkeep, open_store
from aggregator.publish import gone
from aggregator.store import left_open, space
from aggregator.store.compaction import compact
from aggregator.store.place import path_of
from aggregator.store.store import Store
from aggregator.store.workplace import workplace
from tests.support.arrivals import ARTICLES, Arrivals, sent, sources
from tests.support.by_hand import by_hand
from tests.support.configurations import Make
from tests.support.passes import NOW
from tests.support.serving import serving
from tests.support.validity import check_atom
from tests.test_archives import archives, follower, headline, headlines

pytestmark = pytest.mark.databases

DAY = timedelta(days=1)
NIGHT = NOW.replace(hour=21, minute=0)  # three o'clock in Dhaka
KEEP = '[store]\nkeep = "60d"\n'


def keep_up(config: Config, now: datetime, *, most_steps: int = 100) -> bool:
    """Do what is due at a time, as the service and ``once`` do; tell whether nothing failed."""
    with Store.open(config.store_url) as store:
        run = Run.of(config, store, clock=lambda: now, stop=Event())
        return DailyUpkeep().keep_up(run, most_steps=most_steps)


def backups(config: Config) -> list[str]:
    """Return what is in the folder of backups."""
    folder = config.upkeep.backup_folder
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def identity(now: datetime) -> datetime:
    """Return what is handed in: a clock that stands still, once it is bound."""
    return now


def named(*days: str) -> list[str]:
    """Return what backups of some days of November are called."""
    return [f"aggregator-2026-11-{day}.tar.gz" for day in days]


# --- Backups -------------------------------------------------------------------------------------


@pytest.mark.sqlite
def test_each_day_has_a_backup_and_so_many_stay(make_config: Make) -> None:
    """One a day by the site's clock, named by it; the oldest go once a newer one is there."""
    arrivals = Arrivals(make_config(f"[store]\nbackups = 2\n{sources('a')}"))
    arrivals.arrive(("a", [sent(ARTICLES[0], 0)]))
    config = arrivals.config
    keep_up(config, NOW)
    first = (config.upkeep.backup_folder / named("24")[0]).read_bytes()
    keep_up(config, NOW + timedelta(hours=11))
    assert backups(config) == named("24")
    assert (config.upkeep.backup_folder / named("24")[0]).read_bytes() == first
    keep_up(config, NOW + timedelta(hours=12))  # midnight in Dhaka
    assert backups(config) == named("24", "25")
    keep_up(config, NOW + 3 * DAY)
    assert backups(config) == named("25", "27")
    assert config.upkeep.backup_folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.sqlite
def test_days_to_come_are_the_oldest_where_the_clock_was_set_back(make_config: Make) -> None:
    """Today's backup stays and is made once; what the clock made of wrong days goes first."""
    arrivals = Arrivals(make_config(f"[store]\nbackups = 2\n{sources('a')}"))
    arrivals.arrive(("a", [sent(ARTICLES[0], 0)]))
    config = arrivals.config
    for day in (365, 366):
        keep_up(config, NOW + day * DAY)
    keep_up(config, NOW)
    assert backups(config) == [*named("24"), "aggregator-2027-11-25.tar.gz"]
    first = (config.upkeep.backup_folder / named("24")[0]).stat().st_ino
    keep_up(config, NOW + timedelta(minutes=2))
    assert (config.upkeep.backup_folder / named("24")[0]).stat().st_ino == first
    keep_up(config, NOW + DAY)
    assert backups(config) == named("24", "25")


@pytest.mark.sqlite
def test_a_clock_that_is_set_back_after_a_fault_keeps_no_backup_waiting(make_config: Make) -> None:
    """What failed is tried again at once, not when the wrong hour comes."""
    arrivals = Arrivals(make_config(sources("a")))
    arrivals.arrive(("a", [sent(ARTICLES[0], 0)]))
    config, daily = arrivals.config, DailyUpkeep()
    folder = config.upkeep.backup_folder
    folder.write_bytes(b"no folder")
    with Store.open(config.store_url) as store:
        for now, is_good in ((NOW + 365 * DAY, False), (NOW, True)):
            run = Run.of(config, store, clock=partial(identity, now), stop=Event())
            assert daily.keep_up(run) == is_good
            if not is_good:
                folder.unlink()
    assert backups(config) == named("24")


@pytest.mark.sqlite
@pytest.mark.parametrize("there", ["another's", "nothing"])
def test_a_file_of_todays_name_that_is_no_backup_of_the_store_is_told(
    make_config: Make, caplog: pytest.LogCaptureFixture, there: str
) -> None:
    """Of two sites with one folder the second has none else, nor one whose file was emptied."""
    arrivals = Arrivals(make_config(f"[store]\nbackups = 1\n{sources('a')}"))
    arrivals.arrive(("a", [sent(ARTICLES[0], 0)]))
    config = arrivals.config
    keep_up(config, NOW)
    backup = config.upkeep.backup_folder / named("24")[0]
    if there == "nothing":
        backup.write_bytes(b"")
        assert not keep_up(config, NOW)
        assert f"{backup} cannot be read as a backup" in caplog.text
        return
    (config.path.parent / "other").mkdir()
    url = f"sqlite:///{config.path.parent}/other/aggregator.db"
    arrivals.config = other = replace(config, store_url=url)
    arrivals.arrive(("a", [sent(ARTICLES[0], 0), sent(ARTICLES[1], 1)]))
    first = backup.read_bytes()
    assert not keep_up(other, NOW)
    assert "is one of the store" in caplog.text and "backup_folder" in caplog.text
    keep_up(other, NOW + DAY)
    assert backups(other) == named("24", "25") and backup.read_bytes() == first


@pytest.mark.sqlite
def test_a_backup_that_cannot_be_removed_stays(
    make_config: Make, caplog: pytest.LogCaptureFixture
) -> None:
    """As one that an operator made immutable: the pass goes on, and the others are removed."""
    arrivals = Arrivals(make_config(f"[store]\nbackups = 1\n{sources('a')}"))
    arrivals.arrive(("a", [sent(ARTICLES[0], 0)]))
    config = arrivals.config
    folder = config.upkeep.backup_folder
    (folder / named("20")[0]).mkdir(parents=True)  # which no system removes as it does a file
    keep_up(config, NOW - DAY)
    assert keep_up(config, NOW)
    assert backups(config) == named("20", "24")
    assert "20.tar.gz stays, as it cannot be removed" in caplog.text


def test_a_store_without_entries_has_no_backup(make_config: Make) -> None:
    """Nor has one whose configuration wants none."""
    arrivals = Arrivals(make_config(f"[store]\nbackups = 0\n{sources('a')}"))
    keep_up(make_config(sources("a")), NOW)
    arrivals.arrive(("a", [sent(ARTICLES[0], 0)]))
    keep_up(arrivals.config, NOW)
    assert backups(arrivals.config) == []


@pytest.mark.sqlite
def test_no_backup_is_removed_for_one_of_a_store_that_lost_everything(
    make_config: Make, caplog: pytest.LogCaptureFixture
) -> None:
    """After a damaged store made way for an empty one, days do not take the good backups away."""
    arrivals = Arrivals(make_config(f"[store]\nbackups = 1\n{sources('a')}"))
    config = arrivals.config
    arrivals.arrive(("a", [sent(ARTICLES[0], 0), sent(ARTICLES[1], 1)]))
    keep_up(config, NOW)
    left_open.set_aside(config.store_url)
    arrivals.arrive(("a", [sent(ARTICLES[2], 2)]))
    for day in (1, 2, 3):
        keep_up(config, NOW + day * DAY)
    assert backups(config) == named("24", "27")
    assert "2 entries and the store only 1: is it the right one?" in caplog.text


@pytest.mark.sqlite
def test_a_backup_that_fails_takes_none_away_and_is_tried_again(
    make_config: Make, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is said once an hour, not at every tick."""
    arrivals = Arrivals(make_config(f"[store]\nbackups = 1\n{sources('a')}"))
    arrivals.arrive(("a", [sent(ARTICLES[0], 0)]))
    config = arrivals.config
    keep_up(config, NOW)
    daily = DailyUpkeep()
    with Store.open(config.store_url) as store, monkeypatch.context() as full:
        full.setattr(space, "free_bytes", lambda _path: 0)
        for minutes in (0, 1, 59, 60):
            now = NOW + DAY + timedelta(minutes=minutes)
            run = Run.of(config, store, clock=partial(identity, now), stop=Event())
            assert daily.keep_up(run) == (minutes in (1, 59))
    assert backups(config) == named("24")
    assert caplog.text.count("there is no backup of today") == 2
    keep_up(config, NOW + DAY)
    assert backups(config) == named("25")


@pytest.mark.sqlite
def test_what_a_killed_process_left_in_the_folder_goes(make_config: Make) -> None:
    """The next backup takes it away, whatever day it was of; a person's files stay."""
    arrivals = Arrivals(make_config(sources("a")))
    arrivals.arrive(("a", [sent(ARTICLES[0], 0)]))
    folder = arrivals.config.upkeep.backup_folder
    (folder / f".{named('20')[0]}.tmp").mkdir(parents=True)
    (folder / f".{named('20')[0]}.tmp" / "aggregator.db").write_bytes(b"half")
    (folder / "mine.tar.gz").write_bytes(b"mine")
    keep_up(arrivals.config, NOW)
    assert backups(arrivals.config) == [*named("24"), "mine.tar.gz"]


@pytest.mark.sqlite
def test_a_backup_that_another_process_makes_just_now_stays(make_config: Make) -> None:
    """A person's in the same folder, or another store's; two never make one of the same name."""
    arrivals = Arrivals(make_config(f"[store]\nbackups = 2\n{sources('a')}"))
    arrivals.arrive(("a", [sent(ARTICLES[0], 0)]))
    config, folder = arrivals.config, arrivals.config.upkeep.backup_folder
    folder.mkdir(parents=True)
    target = folder / "aggregator-2026-11-24-060000.tar.gz"
    with workplace(target) as made:
        (made / "aggregator.db").write_bytes(b"half")
        assert keep_up(config, NOW)
        assert [path.read_bytes() for path in made.iterdir()] == [b"half"]
        with pytest.raises(StoreError, match=f"another process is making {target} now"):
            back_up(config, target, NOW)
        assert [path.read_bytes() for path in made.iterdir()] == [b"half"]
    assert backups(config) == named("24")
    assert back_up(config, target, NOW).path == target


@pytest.mark.sqlite
def test_the_newest_backup_is_named_where_a_damaged_store_is_set_aside(make_config: Make) -> None:
    """Whoever reads that the store is damaged reads how to get yesterday's back."""
    arrivals = Arrivals(make_config(sources("a")))
    arrivals.arrive(("a", [sent(ARTICLES[0], 0)]))
    config = arrivals.config
    for day in (0, 1):
        keep_up(config, NOW + day * DAY)
    path = path_of(config.store_url)
    path.write_bytes(path.read_bytes()[:100] + b"\xff" * 5000)
    Path(f"{path}-wal").write_bytes(b"left open")
    newest = config.upkeep.backup_folder / named("25")[0]
    with pytest.raises(StoreError, match=f"set aside.*aggregator restore {newest}"):
        open_store(config)
    assert not path.exists()
    with pytest.raises(StoreError, match="there is no store"):
        open_store(config, may_make=False)


# --- Retention -----------------------------------------------------------------------------------


# Of headlines an hour apart, the first of them so old, six are older than 60 days by then.
OLDEST_HOURS, SIX_LEAVE = 1_191, NIGHT + 10 * DAY


@pytest.fixture
def small_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let four entries fill an archive document."""
    monkeypatch.setattr(archiving, "LEAST_SIZE", 4)


def texts(config: Config) -> set[str]:
    """Return the ids of the entries whose text is stored."""
    with by_hand(config) as connection:
        ids = connection.exec_driver_sql("SELECT id FROM entry JOIN entry_text USING (pk)")
        return {id_.rpartition("/")[2] for id_ in ids.scalars()}


@pytest.mark.sqlite
def test_what_is_older_than_is_kept_leaves_and_never_returns(make_config: Make) -> None:
    """By the entry's own time; the same again, and the same text of another paper, is not new."""
    arrivals = Arrivals(make_config(KEEP + sources("a", "b")))
    old, kept = sent(ARTICLES[0], 0, hours=61 * 24), sent(ARTICLES[1], 1, hours=59 * 24)
    arrivals.arrive(("a", [old, kept]))
    keep_up(arrivals.config, NIGHT)
    assert texts(arrivals.config) == {"1"}
    arrivals.arrive(("a", [old, kept]))
    arrivals.arrive(("b", [sent(ARTICLES[0], 0, site="b", hours=60 * 24)]))
    assert [report.new for report in arrivals.reports] == [2, 0, 1]
    assert texts(arrivals.config) == {"1"}
    assert [entry.title for entry in arrivals.shown()] == [ARTICLES[1].title]


def test_so_many_of_the_newest_stay(make_config: Make) -> None:
    """Overall, whichever source they are of; those of one moment stay together."""
    few = Upkeep(keep_entries=6, backups=0)  # fewer than a configuration may say
    arrivals = Arrivals(replace(make_config(sources("a", "b")), upkeep=few))
    config = arrivals.config
    for paper in ("a", "b"):
        arrivals.arrive((paper, [headline(paper, number, number) for number in range(5)]))
    keep_up(config, NIGHT)
    assert texts(config) == {"0", "1", "2"}
    arrivals.arrive(("a", [headline("a", 9, -1)]))
    keep_up(config, NIGHT)
    with by_hand(config) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM entry_text").scalar_one() == 7


@pytest.mark.sqlite
def test_a_story_leaves_as_a_whole(make_config: Make) -> None:
    """While one paper's telling is young enough, the older ones of the story stay."""
    arrivals = Arrivals(make_config(KEEP + sources("a", "b")))
    arrivals.arrive(("a", [sent(ARTICLES[0], 0, hours=61 * 24)]))
    arrivals.arrive(("b", [sent(ARTICLES[0], 7, site="b", hours=59 * 24)]))
    keep_up(arrivals.config, NIGHT)
    assert texts(arrivals.config) == {"0", "7"}
    keep_up(arrivals.config, NIGHT + 2 * DAY)
    assert texts(arrivals.config) == set()


@pytest.mark.sqlite
def test_stories_leave_at_night_and_late_by_day(make_config: Make) -> None:
    """By the site's clock; where no process runs at night, a day later."""
    arrivals = Arrivals(make_config(KEEP + sources("a")))
    arrivals.arrive(("a", [headline("a", 1, 60 * 24 - 1), headline("a", 2, 60 * 24 - 18)]))
    left = []
    for hours in (2, 13.9, 14.1, 19, 41.9, 42.1):
        keep_up(arrivals.config, NOW + timedelta(hours=hours))  # at 14 it is two o'clock there
        left.append("".join(sorted(texts(arrivals.config))))
    assert left == ["12", "12", "2", "2", "2", ""]


@pytest.mark.sqlite
def test_one_pass_lets_a_bounded_number_leave(
    make_config: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store that is bounded for the first time is emptied over several passes."""
    monkeypatch.setattr(retention, "_STORIES_TOGETHER", 2)
    arrivals = Arrivals(make_config(KEEP + sources("a")))
    arrivals.arrive(("a", [headline("a", number, 70 * 24 + number) for number in range(9)]))
    left = []
    for _ in range(4):
        keep_up(arrivals.config, NIGHT, most_steps=2)
        left.append(len(texts(arrivals.config)))
    assert left == [5, 1, 0, 0]


@pytest.mark.sqlite
def test_a_store_that_lets_nothing_leave_is_told_and_tried_again(
    make_config: Make, caplog: pytest.LogCaptureFixture
) -> None:
    """As on a full disk: the pass that was made is not lost for it, and all stays as it was."""
    arrivals = Arrivals(make_config(KEEP + sources("a")))
    config, daily = arrivals.config, DailyUpkeep()
    arrivals.arrive(("a", [sent(ARTICLES[0], 0, hours=61 * 24)]))
    with closing(sqlite3.connect(path_of(config.store_url))) as connection:
        full = "SELECT RAISE(ABORT, 'the disk is full')"
        connection.execute(f"CREATE TRIGGER full BEFORE DELETE ON entry_text BEGIN {full}; END")
    with Store.open(config.store_url) as store:
        for minutes in (0, 1, 59, 60):
            clock = partial(identity, NIGHT + timedelta(minutes=minutes))
            run = Run.of(config, store, clock=clock, stop=Event())
            assert daily.keep_up(run) == (minutes in (1, 59))
    assert texts(config) == {"0"}
    assert backups(config) == named("25")
    assert caplog.text.count("what is old did not leave the store") == 2


@pytest.mark.sqlite
def test_nothing_leaves_where_the_day_has_no_backup(
    make_config: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What leaves is in the day's backup, or stays until there is one, also within the hour."""
    arrivals = Arrivals(make_config(KEEP + sources("a")))
    arrivals.arrive(("a", [sent(ARTICLES[0], 0)]))
    config, daily = arrivals.config, DailyUpkeep()
    night = NIGHT + 100 * DAY
    with Store.open(config.store_url) as store:
        for minutes, has_room in ((0, False), (2, False), (4, True), (61, True)):
            now = night + timedelta(minutes=minutes)
            run = Run.of(config, store, clock=partial(identity, now), stop=Event())
            with monkeypatch.context() as disk:
                if not has_room:
                    disk.setattr(space, "free_bytes", lambda _path: 0)
                assert daily.keep_up(run) == (minutes > 0)
            assert bool(texts(config)) == (minutes < 60), minutes
    assert len(backups(config)) == 1


@pytest.mark.sqlite
def test_words_of_what_left_go_from_the_index(make_config: Make) -> None:
    """The file holds no word that only they had, so that it is no larger for what is kept."""
    arrivals = Arrivals(make_config(KEEP + sources("a")))
    old, kept = sent(ARTICLES[0], 0, hours=61 * 24), sent(ARTICLES[1], 1, hours=59 * 24)
    arrivals.arrive(("a", [old, kept]))
    path = path_of(arrivals.config.store_url)
    with Store.open(arrivals.config.store_url) as store:
        index_texts(arrivals.run(store))
    words = {*ARTICLES[0].paragraphs[0].split()} - {*" ".join(ARTICLES[1].paragraphs).split()}
    longest = max(words, key=len).encode()
    assert longest in path.read_bytes()
    keep_up(arrivals.config, NIGHT)
    with Store.open(arrivals.config.store_url) as store:
        index_texts(arrivals.run(store))
    assert longest not in path.read_bytes()


@pytest.mark.sqlite
def test_archives_stay_to_the_byte_until_all_in_them_has_left(
    make_config: Make, small_documents: None
) -> None:
    """Then their files go, the oldest first, their addresses say so, and the way ends there."""
    arrivals = Arrivals(make_config(f'{KEEP}[[feed]]\nname = "bangla"\nlimit = 4\n{sources("a")}'))
    config = arrivals.config
    for first in range(0, 20, 4):
        arrivals.arrive(("a", headlines("a", range(first, first + 4), OLDEST_HOURS - first)))
        arrivals.publish()
    before = archives(config)
    assert len(before) == 4
    arrivals.now = SIX_LEAVE  # two of them from the second document
    keep_up(config, arrivals.now)
    arrivals.publish()
    after = archives(config)
    assert after == {name: body for name, body in before.items() if name != "bangla-archive-1.atom"}
    assert gone.body_of(config.site.output, "bangla-archive-1.atom")
    assert not gone.body_of(config.site.output, "bangla-archive-2.atom")
    assert not list(config.site.output.glob("bangla-archive-1.*"))
    with serving(config.site.output) as served:
        for suffix in ("rss", "atom", "json", "html"):
            answer = served.get(f"/bangla-archive-1.{suffix}")
            assert (answer.status_code, answer.content) == (410, gone.DOCUMENT_BODY)
    page = (config.site.output / "bangla-archive-2.html").read_text(encoding="utf-8")
    assert "bangla-archive-1.html" not in page and "bangla-archive-3.html" in page
    arrivals.publish()
    assert archives(config) == after


@pytest.mark.sqlite
def test_a_lost_folder_has_no_archives_of_what_left(
    make_config: Make, small_documents: None
) -> None:
    """What is made again begins with the first document that has anything."""
    arrivals = Arrivals(make_config(f'{KEEP}[[feed]]\nname = "bangla"\nlimit = 4\n{sources("a")}'))
    config = arrivals.config
    for first in range(0, 20, 4):
        arrivals.arrive(("a", headlines("a", range(first, first + 4), OLDEST_HOURS - first)))
        arrivals.publish()
    arrivals.now = SIX_LEAVE
    keep_up(config, arrivals.now)
    arrivals.publish()
    for path in config.site.output.glob("bangla*"):
        path.unlink()
    arrivals.publish()
    assert sorted(archives(config)) == [f"bangla-archive-{number}.atom" for number in (2, 3, 4)]
    reader = follower(config)
    reader.read()
    assert {entry.rpartition("/")[2] for entry in reader.entries} == texts(config)
    for body in archives(config).values():
        check_atom(body)


@pytest.mark.sqlite
def test_numbers_of_archives_that_are_gone_are_never_given_again(
    make_config: Make, small_documents: None
) -> None:
    """Also where all of a feed's archives are gone, the next one has a number of its own."""
    arrivals = Arrivals(make_config(f'{KEEP}[[feed]]\nname = "bangla"\nlimit = 4\n{sources("a")}'))
    config = arrivals.config
    for first in (0, 4):
        arrivals.arrive(("a", headlines("a", range(first, first + 4), 50 * 24 - first)))
        arrivals.publish()
    assert [*archives(config)] == ["bangla-archive-1.atom"]
    arrivals.now = NIGHT + 15 * DAY
    keep_up(config, arrivals.now)
    arrivals.publish()
    assert archives(config) == {}
    for first in (20, 24):
        arrivals.arrive(("a", headlines("a", range(first, first + 4), -14 * 24 - first)))
        arrivals.publish()
    assert [*archives(config)] == ["bangla-archive-2.atom"]
    assert b"bangla-archive-1" not in archives(config)["bangla-archive-2.atom"]


@pytest.mark.parametrize(
    "line", ['keep = "59d"', 'keep = "12"', "keep_entries = 999", "backups = -1", "backups = 400"]
)
def test_what_would_empty_a_feed_is_a_fault(make_config: Make, line: str) -> None:
    """Less than copies of a text are looked for, or than a feed can show, is not kept."""
    with pytest.raises(ConfigError, match=rf"config.toml:2:\d+: store.{line.split()[0]}"):
        make_config(f"[store]\n{line}\n{sources('a')}")


# --- Compaction ----------------------------------------------------------------------------------


@pytest.mark.sqlite
def test_what_left_is_given_back_and_the_rest_is_written_anew(make_config: Make) -> None:
    """Where nobody uses the store, it is as small as one that never held more."""
    arrivals = Arrivals(make_config(KEEP + sources("a")))
    arrivals.arrive(("a", [sent(article, number) for number, article in enumerate(ARTICLES[:40])]))
    with closing(sqlite3.connect(path_of(arrivals.config.store_url))) as connection:
        connection.execute("CREATE TABLE waste AS SELECT randomblob(500000) AS b")
        connection.execute("DROP TABLE waste")
        connection.commit()
    done = compact(arrivals.config.store_url)
    assert done.is_whole and done.bytes_before - done.bytes_after > 400_000
    assert len(texts(arrivals.config)) == 40
    assert compact(arrivals.config.store_url).bytes_after == done.bytes_after


@pytest.mark.sqlite
def test_beside_a_service_only_what_is_free_is_cut_off(make_config: Make) -> None:
    """Nobody waits for that, and the command says what it did not do."""
    arrivals = Arrivals(make_config(KEEP + sources("a")))
    arrivals.arrive(("a", [sent(ARTICLES[0], 0)]))
    with Store.open(arrivals.config.store_url) as store:
        with closing(sqlite3.connect(path_of(arrivals.config.store_url))) as connection:
            connection.execute("CREATE TABLE waste AS SELECT randomblob(500000) AS b")
            connection.execute("DROP TABLE waste")
            connection.commit()
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        done = compact(arrivals.config.store_url)
        assert not done.is_whole and done.bytes_before - done.bytes_after > 400_000
        with store.write() as unit:
            unit.requests.request_publishing()


@pytest.mark.sqlite
def test_what_lies_in_the_log_of_a_service_is_no_growth(make_config: Make) -> None:
    """The file was small as a new service had all in its log; the store lost nothing for that."""
    arrivals = Arrivals(make_config(KEEP + sources("a")))
    arrivals.arrive(("a", [sent(ARTICLES[0], 0)]))
    path = path_of(arrivals.config.store_url)
    with Store.open(arrivals.config.store_url), closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE more AS SELECT randomblob(500000) AS b")
        connection.commit()
        assert path.stat().st_size < 500_000
        done = compact(arrivals.config.store_url)
    assert done.bytes_before == done.bytes_after == path.stat().st_size > 500_000


@pytest.mark.sqlite
def test_compaction_says_when_the_disk_has_no_room(
    make_config: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is written."""
    arrivals = Arrivals(make_config(KEEP + sources("a")))
    arrivals.arrive(("a", [sent(ARTICLES[0], 0)]))
    monkeypatch.setattr(space, "free_bytes", lambda _path: 1000)
    with pytest.raises(StoreError, match=r"1\.0 KB left; nothing was changed"):
        compact(arrivals.config.store_url)
