"""Push as a whole: services in processes of their own, and hubs, ours of the tests and a real one.

The real hub is flask-websub's, which is asked as any other: it verifies what it is asked, fetches
the topic when it is told of it, and signs what it sends with SHA-512.
"""

from __future__ import annotations

import importlib.util
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.support.configurations import LOCAL
from tests.support.deadlines import HUNG_SECONDS
from tests.support.hub import Hub
from tests.support.loopback import Loopback, Page
from tests.support.ports import free_port
from tests.support.pushed import HEADLINES, rss
from tests.support.service import RunningService

_POLL_SECONDS = 0.05


def configure(folder: Path, feed: str, every: str, hub: str = "") -> str:
    """Write a service's configuration, and return the address that it serves at."""
    folder.mkdir()
    address = f"127.0.0.1:{free_port()}"
    site = f'[site]\nurl = "http://{address}/"\nlisten = "{address}"\n'
    site += f'hub = "{hub}"\nallow_private = true\nwebsub = false\n' if hub else ""
    source = f'[[source]]\nname = "kagoj"\nfeed = "{feed}"\nevery = "{every}"\n{LOCAL}'
    (folder / "config.toml").write_text(site + source, encoding="utf-8")
    return f"http://{address}"


def wait_for(is_so: Callable[[], bool], what: str, log: list[str]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + HUNG_SECONDS
    while not is_so():
        assert time.monotonic() < end, f"{what}; the log: {log}"
        time.sleep(_POLL_SECONDS)


def shows(headline: str) -> Callable[[Any], bool]:
    """Return whether an answer shows a headline."""
    return lambda answer: answer.status_code == 200 and headline in answer.text


@pytest.mark.long
def test_a_service_subscribes_and_publishes_what_is_delivered(tmp_path: Path) -> None:
    """What its hub sends is published within seconds; killed or not, nothing acknowledged is lost.

    The source itself is polled once a day. What lies there and cannot be read is named once.
    """
    web, hub = Loopback(), Hub()
    topic = f"{web.url}/feed.xml"
    web.pages["/feed.xml"] = Page(body=rss(0, hub=hub.url, topic=topic))
    folder = tmp_path / "reader"
    url = configure(folder, topic, "1d")
    try:
        with RunningService(folder) as service:
            wait_for(lambda: bool(hub.subscribers), "the hub is not asked", service.log)
            service.wait_for_log("sends what is new")
            assert hub.deliver(rss(1))[0].status_code == 202
            service.wait_for_answer(f"{url}/bangla.atom", shows(HEADLINES[1]))
            assert hub.deliver(rss(2))[0].status_code == 202
            service.stop(signal.SIGKILL)
        (folder / "aggregator.db-push" / "arrived" / "x.delivery").mkdir()
        with RunningService(folder) as service:
            service.wait_for_answer(f"{url}/bangla.atom", shows(HEADLINES[2]))
            assert hub.deliver(rss(3))[0].status_code == 202  # it is taken at another tick
            service.wait_for_answer(f"{url}/bangla.atom", shows(HEADLINES[3]))
            assert sum("cannot be read" in line for line in service.log) == 1
            code, _ = service.stop(signal.SIGTERM)
            assert code == 0
            assert not any("Traceback" in line for line in service.log)
    finally:
        hub.close()
        web.close()


@pytest.mark.long
def test_our_hubs_are_told_though_the_web_server_cannot_be(tmp_path: Path) -> None:
    """Where the folder of push cannot be made, only what needs it fails."""
    web, hub = Loopback(), Hub()
    web.pages["/feed.xml"] = Page(body=rss(0))
    folder = tmp_path / "publisher"
    url = configure(folder, f"{web.url}/feed.xml", "1d", hub.url)
    topic, push = f"{url}/bangla.atom", folder / "aggregator.db-push"
    try:
        with RunningService(folder) as service:
            wait_for(lambda: topic in hub.pings, "no ping came", service.log)
        with closing(sqlite3.connect(folder / "aggregator.db")) as connection, connection:
            connection.execute("DELETE FROM ping")
        hub.pings.clear()
        shutil.rmtree(push)
        push.write_bytes(b"")
        with RunningService(folder) as service:
            wait_for(lambda: topic in hub.pings, "no ping came", service.log)
            service.wait_for_log("the web server cannot be told of hubs")
    finally:
        hub.close()
        web.close()


@contextmanager
def flask_hub(folder: Path) -> Iterator[str]:
    """Run flask-websub's hub, which takes pings, and yield its address."""
    from celery import Celery
    from flask import Flask
    from flask_websub.hub import Hub as FlaskHub
    from flask_websub.hub import SQLite3HubStorage
    from werkzeug.serving import make_server

    tasks = Celery()
    tasks.conf.task_always_eager = True  # in place of a broker and workers
    hub = FlaskHub(SQLite3HubStorage(str(folder / "hub.sqlite3")), tasks)
    app = Flask("hub")
    app.config["PUBLISH_SUPPORTED"] = True
    app.register_blueprint(hub.build_blueprint(url_prefix="/hub"))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hub"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.long
@pytest.mark.filterwarnings("ignore")  # of the hub's libraries, which are not ours
def test_a_real_hub_carries_news_from_one_service_to_another(tmp_path: Path) -> None:
    """One service is told of nothing but by the hub: it polls the other once a day.

    A paper changes, the first service reads and publishes it and pings the hub, which fetches the
    feed and sends it to the second.
    """
    if importlib.util.find_spec("flask_websub") is None:
        pytest.skip("flask-websub is not installed: make hub-test installs it and runs this")
    web = Loopback()
    web.pages["/feed.xml"] = Page(body=rss(0))
    try:
        with flask_hub(tmp_path) as hub:
            first = configure(tmp_path / "first", f"{web.url}/feed.xml", "1s", hub)
            second = configure(tmp_path / "second", f"{first}/bangla.atom", "1d")
            with RunningService(tmp_path / "first") as publisher:
                publisher.wait_for_answer(f"{first}/bangla.atom", shows(HEADLINES[0]))
                publisher.wait_for_answer(
                    f"{first}/bangla.atom", lambda answer: 'rel="hub"' in answer.headers["Link"]
                )
                with RunningService(tmp_path / "second") as reader:
                    reader.wait_for_log("sends what is new")
                    for number in (1, 2, 3):
                        web.pages["/feed.xml"] = Page(body=rss(*range(number + 1)))
                        began = time.monotonic()
                        reader.wait_for_answer(f"{second}/bangla.atom", shows(HEADLINES[number]))
                        print(f"through a hub in {time.monotonic() - began:.1f} s")  # noqa: T201
    finally:
        web.close()
