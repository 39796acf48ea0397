"""Small charts as SVG within a page: drawn of attributes alone, so that no policy need allow more.

Colours are the style sheet's, by class; each chart says in words what it shows, and the page has
its numbers in a table beneath.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

_BAR, _GAP, _HEIGHT = 10, 2, 60  # units of the drawing, which is as wide as the page
_SPARK_HEIGHT = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The values of one kind, and the class that colours it."""

    name: str
    values: Sequence[int]


def stacked(key: str, title: str, described: str, series: Sequence[Series]) -> Markup:
    """Return bars, each of the values of all series at one place, the first at the bottom."""
    count = len(series[0].values)
    together = zip(*(each.values for each in series), strict=True)
    most = max((sum(values) for values in together), default=0)
    bars, heights = [], [0.0] * count
    for each in series:
        for place, value in enumerate(each.values):
            height = _HEIGHT * value / most if most else 0
            if height:
                heights[place] += height
                bars.append(
                    f'<rect class="{each.name.replace("_", "-")}" x="{place * (_BAR + _GAP)}" '
                    f'y="{_HEIGHT - heights[place]:.1f}" width="{_BAR}" height="{height:.1f}"/>'
                )
    width = count * (_BAR + _GAP) - _GAP
    bars.append(f'<path class="axis" d="M0 {_HEIGHT + 0.5}H{width}"/>')
    return _svg(key, title, described, (width, _HEIGHT + 1), "".join(bars))


def across(key: str, title: str, described: str, counts: Sequence[int]) -> Markup:
    """Return one bar for each count, beside each other from the top, the longest the fullest."""
    most, row = max(counts, default=0), _BAR + 2 * _GAP
    bars = "".join(
        f'<rect class="step{place}" x="0" y="{place * row}" height="{_BAR}" '
        f'width="{300 * count / most if most else 0:.1f}"/>'
        for place, count in enumerate(counts)
    )
    return _svg(key, title, described, (300, max(len(counts) * row - 2 * _GAP, 1)), bars)


def spark(values: Sequence[int], described: str) -> Markup:
    """Return a line of small bars, for a cell of a table."""
    most = max(values, default=0)
    path = "".join(
        f"M{place * 4} {_SPARK_HEIGHT}v-{max(_SPARK_HEIGHT * value / most, 1.5):.1f}h3v"
        f"{max(_SPARK_HEIGHT * value / most, 1.5):.1f}z"
        for place, value in enumerate(values)
        if value
    )
    width = max(len(values) * 4 - 1, 1)
    return Markup(  # noqa: S704 - of numbers, and of a text that is escaped
        f'<svg class="spark" role="img" aria-label="{escape(described)}" '
        f'viewBox="0 0 {width} {_SPARK_HEIGHT + 1}" width="{width}" height="{_SPARK_HEIGHT + 1}">'
        f'<path class="axis" d="M0 {_SPARK_HEIGHT + 0.5}H{width}"/>'
        f'<path class="new" d="{path}"/></svg>'
    )


def _svg(key: str, title: str, described: str, size: tuple[int, float], body: str) -> Markup:
    return Markup(  # noqa: S704 - of numbers, and of texts that are escaped
        f'<svg class="chart" role="img" aria-labelledby="{key}-t {key}-d" '
        f'viewBox="0 0 {size[0]} {size[1]}" preserveAspectRatio="none">'
        f'<title id="{key}-t">{escape(title)}</title><desc id="{key}-d">{escape(described)}</desc>'
        f"{body}</svg>"
    )
