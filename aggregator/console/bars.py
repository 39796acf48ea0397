"""Bars that show on a terminal how far a pass is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, TaskProgressColumn, TextColumn
from rich.progress import Progress as Bars

from aggregator.models import FileProgress, SourceReport
from aggregator.pipeline.run import Progress


@contextmanager
def show_bars() -> Iterator[Progress]:
    """Show how far a pass and a large file are, while the context lasts."""
    console = Console(stderr=True)
    columns = (BarColumn(), TaskProgressColumn(), TextColumn("{task.description}"))
    with Bars(*columns, console=console, transient=True) as bars:
        sources, files = bars.add_task("", total=None), bars.add_task("", visible=False)

        def on_source(report: SourceReport, done: int, total: int) -> None:
            description = f"{done}/{total} {report.source}"
            bars.update(sources, description=description, completed=done, total=total)

        def on_file(progress: FileProgress, bytes_read: int) -> None:
            bars.update(
                files,
                description=f"{Path(progress.file.path).name}: {progress.records:,} records",
                completed=bytes_read,
                total=max(progress.file.size, 1),
                visible=not progress.is_done,
            )

        def on_clustered(count: int) -> None:
            description = f"{count:,} entries put into stories"
            bars.update(files, description=description, completed=0, total=None, visible=True)

        yield Progress(on_source=on_source, on_file=on_file, on_clustered=on_clustered)
