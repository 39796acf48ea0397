"""The papers of the town: their names, the form of their feed, and the one thing that is odd.

Knows every fault of real feeds that the town plays. Refuses to know how a fault looks on the wire
(``answers``, ``articles``).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, auto


class Form(StrEnum):
    """What a paper publishes its entries in."""

    RSS = auto()
    ATOM = auto()
    RDF = auto()
    JSON = auto()
    DUMP = auto()


class Oddity(StrEnum):
    """The one thing that a paper does otherwise than it should, or none."""

    NONE = auto()
    # Of its entries.
    UNDATED = auto()
    REDATED = auto()
    OTHER_GUIDS = auto()
    OTHER_LINKS = auto()
    COPIES = auto()
    MOJIBAKE = auto()
    BIJOY = auto()
    MIXED_UNICODE = auto()
    COUNTERS = auto()
    TAILS = auto()
    ENTITIES = auto()
    # Of how it answers: what it tells arrives all the same.
    WRONG_CHARSET = auto()
    WRONG_ENCODING = auto()
    MOVED = auto()
    DETOUR = auto()
    FLOOD = auto()
    # Of how it answers at times.
    ERRORS = auto()
    BUSY_429 = auto()
    BUSY_503 = auto()
    CUT_SHORT = auto()
    # Nothing of it ever arrives.
    FORBIDDEN = auto()
    MISSING = auto()
    GONE = auto()
    CHALLENGE = auto()
    LOOP = auto()
    GARBAGE = auto()
    DRIP = auto()
    ENDLESS = auto()
    SILENT = auto()

    @property
    def is_hopeless(self) -> bool:
        """Tell whether nothing that such a paper tells can be read, ever."""
        return self in _HOPELESS

    @property
    def fails_at_times(self) -> bool:
        """Tell whether such a paper fails now and then, and is read in between."""
        return self in _AT_TIMES


_AT_TIMES = frozenset({Oddity.ERRORS, Oddity.BUSY_429, Oddity.BUSY_503, Oddity.CUT_SHORT})
_HOPELESS = frozenset(
    {
        Oddity.FORBIDDEN,
        Oddity.MISSING,
        Oddity.GONE,
        Oddity.CHALLENGE,
        Oddity.LOOP,
        Oddity.GARBAGE,
        Oddity.DRIP,
        Oddity.ENDLESS,
        Oddity.SILENT,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One paper: ``number`` is its place in the town, ``name`` its name in a configuration."""

    number: int
    name: str
    title: str
    form: Form
    oddity: Oddity

    @property
    def tells(self) -> bool:
        """Tell whether what the paper tells reaches anybody."""
        return not self.oddity.is_hopeless


_ROWS = (
    ("mohafez", "মহাফেজ পাতা", Form.DUMP, Oddity.NONE),
    ("padma", "দৈনিক পদ্মাপাড়", Form.RSS, Oddity.NONE),
    ("meghna", "মেঘনা বার্তা", Form.ATOM, Oddity.NONE),
    ("jamuna", "যমুনা কণ্ঠ", Form.RDF, Oddity.NONE),
    ("surma", "সুরমার ডাক", Form.JSON, Oddity.NONE),
    ("tista", "তিস্তা দর্পণ", Form.RSS, Oddity.UNDATED),
    ("karnaphuli", "কর্ণফুলী সমাচার", Form.RSS, Oddity.REDATED),
    ("rupsha", "রূপসা প্রতিদিন", Form.RSS, Oddity.OTHER_GUIDS),
    ("dhaleshwari", "ধলেশ্বরী টাইমস", Form.RSS, Oddity.OTHER_LINKS),
    ("buriganga", "বুড়িগঙ্গা নিউজ", Form.RSS, Oddity.COPIES),
    ("gomati", "গোমতীর খবর", Form.RSS, Oddity.MOJIBAKE),
    ("kapotaksha", "কপোতাক্ষ পত্রিকা", Form.RSS, Oddity.BIJOY),
    ("ichamati", "ইছামতী সংবাদ", Form.ATOM, Oddity.MIXED_UNICODE),
    ("korotoa", "করতোয়া জনপদ", Form.RSS, Oddity.COUNTERS),
    ("atrai", "আত্রাই আলো", Form.JSON, Oddity.TAILS),
    ("madhumati", "মধুমতী মুখপত্র", Form.RSS, Oddity.ENTITIES),
    ("halda", "হালদা সংলাপ", Form.RSS, Oddity.WRONG_CHARSET),
    ("sangu", "সাঙ্গু সকাল", Form.ATOM, Oddity.WRONG_ENCODING),
    ("mahananda", "মহানন্দা বিচিত্রা", Form.RSS, Oddity.MOVED),
    ("nabaganga", "নবগঙ্গা দিগন্ত", Form.RSS, Oddity.DETOUR),
    ("gorai", "গড়াই ভান্ডার", Form.RSS, Oddity.FLOOD),
    ("feni", "ফেনী প্রভাত", Form.RSS, Oddity.ERRORS),
    ("naf", "নাফ উপকূল", Form.RSS, Oddity.BUSY_429),
    ("bhairab", "ভৈরব বাংলা", Form.ATOM, Oddity.BUSY_503),
    ("chitra", "চিত্রা চিত্র", Form.RDF, Oddity.CUT_SHORT),
    ("kumar", "কুমার নদের কাগজ", Form.RSS, Oddity.FORBIDDEN),
    ("punarbhaba", "পুনর্ভবা পরিক্রমা", Form.RSS, Oddity.MISSING),
    ("turag", "তুরাগ তরঙ্গ", Form.RSS, Oddity.GONE),
    ("bangshi", "বংশী বচন", Form.RSS, Oddity.CHALLENGE),
    ("dharla", "ধরলা ধারা", Form.RSS, Oddity.LOOP),
    ("kangsha", "কংস কথন", Form.RSS, Oddity.GARBAGE),
    ("titas", "তিতাস তথ্য", Form.RSS, Oddity.DRIP),
    ("lohit", "লৌহিত্য লিপি", Form.RSS, Oddity.ENDLESS),
    ("payra", "পায়রা প্রসঙ্গ", Form.RSS, Oddity.SILENT),
)
PAPERS = len(_ROWS)


def papers(count: int = PAPERS) -> tuple[Paper, ...]:
    """Return the town's first papers; beyond ``PAPERS`` each is there again, as another paper."""
    built = []
    for number in range(count):
        name, title, form, oddity = _ROWS[number % PAPERS]
        edition = number // PAPERS + 1
        if edition > 1:
            name, title = f"{name}-{edition}", f"{title} {'০১২৩৪৫৬৭৮৯'[edition % 10]}"
        built.append(Paper(number=number, name=name, title=title, form=form, oddity=oddity))
    return tuple(built)
