"""What of a text is prose: without addresses, the boilerplate of feed makers, and code.

Knows the Latin that stands in Bengali news and is not English. Used only to tell languages apart:
nothing that is shown goes through here.
"""

from __future__ import annotations

import re

from aggregator.bengali.text import BENGALI_CHARACTER

# A language shows within the first pages of a text; some patterns below try a line at each place.
_MOST_CHARACTERS = 10_000

_ADDRESS = re.compile(
    r"(?:https?://|www\.)[^\s\u0980-\u09ff]+"
    r"|(?<![a-z0-9._+-])[a-z0-9._+-]{1,64}@[a-z0-9.-]+"
    r"|(?<![a-z0-9.-])[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|org|net|info|news|tv|bd|in)(?![a-z0-9-])"
    r"(?:/[^\s\u0980-\u09ff]*)?",
    re.ASCII | re.IGNORECASE,
)
# What makers of feeds put in place of a text or behind it, as merged feeds and WordPress have it;
# the name of a site in brackets, without Bengali or spaces.
_BOILERPLATE = re.compile(
    r"no (?:description|summary|content)(?: is)? available\.?|\[\s*[a-z0-9._-]+\s*\]"
    r"|\(?feed generated with [a-z0-9. ]{1,40}\)?|originally published (?:at|on|in) [^\n]*"
    r"|the post [^\n]{0,300}? (?:appeared first|first appeared) on [^\n]*"
    r"|continue reading|read (?:more|full (?:story|article))|click here(?: to [a-z ]{1,30})?"
    r"|share this|view (?:more|original)|advertisement",
    re.ASCII | re.IGNORECASE,
)
# Signs that a line of a program has and a sentence has not; a longer line is a paragraph.
_CODE_CHARACTERS = 160
_CODE_SIGN = re.compile(
    r"[{};]$|[A-Za-z0-9_\]] ?= ?\S|[A-Za-z0-9_]\(.*\)[:;]?$|[=!<>+*/-]=|=>|->|::|</|/>|<\?|\?>"
    r"|^(?:\$ |//|/\*)"
    r"|^(?:import|from|def|class|return|print|puts|echo|var|let|const|function|public|int) ",
    re.ASCII,
)
_COMMENT = re.compile(r"(?<=[^\s:])\s*(?:#|//) .*$")
_QUOTED = re.compile("\"[^\"\n]*\"|'[^'\n]*'|“[^”\n]*”|‘[^’\n]*’")


def prose_of(text: str) -> str:
    """Return the beginning of a text without what is no prose in it.

    >>> prose_of("বৃষ্টি হবে [ nodi_barta ] https://example.org/rain No description available")
    'বৃষ্টি হবে'
    """
    text = _BOILERPLATE.sub(" ", _ADDRESS.sub(" ", text[:_MOST_CHARACTERS]))
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line and not _is_code(line))


def _is_code(line: str) -> bool:
    """Tell whether a line is of a program: there, Bengali stands in quotation marks or comments."""
    if len(line) > _CODE_CHARACTERS:
        return False
    statement = _COMMENT.sub("", line)
    if BENGALI_CHARACTER.search(_QUOTED.sub("", statement)):
        return False
    return bool(_CODE_SIGN.search(statement))
