"""The Unicode forms of Bengali letters that can be written in two ways, canonically equivalent.

ড়, ঢ় and য় are one character or a letter with a nukta, ো and ৌ one sign or two. All are shown in
one form (``text.display``); a source that mixes them is searched in vain by who looks for bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

# The Unicode Standard's canonical decompositions of the Bengali block (UnicodeData.txt): U+09DC,
# U+09DD, U+09DF with the nukta U+09BC; U+09CB, U+09CC with U+09C7 before.
_ONE = re.compile("[\u09dc\u09dd\u09df\u09cb\u09cc]")
_TWO = re.compile("[\u09a1\u09a2\u09af]\u09bc|\u09c7[\u09be\u09d7]")
_LETTERS = {
    "\u09a1\u09bc": "\u09dc",
    "\u09a2\u09bc": "\u09dd",
    "\u09af\u09bc": "\u09df",
    "\u09c7\u09be": "\u09cb",
    "\u09c7\u09d7": "\u09cc",
}


def mixed_letters(texts: Iterable[str]) -> tuple[str, ...]:
    r"""Return the letters that some texts have in both of their forms, in one form.

    >>> mixed_letters(["\u09af\u09bc", "\u09df\u09cb"]) == ("\u09df",)
    True
    """
    whole: set[str] = set()
    split: set[str] = set()
    for text in texts:
        whole.update(_ONE.findall(text))
        split.update(_LETTERS[pair] for pair in _TWO.findall(text))
    return tuple(sorted(whole & split))
