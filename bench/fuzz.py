"""Coverage-guided fuzzing of bytes → parsed entries → drafts: ``python -m bench.fuzz [SECONDS]``.

Begins with the feeds of every format that the tests have, mutates them with atheris (libFuzzer),
and fails at the first exception that is not a ``SourceError`` and at the first document that takes
longer than five seconds. ``atheris`` needs to be installed (``pip install atheris``). The document
that fails is left in the folder that is printed.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from tests.support.seeds import SEEDS

SECONDS = 600
MOST_SECONDS_A_DOCUMENT = 5
_MAX_BYTES = 30_000
URL = "https://example.org/feed"
_WORDS = (
    "<rss>|<channel>|<item>|<title>|<link>|<guid isPermaLink='false'>|<pubDate>|<description>|"
    "<feed xmlns='http://www.w3.org/2005/Atom'>|<entry>|<content type='xhtml'>|<id>|<updated>|"
    "<content type='html'>|xml:base='a'|<![CDATA[|]]>|&amp;|&#xD800;|&#0;|<dc:date>|<cdf>|"
    "<?xml encoding='utf-16'?>|<media:group>|<psc:chapter>|<itunes:image>|<author>|<name>|"
    '<category>|{"version":"https://jsonfeed.org/version/1.1","items":[|"id":|"content_html":|'
    "\\xff\\xfe|\\xef\\xbb\\xbf|\\xe0\\xa6\\x95|\\xe0\\xa7\\x8d|\\xe2\\x80\\x8d"
)


def fuzz(seconds: int, folder: Path) -> None:
    """Fuzz in this process, which atheris ends."""
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["aggregator", "feedparser", "feedparser.*"]):
        errors = importlib.import_module("aggregator.errors")
        models = importlib.import_module("aggregator.models")
        feed = importlib.import_module("aggregator.parse.feed")
        normalise = importlib.import_module("aggregator.normalise.draft")
    now = datetime(2026, 11, 24, tzinfo=UTC)
    source = models.Source(name="fuzz", title="fuzz", feed=URL)
    document = models.Document(source="fuzz", url=URL, body=b"", content_type="", acquired=now)

    def try_document(body: bytes) -> None:
        try:
            entries = feed.parse(body, URL, "text/xml")
        except errors.SourceError:
            return
        for entry in entries:
            if isinstance(entry, models.ParsedEntry):
                draft = normalise.draft(entry, normalise.mention(entry, source), source, document)
                json.dumps(str(draft), ensure_ascii=False).encode("utf-8")

    dictionary = folder / "words.dict"
    words = (word.replace('"', '\\"').replace("\\\\", "\\") for word in _WORDS.split("|"))
    dictionary.write_text("".join(f'"{word}"\n' for word in words), encoding="utf-8")
    atheris.Setup(
        [
            "fuzz",
            f"-max_total_time={seconds}",
            f"-timeout={MOST_SECONDS_A_DOCUMENT}",
            f"-max_len={_MAX_BYTES}",
            f"-dict={dictionary}",
            f"-artifact_prefix={folder}/",
            "-rss_limit_mb=3000",
            str(folder / "corpus"),
        ],
        try_document,
    )
    atheris.Fuzz()


def main() -> None:
    """Write the seeds, fuzz in a process of its own, and print the end of its log."""
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    (folder / "corpus").mkdir()
    for number, seed in enumerate(SEEDS):
        (folder / "corpus" / f"seed-{number}").write_bytes(seed)
    command = [sys.executable, "-m", "bench.fuzz", "here", str(seconds), str(folder)]
    with (folder / "log.txt").open("wb") as log:
        process = subprocess.run(command, stdout=log, stderr=log, check=False)
    lines = (folder / "log.txt").read_text(encoding="utf-8", errors="replace").splitlines()
    sys.stdout.write("\n".join(lines[-12:]) + f"\n{folder}: ended with {process.returncode}\n")
    sys.exit(process.returncode)


if __name__ == "__main__":
    if sys.argv[1:2] == ["here"]:
        fuzz(int(sys.argv[2]), Path(sys.argv[3]))
    else:
        main()
