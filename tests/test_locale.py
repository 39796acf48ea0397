"""Commands work under any locale: what they print is UTF-8 or escaped, what is typed is read."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.deadlines import HUNG_SECONDS
from tests.support.texts import PAGE

# Without Python's own UTF-8 mode the names of files are ASCII, too.
BARE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
ENVIRONMENTS = [
    {"LC_ALL": "C"},
    {"PYTHONIOENCODING": "ascii"},
    {"PYTHONIOENCODING": "latin-1:strict"},
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a dump whose folder and file have Bengali names."""
    dumps = tmp_path / "পাতা"
    dumps.mkdir()
    (dumps / "ঘাটের খবর.txt").write_text(PAGE, encoding="utf-8")
    (tmp_path / "config.toml").write_text(
        '[site]\ntitle = "ঘাটের কাগজ"\n[[source]]\nname = "a"\ndump = "পাতা/*.txt"\n',
        encoding="utf-8",
    )
    return tmp_path


def run(
    folder: Path, environment: dict[str, str], *arguments: str | bytes
) -> subprocess.CompletedProcess[bytes]:
    """Run a command under a locale; it prints bytes."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LC_")}
    return subprocess.run(
        [sys.executable, "-m", "aggregator", *arguments],
        cwd=folder,
        capture_output=True,
        timeout=HUNG_SECONDS,
        check=False,
        env={**inherited, **environment},
    )


@pytest.mark.parametrize(
    "environment",
    [BARE, *(pytest.param(each, marks=pytest.mark.more) for each in ENVIRONMENTS)],
    ids=lambda value: "-".join(value.values()),
)
def test_every_command_works_under_any_locale(folder: Path, environment: dict[str, str]) -> None:
    """A pass, a question in Bengali, a release and a purge end as they do under UTF-8."""
    word = "বোয়ালের"
    escaped = word.encode("ascii", "backslashreplace")
    for arguments, exit_code, is_shown in (
        (("once", "--all"), 0, False),
        (("explain", word), 0, True),
        (("release", "ঘাট"), 2, False),
        (("purge", "পাহাড়ে"), 2, False),
    ):
        done = run(folder, environment, *arguments)
        assert b"Traceback" not in done.stderr, done.stderr.decode()
        assert done.returncode == exit_code, done.stderr.decode()
        if is_shown:
            assert word.encode() in done.stdout or escaped in done.stdout


@pytest.mark.parametrize(
    ("environment", "command", "word"),
    [
        (BARE, "explain", b"\xff\xfe"),
        *(
            pytest.param(environment, command, word, marks=pytest.mark.more)
            for environment, command, word in (
                (BARE, "purge", b"\xac\x80"),
                (BARE, "release", b"\xe0"),
                ({}, "explain", b"\xff\xfe"),
                ({}, "purge", b"\xac\x80"),
                ({}, "release", b"\xe0"),
            )
        ),
    ],
)
def test_bytes_that_are_no_text_are_a_question_like_any_other(
    folder: Path, environment: dict[str, str], command: str, word: bytes
) -> None:
    """What is typed in another encoding finds nothing, and nothing breaks."""
    run(folder, {}, "once")
    done = run(folder, environment, command, word)
    assert done.returncode in (1, 2) and b"Traceback" not in done.stderr
