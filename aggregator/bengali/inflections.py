"""Words in all their forms: whether a text has a word that a person named, whatever its ending.

Bengali nouns take endings: what they are in a sentence (নির্বাচনে, নির্বাচনের), how many there are
(শিক্ষকদের, দোকানগুলো), which one it is (বাজেটটি), and stress (বাজেটই, বাজেটও). A word is looked for
with each ending that its last letter allows, in that order. What is joined on as a word of its own
(নির্বাচন + কালীন) makes another word. Works on keys (``text.key``). Refuses to know verbs: a word is
taken for a noun, and forms that are nearly always a verb's or another word's are no match.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from aggregator.bengali.text import key, words

# Letters that a word is counted by: consonants, with ৎ and ং, and vowels that stand for themselves.
_LETTER = re.compile("[\u0982\u0985-\u0994\u0995-\u09b9\u09ce]")
_BENGALI = "\u0980-\u09f1\u09fc\u09fe"
_OTHER = "A-Za-z0-9\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0370-\u0963"
# What may stand between the words of a phrase: আওয়ামী লীগ, আওয়ামী-লীগ, "জাতীয়" সংসদ.
_BETWEEN = "[ '\"()-]{1,4}"
_VOWEL_SIGNS = "\u09be\u09bf\u09c0\u09c1\u09c2\u09c3\u09c7\u09c8\u09cb\u09cc"
_VOWELS = "\u0985-\u0994"
_CANDRABINDU, _ANUSVARA, _KHANDA_TA = "\u0981", "\u0982", "\u09ce"
_CHANGED_LETTERS = {_KHANDA_TA: "ত", _ANUSVARA: "ঙ"}  # before an ending of a vowel
_AA, _O = "\u09be", "\u09cb"

_STRESS = ("ই", "ও")
_WHICH = "টি টা টুকু খানা খানি গুলো গুলি গুলা".split()
_CASE_OF_WHICH = ("", "র", "কে", "তে", "য়")
_MANY, _CASE_OF_MANY = ("সমূহ", "গণ", "বৃন্দ"), ("", "ের", "কে", "ে")
_COUNTED = (
    *("রা", "দের", "দেরকে"),
    *(many + case for many in _MANY for case in _CASE_OF_MANY),
    *(which + case for which in _WHICH for case in _CASE_OF_WHICH),
)
_AFTER_CONSONANT = ("ের", "ে", "কে", "এর", "েরা", "েদের", *_COUNTED)
_AFTER_VOWEL = ("র", "কে", "তে", "এর", *_COUNTED)
_AFTER_AA = ("য়",)  # খেলায়, আলোয়
_AFTER_WHOLE_VOWEL = ("য়ের", "য়ে", "য়েরা", "য়েদের")  # ভাইয়ের, মায়ের; but বাড়িয়ে is "increasing"
_OF_ONE_LETTER = ("য়ের", "কে", "য়েরা", "য়েদের")  # মায়ের; but মাটি is soil, চার is four, পায় a verb
_OF_CHANGED_LETTER = ("ের", "ে")  # বিদ্যুৎ, বিদ্যুতের; রং, রঙের
# নির্বাচনী, সরকারি: of so many letters a word with ী is the same in another part of speech. Of
# fewer it is mostly another word: মাসি is an aunt and মাস a month, দলি and দল, করি and কর.
_LETTERS_OF_ADJECTIVES = 4
_ADJECTIVE = ("ি", "ী")

# Forms that are nearly always something else: of a verb, or a word that only looks like the form.
_LOOK_ALIKES = frozenset(
    """
    করে বলে চলে ধরে পড়ে মরে নড়ে সরে ঝরে ভরে গড়ে লড়ে চড়ে বসে হাসে আসে থাকে খেলে মেলে জানে
    পরে ফলে মানে আটকে চমকে থমকে আমরা কামরা উলটা পালটা
    """.split()
)
_OTHER_WORDS = frozenset(key(other) + stress for other in _LOOK_ALIKES for stress in ("", *_STRESS))


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
    patterns = [re.escape(part) if is_exact else _pattern_of(part) for part in parts]
    return Phrase(text, _stem(parts[0]), re.compile(_BETWEEN.join(map(_whole, patterns))))


def first_of(phrases: Sequence[Phrase], keyed: str) -> str | None:
    """Return the first of the phrases that stands in a text, as written; the text is a key."""
    return next((one.text for one in phrases if _stands_in(one, keyed)), None)


def _stands_in(one: Phrase, keyed: str) -> bool:
    # A search for a word costs a tenth of one for a pattern.
    if one.beginning not in keyed:
        return False
    return one.pattern.search(keyed) is not None


def _whole(form: str) -> str:
    """Return the pattern of a form that is a whole word."""
    return f"(?<![{_BENGALI}{_OTHER}]){form}(?![{_BENGALI}{_OTHER}])"


def _stem(word: str) -> str:
    """Return what all forms of a word begin with."""
    return word[:-1] if word[-1] in (_KHANDA_TA, _ANUSVARA) else word


def _pattern_of(word: str) -> str:
    """Return the pattern of all forms of a word."""
    return f"(?:{'|'.join(map(re.escape, forms(word)))})"


def forms(word: str) -> tuple[str, ...]:
    """Return a word in all its forms, itself first, but for those that are another word's.

    The word is one word of a key, and so are its forms: some 200 at most.

    >>> forms("মা")[:4] == ("মা", "মায়ের", "মাকে", "মায়েরা")
    True
    >>> forms("bbc")
    ('bbc',)
    """
    if not re.fullmatch(f"[{_BENGALI}]+", word):
        return (word,)
    if len(_LETTER.findall(word)) < 2:  # as মা or চা, most of whose forms are other words
        inflected = [word + ending for ending in map(key, _OF_ONE_LETTER)]
        return (word, *inflected, *(form + stress for form in inflected for stress in _STRESS))
    inflected = [word, *(word + ending for ending in map(key, _endings_of(word)))]
    if word.endswith(tuple(_CHANGED_LETTERS)):
        changed = word[:-1] + _CHANGED_LETTERS[word[-1]]
        inflected += [changed + ending for ending in _OF_CHANGED_LETTER]
    stressed = (form + stress for stress in _STRESS for form in inflected)
    others = _OTHER_WORDS - {word + stress for stress in ("", *_STRESS)}
    return tuple(form for form in (*inflected, *stressed) if form not in others)


def _endings_of(word: str) -> tuple[str, ...]:
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
