"""What sources are that were asked once, a line each (``aggregator check --online``)."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from aggregator.models import Config
from aggregator.pipeline.ask import Answer


def answer_line(answer: Answer, config: Config) -> str:
    """Return what a source is, in one line; times are of the site's clock."""
    name = answer.source.name
    if answer.fault is not None:
        return f"{name}: fails: {answer.fault}"
    if answer.files:
        return f"{name}: a dump, {_counted(answer.files, 'file', 'files')}"
    said = [answer.format, _counted(answer.entries, "entry", "entries")]
    if answer.rejected:
        said.append(f"{answer.rejected:,} left out")
    if answer.newest is not None:
        zone = ZoneInfo(config.site.timezone)
        said.append(f"the newest of {answer.newest.astimezone(zone):%Y-%m-%d %H:%M}")
    elif answer.entries:
        said.append("no dates")
    if answer.moved_to:
        to_do = f"; write in config.toml: {answer.moved_line}"
        said.append(f"moved for good{to_do if answer.moved_line else f' to {answer.moved_to}'}")
    if answer.redirected_to and answer.redirected_to != answer.moved_to:
        how = "announces" if answer.source.access.discover else "redirected to"
        said.append(f"{how} {answer.redirected_to}")
    return f"{name}: {', '.join(said)}"


def _counted(count: int, one: str, several: str) -> str:
    return f"{count:,} {one if count == 1 else several}"
