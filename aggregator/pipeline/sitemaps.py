"""An index of sitemaps: the sitemaps that it names are fetched, and read as one document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

from aggregator.errors import NotAskedError, SourceError
from aggregator.fetch.http import Fetched, NotModified
from aggregator.models import FetchState, ParsedEntry, Rejected
from aggregator.parse import feed as parse_feed
from aggregator.pipeline.asking import Asking
from aggregator.pipeline.document import DocumentEntries


def read_sitemaps(
    asking: Asking, index: Fetched, addresses: Sequence[str], state: FetchState
) -> tuple[Fetched | NotModified, DocumentEntries | None]:
    """Fetch and read the sitemaps of an index; return the answer of all, and their entries.

    An index often stays the same while its sitemaps change, so that it is asked without validators
    and all the bytes together tell whether anything is new. One that fails costs the others
    nothing; where all fail, the first fault is raised.
    """
    entries: list[ParsedEntry | Rejected] = []
    faults: list[SourceError] = []
    together = sha256(index.document.body)
    for address in addresses:
        try:
            result = asking.fetch(address, FetchState())
            if isinstance(result, Fetched):
                document = result.document
                with asking.turn_to_parse(document.body):
                    entries += parse_feed.parse(document.body, document.url, document.content_type)
                together.update(document.body)
        except NotAskedError:
            raise  # the host rests, or the pass ends: the whole poll is made later
        except SourceError as fault:
            faults.append(fault)
    if len(faults) == len(addresses):
        raise faults[0]
    whole = replace(index, etag=None, last_modified=None, body_sha256=together.hexdigest())
    if whole.body_sha256 == state.body_sha256 and not faults:
        unchanged = NotModified(
            etag=None,
            last_modified=None,
            moved_to=index.moved_to,
            fresh_seconds=index.fresh_seconds,
            status=index.status,
            received_bytes=index.received_bytes,
        )
        return unchanged, None
    if faults:
        whole = replace(whole, body_sha256="")
    return whole, DocumentEntries.of(index.document, asking.source, entries)
