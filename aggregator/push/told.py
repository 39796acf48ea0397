"""What the web server is told: which hubs the feeds have, and which callbacks there are.

One file, which the service replaces whole where it changes; the web server looks at it at each
request. It holds secrets, so only its owner can read it, and it lies apart from what is published.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from aggregator import durable
from aggregator.models import Subscription, SubscriptionMode

log = logging.getLogger(__name__)

_NAME = "told.json"
CALLBACK_PATH = "push/"  # below the site's address, before what nobody can guess
# A delivery is a feed: of the real ones three quarters are smaller than 400 KB.
MOST_BYTES = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """What a hub may do at one callback: confirm ``mode`` of ``topic``, and send of it."""

    source: str
    topic: str
    mode: SubscriptionMode
    secret: str = field(repr=False)
    max_bytes: int

    @classmethod
    def of(cls, subscription: Subscription, max_bytes: int) -> Callback:
        """Return the callback of a subscription to a source; a delivery has ``max_bytes``."""
        return cls(
            source=subscription.source,
            topic=subscription.topic,
            mode=subscription.mode,
            secret=subscription.secret,
            max_bytes=min(max_bytes, MOST_BYTES),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the web server is told; ``callbacks`` are by the last part of their path.

    ``topics`` are the names of the files below ``url`` of which the ``hubs`` are told.
    """

    url: str = ""
    hubs: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    callbacks: Mapping[str, Callback] = field(default_factory=dict, repr=False)

    def link_header(self, name: str) -> str:
        """Return the ``Link`` header of a published feed (§4), empty where no hub is told of it."""
        if not self.hubs or name not in self.topics:
            return ""
        links = [f'<{hub}>; rel="hub"' for hub in self.hubs]
        return ", ".join([*links, f'<{self.url}{name}>; rel="self"'])


def folder_of(store: Path) -> Path:
    """Return the folder beside a store's file in which the service and the web server talk."""
    return store.with_name(f"{store.name}-push")


def tell(folder: Path, told: Told) -> None:
    """Tell the web server; OSError where that fails."""
    durable.make_folder(folder)
    durable.write(folder / _NAME, json.dumps(asdict(told)).encode())


class Listener:
    """What the web server was told last, read again where the file is another; for threads."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / _NAME
        # The file's stamp and what it told, as one: a thread that is late with an older file must
        # not leave that under the stamp of the newer one.
        self._known: tuple[tuple[int, int, int] | None, Told] = None, Told()

    def now(self) -> Told:
        """Return what is told now; nothing where nothing ever was.

        Where it cannot be read, what was told before still holds.
        """
        try:
            status = self._path.stat()
            stamp = (status.st_ino, status.st_mtime_ns, status.st_ctime_ns)
            if stamp != self._known[0]:
                self._known = stamp, _read(self._path)
        except FileNotFoundError:
            self._known = None, Told()
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning("what the service tells cannot be read (%s)", type(error).__name__)
        return self._known[1]


def _read(path: Path) -> Told:
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as stream:
        data = json.load(stream)
    callbacks = {
        token: Callback(**{**values, "mode": SubscriptionMode(values["mode"])})
        for token, values in data["callbacks"].items()
    }
    return Told(
        url=data["url"],
        hubs=tuple(data["hubs"]),
        topics=tuple(data["topics"]),
        callbacks=callbacks,
    )
