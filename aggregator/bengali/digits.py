"""Numbers in Bengali digits. Pure."""

from __future__ import annotations

_BENGALI = str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯")


def in_bengali(text: str) -> str:
    """Return a text with its digits in Bengali.

    >>> in_bengali("2026-11-24, 15:00")
    '২০২৬-১১-২৪, ১৫:০০'
    """
    return text.translate(_BENGALI)
