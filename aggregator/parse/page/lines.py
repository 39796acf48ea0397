"""The kind of one line of a page's text, by its words and its shape alone.

Knows the words that Bengali sites print around their articles; dates and times are known in
``bengali``. Refuses to know where in the page a line stands: ``split`` decides what it is there.
"""

from __future__ import annotations

import re
from enum import Enum, auto

from aggregator.bengali import date_labels, date_lines
from aggregator.bengali.initials import is_initials
from aggregator.bengali.text import words


class Kind(Enum):
    """The kinds of lines."""

    TEXT = auto()
    """A paragraph, or a sentence that ends as one."""
    LINE = auto()
    """Words without an end: a headline, a subheading, a verse, an entry of a list, a name."""
    ITEM = auto()
    """A numbered or marked entry of a list, a question or an answer."""
    TIME = auto()
    """A time of day alone, as live reports have between their updates."""
    DATE = auto()
    """A date and nothing else, or anything that begins with a date's label: প্রকাশ: …"""
    BYLINE = auto()
    """Who wrote: a desk, initials, or a name with a label."""
    SOURCE = auto()
    """The agency or paper that the site has the story from: সূত্র: …"""
    CAPTION = auto()
    BOILERPLATE = auto()
    """Menus, adverts, buttons, prompts."""
    RELATED = auto()
    """A label over other stories' headlines, below which the text may go on: আরও পড়ুন."""
    RELATED_END = auto()
    """A label over other stories' headlines that stands only below a whole text: জনপ্রিয়."""
    OTHER_STORY = auto()
    """Another story's headline with such a label in the line: আরও পড়ুন: …"""
    END = auto()
    """A line below which nothing of the article follows: tags, comments, imprint, copyright."""


_SHORT_CHARACTERS = 60
_LONG_CHARACTERS = 100
# Without a danda a line is a paragraph from this length on: the longest headline of the samples has
# 96 characters, the shortest paragraph without any sign at its end 140.
_PARAGRAPH_CHARACTERS = 125
_CLOSING = "[\"'”’)\\]]*\\s*$"
_STATEMENT_END = re.compile(f"[।॥]{_CLOSING}")
_OTHER_END = re.compile(f"(?:[.|…]|\\.\\.\\.){_CLOSING}")
# Words that lead to a quotation by a comma, or a quotation alone that ends within: no headline has
# either form.
_SPEECH = re.compile("[^‘“\"']{12,}, ?[‘“\"'].+[’”\"']\\s*|[‘“].{4,}[।?!][’”]\\s*")
# A quotation that is closed at the end of a line, with a sentence within.
_QUOTED_SENTENCE = re.compile("[“‘\"'].*[।?!…]?[”’\"']\\s*$")

_MENU_WORDS = (
    "প্রচ্ছদ|হোম|হোমপেজ|মূলপাতা|জাতীয়|রাজনীতি|আন্তর্জাতিক|সারাদেশ|সারা দেশ|সারাবাংলা|বাংলাদেশ|দেশ|বিদেশ|বিশ্ব|রাজ্য|কলকাতা|"
    "রাজধানী|মহানগর|জেলা|খেলা|খেলাধুলা|ফুটবল|ক্রিকেট|বিনোদন|অর্থনীতি|বাণিজ্য|শিল্প-সাহিত্য|"
    "শিক্ষা|স্বাস্থ্য|প্রযুক্তি|বিজ্ঞান|বিজ্ঞান ও প্রযুক্তি|"
    "তথ্যপ্রযুক্তি|চাকরি|ক্যাম্পাস|মতামত|কলাম|সম্পাদকীয়|সাহিত্য|কবিতা|গল্প|প্রবন্ধ|গান|স্মৃতিকথা|রেসিপি|বাজারদর|লাইফস্টাইল|জীবনযাপন|"
    "ধর্ম|ইসলাম|ভিডিও|ছবি|ফটো গ্যালারি|অডিও|ই-পেপার|ইপেপার|আর্কাইভ|অন্যান্য|ফিচার|প্রবাস|অপরাধ|আইন-আদালত|আইন ও আদালত|"
    "মেনু|খুঁজুন|সার্চ|যোগাযোগ|আমাদের সম্পর্কে|গোপনীয়তার নীতি|বিজ্ঞাপনের মূল্যতালিকা|ব্রেকিং|সরাসরি|"
    "লাইভ|home|menu|search"
)
_MENU = re.compile(f"(?:{_MENU_WORDS})(?:\\s*[/|>»›•·,]\\s*.*)?")
_MENU_LINE = re.compile(
    f"(?:{_MENU_WORDS})(?:\\s*[/|>»›•·]\\s*(?:{_MENU_WORDS}|[^/|>»›•·।]{{1,30}}))*"
)
_BREADCRUMB = re.compile(f"(?:{_MENU_WORDS})\\s*[/>»›]\\s*.+")
_ADVERT = re.compile("(?:বিজ্ঞাপন|স্পন্সরড|স্পনসর্ড|advertisement|sponsored|ads?)\\s*[:।]?")
_BUTTON = re.compile(
    "(?:শেয়ার(?: করুন)?|ফেসবুক|টুইটার|এক্স|হোয়াটসঅ্যাপ|মেসেঞ্জার|লিংকডইন|টেলিগ্রাম|ইউটিউব|"
    "ইনস্টাগ্রাম|লিংক কপি(?: করুন)?|"
    "কপি লিংক|প্রিন্ট(?: করুন)?|ইমেইল|ই-মেইল|সেভ করুন|মন্তব্য|লাইক|অ[+-](?: অ[+-])?|facebook|"
    "twitter|whatsapp|messenger|"
    "linkedin|share(?: this)?|print|email|copy link|save|follow|আগের পাতা|পরের পাতা|হ্যাঁ|না)\\s*[:।]?"
)
_PROMPT = re.compile(
    "ক্লিক করুন|ফলো করুন|অনুসরণ করুন|লোড করুন|সাবস্ক্রাইব|নিবন্ধন করুন|ডাউনলোড করুন|চোখ রাখুন|গুগল নিউজ|google news|"
    "ইনবক্সে$|খবরটি শুনুন|পড়তে সময় লাগবে|হালনাগাদ হচ্ছে|অর্ডার কর|প্রচ্ছদে ফিরে|লেখা পাঠান|"
    "নিউজলেটার|newsletter|subscribe"
)
_RELATED = re.compile("(?:(?:আরও|আরো) (?:পড়ুন|পড়তে পারেন|দেখুন)|read (?:more|also))\\s*[:ঃ»।]?")
_RELATED_END = re.compile(
    "(?:(?:আরও|আরো) (?:খবর|সংবাদ|লেখা|মতামত|রেসিপি|সাক্ষাৎকার)"
    "|(?:সম্পর্কিত|সংশ্লিষ্ট|সর্বশেষ|জনপ্রিয়|আলোচিত|সেরা|প্রধান|শীর্ষ|নির্বাচিত)(?:\\s+(?:খবর|সংবাদ|লেখা|নিবন্ধ|বিষয়))?"
    "|সর্বাধিক (?:পঠিত|আলোচিত)|পাঠকপ্রিয়|এই মুহূর্তে|ট্রেন্ডিং"
    "|(?:এই|এ) (?:বিভাগের|বিষয়ে|সম্পর্কিত|বিষয়ের).{0,20}"
    "|.{2,30}(?:থেকে|র|ের) (?:আরও|আরো)(?: (?:পড়ুন|খবর|সংবাদ|লেখা))?|.{2,30} থেকে সব|"
    ".{2,30} বিভাগের সব খবর"
    "|related(?: (?:news|stories|posts))?|latest|popular)\\s*[:ঃ»।]?"
)
_OTHER_STORY = re.compile(
    "(?:আরও|আরো) (?:পড়ুন|দেখুন)\\s*[:ঃ|»›–—-]+\\s*\\S|(?:আরও|আরো) (?:পড়ুন|দেখুন)\\s*।?\\s*‘"
)
_END = re.compile(
    "(?:ট্যাগ|ট্যাগস|বিষয়|tags?|topics?)\\s*[:ঃ]|মন্তব্য করুন|পাঠকের মন্তব্য|মন্তব্য নেই|এখনো "
    "কোনো মন্তব্য|আপনার মতামত|"
    "আপনার ই-মেইল|মতামত দিন|সম্পাদক\\s*[:ঃ]|(?:প্রধান |ভারপ্রাপ্ত )?সম্পাদক ও প্রকাশক|"
    "প্রকাশক\\s*[:ঃ]|বার্তা ও বাণিজ্যিক|"
    "(?:স্বত্ব\\s*)?©|স্বত্ব\\s|সর্বস্বত্ব|copyright|all rights|আজকের জরিপ|মতামত লেখকের নিজস্ব|"
    "(?:ফোন|মোবাইল|ই-মেইল|ইমেইল|ই-মেইল পাঠান)\\s*[:ঃ]"
)
_AGE = re.compile("[০-৯0-9]+ (?:সেকেন্ড|মিনিট|ঘণ্টা|ঘন্টা|দিন|সপ্তাহ|মাস|বছর) আগে")
_NUMBERS = re.compile("[০-৯0-9 .,/-]+")
_ADDRESS = re.compile(r"\S*(?:@\S+\.\S+|https?://\S+|www\.\S+)\S*")
_RUN_TOGETHER = re.compile("[\u0980-\u09ff]{22,}")  # tags that lost what stood between them

_DESK = (
    "(?:প্রতিবেদক|প্রতিবেদন|ডেস্ক|রিপোর্টার|রিপোর্ট|"
    "সংবাদদাতা|প্রতিনিধি|ব্যুরো|করেসপন্ডেন্ট|অফিস|correspondent|desk|reporter)"
)
_BYLINE = re.compile(
    f"(?:[^।?!:,]{{0,30}}\\s)?{_DESK}(?:\\s*[,/(]\\s*[^।?!]{{1,25}})?\\s*[:॥|।)]?\\s*"
)
_SIGNED = re.compile(
    "(?:লেখক|লেখা|কথা|সুর|গ্রন্থনা|অনুবাদ|ভাষান্তর|সাক্ষাৎকার|প্রতিবেদক|প্রতিবেদন)\\s*[:ঃ]\\s*[^।?!]{2,80}"
    "|(?:সাক্ষাৎকার নিয়েছেন|রেসিপি দিয়েছেন|লিখেছেন|গ্রন্থনা করেছেন|অনুবাদ করেছেন)\\s+[^।?!]{2,50}"
)
_PREFIXED_NAME = re.compile("(?:মো:|মো\\.|ড\\.|ডা\\.|অধ্যাপক|প্রফেসর|সৈয়দ|শেখ) [^।?!]{2,50}")
_SOURCE = re.compile("(?:সূত্র|তথ্যসূত্র|খবর|source)\\s*[:ঃ]\\s*[^।]{2,80}।?")
_CAPTION = re.compile(
    "(?:.*\\s)?(?:ছবি|অলংকরণ|অলঙ্করণ|গ্রাফিক্স|কোলাজ|ইলাস্ট্রেশন|কার্টুন|photo)\\s*[:ঃ]\\s*[^।]{2,40}"
    "|.*(?:ফাইল|সংগৃহীত|প্রতীকী) (?:ছবি|ফটো)\\s*।?|.*[—–-]\\s*(?:নিজস্ব|ফাইল|প্রতীকী|সংগৃহীত) "
    "(?:চিত্র|ছবি)\\s*।?"
)
_PICTURE = re.compile("ছবি|চিত্র|ফটো|অলংকরণ|অলঙ্করণ|গ্রাফিক্স|কোলাজ|ইলাস্ট্রেশন|কার্টুন|photo")
_ITEM = re.compile(
    "(?:[০-৯0-9]{1,2}\\s*[.)।:]|[ক-হ]\\s*[.)]|[•●▪◦*–—-]|(?:প্রশ্ন|উত্তর|ধাপ|টিপস|q|a)\\s*[০-৯0-9]*\\s*[:ঃ.)])\\s*\\S"
)
# A name or a quantity and its figure: চট্টগ্রাম: ৫ মিনিট, ৬০–৭০ টাকা.
_FIGURE = re.compile(
    "[^:।?!‘’“”]{2,25}\\s*[:–—]\\s*(?:\\S+ )?[০-৯0-9][^।?!]{0,24}|"
    "[০-৯0-9][০-৯0-9,.–—-]*\\s*\\S{1,12}|[\\[(].{4,60}[\\])]"
)
_FIGURE_CHARACTERS = 48
_MOST_NAME_WORDS = 4
# Family names, and second parts of given names, that end most names in by-lines.
_FAMILY = frozenset(
    "আলম আলী আহমদ আহমেদ আহমাদ ইসলাম উদ্দিন উদ্দীন উল্লাহ কবির কবীর করিম কায়সার কুমার খাতুন "
    "খান খানম গাজী গুপ্ত ঘোষ চক্রবর্তী "
    "চট্টোপাধ্যায় চৌধুরী জামান ঠাকুর তালুকদার দত্ত দাশ দাস দাশগুপ্ত দেব দেবী দেবনাথ নাথ নন্দী "
    "নাসরিন পাল পালিত পারভীন পারভিন প্রামাণিক "
    "ফেরদৌসী ফেরদৌস বসু বসুনিয়া বড়ুয়া বন্দ্যোপাধ্যায় বাগচী বিশ্বাস বেগম ভট্টাচার্য ভূঁইয়া ভৌমিক "
    "মজুমদার মণ্ডল মন্ডল মল্লিক মাইতি মাহমুদ মিত্র "
    "মিয়া মুখোপাধ্যায় মুখার্জি মোল্লা মৃধা রহমান রহিম রশিদ রানা রায় রেজা লাহিড়ী শর্মা শারমিন "
    "শাহ শিকদার শেখ সরকার সাহা সিংহ সিকদার সুলতানা "
    "সেন সেনগুপ্ত সিদ্দিকী সোবহান হক হাওলাদার হাসান হাবিব হায়দার হালদার হোসাইন হোসেন আক্তার "
    "আখতার আজাদ আনাম লিপি মৌসুমী তাবাসসুম "
    "ইয়াসমিন জাহান ইকবাল চন্দ্র".split()
)


# The kinds that only a short line can be, in the order in which they are tried.
_SHORT_KINDS = (
    (_RELATED, Kind.RELATED),
    (_RELATED_END, Kind.RELATED_END),
    (_ADVERT, Kind.BOILERPLATE),
    (_BUTTON, Kind.BOILERPLATE),
    (_MENU, Kind.BOILERPLATE),
    (_AGE, Kind.BOILERPLATE),
    (_NUMBERS, Kind.BOILERPLATE),
    (_RUN_TOGETHER, Kind.BOILERPLATE),
)
# All of them in one pattern, each a named group: that costs little more than one of them.
_SHORT = re.compile(
    "|".join(f"(?P<k{index}>{pattern.pattern})" for index, (pattern, _) in enumerate(_SHORT_KINDS))
)


def kind_of(line: str) -> Kind:
    """Return the kind of a line, which has been stripped, is as displayed, and is not empty."""
    small = line.lower()  # the patterns have their words in small letters
    if kind := _framing(line, small):
        return kind
    if len(line) < _PARAGRAPH_CHARACTERS and _ITEM.match(small):
        return Kind.ITEM
    if len(line) <= _FIGURE_CHARACTERS and _FIGURE.fullmatch(line):
        return Kind.ITEM
    if is_sentence(line):
        return Kind.TEXT
    return Kind.LINE


def is_sentence(line: str) -> bool:
    """Tell whether a line ends as a sentence does, or has the length that only paragraphs have."""
    if len(line) >= _PARAGRAPH_CHARACTERS or _STATEMENT_END.search(line):
        return True
    if len(line) >= _SHORT_CHARACTERS and _OTHER_END.search(line):
        return True
    if _SPEECH.fullmatch(line):
        return True
    return len(line) >= _LONG_CHARACTERS and bool(_QUOTED_SENTENCE.search(line))


def has_statement_end(line: str) -> bool:
    """Tell whether a line ends with a danda, a vertical bar or a full stop, quotes aside."""
    return bool(_STATEMENT_END.search(line) or _OTHER_END.search(line))


def _framing(line: str, small: str) -> Kind | None:
    """Return the kind of a line that frames an article, or ``None`` where it may be of one.

    ``small`` is the line in small letters.
    """
    if _END.match(small):
        return Kind.END
    if _OTHER_STORY.match(line):
        return Kind.OTHER_STORY
    if len(line) >= 2 * _LONG_CHARACTERS:
        return None
    if len(line) < 2 * _SHORT_CHARACTERS and (_PROMPT.search(small) or _ADDRESS.fullmatch(small)):
        return Kind.BOILERPLATE
    if _PICTURE.search(small) and _CAPTION.fullmatch(small):
        return Kind.CAPTION
    if date_labels.begins_with_label(small):
        return Kind.DATE
    if _SOURCE.fullmatch(small):
        return Kind.SOURCE
    if date_lines.is_date_line(line):
        return Kind.DATE
    if len(line) >= _SHORT_CHARACTERS:
        is_path = _BREADCRUMB.fullmatch(small) or _MENU_LINE.fullmatch(small)
        return Kind.BOILERPLATE if is_path else None
    return _short_framing(line, small)


def _short_framing(line: str, small: str) -> Kind | None:
    if date_lines.is_time_line(line):
        return Kind.TIME
    if match := _SHORT.fullmatch(small):
        return _SHORT_KINDS[int(str(match.lastgroup)[1:])][1]
    return Kind.BYLINE if is_byline(line) else None


def credit_of(line: str) -> str:
    """Return the agency or paper that a line of kind ``SOURCE`` names: বাসস of সূত্র: বাসস।."""
    return re.split("[:ঃ]", line, maxsplit=1)[-1].strip(" ।")


def is_byline(line: str) -> bool:
    """Tell whether a line certainly says who wrote: a desk, a label, or initials."""
    if _BYLINE.fullmatch(line.lower()) or _SIGNED.fullmatch(line):
        return True
    return is_initials(line)


def is_name(line: str) -> bool:
    """Tell whether a line is a person's name with a title before it or a family name at its end."""
    if _PREFIXED_NAME.fullmatch(line) and len(line) < _SHORT_CHARACTERS:
        return True
    names = words(line)
    return 2 <= len(names) <= _MOST_NAME_WORDS and names[-1] in _FAMILY and may_be_name(line)


def may_be_name(line: str) -> bool:
    """Tell whether a line may be a person's name or a place: a few words and nothing else."""
    if _PREFIXED_NAME.fullmatch(line) and len(line) < _SHORT_CHARACTERS:
        return True
    return (
        1 <= len(words(line)) <= _MOST_NAME_WORDS
        and len(line) <= 30
        and not re.search("[০-৯0-9।?!:;‘’“”\"'|/]", line)
    )
