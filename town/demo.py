"""The program over the news town, for whoever wants to see it live: ``make demo``.

An hour of the town takes a minute. Needs no network, and leaves nothing behind: the store and the
feeds are in a temporary folder.
"""

from __future__ import annotations

import signal
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from town.archive import write_dumps
from town.papers import Oddity
from town.server import TownServer
from town.service import LOG, ServiceProcess, free_address
from town.settings import Settings, configuration
from town.town import Town

_SPEED = 60.0
_SEED = 1
_PORT = 8000
# The first pass takes some seconds, and many on a busy machine.
_STARTING_SECONDS = 120.0
_TICK_SECONDS = 1.0


def main() -> int:
    """Run the town and the service until Ctrl-C; return the exit code."""
    # SIGINT, too, as a shell that starts something in the background has it ignore that.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    town = Town(seed=_SEED, founded=datetime.now(UTC), speed=_SPEED)
    started = time.monotonic()

    def clock() -> float:
        return (time.monotonic() - started) * town.speed

    listen = free_address(_PORT)
    settings = Settings(every="5s", limit=100, listen=listen)
    with tempfile.TemporaryDirectory(prefix="town-") as name, TownServer(town, clock) as server:
        folder = Path(name)
        text = configuration(town, server.feed, settings)
        (folder / "config.toml").write_text(text, encoding="utf-8")
        write_dumps(town, folder / "dumps", clock())
        _say(f"A news town of {len(town.papers)} papers lives on this machine, an hour a minute.")
        with ServiceProcess(folder) as service:
            try:
                page = f"http://{listen}/bangla.html"
                if not service.wait_for(page, _STARTING_SECONDS, "<article>"):
                    _say((folder / LOG).read_text(encoding="utf-8"))
                    return 1
                _introduce(town, listen, folder)
                while service.is_running:
                    write_dumps(town, folder / "dumps", clock())
                    time.sleep(_TICK_SECONDS)
                _say((folder / LOG).read_text(encoding="utf-8"))
            except KeyboardInterrupt:
                _say("\nThe town is closed.")
                return 0
    return 1


def _introduce(town: Town, listen: str, folder: Path) -> None:
    hopeless = sum(paper.oddity.is_hopeless for paper in town.papers)
    plain = sum(paper.oddity is Oddity.NONE for paper in town.papers)
    _say(
        f"{plain} papers are without fault, {hopeless} never answer with a feed, and the others\n"
        f"have a fault each: no dates, new ids at every poll, copies, broken letters, floods.\n"
        f"\n  open       http://{listen}/bangla.html\n"
        f"  subscribe  http://{listen}/bangla.rss\n"
        f"  the log    {folder / LOG}\n"
        f"\nNews comes every few seconds: reload the page. Ctrl-C ends all and leaves nothing."
    )


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
