"""Make the table that tells Bijoy words from English ones: ``python -m bench.legacy_model FILE…``.

Bijoy is counted on the Bengali words of the files (written in Bijoy by ``tests.support.bijoy``),
English on the docstrings of Python's standard library. Prints the module ``legacy_model``, whose
numbers are log-likelihood ratios of one letter following another.
"""

from __future__ import annotations

import ast
import math
import re
import sys
import sysconfig
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from aggregator.bengali.bijoy_model import ALPHABET, SCALE
from aggregator.bengali.text import display, words
from tests.support.bijoy import encode

_BENGALI = re.compile("[\u0980-\u09e5\u09f0-\u09fb]+")
_ENGLISH = re.compile("[A-Za-z]{2,}")
_SMOOTHING = 0.5


def main() -> None:
    """Count, and print the module."""
    bijoy = Counter(_bijoy(Path(name) for name in sys.argv[1:]))
    english = Counter(_docstrings())
    rows = [
        "".join(_digit(_ratio(bijoy, english, first, second)) for second in ALPHABET)
        for first in ALPHABET
    ]
    sys.stdout.write("\n".join(f'    "{row}",' for row in rows) + "\n")


def _bijoy(paths: Iterable[Path]) -> Iterable[str]:
    for path in paths:
        for word in words(display(path.read_text(encoding="utf-8", errors="replace"))):
            written = encode(word) if _BENGALI.fullmatch(word) else None
            if written:
                yield from _pairs(written)


def _docstrings() -> Iterable[str]:
    for path in sorted(Path(sysconfig.get_paths()["stdlib"]).glob("*.py")):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                for word in _ENGLISH.findall(ast.get_docstring(node) or ""):
                    yield from _pairs(word)
                    yield from _pairs(word.capitalize())


def _pairs(word: str) -> Iterable[str]:
    letters = " " + "".join(letter if letter in ALPHABET else "*" for letter in word) + " "
    return (letters[at : at + 2] for at in range(len(letters) - 1))


def _ratio(bijoy: Counter[str], english: Counter[str], first: str, second: str) -> float:
    def log(counts: Counter[str]) -> float:
        total = sum(counts[first + other] for other in ALPHABET) + _SMOOTHING * len(ALPHABET)
        return math.log((counts[first + second] + _SMOOTHING) / total)

    return log(bijoy) - log(english)


def _digit(ratio: float) -> str:
    """Write a ratio as one letter: m is 0, each letter on is one step of the scale."""
    return chr(ord("m") + max(-12, min(12, round(ratio * SCALE))))


if __name__ == "__main__":
    main()
