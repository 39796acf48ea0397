"""A source with a hub, and the parts of the service that hubs meet, one step at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

from aggregator import config as configuration
from aggregator.models import Config, SourceReport, Subscription
from aggregator.pipeline.deliver import take_arrivals
from aggregator.pipeline.ping import ping_hubs
from aggregator.pipeline.run import Run
from aggregator.pipeline.run_pass import PassReport, run_pass
from aggregator.pipeline.subscribe import folder_of, keep_subscriptions
from aggregator.store.store import Store
from tests.support.configurations import LOCAL
from tests.support.hub import Hub
from tests.support.loopback import Loopback, Page
from tests.support.passes import NOW
from tests.support.serving import Served, serving

RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>কাগজ</title>
<link>https://kagoj.example/</link><description>খবর</description>{links}{items}</channel></rss>"""
HEADLINES = (
    "পদ্মা সেতুতে এক দিনে রেকর্ড টোল আদায়",
    "চট্টগ্রাম বন্দরে নতুন টার্মিনাল চালু",
    "সিলেটে টানা বৃষ্টিতে নিচু এলাকা প্লাবিত",
    "রাজশাহীতে আমের মৌসুম শুরু হলো",
    "খুলনায় শুরু হয়েছে বইমেলা",
)


def rss(*numbers: int, hub: str = "", topic: str = "") -> bytes:
    """Return a feed of some of the headlines, which announces a hub if one is named."""
    links = (
        f'<atom:link rel="hub" href="{hub}"/><atom:link rel="self" href="{topic}"/>' if hub else ""
    )
    items = "".join(
        f"<item><title>{HEADLINES[number]}</title><link>https://kagoj.example/{number}</link>"
        f"<guid>https://kagoj.example/{number}</guid>"
        f"<pubDate>Tue, 24 Nov 2026 0{number}:00:00 +0000</pubDate></item>"
        for number in numbers
    )
    return RSS.format(links=links, items=items).encode()


@dataclass
class Pushed:
    """A source that announces a hub, and a service of which each tick is a call."""

    web: Loopback
    hub: Hub
    served: Served
    folder: Path
    now: datetime = NOW
    options: str = ""
    site: str = ""
    _opened: ExitStack = field(default_factory=ExitStack)
    _run: Run | None = None

    @property
    def topic(self) -> str:
        """The source's own address."""
        return f"{self.web.url}/feed.xml"

    @property
    def run(self) -> Run:
        """The context of a process's passes; ``restart`` makes another."""
        if self._run is None:
            config = self.config()
            store = self._opened.enter_context(Store.open(config.store_url))
            self._run = Run.of(config, store, clock=lambda: self.now, stop=Event())
        return self._run

    def config(self) -> Config:
        """Write the configuration, and load it."""
        path = self.folder / "config.toml"
        path.write_text(
            f'[site]\nurl = "{self.served.url}/"\n{self.site}'
            f'[[source]]\nname = "kagoj"\nfeed = "{self.topic}"\n{LOCAL}{self.options}',
            encoding="utf-8",
        )
        return configuration.load(path)

    def reconfigure(self, *, options: str = "", site: str = "") -> None:
        """Take over another configuration, as the service does."""
        self.options, self.site = options, site
        self._run = self.run.with_config(self.config())

    def rewrite(self, old: str, new: str) -> None:
        """Take over the configuration with another text in it."""
        path = self.run.config.path
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
        self._run = self.run.with_config(configuration.load(path))

    def restart(self) -> None:
        """End the process, and begin another over the same store and folders."""
        self._opened.close()
        self._run = None

    def publish(self, *numbers: int, hub: str | None = None) -> None:
        """Let the source have these headlines, and announce the hub, or another one, or none."""
        named = self.hub.url if hub is None else hub
        self.web.pages["/feed.xml"] = Page(body=rss(*numbers, hub=named, topic=self.topic))

    def poll(self) -> PassReport:
        """Make a pass over every source."""
        return run_pass(self.run, every_source=True)

    def tick(self, after: timedelta = timedelta(0)) -> list[SourceReport]:
        """Let time go by, take what hubs sent, and ask and tell them what is due."""
        self.now += after
        reports = take_arrivals(self.run)
        if any(report.is_news for report in reports):
            run_pass(self.run, every_source=False)
        keep_subscriptions(self.run)
        ping_hubs(self.run)
        return reports

    def subscribe(self, *numbers: int) -> None:
        """Have the source read and its hub confirm."""
        self.publish(*numbers)
        self.poll()
        self.tick()
        self.tick()

    def subscriptions(self) -> list[Subscription]:
        """Return what is remembered of subscriptions."""
        with self.run.store.read() as unit:
            return unit.subscriptions.known() or []

    def waiting(self) -> list[Path]:
        """Return the files of the spool."""
        arrived = folder_of(self.run) / "arrived"
        return sorted(arrived.iterdir()) if arrived.is_dir() else []

    def published(self) -> list[int]:
        """Return which headlines stand in the published feed."""
        text = (self.run.config.site.output / "bangla.atom").read_text(encoding="utf-8")
        return [number for number, headline in enumerate(HEADLINES) if headline in text]

    def close(self) -> None:
        """Close the store."""
        self._opened.close()


@contextmanager
def pushed(folder: Path) -> Iterator[Pushed]:
    """Serve a source, a hub, and the folder that is published."""
    with ExitStack() as stack:
        web, hub = Loopback(), Hub()
        stack.callback(web.close)
        stack.callback(hub.close)
        push = folder / "aggregator.db-push"
        states: list[Pushed] = []
        served = stack.enter_context(
            serving(folder / "feeds", push=push, clock=lambda: states[0].now)
        )
        state = Pushed(web=web, hub=hub, served=served, folder=folder)
        states.append(state)
        stack.callback(state.close)
        yield state


def damage(push: Pushed, statement: str) -> None:
    """Change the store as no program of ours would, and begin another process."""
    push.restart()
    with closing(sqlite3.connect(push.folder / "aggregator.db")) as connection, connection:
        connection.execute(statement)


def end_process(*_: object, **__: object) -> None:
    """End whoever calls this, as a crash would."""
    raise KeyboardInterrupt
