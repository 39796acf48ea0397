"""Measure the speed of display and key in characters a second: ``python -m bench.text FILE…``.

The files are feeds or texts with Bengali in them; each paragraph is one call, as in the program.
Prints the best of five runs on one core, beside Python's own normalisation of the same text.
"""

from __future__ import annotations

import re
import sys
import time
import unicodedata
from collections.abc import Callable
from pathlib import Path

from aggregator.bengali.text import display, key

_RUNS = 5


def main() -> None:
    """Measure, and print the table."""
    text = "".join(
        Path(name).read_text(encoding="utf-8", errors="replace") for name in sys.argv[1:]
    )
    text = re.sub(r"<[^>]*>|&[a-z]+;|https?://\S+|%[0-9A-F]{2}", " ", text)
    paragraphs = [line for line in text.split("\n") if line.strip()]
    characters = sum(map(len, paragraphs))
    sys.stdout.write(
        f"Python {sys.version.split()[0]}, {len(paragraphs):,} paragraphs of "
        f"{characters / max(len(paragraphs), 1):.0f} characters\n\n"
        "| function | M characters a second |\n|---|---|\n"
    )
    for name, function in (
        ("unicodedata NFC", lambda paragraph: unicodedata.normalize("NFC", paragraph)),
        ("display", display),
        ("key", key),
    ):
        seconds = min(_cpu_seconds(function, paragraphs) for _ in range(_RUNS))
        sys.stdout.write(f"| {name} | {characters / seconds / 1e6:.1f} |\n")


def _cpu_seconds(function: Callable[[str], str], paragraphs: list[str]) -> float:
    start = time.process_time()
    for paragraph in paragraphs:
        function(paragraph)
    return time.process_time() - start


if __name__ == "__main__":
    main()
