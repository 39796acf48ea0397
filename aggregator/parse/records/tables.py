"""Tables, row by row: CSV and its kin, recognised by their heading, and Parquet."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from aggregator.errors import ParseError
from aggregator.parse.records.fields import is_heading
from aggregator.parse.records.record import MAX_RECORD_BYTES, Form, Record, text_lines

_DELIMITERS = (",", "\t", ";", "|")
_BATCH_ROWS = 256


def delimiter_of(start: str, fields: Mapping[str, str]) -> str:
    """Find what separates the cells of a table's heading; empty where this is no table."""
    for delimiter in _DELIMITERS:
        lines = io.StringIO(start.lstrip("\ufeff \t\r\n"), newline="")
        try:
            cells = next(csv.reader(lines, delimiter=delimiter), [])
        except csv.Error:
            continue
        if len(cells) > 1 and is_heading(cells, fields):
            return delimiter
    return ""


def split_table(
    stream: io.BufferedReader, name: str, encoding: str, delimiter: str
) -> Iterator[Record]:
    """Split a table into its rows; of a row with a cell too many or too few the others count."""
    csv.field_size_limit(min(MAX_RECORD_BYTES, sys.maxsize))
    with text_lines(stream, encoding, "") as lines:
        rows = csv.reader((line.replace("\0", "") for line in lines), delimiter=delimiter)
        heading: list[str] = []
        try:
            for row in rows:
                if not any(cell.strip() for cell in row):
                    continue
                if not heading:
                    heading = row
                    continue
                values = dict(zip(heading, row, strict=False))
                yield Record(form=Form.RECORD, place=f"{name}:{rows.line_num}", body=values)
        except csv.Error as error:
            raise ParseError(f"{name}:{rows.line_num}: {error}") from error


def split_parquet(stream: io.BufferedReader, name: str) -> Iterator[Record]:
    """Split a Parquet file into its rows; ParseError where it is damaged or pyarrow missing."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ModuleNotFoundError as error:
        raise ParseError(
            f"{name}: is Parquet, which needs pyarrow (pip install "
            '"bengali-feed-aggregator[archive]")'
        ) from error
    if not stream.seekable():
        raise ParseError(f"{name}: is Parquet within an archive, which cannot be read: unpack it")
    batches = _batches(parquet, stream, name)
    rows = (row for batch in batches for row in _rows(pyarrow, batch, name))
    for number, row in enumerate(rows, start=1):
        yield Record(form=Form.RECORD, place=f"{name}[{number}]", body=row)


def _batches(parquet: Any, stream: io.BufferedReader, name: str) -> Iterator[Any]:
    try:
        yield from parquet.ParquetFile(stream).iter_batches(batch_size=_BATCH_ROWS)
    # Depending on the damage, Arrow raises its own errors, ValueError, OSError or zoneinfo's.
    except Exception as error:
        raise ParseError(f"{name}: not Parquet that can be read ({error})") from error


def _rows(pyarrow: Any, batch: Any, name: str) -> list[dict[str, Any]]:
    """Return the rows of a batch, its times as text: Python has no nanoseconds."""
    columns = {}
    for field, column in zip(batch.schema, batch.columns, strict=True):
        try:
            if pyarrow.types.is_temporal(field.type):
                column = column.cast(pyarrow.string())
            columns[field.name] = column.to_pylist()
        except Exception as error:  # as above
            raise ParseError(f"{name}: not Parquet that can be read ({error})") from error
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
