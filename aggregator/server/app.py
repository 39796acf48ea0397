"""What the web server serves: the published folder, and the callbacks that hubs were given."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from starlette.applications import Starlette

from aggregator.push.told import CALLBACK_PATH, Listener
from aggregator.server import callback
from aggregator.web import app as web

_CALLBACKS = f"/{CALLBACK_PATH}"


def app_of(folder: Path, push: Path, clock: Callable[[], datetime]) -> web.App:
    """Return the app that serves a folder, and the callbacks of which it is told in ``push``."""
    listener = Listener(push)
    files = web.app(folder, links_of=lambda name: listener.now().link_header(name))
    callbacks = Starlette(routes=callback.routes(listener, push, clock))
    callbacks.router.redirect_slashes = False  # to whatever host a client names

    async def serve(scope: web.Scope, receive: web.Receive, send: web.Send) -> None:
        app = callbacks if scope["path"].startswith(_CALLBACKS) else files
        await app(scope, receive, send)

    return serve
