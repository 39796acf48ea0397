"""Index texts for searching: what is new, and what changed or went, some at a time.

A step of its own, so that no text waits for the index to be stored or published: whatever stored
it, changed it, or was there before there was an index. A step is one commit, so that one that is
killed is made again. The index is made of what is stored and may be lost: where it is damaged, it
is made anew, and nothing else is touched.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from threading import Event

from aggregator import markup
from aggregator.bengali.queries import searched_words
from aggregator.bengali.text import keys_of_shown
from aggregator.errors import StoreError
from aggregator.models import KEYED_CHARACTERS, SEARCH_FORM, IndexedText, IndexedWords
from aggregator.pipeline.run import Run
from aggregator.store.store import Store
from aggregator.store.unit import UnitOfWork

log = logging.getLogger(__name__)

# The entries of one commit: other writers wait for it, an eighth of a second.
_ENTRIES_TOGETHER = 500
# Of a store that was taken over no pass indexes more than some 50,000 entries, 13 s.
_MOST_STEPS = 100


def index_texts(run: Run) -> None:
    """Index what waits, until told to stop; what is more than some steps waits for the next pass.

    StoreError is that of the whole store, as of a full disk, and never the index's own.
    """
    with run.store.read() as unit:
        if not unit.search.has_work(SEARCH_FORM):
            return
    steps = 0
    has_more = True
    while has_more and steps < _MOST_STEPS and not run.stop.is_set():
        with run.store.write() as unit:
            has_more = _advance(unit)
        steps += 1
        run.progress.on_step()
    if not has_more:
        rewrite_index(run.store, run.stop, run.progress.on_step)


def forget_purged(unit: UnitOfWork) -> None:
    """Forget, within the unit that purges texts, that they were ever indexed.

    What of their words still lies in the index's pages, ``rewrite_index`` takes away. An index that
    cannot forget them is dropped, and made anew of the others.
    """
    if unit.search.is_current(SEARCH_FORM):
        try:
            with unit.savepoint():
                while _forget_outdated(unit):
                    pass
                unit.search.mark_rewrite(is_needed=True)
                return
        except StoreError as error:
            if not error.is_damage:
                raise
    _make_anew(unit)


def rewrite_index(
    store: Store, stop: Event | None = None, on_step: Callable[[], None] = lambda: None
) -> None:
    """Write the index anew where words of purged texts may still lie in its pages.

    Then it is looked which of the known words are left. The commits take 0.1 s each; told to stop,
    what is left is done by the next pass. ``on_step`` is called after each.
    """
    stop = stop or Event()
    with store.read() as unit:
        if not unit.search.must_rewrite():
            return
    is_begun, has_more = False, True
    after: str | None = ""
    try:
        while has_more and not stop.is_set():
            with store.write() as unit:
                has_more = unit.search.rewrite(is_begun=is_begun)
            is_begun = True
            on_step()
        while after is not None and not stop.is_set():
            with store.write() as unit:
                after = unit.search.forget_words(after)
            on_step()
    except StoreError as error:
        if not error.is_damage:
            raise
        with store.write() as unit:
            _make_anew(unit)


def _advance(unit: UnitOfWork) -> bool:
    """Make one step of indexing; tell whether there may be another one now."""
    if not unit.search.is_current(SEARCH_FORM):
        return _make_anew(unit)
    try:
        with unit.savepoint():
            return _forget_outdated(unit) or _index_waiting(unit)
    except StoreError as error:
        if not error.is_damage:
            raise
        log.warning("%s; it is made anew of the texts", error)
        unit.search.forget_index()
        return False


def _make_anew(unit: UnitOfWork) -> bool:
    """Make an empty index for which every text waits; tell whether that could be done."""
    try:
        with unit.savepoint():
            unit.search.make_anew(SEARCH_FORM)
    except StoreError as error:
        if not error.is_damage:
            raise
        log.warning("%s; what is stored cannot be searched", error)
        unit.search.forget_index()
        unit.search.forget_outdated()
        return False
    return True


def _forget_outdated(unit: UnitOfWork) -> bool:
    """Take some texts out of the index that changed or went; tell whether there were any."""
    outdated = unit.search.outdated(_ENTRIES_TOGETHER)
    if outdated:
        unit.search.remove([text.pk for text in outdated], words_of(outdated))
    return bool(outdated)


def _index_waiting(unit: UnitOfWork) -> bool:
    """Index some texts that wait; tell whether there were any."""
    pks, texts = unit.search.waiting(_ENTRIES_TOGETHER)
    if pks:
        unit.search.add(pks, words_of(texts))
    return bool(pks)


def words_of(texts: Sequence[IndexedText]) -> list[IndexedWords]:
    """Return the words by which texts are found, in the order of the texts.

    They are divided into words as questions are.
    """
    return [
        IndexedWords(
            number=text.number,
            title=tuple(searched_words(title)),
            text=tuple(searched_words(body)),
        )
        for text, (title, body) in zip(texts, keys_of_texts(texts), strict=True)
    ]


def keys_of_texts(texts: Sequence[IndexedText]) -> list[tuple[str, str]]:
    """Return the keys of titles and of what is indexed of texts, in the order of the texts.

    Of a text that is longer the beginning is indexed, as it is what texts are compared by.
    """
    bodies = [markup.text_of(text.content_html)[:KEYED_CHARACTERS] for text in texts]
    keys = keys_of_shown([*(text.title for text in texts), *bodies])
    return list(zip(keys[: len(texts)], keys[len(texts) :], strict=True))
