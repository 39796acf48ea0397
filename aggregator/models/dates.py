"""How the date of an entry is known."""

from __future__ import annotations

from enum import StrEnum


class DateHow(StrEnum):
    """How a date was had: ``stated`` in full, ``inferred``, or the time of ``first-seen``."""

    STATED = "stated"
    INFERRED = "inferred"
    FIRST_SEEN = "first-seen"
