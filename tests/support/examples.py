"""How many examples a property is tried with."""

from __future__ import annotations

from hypothesis import settings

# Hypothesis' own number where a test names none. A quarter of them in `make test` takes 60 s of a
# processor less, and `make long` tries all.
WHOLE = 100
QUICK = 25
# The profile of `make long`, by the name that its command line has.
WHOLE_PROFILE = "whole"


def examples(whole: int) -> int:
    """Return how many of ``whole`` examples are tried: all in `make long`, else a quarter."""
    return max(1, whole * settings().max_examples // WHOLE)
