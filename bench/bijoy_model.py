"""Build the table that tells Bijoy words from English ones: ``python -m bench.bijoy_model FILE…``.

Bijoy is counted on the Bengali words of the files (written in Bijoy by ``tests.support.bijoy``),
English on the docstrings of Python's standard library. Prints the rows of ``bengali.bijoy_model``,
whose numbers are log-likelihood ratios of one letter following another.
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
    """Count the pairs of letters of both, and print the rows."""
    bijoy = Counter(_bijoy_pairs(Path(name) for name in sys.argv[1:]))
    english = Counter(_english_pairs())
    rows = [
        "".join(_as_letter(_ratio(bijoy, english, first, second)) for second in ALPHABET)
        for first in ALPHABET
    ]
    sys.stdout.write("\n".join(f'    "{row}",' for row in rows) + "\n")


def _bijoy_pairs(paths: Iterable[Path]) -> Iterable[str]:
    for path in paths:
        for word in words(display(path.read_text(encoding="utf-8", errors="replace"))):
            bijoy = encode(word) if _BENGALI.fullmatch(word) else None
            if bijoy:
                yield from _pairs(bijoy)


def _english_pairs() -> Iterable[str]:
    for path in sorted(Path(sysconfig.get_paths()["stdlib"]).glob("*.py")):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                for word in _ENGLISH.findall(ast.get_docstring(node) or ""):
                    yield from _pairs(word)
                    yield from _pairs(word.capitalize())


def _pairs(word: str) -> Iterable[str]:
    letters = " " + "".join(letter if letter in ALPHABET else "*" for letter in word) + " "
    return (letters[index : index + 2] for index in range(len(letters) - 1))


def _ratio(bijoy: Counter[str], english: Counter[str], first: str, second: str) -> float:
    def log(counts: Counter[str]) -> float:
        total = sum(counts[first + other] for other in ALPHABET) + _SMOOTHING * len(ALPHABET)
        return math.log((counts[first + second] + _SMOOTHING) / total)

    return log(bijoy) - log(english)


def _as_letter(ratio: float) -> str:
    """Return a ratio as one letter: m is 0, each letter after it is one step of the scale."""
    return chr(ord("m") + max(-12, min(12, round(ratio * SCALE))))


if __name__ == "__main__":
    main()
