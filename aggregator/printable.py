"""Text of others, as a terminal and a configuration can take it: nothing in it commands either."""

from __future__ import annotations

# Not printable to Python, and letters of Bengali words all the same.
_JOINERS = "\u200c\u200d"


def printable(text: str, instead: str = " ") -> str:
    r"""Return a text with ``instead`` in place of what is not shown: escapes, turns of direction.

    >>> printable("\x1b[2Jক্\u200cষ\u202e", "?")
    '?[2Jক্\u200cষ?'
    """
    return "".join(
        character if character.isprintable() or character in _JOINERS else instead
        for character in text
    )
