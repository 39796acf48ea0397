"""What an answer changes of a source's state: where it is, its validators, what was wrong."""

from __future__ import annotations

from dataclasses import replace

from aggregator.fetch.response import Fetched, NotModified
from aggregator.models import FeedHints, FetchState, Source
from aggregator.urls import encode, has_secret

# A permanent redirect is believed once it has held for three polls: some are made by mistake.
POLLS_TO_MOVE = 3

Answer = Fetched | NotModified


def has_moved(state: FetchState) -> bool:
    """Tell whether a source has moved for good: its own address is not asked any more."""
    return state.moved_polls >= POLLS_TO_MOVE


def line_of(source: Source, address: str) -> str:
    """Return the line of config.toml by which a source is asked at another address.

    Nothing where there is none, or one with a secret, which is shown nowhere.
    """
    if not address or has_secret(address):
        return ""
    return f'{"page" if source.page else "feed"} = "{encode(address)}"'


def answered(source: Source, state: FetchState, result: Answer, said: FeedHints) -> FetchState:
    """Return the state of a source whose server answered: what was wrong with it is over.

    ``said`` is what a document that came says of when to ask again; else what was said stays.
    """
    state = _moved(source, state, result)
    hints = state.hints if isinstance(result, NotModified) else said
    if source.is_automatic:
        hints = replace(hints, fresh_seconds=result.fresh_seconds)
    return replace(
        state,
        etag=result.etag,
        last_modified=result.last_modified,
        failures=0,
        error=None,
        fault=None,
        rests_until=None,
        resting_host="",
        hints=hints,
    )


def _moved(source: Source, state: FetchState, result: Answer) -> FetchState:
    """Count the polls in a row that were redirected permanently to one other address.

    Of a page the announced feed that was read is remembered, whose validators they are. An address
    with a secret is not remembered, so that it is had anew at each poll.
    """
    if not (result.moved_to or state.moved_to):
        return state
    if has_secret(result.moved_to) or has_secret(state.moved_to):
        return replace(state, moved_to="", moved_polls=0)
    if source.access.discover:
        return replace(state, moved_to=result.moved_to, moved_polls=0)
    if has_moved(state):
        return state
    if not result.moved_to:
        return replace(state, moved_to="", moved_polls=0)
    polls = state.moved_polls + 1 if result.moved_to == state.moved_to else 1
    return replace(state, moved_to=result.moved_to, moved_polls=polls)
