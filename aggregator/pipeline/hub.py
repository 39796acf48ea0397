"""One request to a hub, at its host's turn, which the end of the process does not wait for."""

from __future__ import annotations

from collections.abc import Mapping
from queue import Empty, SimpleQueue
from threading import Thread

from aggregator.errors import FetchError, NotAskedError
from aggregator.models import Access
from aggregator.pipeline.run import Run

# A hub only notes what it is sent: public ones answer within a second.
TIMEOUT_SECONDS = 10.0
_POLL_SECONDS = 0.1


def ask(run: Run, hub: str, form: Mapping[str, str], *, allow_private: bool) -> None:
    """Post a form to a hub; FetchError where the hub does not take it, or the process is to stop.

    Its address must be public unless ``allow_private``.
    """
    access = Access(allow_private=allow_private, timeout_seconds=TIMEOUT_SECONDS)
    done = SimpleQueue[FetchError | Exception | None]()

    def post() -> None:
        try:
            with run.politeness.turn(hub, 0):
                run.client.post(hub, form, access)
        except Exception as error:  # noqa: BLE001 - it is raised again where it is waited for
            done.put(error)
        else:
            done.put(None)

    Thread(target=post, name="hub", daemon=True).start()
    while not run.stop.is_set():
        try:
            error = done.get(timeout=_POLL_SECONDS)
        except Empty:
            continue
        if error is not None:
            raise error
        return
    raise NotAskedError("stopped before its hub answered")
