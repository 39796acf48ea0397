"""Entries that reach a store without a network, are clustered into stories, and are published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import escape
from threading import Event

from aggregator.models import Config, Document, Entry, ParsedEntry, SourceReport
from aggregator.pipeline.cluster import cluster_entries
from aggregator.pipeline.document import DocumentEntries
from aggregator.pipeline.normalised import Basis, Normalised
from aggregator.pipeline.publish import publish_all
from aggregator.pipeline.run import Run
from aggregator.pipeline.select import EntryReader, entries_of, select
from aggregator.pipeline.store_document import store_document
from aggregator.store.store import Store
from evaluation.material import Article, articles
from tests.support.passes import NOW
from tests.support.published import plain_files

ARTICLES = tuple(articles())


def sent(
    article: Article,
    number: int,
    *,
    site: str = "a",
    link: str = "",
    guid: str = "",
    hours: float = 0,
) -> ParsedEntry:
    """Return an article as a feed of ``site`` sends it, published ``hours`` before ``NOW``.

    ``number`` makes its address on the site, which is also its id, unless they are given.
    """
    address = link or f"https://{site}.example/news/{number}"
    return ParsedEntry(
        native_id=guid or address,
        link=address,
        title_html=escape(article.title),
        content_html="".join(f"<p>{escape(paragraph)}</p>" for paragraph in article.paragraphs),
        published=(NOW - timedelta(hours=hours)).isoformat(),
    )


@dataclass
class Arrivals:
    """A store that documents of configured sources arrive in; ``reports`` has one for each."""

    config: Config
    now: datetime = NOW
    reports: list[SourceReport] = field(default_factory=list)

    def arrive(self, *documents: tuple[str, Sequence[ParsedEntry]]) -> None:
        """Store documents, each a source's name and entries, in this order; then cluster them."""
        sources = {source.name: source for source in self.config.sources}
        with Store.open(self.config.store_url) as store:
            for name, entries in documents:
                document = Document(
                    source=name,
                    url=sources[name].feed or "",
                    body=b"",
                    content_type="",
                    acquired=self.now,
                )
                parsed = DocumentEntries.of(document, sources[name], entries)
                with store.write() as unit:
                    report = store_document(
                        unit,
                        Normalised.of(Basis.of(unit, parsed)),
                        self.now,
                        may_quarantine=self.config.dedupe.hold,
                    )
                self.reports.append(report)
            cluster_entries(self.run(store))

    def publish(self) -> dict[str, bytes]:
        """Publish every feed; return each file's bytes by its name, without neighbours."""
        with Store.open(self.config.store_url) as store:
            publish_all(self.run(store))
        return {path.name: path.read_bytes() for path in plain_files(self.config.site.output)}

    def shown(self, feed: int = 0) -> list[Entry]:
        """Return the entries that a feed, by its position in the configuration, shows now."""
        spec = self.config.feeds[feed]
        with Store.open(self.config.store_url) as store, store.read() as unit:
            return entries_of(
                EntryReader(unit), select(unit, spec, self.config).shown, spec, self.config
            )

    def run(self, store: Store) -> Run:
        """Return what publishing is handed over an open store of these entries."""
        return Run.of(self.config, store, clock=lambda: self.now, stop=Event())


def sources(*names: str, extra: str = "") -> str:
    """Return ``[[source]]`` tables of feeds that no test fetches; ``extra`` ends each of them."""
    return "".join(
        f'[[source]]\nname = "{name}"\ntitle = "কাগজ {name}"\n'
        f'feed = "https://{name}.example/feed"\n{extra}'
        for name in names
    )
