"""How many examples a property is tried with."""

from __future__ import annotations

from hypothesis import settings

# Hypothesis' own number where a test names none.
WHOLE = 100
# Of the slowest property, in tests/test_editing.py, 75 examples take 2 s of a processor, and 300
# take four times as long.
QUICK = 25
# The profile of `make long`, by the name that its command line has.
WHOLE_PROFILE = "whole"


def examples(whole: int) -> int:
    """Return how many of ``whole`` examples are tried: all in `make long`, else a quarter."""
    return max(1, whole * settings().max_examples // WHOLE)
