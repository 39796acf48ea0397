"""Files in place: neighbours that fit, feeds that lost their entries, feeds that are gone."""

from __future__ import annotations

import errno
import gzip
import json
import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event

import brotli
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from aggregator.cli import commands
from aggregator.console.summary import print_summary
from aggregator.models import Config, FeedDocument, FeedReport
from aggregator.pipeline.publish import publish_all
from aggregator.pipeline.purge import purge_older
from aggregator.pipeline.run import Run
from aggregator.pipeline.run_pass import PassReport
from aggregator.publish import files, folder, gone, ledger
from aggregator.publish.compressed import ENCODINGS, Encoding, with_neighbours
from aggregator.store.store import Store
from tests.support.arrivals import ARTICLES, Arrivals, sent, sources
from tests.support.configurations import Make
from tests.support.passes import NOW

ONE, TWO = "ক".encode() * 1000, "খ".encode() * 1000


def put(folder: Path, body: bytes) -> bool:
    """Put a body in place as a feed of the tests' present."""
    return files.put(folder, FeedDocument(name="x.rss", body=body, modified=NOW))


def neighbours(folder: Path) -> dict[str, bytes]:
    """Return what the neighbours that may be served decompress to: those of the file's time."""
    plain = (folder / "x.rss").stat()
    decompress = {"br": brotli.decompress, "gz": gzip.decompress}
    found = {suffix: folder / f"x.rss.{suffix}" for suffix in decompress}
    return {
        suffix: decompress[suffix](path.read_bytes())
        for suffix, path in found.items()
        if path.exists() and path.stat().st_mtime_ns == plain.st_mtime_ns
    }


@given(st.binary(max_size=3000))
def test_a_neighbour_is_the_same_bytes_for_the_same_file(body: bytes) -> None:
    """Each coding gives its body back, and the same bytes each time."""
    for encoding in ENCODINGS:
        encoded = encoding.encode(body)
        assert encoded == encoding.encode(body)
        assert encoding.is_of(encoded, body)
        assert not encoding.is_of(encoded, body + b"x")
        assert not encoding.is_of(encoded[:-1], body)


def test_a_file_has_neighbours_of_its_time_and_bytes(tmp_path: Path) -> None:
    """All three are made together, and none is touched where nothing changed."""
    assert put(tmp_path, ONE)
    assert neighbours(tmp_path) == {"br": ONE, "gz": ONE}
    before = files.stamps(tmp_path, files.names(tmp_path))
    assert not put(tmp_path, ONE)
    assert files.stamps(tmp_path, files.names(tmp_path)) == before


def test_neighbours_of_a_file_that_changes_are_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are of other bytes by their time; to decompress them is for a file that stays."""
    read: list[str] = []

    def noting(encoding: Encoding) -> Encoding:
        def is_of(encoded: bytes, body: bytes) -> bool:
            read.append(encoding.name)
            return encoding.is_of(encoded, body)

        return replace(encoding, is_of=is_of)

    monkeypatch.setattr(files, "ENCODINGS", tuple(map(noting, ENCODINGS)))
    put(tmp_path, ONE)
    put(tmp_path, TWO)
    assert read == []
    put(tmp_path, TWO)
    assert read == [encoding.name for encoding in ENCODINGS]
    assert neighbours(tmp_path) == {"br": TWO, "gz": TWO}


@pytest.mark.parametrize("name", ["x.rss.br", "x.rss.gz"])
@pytest.mark.parametrize("harm", ["gone", "cut", "other", "older", "a link"])
def test_a_neighbour_that_does_not_fit_is_made_anew(tmp_path: Path, name: str, harm: str) -> None:
    """Alone: the file and its other neighbour stay as they are."""
    put(tmp_path, ONE)
    path, before = tmp_path / name, files.stamps(tmp_path, files.names(tmp_path))
    times = (path.stat().st_atime_ns, path.stat().st_mtime_ns)
    if harm == "cut":
        path.write_bytes(path.read_bytes()[:-3])
    elif harm == "other":
        path.write_bytes(b"anything")
    elif harm == "a link":
        path.unlink()
        path.symlink_to(tmp_path / "x.rss")
    elif harm == "gone":
        path.unlink()
    if harm in ("cut", "other"):
        os.utime(path, ns=times)
    elif harm == "older":
        os.utime(path, (1, 1))
    assert put(tmp_path, ONE)
    assert neighbours(tmp_path) == {"br": ONE, "gz": ONE}
    after = files.stamps(tmp_path, files.names(tmp_path))
    assert {file for file in after if after[file] != before[file]} == {name}


@pytest.mark.parametrize("name", ["x.rss", "x.rss.br"])
def test_a_pipe_in_a_file_s_place_is_replaced(tmp_path: Path, name: str) -> None:
    """To read it would wait for whoever writes into it."""
    os.mkfifo(tmp_path / name)
    assert put(tmp_path, ONE)
    assert neighbours(tmp_path) == {"br": ONE, "gz": ONE}


@pytest.mark.parametrize("renames", range(3))
@pytest.mark.parametrize("then", [ONE, TWO, b"a third"])
def test_a_kill_between_the_renames_harms_no_reader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, renames: int, then: bytes
) -> None:
    """What has the file's time is of its bytes, whatever is published next."""
    put(tmp_path, ONE)
    done: list[str] = []
    rename = Path.replace

    def killed(self: Path, target: Path) -> Path:
        if len(done) == renames:
            raise KeyboardInterrupt
        done.append(target.name)
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            put(tmp_path, TWO)
    assert done == ["x.rss.br", "x.rss.gz"][:renames]
    left = neighbours(tmp_path)
    assert left == dict.fromkeys(("br", "gz")[renames:], ONE)
    put(tmp_path, then)
    assert (tmp_path / "x.rss").read_bytes() == then
    assert neighbours(tmp_path) == {"br": then, "gz": then}


def test_what_a_killed_run_left_of_a_feed_is_removed(make_config: Make) -> None:
    """Under the names of our files alone; what another program is about to write stays."""
    arrivals = Arrivals(make_config('[[feed]]\nname = "x"\n' + sources("a")))
    output = arrivals.config.site.output
    output.mkdir()
    ours = [f".{name}.tmp" for name in ("x.rss", "x.atom.br", "index.html.gz")]
    others = [".y.rss.tmp", ".x.rss.swp", "x.rss.tmp"]
    for name in ours + others:
        (output / name).write_bytes(b"half")
    arrivals.publish()
    assert {path.name for path in output.iterdir()} >= set(others)
    assert not any((output / name).exists() for name in ours)


@pytest.mark.parametrize("removed", [["x"], ["x", "y"], None])
def test_a_ledger_that_lost_feeds_knows_them_again(
    make_config: Make, removed: list[str] | None
) -> None:
    """Also those that stand and have no news; it may be gone itself. Their files stay."""
    feeds = '[[feed]]\nname = "x"\nsources = ["a"]\n[[feed]]\nname = "y"\nsources = ["b"]\n'
    arrivals = Arrivals(make_config(feeds + sources("a", "b")))
    arrivals.arrive(("a", [sent(ARTICLES[0], 0)]))
    arrivals.publish()
    arrivals.publish()  # the texts of an event are linked by now
    output = arrivals.config.site.output
    before = ledger.read(output)
    files_before = {path: path.stat().st_ino for path in output.glob("[xy].*")}
    assert before.keys() == {"x", "y"}
    if removed is None:
        (output / ".published.json").unlink()
    else:
        ledger.write(output, {name: before[name] for name in before.keys() - {*removed}})
    arrivals.publish()
    assert ledger.read(output) == before
    assert {path: path.stat().st_ino for path in output.glob("[xy].*")} == files_before


# --- Feeds that lost their entries ---------------------------------------------------------------


FEED = '[[feed]]\nname = "x"\n'


def report_of(config: Config, *, days: float = 0) -> FeedReport:
    """Publish, some days after the tests' present, and return the report of the first feed."""
    now = NOW + timedelta(days=days)
    with Store.open(config.store_url) as store:
        return publish_all(Run.of(config, store, clock=lambda: now, stop=Event()))[0]


@pytest.fixture
def lost(make_config: Make) -> Config:
    """Return a configuration whose feed of ten entries was published before its store was lost."""
    arrivals = Arrivals(make_config(FEED + sources("a", extra="backlog = 1000\n")))
    entries = [sent(article, number) for number, article in enumerate(ARTICLES[:10])]
    arrivals.arrive(("a", entries))
    arrivals.publish()
    for path in arrivals.config.path.parent.glob("aggregator.db*"):
        path.unlink()
    return arrivals.config


def test_a_feed_that_would_suddenly_be_empty_stays(lost: Config) -> None:
    """With its bytes; the report says what releases it, and `explain` lists it."""
    output = lost.site.output
    before = {name: (output / name).read_bytes() for name in ("x.rss", "x.json.br", "x.html")}
    for _ in range(2):
        report = report_of(lost)
        assert "it would have 0 entries in place of 10" in report.held_back
        assert "`aggregator release --feed x`" in report.held_back
        assert (report.files_written, report.error) == ((), "")
    assert before == {name: (output / name).read_bytes() for name in before}
    answer = CliRunner().invoke(commands, ["explain", "--config", str(lost.path)])
    assert answer.output == "feed x: held back: it would have 0 entries in place of 10\n"


def test_a_pass_under_cron_says_that_a_feed_is_held_back(
    lost: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    """Though it wrote no file and asked no source; archive documents are named as well."""
    print_summary(lost, PassReport(sources=(), feeds=(report_of(lost),)))
    assert "would have 0 entries in place of 10" in " ".join(capsys.readouterr().out.split())
    archived = FeedReport(feed="x", entries=10, archives_written=2, has_more=True)
    print_summary(lost, PassReport(sources=(), feeds=(archived,)))
    assert "2 archive documents, more at the next pass" in capsys.readouterr().out


def test_a_person_says_that_a_feed_is_to_be_published_so(lost: Config) -> None:
    """Once; whoever names a feed of which nothing is held back is told so."""
    release = ["release", "--config", str(lost.path), "--feed"]
    assert CliRunner().invoke(commands, [*release, "x"]).exit_code == 2
    report_of(lost)
    assert CliRunner().invoke(commands, [*release, "y"]).exit_code == 2
    assert CliRunner().invoke(commands, [*release, "x"]).exit_code == 0
    report = report_of(lost)
    assert (report.entries, report.held_back) == (0, "")
    assert "x.rss" in report.files_written
    with Store.open(lost.store_url) as store, store.read() as unit:
        assert unit.requests.permits() == []


def entered(config: Config) -> dict[str, str]:
    """Return the digests of a feed's files as the ledger knows them."""
    return dict(ledger.read(config.site.output)["x"].digests)


@pytest.mark.parametrize("text", [None, b"", b'{"x": {"ent', b"[" * 200_000, b"[]"])
def test_a_ledger_that_is_lost_is_made_anew_of_what_stands(
    make_config: Make, text: bytes | None
) -> None:
    """Else no feed that stands would be kept when its entries go, or be removed when it is gone."""
    arrivals = Arrivals(make_config(FEED + sources("a")))
    arrivals.arrive(("a", [sent(ARTICLES[0], 0)]))
    arrivals.publish()
    before, path = entered(arrivals.config), arrivals.config.site.output / ".published.json"
    path.unlink()
    if text is not None:
        path.write_bytes(text)
    arrivals.publish()
    assert entered(arrivals.config) == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"missing_since_unix": "yesterday"},
        {"digests": {"": "0"}},
        {"digests": {"x\0.rss": "0"}},
        {"digests": {"x" * 300 + ".rss": "0"}},
        {"digests": {"../x.rss": "0"}},
    ],
)
def test_what_was_never_written_into_the_ledger_is_a_fault_once(
    make_config: Make, wrong: dict[str, object]
) -> None:
    """And nothing that the next publishing could fail at."""
    arrivals = Arrivals(make_config(FEED + sources("a")))
    arrivals.publish()
    path = arrivals.config.site.output / ".published.json"
    feeds = json.loads(path.read_bytes())
    path.write_text(json.dumps({**feeds, "z": {**feeds["x"], "missing_since_unix": 1, **wrong}}))
    with Store.open(arrivals.config.store_url) as store:
        run = Run.of(arrivals.config, store, clock=lambda: NOW, stop=Event())
        assert "never written there" in publish_all(run)[-1].error
        assert publish_all(run)[-1].error == ""


def test_what_the_ledger_could_not_take_is_put_again(
    make_config: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full when it is written: the next publishing tells it what stands."""
    arrivals = Arrivals(make_config(FEED + sources("a", extra="backlog = 1000\n")))
    arrivals.arrive(("a", [sent(ARTICLES[0], 0)]))
    arrivals.publish()
    arrivals.arrive(("a", [sent(ARTICLES[1], 1)]))

    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(files, "place", full)
        arrivals.publish()
    arrivals.publish()
    standing = (arrivals.config.site.output / "x.rss").read_bytes()
    assert entered(arrivals.config)["x.rss"] == files.digest_of(standing)


def test_a_feed_that_fills_again_is_published(lost: Config) -> None:
    """A tenth of what it had is enough: it is the store that was lost, and news come in."""
    assert report_of(lost).held_back
    arrivals = Arrivals(lost)
    arrivals.arrive(("a", [sent(ARTICLES[20], 20)]))
    report = report_of(lost)
    assert (report.entries, report.held_back) == (1, "")


def test_what_a_person_changed_is_not_held_back(lost: Config) -> None:
    """Another configuration of the feed, or files that a person removed."""
    feed = replace(lost.feeds[0], languages=("as",))
    assert report_of(replace(lost, feeds=(feed,))).held_back == ""
    assert report_of(lost).held_back == ""


def test_a_feed_whose_files_a_person_removed_is_not_held_back(lost: Config) -> None:
    """There is nothing left to be kept."""
    (lost.site.output / "x.rss").unlink()
    assert report_of(lost).held_back == ""


def test_what_a_person_purged_is_not_held_back(make_config: Make) -> None:
    """Even of all at once, whatever the clock says, and not if a publishing fails in between."""
    arrivals = Arrivals(make_config(FEED + sources("a", extra="backlog = 1000\n")))
    entries = [sent(article, n, hours=72) for n, article in enumerate(ARTICLES[:10])]
    arrivals.arrive(("a", entries))
    arrivals.publish()
    with Store.beside(arrivals.config.store_url) as store:
        purge_older(store, timedelta(days=2), lambda: NOW)
    (arrivals.config.site.output / "x.html").unlink()
    (arrivals.config.site.output / "x.html").mkdir()
    assert report_of(arrivals.config).error
    (arrivals.config.site.output / "x.html").rmdir()
    report = report_of(arrivals.config)
    assert (report.entries, report.held_back, report.error) == (0, "", "")


def test_a_purge_during_a_publishing_has_its_permit_still(make_config: Make) -> None:
    """Only permits are used up that were there when the feed was selected."""
    config = make_config(FEED + sources("a"))
    with Store.open(config.store_url) as store:
        with store.write() as unit:
            unit.requests.permit_loss()
            used = unit.requests.permits()
            unit.requests.permit_loss("x")
            unit.requests.forget_permits(number for number, _ in used)
        with store.read() as unit:
            assert [feed for _, feed in unit.requests.permits()] == ["x"]


# --- Feeds that are gone -------------------------------------------------------------------------


@pytest.fixture
def two(make_config: Make) -> Config:
    """Return a configuration of two feeds that were published."""
    feeds = '[[feed]]\nname = "x"\n[[feed]]\nname = "y"\n'
    arrivals = Arrivals(make_config(feeds + sources("a")))
    arrivals.arrive(("a", [sent(ARTICLES[0], 1)]))
    arrivals.publish()
    return arrivals.config


def names_of(config: Config) -> set[str]:
    """Return the names of all that stands in the published folder."""
    return {path.name for path in config.site.output.glob("[!.]*")}


def test_the_files_of_a_feed_that_was_taken_out_go_after_a_day(two: Config) -> None:
    """Not before, and then all of them; markers remember them until the feed is back."""
    both, output = names_of(two), two.site.output
    one = replace(two, feeds=two.feeds[:1])
    report_of(one)
    report_of(one, days=0.99)
    assert names_of(one) == both
    report_of(one, days=1)
    taken = set(folder.file_names_of(two.feeds[1]))
    assert both - names_of(one) == set(with_neighbours(taken))
    assert {path.name for path in (output / gone.FOLDER).iterdir()} == taken
    assert ledger.read(output).keys() == {"x"}
    report_of(two, days=2)
    assert names_of(two) == both
    assert list((output / gone.FOLDER).iterdir()) == []


def test_a_feed_that_is_back_within_a_day_begins_its_grace_anew(two: Config) -> None:
    """The day is one without a break, also where the clock is set back meanwhile."""
    both, one = names_of(two), replace(two, feeds=two.feeds[:1])
    report_of(one)
    report_of(two, days=0.9)
    report_of(one, days=400)
    report_of(one, days=1.5)
    report_of(one, days=2.4)
    assert names_of(one) == both
    report_of(one, days=2.5)
    assert names_of(one) < both


def test_no_file_is_removed_that_somebody_else_put_there(
    two: Config, caplog: pytest.LogCaptureFixture
) -> None:
    """One under a name of ours, and others beside it; the log names the former."""
    one, output = replace(two, feeds=two.feeds[:1]), two.site.output
    (output / "y.rss").write_bytes(b"a page of a person")
    (output / "y.json.gz").write_bytes(b"a file of a person")
    (output / "y.txt").write_bytes(b"another")
    report_of(one)
    report_of(one, days=1)
    assert (output / "y.rss").read_bytes() == b"a page of a person"
    assert {"y.txt", "y.json.gz"} < names_of(one)
    assert not {"y.atom", "y.json", "y.html"} & names_of(one)
    assert "not removed, as somebody else changed them: y.rss" in caplog.text


@pytest.mark.parametrize(
    "steps",  # three files in each of four formats
    [
        1,
        7,
        *(pytest.param(steps, marks=pytest.mark.more) for steps in (*range(2, 7), *range(8, 13))),
    ],
)
def test_removing_that_is_killed_is_made_good(
    two: Config, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    """At whatever file: all are marked by then, and the next publishing removes what is left."""
    one = replace(two, feeds=two.feeds[:1])
    report_of(one)
    taken, unlink = [], Path.unlink

    def killed(self: Path, missing_ok: bool = False) -> None:
        if self.exists():
            taken.append(self)
        if len(taken) == steps:
            raise KeyboardInterrupt
        unlink(self, missing_ok)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", killed)
        with pytest.raises(KeyboardInterrupt):
            report_of(one, days=1)
    marked = {path.name for path in (one.site.output / gone.FOLDER).iterdir()}
    assert marked == set(folder.file_names_of(two.feeds[1]))
    report_of(one, days=1)
    assert not [name for name in names_of(one) if name.startswith("y.")]
    assert len(list((one.site.output / gone.FOLDER).iterdir())) == 4


def test_what_is_gone_is_remembered_of_a_thousand_files(tmp_path: Path) -> None:
    """The oldest are forgotten first."""
    gone.mark(tmp_path, [f"a{number}.rss" for number in range(1000)], NOW)
    gone.mark(tmp_path, ["b.rss", "c.rss"], NOW + timedelta(days=1))
    marked = {path.name for path in (tmp_path / gone.FOLDER).iterdir()}
    assert len(marked) == 1000
    assert {"b.rss", "c.rss"} < marked


LEADS_OUT = b'{"y": {"selection": "", "entries": 1, "digests": {"../config.toml": ""}}}'


def test_a_ledger_that_cannot_be_read_is_named_and_made_anew(two: Config) -> None:
    """Nothing is removed or held back by it meanwhile."""
    path = two.site.output / ".published.json"
    whole = path.read_bytes()
    for harmed in (b"", b"{", b"[]", b'{"x": {}}', b"\xff", LEADS_OUT):
        path.write_bytes(harmed)
        with Store.open(two.store_url) as store:
            reports = publish_all(Run.of(two, store, clock=lambda: NOW, stop=Event()))
        assert ".published.json cannot be read" in reports[-1].error
        assert ledger.read(two.site.output).keys() == {"x", "y"}
    assert report_of(replace(two, feeds=(replace(two.feeds[0], title="নতুন"),))).error == ""
    assert whole != path.read_bytes()
