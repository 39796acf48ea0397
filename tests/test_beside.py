"""Commands beside a process that makes passes: ``once`` and ``run`` a second time, and signals."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator import config as configuration
from aggregator import wishes
from aggregator.errors import StoreError
from aggregator.models import DumpFile, FeedReport, FileProgress, Outcome, Rejected, SourceReport
from aggregator.store import owner as owners
from aggregator.store.owner import Owner
from aggregator.store.store import Store
from aggregator.wishes import FileRead, Listener, PassEnded, Said, SourceDone, Speaker
from tests.support.configurations import Write, source
from tests.support.deadlines import HUNG_SECONDS, wait_until
from tests.support.loopback import Loopback, Page
from tests.support.service import RunningService
from tests.support.texts import item, rss

LISTEN = '[site]\nlisten = "127.0.0.1:0"\n'
ROOT = Path(__file__).parent.parent


def begin(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """Begin a command in a folder."""
    return subprocess.Popen(
        [sys.executable, "-m", "aggregator", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def end(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Wait for a command's end; return its exit code, what it printed, and what it logged."""
    printed, logged = process.communicate(timeout=HUNG_SECONDS)
    return process.returncode, printed, logged


def left_beside(folder: Path) -> list[str]:
    """Return what lies beside the store of a wish, or of who owns it."""
    names = (path.name for path in folder.glob("*aggregator.db*"))
    return [name for name in names if "due-" in name or "all-" in name or "owner" in name]


@contextmanager
def hanging(web: Loopback, path: str) -> Iterator[Event]:
    """Serve a page that answers when the block is left; yield what is set once it is asked for."""
    asked, told = Event(), Event()

    def wait(request: BaseHTTPRequestHandler) -> None:
        asked.set()
        told.wait(HUNG_SECONDS)
        request.send_error(500)

    web.pages[path] = Page(handle=wait)
    try:
        yield asked
    finally:
        told.set()


def begun_service(folder: Path, web: Loopback) -> RunningService:
    """Start a service, and wait until it has asked for its source ``a`` and published it."""
    web.pages["/a"] = Page(rss([item(1)]))
    service = RunningService(folder)
    service.wait_for_log("published ")
    return service


# --- A pass that is asked for --------------------------------------------------------------------


def test_a_service_makes_the_pass_that_is_asked_for(web: Loopback, write_config: Write) -> None:
    """Every source is asked at once, the summary is the pass's, and nothing is left behind."""
    folder = write_config(LISTEN + source("a", f"{web.url}/a")).parent
    with begun_service(folder, web) as service:
        web.pages["/a"] = Page(rss([item(1), item(2)]))
        exit_code, printed, logged = end(begin(folder, "once", "--all"))
        assert exit_code == 0, logged
        assert re.search(r"a +ok +1 +- +1", printed)
        assert re.search(r"bangla +2 +- +bangla\.rss", printed)
        assert "[1/1] a: 1 new, 0 revised, 1 known, 0 rejected (status 200" in logged
        assert item(2)["link"] in (folder / "feeds" / "bangla.rss").read_text(encoding="utf-8")
        exit_code, printed, _ = end(begin(folder, "once"))
        assert (exit_code, "sources not due yet: 1" in printed) == (0, True)
        assert left_beside(folder) == ["aggregator.db.owner"]
        assert service.stop(signal.SIGTERM)[0] == 0
    assert left_beside(folder) == []
    assert [status for _, status in web.asked] == [200, 200]


@pytest.mark.long
def test_a_source_that_fails_is_exit_1_until_it_is_mended(
    web: Loopback, write_config: Write
) -> None:
    """Alone or beside a service, also at a pass in which it is not due."""
    folder = write_config(LISTEN + source("a", f"{web.url}/a") + source("b", f"{web.url}/b")).parent
    web.pages["/a"] = Page(rss([item(1)]))
    named = "; 1 of them failed before:\n  b: the server answered 404 Not Found\n"

    def check() -> None:
        exit_code, printed, _ = end(begin(folder, "once", "--all"))
        assert (exit_code, "404 Not Found" in printed) == (1, True)
        exit_code, printed, _ = end(begin(folder, "once"))
        assert (exit_code, named in printed) == (1, True), printed

    check()
    with RunningService(folder):
        wait_until(lambda: owners.read(f"sqlite:///{folder}/aggregator.db") is not None)
        check()
    web.pages["/b"] = Page(rss([item(2)]))
    assert end(begin(folder, "once", "--all"))[0] == 0
    assert end(begin(folder, "once"))[0] == 0


@pytest.mark.more
def test_several_that_ask_at_a_time_are_all_served(web: Loopback, write_config: Write) -> None:
    """Each is told of a pass that began after it asked: the one with the news, or one after it."""
    folder = write_config(LISTEN + source("a", f"{web.url}/a")).parent
    with begun_service(folder, web), ThreadPoolExecutor() as pool:
        web.pages["/a"] = Page(rss([item(1), item(2)]))
        asked = [begin(folder, "once", "--all") for _ in range(3)]
        ended = list(pool.map(end, asked))
    assert [exit_code for exit_code, _, _ in ended] == [0] * 3
    printed = [text for _, text, _ in ended]
    assert any(re.search(r"bangla +2", text) for text in printed)
    assert all(re.search(r"bangla +2|sources not modified: 1\n", text) for text in printed)
    assert left_beside(folder) == ["aggregator.db.owner"]  # of the service, which was killed


@pytest.mark.parametrize(
    "number", [pytest.param(signal.SIGTERM, marks=pytest.mark.more), signal.SIGKILL]
)
def test_a_service_that_ends_meanwhile_is_a_sentence(
    web: Loopback, write_config: Write, number: signal.Signals
) -> None:
    """Exit 2 where nothing came of the pass yet; nothing of the wish is left for another start."""
    folder = write_config(LISTEN + source("a", f"{web.url}/a")).parent
    with begun_service(folder, web) as service, hanging(web, "/a") as is_asked:
        command = begin(folder, "once", "--all")
        assert is_asked.wait(HUNG_SECONDS)
        os.kill(service.pid, number)
        exit_code, printed, logged = end(command)
    assert (exit_code, printed) == (2, "")
    last = logged.splitlines()[-1]
    assert last.startswith(f"the service (process {service.pid}) ")
    assert "ended" in last and "before the pass" in last
    assert not [name for name in left_beside(folder) if "all-" in name]
    with Store.open(f"sqlite:///{folder}/aggregator.db") as store, store.read() as unit:
        assert unit.requests.passes_requested() == []


@pytest.mark.more
def test_ctrl_c_ends_the_waiting_and_not_the_pass(web: Loopback, write_config: Write) -> None:
    """It is exit 1 and a sentence, and what the source then sends is published."""
    folder = write_config(LISTEN + source("a", f"{web.url}/a")).parent
    asked, told = Event(), Event()

    def answer_late(request: BaseHTTPRequestHandler) -> None:
        asked.set()
        told.wait(HUNG_SECONDS)
        body = rss([item(7)])
        request.send_response(200)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    with begun_service(folder, web) as service:
        web.pages["/a"] = Page(handle=answer_late)
        command = begin(folder, "once", "--all")
        assert asked.wait(HUNG_SECONDS)
        command.send_signal(signal.SIGINT)
        exit_code, _, logged = end(command)
        assert exit_code == 1
        assert f"the service (process {service.pid}) goes on with the pass\n" in logged
        told.set()
        feed = folder / "feeds" / "bangla.rss"
        wait_until(lambda: item(7)["link"] in feed.read_text(encoding="utf-8"))
        assert service.stop(signal.SIGTERM)[0] == 0


# --- Beside a pass that another command makes ----------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "hours", "exit_code", "words"),
    [
        ([], 1, 0, "nothing is left to do here"),
        pytest.param([], 25, 2, "longer than any should take", marks=pytest.mark.more),
        (["--all"], 1, 2, "ask again when it has ended"),
    ],
)
def test_a_pass_beside_a_pass_is_left_to_that(
    write_config: Write, arguments: list[str], hours: int, exit_code: int, words: str
) -> None:
    """A timer that comes round is no fault; a pass of a day, or a wish that is not met, is one."""
    config = configuration.load(write_config('[[source]]\nname = "d"\ndump = "*.txt"\n'))
    since = datetime.now(UTC) - timedelta(hours=hours)
    with Store.open(config.store_url, by=Owner(command="once", pid=4711, since=since)):
        ended = end(begin(config.path.parent, "once", *arguments))
    assert ended[:2] == (exit_code, "")
    assert ended[2].startswith("another pass is being made, by process 4711 since ")
    assert words in ended[2]


@pytest.mark.more
def test_a_pass_left_to_another_names_what_fails(web: Loopback, write_config: Write) -> None:
    """Exit 1 while a source fails, by what is stored when it is asked."""
    config = configuration.load(write_config(source("a", f"{web.url}/a")))
    folder = config.path.parent
    assert end(begin(folder, "once"))[0] == 1
    with Store.open(config.store_url, by=Owner(command="once", pid=4711, since=datetime.now(UTC))):
        exit_code, printed, _ = end(begin(folder, "once"))
    assert exit_code == 1
    assert printed == "sources that failed before:\n  a: the server answered 404 Not Found\n"


def test_what_another_version_says_is_a_sentence(tmp_path: Path) -> None:
    """A command that is newer than the service that runs names that, and ends."""
    path = tmp_path / "told"
    for line in ('{"Other": {}}', '{"SourceDone": {"done": 1}}', "[]", "no JSON"):
        with closing(Listener(path)) as listener:
            path.write_text(f"{line}\n", encoding="utf-8")
            with pytest.raises(StoreError, match="is it older than this command"):
                list(listener.said())


def test_who_held_a_store_and_was_killed_is_not_named_for_another(tmp_path: Path) -> None:
    """Who opens a store next says so itself, or that nobody does; closed, nobody holds it."""
    url = f"sqlite:///{tmp_path}/aggregator.db"
    killed = Owner(command="run", pid=1, since=datetime.now(UTC), address="http://127.0.0.1:1/")
    owners.write(url, killed)
    assert owners.owner_of(url) is None
    with Store.open(url):
        assert owners.is_in_use(url) and owners.owner_of(url) is None
    with Store.open(url, by=killed):
        assert owners.owner_of(url) == killed
    assert not owners.is_in_use(url) and owners.read(url) is None
    first = Store.open(url)
    first.close()
    with Store.open(url, by=killed):
        first.close()  # a second time, when the store is another's
        assert owners.owner_of(url) == killed


def test_a_second_service_names_the_first(web: Loopback, write_config: Write) -> None:
    """Exit 2 with its process and address, before anything is listened on."""
    folder = write_config(LISTEN + source("a", f"{web.url}/a")).parent
    with begun_service(folder, web) as service:
        exit_code, printed, logged = end(begin(folder, "run"))
    assert (exit_code, printed) == (2, "")
    said = re.fullmatch(r"already running: process (\d+) serves the feeds at (\S+)\n", logged)
    assert said is not None and int(said[1]) == service.pid
    assert re.fullmatch(r"http://127\.0\.0\.1:[1-9]\d*/", said[2])


# --- Signals -------------------------------------------------------------------------------------


def test_a_hangup_reads_the_configuration_at_once(web: Loopback, write_config: Write) -> None:
    """The log says what came of it: nothing new, a fault, or that it is taken over."""
    text = LISTEN + source("a", f"{web.url}/a")
    config = write_config(text)
    with begun_service(config.parent, web) as service:
        os.kill(service.pid, signal.SIGHUP)
        service.wait_for_log("the configuration was read again as it was asked for, and is unch")
        config.write_text(f"{text}evry = 1\n", encoding="utf-8")
        os.kill(service.pid, signal.SIGHUP)
        service.wait_for_log("the last good one stays: config.toml:")
        config.write_text(text + source("b", f"{web.url}/b"), encoding="utf-8")
        os.kill(service.pid, signal.SIGHUP)
        service.wait_for_log("the configuration was changed and is taken over")
        assert service.stop(signal.SIGTERM)[0] == 0
    assert not any("Traceback" in line for line in service.log)


def test_a_service_ends_with_its_terminal(web: Loopback, write_config: Write) -> None:
    """The hangup of a window that is closed is none that asks to read the configuration."""
    folder = write_config(LISTEN + source("a", f"{web.url}/a")).parent
    web.pages["/a"] = Page(rss([item(1)]))
    pid, terminal = pty.fork()
    if pid == 0:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # who runs tests by nohup has it ignored
        os.chdir(folder)
        os.environ["PYTHONPATH"] = str(ROOT)
        os.execv(sys.executable, [sys.executable, "-m", "aggregator", "run"])  # noqa: S606 - this program
    wait_until((folder / "feeds" / "bangla.rss").exists)
    os.close(terminal)
    ended, status = os.waitpid(pid, 0)
    assert (ended, os.waitstatus_to_exitcode(status)) == (pid, 0)


# --- What is told --------------------------------------------------------------------------------

TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
REPORTS = st.builds(
    SourceReport,
    source=TEXTS,
    outcome=st.sampled_from(Outcome),
    new=st.integers(0, 9),
    rejected=st.lists(st.builds(Rejected, reason=TEXTS, excerpt=TEXTS), max_size=3).map(tuple),
    error=TEXTS,
    status=st.none() | st.just(200),
)
FEEDS = st.builds(
    FeedReport,
    feed=TEXTS,
    entries=st.integers(0, 9),
    left_out=st.dictionaries(TEXTS, st.integers(1, 9), max_size=2),
    files_written=st.lists(TEXTS, max_size=3).map(tuple),
    error=TEXTS,
)
PROGRESS = st.builds(
    FileProgress,
    file=st.builds(DumpFile, path=TEXTS, size=st.integers(0), modified_ns=st.integers(0)),
    records=st.integers(0),
    is_done=st.booleans(),
    error=TEXTS,
)
SAID = st.one_of(
    st.builds(SourceDone, report=REPORTS, done=st.integers(1, 9), total=st.integers(1, 9)),
    st.builds(FileRead, progress=PROGRESS, bytes_read=st.integers(0)),
    st.builds(PassEnded, feeds=st.lists(FEEDS, max_size=3).map(tuple), fault=TEXTS),
)


@given(said=st.lists(SAID, max_size=5))
def test_what_is_told_is_what_is_heard(
    said: list[Said], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """In order and whole, also of a file that is gone by the time that it is read."""
    name = wishes.new_name(every_source=True)
    path = wishes.path_of(tmp_path_factory.mktemp("told") / "aggregator.db", name)
    with closing(Listener(path)) as listener:
        speaker = Speaker([path, path.with_name("of-one-who-is-gone")])
        for one in said:
            speaker.say(one)
        speaker.close()
        assert not path.exists()
        assert list(listener.said()) == said
        assert list(listener.said()) == []


def test_a_line_that_is_written_by_half_is_read_when_it_is_whole(tmp_path: Path) -> None:
    """Who reads while the service writes takes nothing for a line that is none."""
    path = tmp_path / "told"
    with closing(Listener(path)) as listener:
        with path.open("a", encoding="utf-8") as stream:
            stream.write('{"PassEnded": {"feeds": [], "fault": "ক')
            stream.flush()
            assert list(listener.said()) == []
            stream.write('খ", "is_stopped": false}}\n')
        assert list(listener.said()) == [PassEnded(fault="কখ")]


def test_half_a_character_is_read_when_it_is_whole(tmp_path: Path) -> None:
    """A reader sees what is written page by page, and so a half of what crosses two of them."""
    path = tmp_path / "told"
    with closing(Listener(path)) as listener, path.open("ab", buffering=0) as stream:
        line = '{"PassEnded": {"feeds": [], "fault": "কখ", "is_stopped": false}}\n'.encode()
        for number in range(len(line) - 1):
            stream.write(line[number : number + 1])
            assert list(listener.said()) == []
        stream.write(line[-1:])
        assert list(listener.said()) == [PassEnded(fault="কখ")]


def test_two_that_look_at_once_take_neither_for_who_holds_the_store(tmp_path: Path) -> None:
    """Each tries for the lock for a moment, and one that ended by itself left nobody's name."""
    url = f"sqlite:///{tmp_path}/aggregator.db"
    Store.open(url).close()
    program = (
        "import sys; from aggregator.store.owner import is_in_use; "
        "sys.exit(sum(is_in_use(sys.argv[1]) for _ in range(20_000)))"
    )
    looking = [subprocess.Popen([sys.executable, "-c", program, url], cwd=ROOT) for _ in range(2)]
    assert [each.wait(HUNG_SECONDS) for each in looking] == [0, 0]
