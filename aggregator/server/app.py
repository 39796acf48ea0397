"""What the web server serves: the published folder, callbacks of hubs, and searches."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from starlette.applications import Starlette

from aggregator.push.told import CALLBACK_PATH, Listener
from aggregator.server import callback
from aggregator.server.inbox import Desk, FileDesk
from aggregator.server.search import PATH as _SEARCHES
from aggregator.web import app as web
from aggregator.web.sending import App, Receive, Scope, Send

_CALLBACKS = f"/{CALLBACK_PATH}"


def app_of(
    folder: Path,
    push: Path,
    clock: Callable[[], datetime],
    search: App | None = None,
    desk: Desk | None = None,
) -> App:
    """Return the app that serves a folder, and the callbacks of which it is told in ``push``.

    ``search`` answers searches; without it, their addresses are those of files like any others.
    ``desk`` answers for callbacks in place of that folder, which then only names the site's hubs.
    """
    listener = Listener(push)
    files = web.app(folder, links_of=lambda name: listener.now().link_header(name))
    callbacks = Starlette(routes=callback.routes(desk or FileDesk(listener, push), clock))
    callbacks.router.redirect_slashes = False  # to whatever host a client names

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path.startswith(_CALLBACKS):
            await callbacks(scope, receive, send)
        elif search is not None and _SEARCHES.fullmatch(path):
            await search(scope, receive, send)
        else:
            await files(scope, receive, send)

    return serve
