"""Readers of the published feeds, who ask again and again, and note whatever is wrong.

A reader keeps what it saw last. Entries may leave a feed only at its end, when newer ones have
filled it; that holds for each reader's own views, in the order in which it had them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Lock, Thread

import requests
from lxml.etree import XMLSyntaxError

from tests.support.validity import check_atom, check_json, check_rss
from town.truth import Shown, Truth

_ANSWER_SECONDS = 30.0
_CHECKS: dict[str, Callable[[bytes], list[str]]] = {
    "rss": check_rss,
    "atom": check_atom,
    "json": check_json,
}
_EXAMPLES = 3


@dataclass
class Findings:
    """What all readers found: faults by their kind, and how many answers of each kind they had."""

    answers: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def fault(self, text: str) -> None:
        """Note a fault; its kind is what stands before the first colon."""
        with self.lock:
            kind = text.partition(":")[0]
            self.kinds[kind] += 1
            examples = self.examples.setdefault(kind, [])
            if len(examples) < _EXAMPLES and text not in examples:
                examples.append(text)

    def answered(self, kind: str) -> None:
        """Count an answer."""
        with self.lock:
            self.answers[kind] += 1


@dataclass
class Judge:
    """The truth as several readers ask it, with how many entries a full feed has."""

    truth: Truth
    limit: int
    lock: Lock = field(default_factory=Lock)

    def faults(self, body: bytes, before: list[Shown]) -> tuple[list[str], list[Shown]]:
        """Return what is wrong with a JSON feed after a reader's last view, and its new view."""
        with self.lock:
            faults = self.truth.faults(body, is_whole=False)
            view = self.truth.shown(body)
        ids = {entry.id for entry in view}
        is_full = len(view) >= self.limit
        faults += [
            f"lost: {entry.id} {entry.title} of {entry.published}, the last is of "
            f"{view[-1].published if view else None}, {len(view)} entries"
            for entry in before
            if entry.id not in ids and not (is_full and entry.published <= view[-1].published)
        ]
        return faults, view


class Reader(Thread):
    """Asks for one format of a feed until ``stop`` is set, conditionally as readers do.

    While ``is_down`` is set, an answer that does not come is nobody's fault.
    """

    def __init__(
        self,
        url: str,
        judge: Judge,
        findings: Findings,
        stop: Event,
        is_down: Event,
        pause_seconds: float,
    ) -> None:
        super().__init__(name=f"reader of {url}", daemon=True)
        self._url = url
        self._judge = judge
        self._findings = findings
        self._stop_reading = stop
        self._is_down = is_down
        self._pause_seconds = pause_seconds
        self._view: list[Shown] = []
        self._validators: dict[str, str] = {}

    def run(self) -> None:
        """Read until told to stop."""
        with requests.Session() as session:
            while not self._stop_reading.wait(self._pause_seconds):
                was_down = self._is_down.is_set()
                try:
                    answer = session.get(
                        self._url, headers=self._validators, timeout=_ANSWER_SECONDS
                    )
                except requests.RequestException as error:
                    if not (was_down or self._is_down.is_set() or self._stop_reading.is_set()):
                        self._findings.fault(f"no answer: {error}")
                    continue
                self._findings.answered(str(answer.status_code))
                if answer.status_code == requests.codes.ok:
                    self._validators = {"If-None-Match": answer.headers["ETag"]}
                    self._look_at(answer.content)
                elif answer.status_code != requests.codes.not_modified:
                    self._findings.fault(f"status {answer.status_code}: {self._url}")

    def _look_at(self, body: bytes) -> None:
        suffix = self._url.rpartition(".")[2]
        try:
            _CHECKS[suffix](body)
        except (AssertionError, ValueError, XMLSyntaxError) as error:
            self._findings.fault(f"not valid {suffix}: {error}")
            return
        if suffix == "json":
            faults, self._view = self._judge.faults(body, self._view)
            for fault in faults:
                self._findings.fault(fault)
