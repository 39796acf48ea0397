"""Boilerplate that is told by its own words: labels, what programs append, leftovers of markup.

Knows the words that Bengali feeds print behind and between their texts. Refuses to know where in a
text a line stands, and what stands in other texts.
"""

from __future__ import annotations

import re

from aggregator.bengali.initials import is_initials

# The longest headline of the samples has 96 characters; two thirds more leave room.
HEADLINE_CHARACTERS = 160

# An arrow says that its words lead elsewhere, so up to four of them may stand before the verb.
_ARROW = "[→»›➜➔►▶]"
_STORY = "(?:খবর|সংবাদ|প্রতিবেদন|লেখা|নিবন্ধ)(?:টি)?"
_LABEL = re.compile(
    "(?:[\\[(]?(?:…|\\.{2,4})?[\\])]?\\s*)?"
    f"(?:বিস্তারিত(?: {_STORY})?(?: (?:পড়ুন|দেখুন|জানুন))?"
    "|(?:আরও|আরো) (?:পড়ুন|দেখুন|জানুন)"
    f"|(?:পুরো|সম্পূর্ণ|মূল) {_STORY}(?: (?:পড়ুন|দেখুন))?"
    "|read (?:more|full story|the full (?:story|article))|continue reading|view original"
    "|no description available"
    f"|(?:[^\\s।]+ ){{0,4}}(?:পড়ুন|দেখুন|জানুন|শুনুন|read more|continue reading)\\s*{_ARROW}"
    f")[\\s:.।…]*(?:{_ARROW}|>){{0,3}}[\\s.]*",
    re.IGNORECASE,
)
_RELATED = re.compile(
    "(?:(?:আরও|আরো) (?:পড়ুন|পড়তে পারেন|দেখুন)|read (?:more|also))\\s*[:ঃ»।|–-]*", re.IGNORECASE
)
_RELATED_HEADLINE = re.compile(
    "(?:(?:আরও|আরো) (?:পড়ুন|দেখুন)|read (?:more|also))\\s*[:ঃ|»›–—-]+\\s*(\\S.*)", re.IGNORECASE
)
_APPENDED = re.compile(
    "(?:the post\\s.{1,400}\\s)?(?:first )?appeared first on\\s.{1,100}"
    "|\\(?feed generated with .{1,40}\\)?",
    re.IGNORECASE,
)
# What sites count beside their texts, and how old they call them: another number at every poll.
_COUNT = "[০-৯0-9][০-৯0-9,.]*\\s*(?:হাজার|লাখ|k|m)?"
_COUNTED = (
    "(?:পঠিত|পড়া হয়েছে|দেখা হয়েছে|ভিউ|শেয়ার|মন্তব্য|লাইক|পাঠকসংখ্যা|পাঠক সংখ্যা|views?|reads?|hits?|shares?"
    "|comments?|likes?)"
)
_COUNTER = re.compile(
    "(?:(?:মোট|সর্বমোট|এ পর্যন্ত|total)\\s+)?"
    f"(?:{_COUNTED}\\s*[:ঃ-]?\\s*{_COUNT}\\s*(?:বার|জন|টি|times)?"
    f"|{_COUNT}\\s*(?:বার|জন|টি|times)?\\s*{_COUNTED})[।.]?"
    "|(?:(?:আপডেট|প্রকাশ|প্রকাশিত|হালনাগাদ|updated|published)\\s*[:ঃ]?\\s*)?(?:[০-৯0-9]+|এক)\\s*"
    "(?:সেকেন্ড|মিনিট|ঘণ্টা|ঘন্টা|দিন|seconds?|minutes?|mins?|hours?|days?)\\s*(?:আগে|পূর্বে|ago)[।.]?",
    re.IGNORECASE,
)
_COUNTER_CHARACTERS = 60
# What the parts that vary in the patterns above can have, and what stands around them.
_APPENDED_CHARACTERS = 600
_CDATA_START, _CDATA_END = "<![CDATA[", "]]>"
_SENTENCE_END = re.compile("[।?!॥…]['\"’”)\\]]*$")
_NO_HEADLINE = re.compile("(?:[।॥…]['\"’”)\\]]*|[.:ঃ\\]])\\s*$")
# Whatever stands in the middle of a text holds one of these; single searches are ten times faster
# than a pattern of all. Before them stands what they share or what few texts have: a search for one
# character takes a tenth of one for several, and so all take 7 µs for 1,700 characters and not 15.
_SIGNS = (
    ("[", ("<![CDATA[",)),
    ("]", ("]]>",)),
    ("d", ("ead more", "ead also")),
    ("D", ("EAD MORE",)),
    (":", ("হয়েছে: ", "শেয়ার: ")),
    ("ঠ", ("পঠিত",)),
    ("উ", ("ভিউ",)),
    ("খ", ("দেখুন",)),
    ("পড়", ("পড়ুন", "পড়তে পারেন")),
    (" আগে", ("মিনিট আগে", "ঘণ্টা আগে", "ঘন্টা আগে")),
)
_CREDIT = re.compile(
    "(?:সূত্র|তথ্যসূত্র|উৎস|লেখক|লেখা|অনুবাদ|ভাষান্তর|ছবি|সৌজন্যে|source|by|photo)\\s*(?:[:ঃ]|$)|লেখক|সাংবাদিক|সম্পাদক"
    "|অধ্যাপক|প্রতিবেদক|প্রতিনিধি|সংবাদদাতা|ডেস্ক|ব্যুরো|রিপোর্টার|করেসপন্ডেন্ট|correspondent|desk|reporter"
    "|^(?:বাসস|রয়টার্স|সিনহুয়া|আনাদোলু|আল জাজিরা|এএফপি|এপি|ইউএনবি|বিবিসি|সিএনএন|পিটিআই|এএনআই)\\s*[।.]?$",
    re.IGNORECASE,
)
# Single searches are five times faster than a pattern of all.
_ASKING = (
    *("পড়ুন", "দেখুন", "ক্লিক করুন", "ফলো করুন", "অনুসরণ করুন", "সাবস্ক্রাইব", "শেয়ার করুন"),
    *("চোখ রাখুন", "ডাউনলোড করুন", "যোগ দিন", "নিউজলেটার", "গুগল নিউজ"),
    *("google news", "subscribe", "follow us", "click here", "newsletter", "share this"),
)
# An entry of a list is shorter.
_PARAGRAPH_CHARACTERS = 60
# Agencies whose names are written as initials are: those are credits.
_AGENCIES = frozenset(
    "এএফপি এপি ইউএনবি বিবিসি সিএনএন পিটিআই এএনআই ইউপিআই এনডিটিভি বিএসএস টিবিএস আরটি ডিপিএ ইউএন "
    "AFP AP UNB BBC CNN PTI ANI UPI NDTV BSS TBS RT DPA DW UN".split()
)


def may_hold_boilerplate(text: str) -> bool:
    """Tell cheaply whether a label or a leftover may stand anywhere in a text."""
    last = text.rpartition("\n")[2]
    for shared, signs in _SIGNS:  # a generator costs three times as much as the searches
        if shared in text:
            for sign in signs:
                if sign in text:
                    return True
    return "বিস্তারিত" in last or "more" in last[-20:].lower()


def is_label(line: str) -> bool:
    """Tell whether a line only leads to the site.

    >>> is_label("বিস্তারিত পড়ুন →"), is_label("বিস্তারিত আসছে")
    (True, False)
    """
    return len(line) <= HEADLINE_CHARACTERS and bool(_LABEL.fullmatch(line))


def is_counter(line: str) -> bool:
    """Tell whether a line only says how often a text was read, or how old it is.

    >>> is_counter("পঠিত: ৩২১ বার"), is_counter("৫ মিনিট আগে"), is_counter("৩২১ বার পড়া বই")
    (True, True, False)
    """
    return len(line) <= _COUNTER_CHARACTERS and bool(_COUNTER.fullmatch(line))


def is_appended(line: str) -> bool:
    """Tell whether a program that made the feed wrote a line."""
    return len(line) <= _APPENDED_CHARACTERS and bool(_APPENDED.fullmatch(line))


def is_related_label(line: str) -> bool:
    """Tell whether other stories' headlines stand below a line: আরও পড়ুন."""
    return len(line) <= HEADLINE_CHARACTERS and bool(_RELATED.fullmatch(line))


def is_related_headline(line: str) -> bool:
    """Tell whether a line is such a label and another story's headline: আরও পড়ুন: …."""
    match = _RELATED_HEADLINE.fullmatch(line)
    return match is not None and len(match.group(1)) <= HEADLINE_CHARACTERS


def may_be_headline(line: str) -> bool:
    """Tell whether a line below a label can be another story's headline: it ends as none does."""
    return len(line) <= HEADLINE_CHARACTERS and not _NO_HEADLINE.search(line)


def ends_as_sentence(line: str) -> bool:
    """Tell whether a line ends with a sentence."""
    return bool(_SENTENCE_END.search(line))


def is_signature(line: str, line_before: str) -> bool:
    """Tell whether a line is reporters' initials below ``line_before``.

    Initials without a slash or a full stop are written as parties and exams are (বিএনপি, এসএসসি),
    so there the text before must be at its end: a sentence, a paragraph or a credit.
    """
    if not is_initials(line) or line.strip(" /.") in _AGENCIES:
        return False
    if "/" in line or "." in line.strip("."):
        return True
    is_paragraph = ends_as_sentence(line_before) or len(line_before) >= _PARAGRAPH_CHARACTERS
    return is_paragraph or is_credit(line_before)


def is_credit(line: str) -> bool:
    """Tell whether a line says who wrote or from whom the story is, which always stays."""
    return bool(_CREDIT.search(line))


def is_site_line(line: str) -> bool:
    """Tell whether a line asks its reader for something, as sites do."""
    small = line.lower()
    return any(request in small for request in _ASKING)


def leftovers(line: str) -> tuple[str, str]:
    """Return what is left of a CDATA section at the beginning and at the end of a line."""
    start = _CDATA_START if line.startswith(_CDATA_START) else ""
    return start, _CDATA_END if line.endswith(_CDATA_END) else ""


def without_leftovers(line: str) -> str:
    """Return a line without what is left of a CDATA section around it."""
    return line.removesuffix(_CDATA_END).rstrip().removeprefix(_CDATA_START).lstrip()
