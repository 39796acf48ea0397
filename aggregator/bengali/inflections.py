"""Words in all their forms: whether a text has a word that a person named, whatever its ending.

Bengali nouns take endings: what they are in a sentence (নির্বাচনে, নির্বাচনের), how many there are
(শিক্ষকদের, দোকানগুলো), which one it is (বাজেটটি), that they are among others (নারীসহ), and stress
(বাজেটই, বাজেটও). A word is looked for with each ending that its last letter allows, in that order.
What is joined on as a word of its own (নির্বাচন + কালীন) makes another word. Works on keys
(``text.key``). Refuses to know verbs: a word is taken for a noun, and forms that are nearly always
a verb's or another word's are no match.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from aggregator.bengali.text import key, words

# Letters that a word is counted by: consonants, with ৎ and ং, and vowels that stand for themselves.
_LETTER = re.compile("[\u0982\u0985-\u0994\u0995-\u09b9\u09ce]")
_BENGALI = "\u0980-\u09f1\u09fc\u09fe"
_OTHER = "A-Za-z0-9\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0370-\u0963"
# What may stand between the words of a phrase: আওয়ামী লীগ, আওয়ামী-লীগ, "জাতীয়" সংসদ.
_BETWEEN = "[ '\"()-]{1,4}"
_SEPARATOR = re.compile("[ '\"()-]*")
_VOWEL_SIGNS = "\u09be\u09bf\u09c0\u09c1\u09c2\u09c3\u09c7\u09c8\u09cb\u09cc"
_VOWELS = "\u0985-\u0994"
_CANDRABINDU, _ANUSVARA, _KHANDA_TA = "\u0981", "\u0982", "\u09ce"
_AA, _O = "\u09be", "\u09cb"

_STRESS = ("ই", "ও")
# "With", written on: of 2,648 real headlines 18 have a noun with it (হাসিনাসহ, শিশুসহ).
_AMONG = ("সহ",)
# A row is of endings, and of what may follow any of them.
_Endings = tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
_COUNTED: _Endings = (
    (("রা", "দের", "দেরকে"), ()),
    (("সমূহ", "গণ", "বৃন্দ"), ("ের", "কে", "ে")),
    (("টি", "টা", "টুকু", "খানা", "খানি", "গুলো", "গুলি", "গুলা"), ("র", "কে", "তে", "য়")),
)
_AFTER_CONSONANT: _Endings = ((("ের", "ে", "কে", "এর", "েরা", "েদের"), ()), *_COUNTED)
_AFTER_VOWEL: _Endings = ((("র", "কে", "তে", "এর"), ()), *_COUNTED)
_AFTER_AA: _Endings = ((("য়",), ()),)  # খেলায়, আলোয়
# ভাইয়ের, মায়ের; but বাড়িয়ে is "increasing".
_AFTER_WHOLE_VOWEL: _Endings = ((("য়ের", "য়ে", "য়েরা", "য়েদের"), ()),)
# মায়ের; but মাটি is soil, চার is four, পায় a verb.
_OF_ONE_LETTER: _Endings = ((("য়ের", "কে", "য়েরা", "য়েদের"), ()),)
_OF_CHANGED_LETTER: _Endings = ((("ের", "ে"), ()),)
_CHANGED_LETTERS = {_KHANDA_TA: "ত", _ANUSVARA: "ঙ"}  # বিদ্যুৎ, বিদ্যুতের; রং, রঙের
# নির্বাচনী, সরকারি: from this many letters on, ী makes another part of speech of a word. Of
# fewer it is mostly another word: মাসি is an aunt and মাস a month, দলি and দল, করি and কর.
_LETTERS_OF_ADJECTIVES = 4
_ADJECTIVE: _Endings = ((("ি", "ী"), ()),)

# Forms that are nearly always something else: of a verb, or a word that only looks like the form.
_LOOK_ALIKES = frozenset(
    """
    করে বলে চলে ধরে পড়ে মরে নড়ে সরে ঝরে ভরে গড়ে লড়ে চড়ে বসে হাসে আসে থাকে খেলে মেলে জানে
    পরে ফলে মানে আটকে চমকে থমকে আমরা কামরা উলটা পালটা
    """.split()
)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A word, or words that follow each other, as a pattern of a key; ``text`` is as written."""

    text: str
    beginning: str
    pattern: re.Pattern[str]


def phrase(text: str) -> Phrase:
    r"""Build the phrase of what a person named; in quotes it is taken to the letter.

    ValueError where it has no word.

    >>> bool(first_of([phrase("নির্বাচন")], key("নির্বাচনী হাওয়া")))
    True
    >>> bool(first_of([phrase('"নির্বাচন"')], key("নির্বাচনী হাওয়া")))
    False
    """
    written = key(text)
    is_exact = len(written) > 1 and written[0] == written[-1] == '"'
    parts = words(written)
    if not parts:
        raise ValueError("has no word")
    pattern, end = "", 0
    for part in parts:
        start = written.index(part, end)
        pattern += _between(written[end:start]) if pattern else ""
        pattern += re.escape(part) if is_exact else _forms_of(part, is_alone=len(parts) == 1)
        end = start + len(part)
    return Phrase(text, _stem(parts[0]), re.compile(_whole(pattern)))


def first_of(phrases: Sequence[Phrase], keyed: str) -> str | None:
    """Return the first of the phrases that stands in a text, as written; the text is a key."""
    return next((one.text for one in phrases if _stands_in(one, keyed)), None)


def _stands_in(one: Phrase, keyed: str) -> bool:
    # A search for a word costs a tenth of one for a pattern.
    if one.beginning not in keyed:
        return False
    return one.pattern.search(keyed) is not None


def _between(signs: str) -> str:
    """Return the pattern of what stands between two words of a phrase that has signs there.

    Signs that are more than a separator stand in the text, too, maybe with spaces around them (ড.
    ইউনূস, আ.লীগ); the words may be separated all the same. Where there is none, as in ৫জি, two
    scripts meet, which are words of their own to ``words``.
    """
    written = re.escape(signs.strip(" "))
    if _SEPARATOR.fullmatch(signs):
        return _BETWEEN if signs else f"(?:{_BETWEEN})?"
    return f"(?: ?{written} ?|{_BETWEEN})"


def _whole(form: str) -> str:
    """Return the pattern of forms that begin and end as whole words."""
    return f"(?<![{_BENGALI}{_OTHER}]){form}(?![{_BENGALI}{_OTHER}])"


def _stem(word: str) -> str:
    """Return what all forms of a word begin with."""
    return word[:-1] if word[-1] in (_KHANDA_TA, _ANUSVARA) else word


def forms(word: str) -> tuple[str, ...]:
    """Return a word in all its forms, itself first, but for those that are another word's.

    The word is one word of a key, and so are its forms: some 400 at most, nearly all of which no
    text has. They are those that ``phrase`` takes for the word where it stands alone.

    >>> forms("মা")[:4] == ("মা", "মায়ের", "মাকে", "মায়েরা")
    True
    >>> forms("bbc")
    ('bbc',)
    """
    if not re.fullmatch(f"[{_BENGALI}]+", word):
        return (word,)
    if _is_short(word):
        inflected = [word + ending for ending in _spelt(_OF_ONE_LETTER)]
        return (word, *inflected, *(form + stress for form in inflected for stress in _STRESS))
    inflected = [word, *(word + ending for ending in _spelt(_endings_of(word)))]
    inflected += [form + among for form in inflected for among in _AMONG]
    if changed := _CHANGED_LETTERS.get(word[-1]):
        inflected += [word[:-1] + changed + ending for ending in _spelt(_OF_CHANGED_LETTER)]
    others = {each + stress for each in _others(word) for stress in ("", *_STRESS)}
    stressed = [form + stress for stress in _STRESS for form in inflected]
    return tuple(form for form in (*inflected, *stressed) if form not in others)


def _forms_of(word: str, *, is_alone: bool) -> str:
    """Return the pattern of all forms of a word, but those that are another word's.

    Within a phrase a word of one letter has all its forms, too: জেন-জির is no other word's.
    """
    stem, stress = re.escape(word), _maybe(_STRESS)
    if not re.fullmatch(f"[{_BENGALI}]+", word):
        return stem
    if is_alone and _is_short(word):
        return f"{stem}(?:(?:{_pattern_of(_OF_ONE_LETTER)}){stress})?"
    form = f"{stem}(?:{_pattern_of(_endings_of(word))})?{_maybe(_AMONG)}{stress}"
    if changed := _CHANGED_LETTERS.get(word[-1]):
        other_stem = re.escape(word[:-1]) + changed
        form = f"(?:{form}|{other_stem}(?:{_pattern_of(_OF_CHANGED_LETTER)}){stress})"
    # It can meet no others, and with all of them 1,000 words take 1.1 s to make in place of 0.8.
    others = _others(word)
    is_other = f"(?!(?:{'|'.join(others)}){stress}(?![{_BENGALI}]))" if others else ""
    return f"{is_other}{form}"


def _others(word: str) -> list[str]:
    """Return the other words that look like a form of a word."""
    return [each for each in _look_alikes() if each.startswith(_stem(word)) and each != word]


@cache
def _look_alikes() -> list[str]:
    return sorted(map(key, _LOOK_ALIKES))


def _is_short(word: str) -> bool:
    """Tell whether most forms of a word are other words, as of মা or চা."""
    return len(_LETTER.findall(word)) < 2


def _spelt(endings: _Endings) -> list[str]:
    """Return every ending of a table."""
    return [one + after for some, then in endings for one in some for after in ("", *then)]


def _pattern_of(endings: _Endings) -> str:
    """Return the pattern of every ending of a table."""
    return "|".join(f"(?:{'|'.join(some)}){_maybe(then)}" for some, then in endings)


def _maybe(endings: Sequence[str]) -> str:
    """Return the pattern of an ending that may be there or not."""
    return f"(?:{'|'.join(endings)})?" if endings else ""


def _endings_of(word: str) -> _Endings:
    """Return the endings that the last letter of a word allows."""
    last = word[-2:-1] if word.endswith(_CANDRABINDU) else word[-1]
    if re.match(f"[{_VOWELS}]", last):
        return (*_AFTER_VOWEL, *_AFTER_WHOLE_VOWEL)
    if last in (_AA, _O):
        return (*_AFTER_VOWEL, *_AFTER_AA)
    if last in _VOWEL_SIGNS:
        return _AFTER_VOWEL
    if last == _ANUSVARA:
        return (*_AFTER_CONSONANT, *_AFTER_WHOLE_VOWEL)
    is_long = len(_LETTER.findall(word)) >= _LETTERS_OF_ADJECTIVES
    return (*_AFTER_CONSONANT, *_ADJECTIVE) if is_long else _AFTER_CONSONANT
