"""What a changed configuration would change: said as it then comes, and nothing is touched."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from aggregator import config as configuration
from aggregator.models import Config
from aggregator.models.diffed import ConfigDiff, EntryFate, FeedDiff
from aggregator.pipeline.diff import diff_of, diff_of_published
from aggregator.publish.shown import published_feeds
from aggregator.store.store import Store
from tests.support.arrivals import ARTICLES, Arrivals, sent, sources
from tests.support.configurations import Write
from tests.support.examples import examples
from tests.support.service import RunningService
from tests.test_cli import Run, run, run_process  # noqa: F401 - run is a fixture
from tests.test_stories import REPORTS

PAPERS = sources("a", "b", "c")
FEED = '[[feed]]\nname = "sob"\n'
LISTEN = '[site]\nlisten = "127.0.0.1:0"\n[status]\nlisten = ""\n'


def load(folder: Path, text: str, name: str = "config.toml") -> Config:
    """Return a configuration that is written into a folder."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return configuration.load(path)


def made_store(folder: Path, text: str) -> Arrivals:
    """Return a store of twelve stories: papers b and c carry some of those that a does."""
    arrivals = Arrivals(load(folder, text))
    arrivals.arrive(
        ("a", [sent(ARTICLES[n], n, site="a", hours=n + 1) for n in range(8)]),
        ("b", [sent(ARTICLES[n], n, site="b", hours=n + 0.5) for n in (1, 2, 8, 9)]),
        ("c", [sent(ARTICLES[n], n, site="c", hours=n + 0.7) for n in (2, 3, 10, 11)]),
    )
    return arrivals


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which all was published."""
    folder = tmp_path_factory.mktemp("published")
    made_store(folder, PAPERS + FEED).publish()
    return folder


def differs(old: Config, new: Config) -> ConfigDiff:
    """Return what would change, of the store of the old configuration."""
    with Store.beside(old.store_url, reads_only=True) as store:
        return diff_of(store, old, new)


def fates(feed: FeedDiff) -> set[EntryFate]:
    """Return what becomes of entries of a feed."""
    return {change.fate for change in feed.entries}


def shown(folder: Path, feed: str = "sob") -> list[str]:
    """Return the ids that a published feed shows."""
    return [item["id"] for item in json.loads((folder / f"{feed}.json").read_bytes())["items"]]


def applied(before: Sequence[str], feed: FeedDiff) -> list[str]:
    """Return the ids that a feed shows after what was said of it came true."""
    come = {
        change.new_place: change.other or change.id
        for change in feed.entries
        if change.fate in (EntryFate.APPEARS, EntryFate.NEW_ID)
    }
    moved = {change.id: change.new_place for change in feed.entries if _stays(change.fate)}
    gone = {change.id for change in feed.entries if change.fate is not EntryFate.APPEARS}
    at = {place: id_ for id_, place in moved.items()} | come
    rest = iter(id_ for id_ in before if id_ not in gone)
    return [at.get(place) or next(rest) for place in range(1, feed.new_entries + 1)]


def _stays(fate: EntryFate) -> bool:
    return fate in (EntryFate.MOVES, EntryFate.RETOLD)


KEYS = st.fixed_dictionaries(
    {},
    optional={
        "limit": st.integers(1, 12),
        "per_source": st.sampled_from([0.2, 0.5, 1.0]),
        "sources": st.lists(st.sampled_from("abc"), min_size=1, max_size=2, unique=True),
        "order": st.just("top"),
        "min_sources": st.integers(1, 3),
        "events": st.sampled_from(["link", "merge", "none"]),
        "title": st.sampled_from(["সব", "সব খবর"]),
        "exclude": st.sampled_from(["নদী", "বাংলাদেশ", "মাঠ"]),
    },
)


def written(keys: dict[str, object]) -> str:
    """Return a feed with these keys."""
    return FEED + "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())


# Each publishes twice, 0.3 s, and to make a failing one smaller would take hundreds.
@settings(max_examples=examples(20), phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(KEYS, KEYS)
def test_what_is_said_is_what_then_comes(
    published: Path, before: dict[str, object], after: dict[str, object]
) -> None:
    """Publishing under the new configuration shows what the difference said, place for place."""
    old = load(published, PAPERS + written(before))
    Arrivals(old).publish()
    new = load(published, PAPERS + written(after), "new.toml")
    (feed,) = differs(old, new).feeds
    expected = applied(shown(old.site.output), feed)
    with Store.beside(old.store_url, reads_only=True) as store:
        found = diff_of_published(store, published_feeds(old.site.output, ["sob"]), new)
    assert applied(shown(old.site.output), found.feeds[0]) == expected
    Arrivals(new).publish()
    assert shown(new.site.output) == expected
    keys = {setting.key for setting in feed.settings}
    assert keys <= before.keys() | after.keys() | {"description", "archive"}


def test_nothing_changes_where_nothing_is_changed(published: Path) -> None:
    """Comments, order and what means the same change nothing."""
    old = load(published, PAPERS + FEED)
    Arrivals(old).publish()
    new = load(published, f"# নতুন\n{PAPERS}{FEED}limit = 100\nsources = ['*']\n", "new.toml")
    assert not differs(old, new).is_change


def test_each_that_goes_says_why(published: Path) -> None:
    """What a limit, a source, a language or a word leaves out is told apart."""
    old = load(published, PAPERS + FEED)
    reasons = {}
    for keys in (
        'sources = ["a"]',
        'languages = "en"',
        'exclude = "নদী"',
        "per_source = 1.0\nlimit = 5",
    ):
        new = load(published, f"{PAPERS}{FEED}{keys}\n", "new.toml")
        (feed,) = differs(old, new).feeds
        gone = [change for change in feed.entries if change.fate is EntryFate.GOES]
        assert all(change.old_place and not change.new_place for change in gone)
        reasons[keys] = {change.why for change in gone}
    assert "the feed does not take from b" in reasons['sources = ["a"]']
    assert reasons['languages = "en"'] == {"the feed is of en, and this is bn"}
    assert reasons["per_source = 1.0\nlimit = 5"] == {"older than its newest 5 stories"}
    assert reasons['exclude = "নদী"'] <= {"it has নদী (exclude)"}


def test_an_id_that_was_never_published_can_become_another(tmp_path: Path) -> None:
    """Before its first publishing, a story without its first source is another's, by that id."""
    old = made_store(tmp_path, PAPERS + FEED).config
    (feed,) = differs(old, load(tmp_path, sources("b", "c") + FEED, "new.toml")).feeds
    renamed = [change for change in feed.entries if change.fate is EntryFate.NEW_ID]
    assert renamed and all(change.other not in ("", change.id) for change in renamed)
    assert EntryFate.GOES in fates(feed)


def test_stories_of_one_event_that_merge_say_into_which(tmp_path: Path) -> None:
    """What a feed shows no longer, as another tells of the same event, is no loss."""
    old = load(tmp_path, PAPERS + FEED)
    arrivals = Arrivals(old)
    report = REPORTS[0]
    arrivals.arrive(
        ("a", [sent(report.a, 1, hours=3), sent(ARTICLES[0], 2, hours=4)]),
        ("b", [sent(report.b, 1, site="b", hours=2)]),
    )
    arrivals.publish()
    first, last = "https://a.example/news/1", "https://b.example/news/1"
    new = load(tmp_path, f'{PAPERS}{FEED}events = "merge"\n', "new.toml")
    (feed,) = differs(old, new).feeds
    (merged,) = feed.entries
    assert (merged.fate, {merged.id, merged.other}) == (EntryFate.MERGES, {first, last})
    Arrivals(new).publish()
    assert merged.id not in shown(new.site.output) and merged.other in shown(new.site.output)


def test_a_published_id_stays_whatever_its_source_becomes(published: Path) -> None:
    """A published story keeps its id where the source of that is gone, in another's text."""
    old = load(published, PAPERS + FEED)
    Arrivals(old).publish()
    (feed,) = differs(old, load(published, sources("b", "c") + FEED, "new.toml")).feeds
    assert EntryFate.NEW_ID not in fates(feed)


def test_feeds_and_sources_that_come_and_go(published: Path) -> None:
    """A new feed comes with its entries, one that is gone is counted, and so with sources."""
    old = load(published, PAPERS + FEED)
    Arrivals(old).publish()
    text = sources("a", "b", "d") + '[[feed]]\nname = "notun"\n[site]\ntitle = "নতুন"\n'
    text = text.replace("কাগজ b", "কাগজ খ") + "[dedupe]\nevents = false\n"
    text += '[store]\nurl = "sqlite:///other.db"\n[topics]\n"নদী" = "নদনদী"\n'
    found = differs(old, load(published, text, "new.toml"))
    assert [(feed.feed, feed.is_new, feed.is_gone) for feed in found.feeds] == [
        ("notun", True, False),
        ("sob", False, True),
    ]
    assert fates(found.feeds[0]) == {EntryFate.APPEARS} and found.feeds[1].old_entries == 12
    assert [(source.source, source.keys) for source in found.sources] == [
        ("b", ("title",)),
        ("d", ()),
        ("c", ()),
    ]
    assert found.sources[1].is_new and found.sources[2].is_gone
    assert [(setting.key, setting.new) for setting in found.settings] == [
        ("title", "নতুন"),
        ("events", "false"),
        ("store_url", f"sqlite:///{published / 'other.db'}"),
        ("topics", ""),
    ]


# --- That nothing is touched ---------------------------------------------------------------------


def files_under(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Return every file below a folder with its bytes and its time."""
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_neither_store_nor_folder_nor_network_is_touched(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch  # noqa: F811
) -> None:  # fmt: skip
    """Every file has its bytes and its time, and no socket is made."""
    made_store(tmp_path, PAPERS + FEED).publish()
    load(tmp_path, f"{PAPERS}{sources('d')}{FEED}limit = 3\n", "new.toml")
    before = files_under(tmp_path)

    def no_socket(*_: object, **__: object) -> None:
        raise AssertionError("a socket was made")

    monkeypatch.setattr(socket, "socket", no_socket)
    monkeypatch.setattr(socket, "getaddrinfo", no_socket)
    for arguments in ((), ("--config", "new.toml"), ("--config", "new.toml", "--json")):
        assert run(tmp_path, "diff", *arguments).exit_code == 0
    assert files_under(tmp_path) == before


def test_what_a_killed_process_left_is_read_and_left(run: Run, tmp_path: Path) -> None:  # noqa: F811
    """What stands in the database's log alone is compared, and stays there."""
    folder = tmp_path / "killed"
    arrivals = made_store(tmp_path, PAPERS + FEED)
    arrivals.publish()
    with Store.open(arrivals.config.store_url) as store:  # while it is open, its log stays
        with store.write() as unit:
            unit.requests.permit_loss("sob")
        shutil.copytree(tmp_path, folder, ignore=shutil.ignore_patterns("killed"))
    assert (folder / "aggregator.db-wal").stat().st_size
    load(folder, f"{PAPERS}{FEED}limit = 3\n", "new.toml")
    names = ("aggregator.db", "aggregator.db-wal")
    before = {name: (folder / name).read_bytes() for name in names}
    done = run_process(folder, "diff", "--config", "new.toml")
    assert "12 → 3 entries: 9 go" in done.stdout, done.stderr
    assert {name: (folder / name).read_bytes() for name in names} == before


def test_it_cannot_write(published: Path) -> None:
    """The database itself refuses what would change it."""
    config = load(published, PAPERS + FEED)
    with (
        Store.beside(config.store_url, reads_only=True) as store,
        pytest.raises(Exception, match="readonly"),
        store.write() as unit,
    ):
        unit.requests.request_publishing()


# --- The command ---------------------------------------------------------------------------------


def test_the_command_says_it_in_lines_and_as_json(run: Run, tmp_path: Path) -> None:  # noqa: F811
    """Without a second file it is compared with what is published; many entries are counted."""
    made_store(tmp_path, PAPERS + FEED).publish()
    assert run(tmp_path, "diff").stdout == "Nothing would change.\n"
    new = f'{PAPERS}{FEED}limit = 1\ntitle = "কম"\n'
    load(tmp_path, new, "new.toml")
    lines = run(tmp_path, "diff", "--config", "new.toml").stdout.splitlines()
    assert lines[0] == "feed sob: 12 → 1 entries: 11 go"
    assert lines[1:3] == ["  title: বাংলা সংবাদ → কম", "  description: বাংলা সংবাদ → কম"]
    assert lines[3] == "  limit: 100 → 1"
    assert lines[4].startswith("  goes (2): ") and lines[4].endswith(
        "older than its newest 1 stories"
    )
    assert lines[-1] == "  … and 1 more go; --json has all"
    found = json.loads(run(tmp_path, "diff", "--config", "new.toml", "--json").stdout)
    assert found["is_change"] and len(found["feeds"][0]["entries"]) == 11
    load(tmp_path, new)
    assert run(tmp_path, "diff").stdout.splitlines()[0] == lines[0]
    against = run(tmp_path, "diff", "--config", "config.toml", "--against", "new.toml")
    assert against.stdout == "Nothing would change.\n"


def test_without_a_store_it_says_so(run: Run, write_config: Write) -> None:  # noqa: F811
    """Before the first pass there is nothing to compare."""
    folder = write_config(PAPERS).parent
    result = run(folder, "diff")
    assert result.exit_code == 2 and "there is no store" in result.stderr
    assert [path.name for path in folder.iterdir()] == ["config.toml"]


@pytest.mark.more
def test_it_works_beside_a_running_service(tmp_path: Path) -> None:
    """A service that runs goes on, and what it published is what is compared with."""
    made_store(tmp_path, LISTEN + PAPERS + FEED).publish()
    with RunningService(tmp_path) as service:
        service.wait_for_log("published index.html")
        load(tmp_path, f"{PAPERS}{FEED}limit = 2\n", "new.toml")
        done = run_process(tmp_path, "diff", "--config", "new.toml")
        assert "12 → 2 entries: 10 go" in done.stdout, done.stderr
        assert len(shown(tmp_path / "feeds")) == 12
