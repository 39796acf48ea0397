"""What starting a command costs: ``python -m bench.start [REPETITIONS]``.

Prints the least CPU time of several runs of each command, and its ratio to that of an empty Python
that has imported SQLAlchemy: times differ from machine to machine, and ratios hardly do. ``once``
has twenty sources of which none is due, and an empty store.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

_REPETITIONS = 7
_SOURCES = 20
_UNIT = "import sqlalchemy"
_COMMANDS = {
    _UNIT: ["-c", _UNIT],
    "--help": ["-m", "aggregator", "--help"],
    "check": ["-m", "aggregator", "check"],
    "once, nothing due": ["-m", "aggregator", "once"],
}


def cpu_seconds(arguments: list[str], folder: Path) -> float:
    """Run Python with arguments in a folder, and return its CPU time."""
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """Run every command in turn, and print the table."""
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else _REPETITIONS
    os.environ["PYTHONPATH"] = str(Path(__file__).parent.parent)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # else every start compiles the program
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # Nothing listens on port 9, so that the first pass fails and the next is due in a month.
        sources = "".join(
            f'[[source]]\nname = "s{number}"\nfeed = "http://127.0.0.1:9/{number}"\n'
            'every = "30d"\nallow_private = true\nspacing = "0s"\n'
            for number in range(_SOURCES)
        )
        (folder / "config.toml").write_text(sources, encoding="utf-8")
        for arguments in _COMMANDS.values():  # compiles what is imported, and makes the pass
            cpu_seconds(arguments, folder)
        costs: dict[str, list[float]] = {command: [] for command in _COMMANDS}
        for _ in range(repetitions):
            for command, arguments in _COMMANDS.items():
                costs[command].append(cpu_seconds(arguments, folder))
    unit = min(costs[_UNIT])
    sys.stdout.write("| command | CPU s | times the first |\n|---|---|---|\n")
    for command, seconds in costs.items():
        sys.stdout.write(f"| {command} | {min(seconds):.2f} | {min(seconds) / unit:.1f} |\n")


if __name__ == "__main__":
    main()
