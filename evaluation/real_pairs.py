"""How well real pairs are judged: those that were picked, those that were drawn, and all links.

The texts are not kept here, so this runs where ``FEED_SAMPLES`` names a folder that holds them.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from aggregator import urls
from aggregator.models import DedupeRules, Relation
from aggregator.stories import event_index, event_words, same_event, same_text
from aggregator.stories.same_event import Told, Verdict
from evaluation import sample_days, sample_feeds
from evaluation.judging import Score, is_found
from evaluation.sample_days import Addresses, Day, Label, Labelled
from evaluation.sample_feeds import RealEntry

_WINDOW = DedupeRules().window
_LINKED = frozenset({Label.SAME})
_OF_ONE_AFFAIR = frozenset({Label.SAME, Label.STEP})


@dataclass(frozen=True, slots=True)
class _PickedPair:
    label: str  # SAME or DIFFERENT, or what is not judged: RELATED, PROBABLE, UPDATE
    is_of_texts: bool  # labelled as texts; otherwise as events
    a: RealEntry
    b: RealEntry


def _read_picked_pairs(folder: Path) -> Iterator[_PickedPair]:
    """Read the labelled pairs, whose entries are named by feed file and link."""
    entries: dict[tuple[str, str], RealEntry] = {}
    for path in sample_feeds.files(folder):
        for url, entry in sample_feeds.entries_of(path):
            entries.setdefault((path.name, url), entry)
    with (folder / "samples/duplicates.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            yield _PickedPair(
                label=row["label"],
                is_of_texts=row["level"] == "story",
                a=entries[row["feedA"], urls.canonical(row["linkA"])],
                b=entries[row["feedB"], urls.canonical(row["linkB"])],
            )


def judge_picked(folder: Path) -> dict[str, Score]:
    """Judge the pairs that were picked from real feeds, labelled as the same or as different."""
    scores = {"real texts": Score(), "real events": Score()}
    pairs = list(_read_picked_pairs(folder))
    texts = [entry.text for pair in pairs for entry in (pair.a, pair.b)]
    near = event_index.near([event_words.words_of(text) for text in texts], range(0, len(texts), 2))
    for index, pair in enumerate(pairs):
        if pair.label not in ("SAME", "DIFFERENT"):
            continue
        a, b = pair.a.text, pair.b.text
        verdict = same_text.judge(pair.a.dated, pair.b.dated, _WINDOW)
        is_tied = verdict.kind is not None and is_found(a, b)
        cosine = near[2 * index].get(2 * index + 1)
        event = same_event.judge(_told(pair.a), _told(pair.b), cosine or 0.0)
        is_linked = is_tied or (cosine is not None and event.relation is Relation.SAME)
        vetoes = verdict.similarity.vetoes if pair.is_of_texts else event.vetoes
        scores["real texts" if pair.is_of_texts else "real events"].add(
            pair.label,
            a.title,
            is_same=pair.label == "SAME",
            is_judged_same=is_tied if pair.is_of_texts else is_linked,
            why=f"{cosine or 0:.2f} {[str(veto) for veto in vetoes]}",
        )
    return scores


@dataclass(frozen=True, slots=True)
class Near:
    """Two entries of a day that are near each other, by their places, and what was decided."""

    a: int
    b: int
    verdict: Verdict


def near_of(day: Day) -> dict[Addresses, Near]:
    """Return the pairs of a day that are near as events are looked for, of one paper as of two.

    Those of one text are left out, as they are one story.
    """
    told = [_told(entry) for entry in day.entries]
    words = [event_words.words_of(entry.text) for entry in told]
    return {
        day.addresses(a, b): Near(a, b, same_event.judge(told[a], told[b], cosine))
        for a, cosines in event_index.near(words, range(len(words))).items()
        for b, cosine in cosines.items()
        if a < b and day.are_near(a, b) and not is_one_text(day.entries[a], day.entries[b])
    }


def _told(entry: RealEntry) -> Told:
    return Told(text=entry.text, site=entry.dated.site)


def is_one_text(a: RealEntry, b: RealEntry) -> bool:
    """Tell whether two entries would be one story."""
    verdict = same_text.judge(a.dated, b.dated, _WINDOW)
    return verdict.kind is not None and is_found(a.text, b.text)


def judge_day(day: Day, labelled: Mapping[Addresses, Labelled]) -> dict[str, Score]:
    """Judge the pairs that were drawn of a day, and every link and step that is found on it.

    A step is right where two entries are of one affair. One that nobody has read counts as wrong,
    and is named.
    """
    near = near_of(day)
    drawn, links, steps = Score(), Score(), Score()
    places = {name: place for place, name in enumerate(day.hashes)}
    for addresses, pair in labelled.items():
        if not pair.stratum or not places.keys() >= set(addresses):
            continue
        a, b = (day.entries[places[name]] for name in addresses)
        if is_one_text(a, b):
            continue
        found = near.get(addresses)
        drawn.add(
            pair.label,
            f"{a.text.title} | {b.text.title}",
            is_same=pair.label is Label.SAME,
            is_judged_same=found is not None and found.verdict.relation is Relation.SAME,
            why=_why(found),
        )
    for addresses, found in near.items():
        if found.verdict.relation is None:
            continue
        is_link = found.verdict.relation is Relation.SAME
        read = labelled.get(addresses)
        (links if is_link else steps).add(
            read.label if read else f"unread {' '.join(addresses)}",
            f"{day.entries[found.a].text.title} | {day.entries[found.b].text.title}",
            is_same=read is not None and read.label in (_LINKED if is_link else _OF_ONE_AFFAIR),
            is_judged_same=True,
            why=_why(found),
        )
    scores = {"pairs drawn": drawn, "all links": links, "all steps": steps}
    return {name: score for name, score in scores.items() if score.pairs}


def _why(near: Near | None) -> str:
    if near is None:
        return "not near"
    return f"{near.verdict.score:.2f} {[str(veto) for veto in near.verdict.vetoes]}"


def judge(folder: Path) -> dict[str, Score]:
    """Judge all real pairs of a folder of samples; return the scores by the name of the pairs."""
    scores = judge_picked(folder)
    labelled = sample_days.labelled()
    for name, day in sample_days.days(folder).items():
        for kind, score in judge_day(day, labelled).items():
            scores[f"{name}, {kind}"] = score
    return scores
