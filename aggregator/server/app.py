"""What the web server serves: the published folder, and the callbacks that hubs were given."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from starlette.applications import Starlette

from aggregator import web
from aggregator.push.told import Listener
from aggregator.server import callback


def app_of(folder: Path, push: Path, clock: Callable[[], datetime]) -> Starlette:
    """Return the app that serves a folder, and the callbacks of which it is told in ``push``."""
    listener = Listener(push)
    return web.app(
        folder,
        more_routes=callback.routes(listener, push, clock),
        links_of=lambda name: listener.now().link_header(name),
    )
