"""The log: an event is one line, for a person or for a program; what stays is not said again."""

from __future__ import annotations

import io
import json
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from aggregator import logs
from aggregator.console.faults import Faults
from aggregator.console.report import log_progress
from aggregator.fetch.parallel import Pace, by_rank
from aggregator.models import Outcome, SourceReport
from tests.support.configurations import Write, source
from tests.support.deadlines import HUNG_SECONDS, wait_until
from tests.support.loopback import Loopback, Page
from tests.support.ports import free_port
from tests.support.texts import item, rss

ROOT = Path(__file__).parent.parent
log = logging.getLogger("aggregator.of_a_test")


@contextmanager
def written(formatter: logging.Formatter) -> Iterator[io.StringIO]:
    """Yield what the program's loggers write within the block, in that form."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    of_program = logging.getLogger("aggregator")
    level = of_program.level
    of_program.addHandler(handler)
    of_program.setLevel(logging.DEBUG)
    try:
        yield stream
    finally:
        of_program.setLevel(level)
        of_program.removeHandler(handler)


def objects(text: str) -> list[dict[str, Any]]:
    """Return the objects of a log's lines."""
    return [json.loads(line) for line in text.splitlines()]


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder."""
    return subprocess.run(
        [sys.executable, "-m", "aggregator", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=HUNG_SECONDS,
        check=False,
    )


# --- Lines ---------------------------------------------------------------------------------------


def test_an_event_is_an_object_with_stable_names() -> None:
    """Its time is UTC's; what is not known is left out, and no field takes another's place."""
    with written(logs.JsonFormatter()) as stream:
        logs.event(log, logging.INFO, "a.b", "%d of %s", 1, "পাতা", feed="ক", none=None, level=7)
        log.warning("without a name")
    named, unnamed = objects(stream.getvalue())
    moment = datetime.strptime(named.pop("time"), "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    assert abs((datetime.now(UTC) - moment).total_seconds()) < HUNG_SECONDS
    assert named == {
        "level": "info",
        "event": "a.b",
        "message": "1 of পাতা",
        "logger": log.name,
        "feed": "ক",
    }
    assert (unnamed["event"], unnamed["level"]) == (log.name, "warning")


@pytest.mark.parametrize(
    "formatter", [logs.JsonFormatter(), logs.TextFormatter(is_for_journal=False)]
)
def test_what_a_source_sends_makes_no_line_of_the_log(formatter: logging.Formatter) -> None:
    """A line break, or what moves a terminal's cursor, is written as its escape."""
    with written(formatter) as stream:
        log.info("%s", "ক\n2026-11-24 ERROR made up\r\x1b[2J\x85\u2028\u2029খ")
    line = stream.getvalue()
    assert line.endswith("\n") and len(line.splitlines()) == 1
    assert "\x1b" not in line
    assert "ক" in line and "খ" in line


def test_a_traceback_is_one_object_and_follows_a_line_of_text() -> None:
    """A program reads one line of it, and a person the whole."""
    for formatter in (logs.JsonFormatter(), logs.TextFormatter(is_for_journal=True)):
        with written(formatter) as stream:
            try:
                raise ValueError("ভুল")
            except ValueError:
                log.exception("this is a bug")
        lines = stream.getvalue().splitlines()
        if isinstance(formatter, logs.JsonFormatter):
            assert "ValueError: ভুল" in json.loads(lines[0])["exception"] and len(lines) == 1
        else:
            assert lines[0] == "<3>this is a bug" and lines[-1] == "<3>ValueError: ভুল"


@pytest.mark.more
def test_the_journal_has_no_time_and_no_level_twice(web: Loopback, write_config: Write) -> None:
    """Where standard error is the journal's, a line begins with the level as it reads it."""
    folder = write_config(source("a", f"{web.url}/a")).parent
    with (folder / "journal").open("wb") as stream:
        status = os.fstat(stream.fileno())
        subprocess.run(
            [sys.executable, "-m", "aggregator", "once"],
            cwd=folder,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}",
            },
            stdout=subprocess.DEVNULL,
            stderr=stream,
            timeout=HUNG_SECONDS,
            check=False,
        )
    (line,) = (folder / "journal").read_text(encoding="utf-8").splitlines()
    assert line.startswith("<4>[1/1] a failed: the server answered 404 Not Found (status 404")
    elsewhere = run(folder, "once", "--all", JOURNAL_STREAM="1:1").stderr
    assert f"{datetime.now().astimezone():%Y-%m-%d} " in elsewhere and " WARNING [1/1]" in elsewhere


# --- A pass --------------------------------------------------------------------------------------


def test_every_line_of_a_pass_has_its_id_in_each_thread() -> None:
    """Two passes have two, and what is logged between them has none."""

    def work(number: int) -> int:
        log.info("%d", number)
        return number

    with written(logs.JsonFormatter()) as stream:
        for _ in range(2):
            with logs.naming_pass():
                pace = Pace(threads=3, patience_seconds=1.0)
                jobs = list(enumerate(range(5)))
                list(by_rank(work, jobs, pace=pace, at_most=5, stop=Event()))
        log.info("between")
    *of_passes, between = objects(stream.getvalue())
    ids = [line["pass"] for line in of_passes]
    assert len(ids) == 10 and len({*ids[:5]}) == len({*ids[5:]}) == 1 and ids[0] != ids[-1]
    assert "pass" not in between


def test_a_source_is_one_line_with_what_was_asked_and_what_came(
    web: Loopback, write_config: Write
) -> None:
    """Its address without what is secret, the status, how long it took, and the counts."""
    web.pages["/a?token=geheim"] = Page(rss([item(1), item(2)]))
    text = source("a", f"{web.url}/a?token=geheim") + source("b", f"{web.url}/b")
    folder = write_config(text).parent
    done = run(folder, "once", "--log-format", "json")
    lines = objects(done.stderr)
    a, b = sorted(
        (line for line in lines if line["event"] == "source.asked"), key=lambda x: x["source"]
    )
    assert 0 < a["duration_seconds"] < HUNG_SECONDS
    assert {key: a[key] for key in ("url", "status", "outcome", "new", "revised", "known")} == {
        "url": f"{web.url}/a",
        "status": 200,
        "outcome": "ok",
        "new": 2,
        "revised": 0,
        "known": 0,
    }
    assert (b["level"], b["status"], b["error"]) == (
        "warning",
        404,
        "the server answered 404 Not Found",
    )
    assert a["pass"] == b["pass"]
    again = run(
        folder, "once", "--all", AGGREGATOR_LOG_FORMAT="json", AGGREGATOR_LOG_LEVEL="warning"
    )
    assert [line["source"] for line in objects(again.stderr)] == ["b"]
    assert "geheim" not in done.stderr + done.stdout + again.stderr


def test_the_web_server_logs_in_the_same_form(write_config: Write) -> None:
    """What clients do to it is an object a line as well, from the level on that is wished."""
    port = free_port()
    folder = write_config(
        f'[site]\nlisten = "127.0.0.1:{port}"\n[[source]]\nname = "d"\ndump = "*.txt"\n'
    ).parent
    service = subprocess.Popen(
        [sys.executable, "-m", "aggregator", "run", "--log-format", "json"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    lines: list[str] = []
    assert service.stderr is not None
    reader = Thread(target=lambda: lines.extend(service.stderr or ()))
    reader.start()

    def is_warned_of() -> bool:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                client.sendall(b"\x16\x03\x01 no request\r\n\r\n")
                client.settimeout(HUNG_SECONDS)
                client.recv(1)
        return any("uvicorn" in line for line in lines)

    try:
        wait_until(is_warned_of)
    finally:
        service.send_signal(signal.SIGTERM)
        assert service.wait(HUNG_SECONDS) == 0
        reader.join(HUNG_SECONDS)
        service.stderr.close()
    logged = objects("".join(lines))
    assert "service.started" in {line["event"] for line in logged}
    assert logged[-1]["event"] == "service.stopped"
    assert {line["level"] for line in logged} == {"info", "warning"}


# --- Secrets -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "log_format",
    [pytest.param(each, marks=pytest.mark.more if each != "json" else ()) for each in logs.FORMATS],
)
def test_no_library_logs_an_address_with_its_secret(
    web: Loopback, write_config: Write, log_format: str
) -> None:
    """At no level: urllib3 names whole addresses of answers whose headers it cannot read."""

    def answer_oddly(request: BaseHTTPRequestHandler) -> None:
        body = rss([item(1)])
        request.wfile.write(
            b"HTTP/1.0 200 OK\r\nContent-Type: application/rss+xml\r\nthis is no header\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
        )

    web.pages["/a?api_key=geheim"] = Page(handle=answer_oddly)
    folder = write_config(source("a", f"{web.url}/a?api_key=geheim")).parent
    done = run(folder, "once", "--all", "--log-format", log_format, "--log-level", "debug")
    assert "source.asked" in done.stderr or "[1/1] a" in done.stderr
    assert "geheim" not in done.stderr + done.stdout


# --- What stays ----------------------------------------------------------------------------------


def test_a_fault_that_stays_is_said_once_an_hour_and_its_end() -> None:
    """What several say in the same words is said once, and is over when the last one's is."""
    now = 0.0
    faults = Faults(lambda: now)
    with written(logs.JsonFormatter()) as stream:

        def said() -> list[str]:
            lines = [line["message"] for line in objects(stream.getvalue())]
            stream.seek(0)
            stream.truncate()
            return lines

        faults.end("a")
        assert said() == []
        for _ in range(1800):
            faults.say("a", "the disk is full", "it is tried again")
            faults.say("b", "the disk is full", "it is tried again")
            now += 2
        assert said() == ["the disk is full; it is tried again"]
        faults.say("a", "the disk is full", "it is tried again")
        assert said() == ["the disk is full; it is tried again"]
        faults.say("a", "the disk is gone")
        faults.end("b")
        assert said() == ["the disk is gone", "over: the disk is full"]
        faults.end("a")
        faults.end("a")
        assert said() == ["over: the disk is gone"]


def test_a_fault_in_other_words_each_time_has_a_bound() -> None:
    """A text that names a position or a number is news a few times an hour."""
    faults = Faults(lambda: 0.0)
    with written(logs.TextFormatter(is_for_journal=False)) as stream:
        for number in range(1000):
            faults.say("a", f"broken at byte {number}")
        faults.say("b", "another thing is broken")
    assert len(stream.getvalue().splitlines()) == 9


def test_what_a_source_is_told_of_in_text(caplog: pytest.LogCaptureFixture) -> None:
    """One line with everything; a time that is shown as none is left out."""
    report = SourceReport(source="a", outcome=Outcome.NOT_MODIFIED, status=304)
    with caplog.at_level(logging.INFO):
        log_progress(report, 1, 2)
    assert caplog.messages == ["[1/2] a: not modified (status 304)"]
