"""Reading dumps: ``python -m bench.dumps [MEGABYTES]``.

Prints how fast page text becomes parsed entries, how long HTML takes beside trafilatura alone, and
what a made JSON Lines collection of some megabytes costs: its time, the most memory, and whether
a run that is killed five times at random ends with the store of an undisturbed one.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import trafilatura

from aggregator.parse import html as parse_html
from aggregator.parse import page as parse_page
from bench.parse import entry_html, sentence
from evaluation.labelled import pages

_KILLS = 5
_CONFIG = '[[source]]\nname = "d"\ndump = "in"\n[[feed]]\nname = "all"\n'
# What two runs share; when an entry was first seen is not part of it.
_COMPARED = (
    "SELECT id, source, story, language, published_unix, updated_unix, date_how, content_key"
    " FROM entry",
    "SELECT * FROM entry_text",
    "SELECT * FROM alias",
    "SELECT * FROM digest",
    "SELECT records, is_done, error FROM dump_file",
)


def page_text() -> None:
    """Read the labelled pages, and made ones of six paragraphs and eight headlines of others."""
    labelled = [page.text for page in pages() if not page.is_rejected]
    random_ = random.Random(3)
    made = [
        "\n".join((*_paragraphs(random_), *(sentence(random_)[:50] for _ in range(8))))
        for _ in range(60)
    ]
    for name, texts in (("labelled pages", labelled), ("made pages", made)):
        size = sum(len(text.encode()) for text in texts)
        start, rounds = time.process_time(), 0
        while time.process_time() - start < 2:
            for text in texts:
                parse_page.parse(text)
            rounds += 1
        seconds = time.process_time() - start
        _row(f"page text, {name}", f"{size * rounds / seconds / 1e6:.1f} MB/s")


def web_pages() -> None:
    """Read pages of 50 KB, and extract the text of the same by trafilatura alone."""
    bodies = [_web_page(number) for number in range(30)]
    parse_html.parse(bodies[0], "")
    ours = _seconds(lambda body: parse_html.parse(body, ""), bodies)
    alone = _seconds(
        lambda body: trafilatura.extract(body.decode(), include_comments=False), bodies
    )
    _row("HTML pages, ours", f"{len(bodies) / ours:.0f} pages/s")
    _row("HTML pages, trafilatura alone", f"{len(bodies) / alone:.0f} pages/s")
    _row("HTML, ours over trafilatura", f"{ours / alone:.2f}")


def _seconds(read: Callable[[bytes], object], bodies: list[bytes]) -> float:
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        for body in bodies:
            read(body)
        best = min(best, time.process_time() - start)
    return best


def _web_page(number: int) -> bytes:
    random_ = random.Random(number)
    links = "".join(
        f'<li><a href="/news/{n}">{sentence(random_)[:60]}</a></li>' for n in range(120)
    )
    return (
        f"<!DOCTYPE html><html><head><title>{sentence(random_)}</title></head><body><nav><ul>"
        f"{links}</ul></nav><article><h1>{sentence(random_)}</h1>{entry_html(random_)}</article><aside><ul>"
        f"{links}</ul></aside></body></html>"
    ).encode()


# --- A large collection --------------------------------------------------------------------------


def collection(megabytes: int) -> None:
    """Read a collection undisturbed and killed, and compare."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "in").mkdir()
        records = _write(folder / "in" / "pages.jsonl", megabytes * 1_000_000)
        (folder / "config.toml").write_text(_CONFIG, encoding="utf-8")
        start = time.monotonic()
        process = _start(folder)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - start
        whole = digest_of_store(folder / "aggregator.db")
        _row(f"JSON Lines, {megabytes} MB, {records} records", f"{seconds:.0f} s")
        _row("its CPU time a record", f"{(usage.ru_utime + usage.ru_stime) / records * 1e6:.0f} µs")
        _row("its peak memory", f"{usage.ru_maxrss / 1024:.0f} MiB")
        for path in folder.glob("aggregator.db*"):
            path.unlink()
        random_ = random.Random(1)
        for _ in range(_KILLS):
            process = _start(folder)
            time.sleep(2 + random_.random() * seconds / (_KILLS + 2))
            process.send_signal(signal.SIGKILL)
            process.wait()
        _start(folder).wait()
        _row(
            f"the same store after {_KILLS} kills",
            str(digest_of_store(folder / "aggregator.db") == whole),
        )


def _start(folder: Path) -> subprocess.Popen[bytes]:
    os.environ["PYTHONPATH"] = str(Path(__file__).parent.parent)
    return subprocess.Popen(
        [sys.executable, "-m", "aggregator", "once", "--all"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _write(path: Path, size: int) -> int:
    random_, written, number = random.Random(7), 0, 0
    with path.open("wb") as out:
        while written < size:
            number += 1
            body = "\n".join(_paragraphs(random_))
            record = {
                "id": number,
                "title": sentence(random_),
                "body": body,
                "date": f"2026-08-{1 + number % 28:02d}T{number % 24:02d}:00:00+06:00",
            }
            line = json.dumps(record, ensure_ascii=False).encode() + b"\n"
            written += out.write(line)
    os.utime(path, (1_790_000_000, 1_790_000_000))
    return number


def _paragraphs(random_: random.Random) -> Iterator[str]:
    for _ in range(6):
        yield " ".join(sentence(random_) for _ in range(3))


def digest_of_store(path: Path) -> str:
    """Return a hash of what two runs over the same files must have stored alike."""
    found = sha256()
    connection = sqlite3.connect(path)
    for query in _COMPARED:
        for row in connection.execute(f"{query} ORDER BY 1, 2, 3"):
            found.update(repr(row).encode())
    connection.close()
    return found.hexdigest()


def _row(name: str, value: str) -> None:
    sys.stdout.write(f"| {name} | {value} |\n")
    sys.stdout.flush()


def main() -> None:
    """Measure everything and print the table."""
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    versions = ", ".join(f"{name} {version(name)}" for name in ("trafilatura", "lxml"))
    sys.stdout.write(f"Python {sys.version.split()[0]}, {versions}\n\n| what | |\n|---|---|\n")
    page_text()
    web_pages()
    collection(megabytes)


if __name__ == "__main__":
    main()
