"""What a column should hold, checked where a row is read; anything else is damage of that row.

Knows what Python raises of a value of another kind; refuses to know any table.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from aggregator.errors import StoreError

# In ``info`` of a column: its texts may be too long for an index (``sql.key_of``).
IS_LONG = "is_long"
P = ParamSpec("P")
T = TypeVar("T")
# What reading a column raises that holds something else: a time out of range, an unknown word, a
# number for a text.
_ENCODER = json.JSONEncoder(ensure_ascii=False)
_NO_VALUES = (ValueError, TypeError, OverflowError, OSError)


def naming_faults(read: Callable[P, T]) -> Callable[P, T]:
    """Return the same reading of a row, with StoreError for a column that holds what it cannot."""

    @wraps(read)
    def named(*row: P.args, **more: P.kwargs) -> T:
        try:
            return read(*row, **more)
        except _NO_VALUES as error:
            message = f"a column does not hold what it should ({type(error).__name__})"
            raise StoreError(message, is_damage=True) from error

    return named


def text(value: object) -> str:
    """Return a text as it is; TypeError where it is none."""
    if not isinstance(value, str):
        raise TypeError(type(value).__name__)
    return value


def binary(value: object) -> bytes:
    """Return bytes as they are; TypeError where it is none."""
    if not isinstance(value, bytes):
        raise TypeError(type(value).__name__)
    return value


def number(value: object) -> int:
    """Return a whole number as it is; TypeError where it is none."""
    if not isinstance(value, int):
        raise TypeError(type(value).__name__)
    return value


def texts(values: object) -> tuple[str, ...]:
    """Return the texts of a list that was stored as JSON; TypeError where it is no such list."""
    if not isinstance(values, list):
        raise TypeError(type(values).__name__)
    return tuple(text(value) for value in values)


def to_json(value: Any) -> str:
    """Write a value for a column of JSON."""
    return "[]" if value == [] else _ENCODER.encode(value)  # most lists of an entry are empty


def from_json(text: str) -> Any:
    """Read a column of JSON; StoreError where it holds something else."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise StoreError("a column that should hold JSON does not", is_damage=True) from error
