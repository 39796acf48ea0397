"""The words of the status, in Bengali and English: conditions, faults and what to do, reasons.

Each table has all values of its enum; a test holds that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from aggregator.bengali.digits import in_bengali
from aggregator.models import (
    DueWhy,
    FaultKind,
    IntervalHow,
    NoticeKind,
    Pulse,
    SourceCondition,
)
from aggregator.sizes import in_largest_unit, size_text

LANGUAGES: Final = ("bn", "en")


@dataclass(frozen=True, slots=True)
class Words:
    """A text in both languages."""

    bn: str
    en: str

    def in_(self, language: str) -> str:
        """Return the text in one of ``LANGUAGES``."""
        return self.bn if language == "bn" else self.en


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a source, and what an operator can do about it."""

    wrong: Words
    to_do: Words


FAULTS: Mapping[FaultKind, Fault] = {
    FaultKind.NAME: Fault(
        Words("সাইটের নাম খুঁজে পাওয়া যাচ্ছে না", "the site's name is not known"),
        Words(
            "ঠিকানার বানান দেখুন; অন্য সাইটও না মিললে এই যন্ত্রের ডিএনএস দেখুন",
            "check the spelling of its address; if others fail too, this machine's name server",
        ),
    ),
    FaultKind.PRIVATE: Fault(
        Words("ঠিকানাটি ব্যক্তিগত নেটওয়ার্কের", "its address is on a private network"),
        Words(
            "নিজের সার্ভার হলে উৎসে allow_private = true লিখুন",
            "if the server is yours, write allow_private = true for this source",
        ),
    ),
    FaultKind.REFUSED: Fault(
        Words("সার্ভার সংযোগ নিচ্ছে না", "the server takes no connection"),
        Words(
            "ঠিকানা ও পোর্ট দেখুন; সার্ভার বন্ধ থাকলে অপেক্ষা করুন",
            "check address and port; if the server is down, wait",
        ),
    ),
    FaultKind.UNREACHABLE: Fault(
        Words("নেটওয়ার্কে পৌঁছানো যাচ্ছে না", "no network leads to it"),
        Words("এই যন্ত্রের ইন্টারনেট সংযোগ দেখুন", "check this machine's network"),
    ),
    FaultKind.SLOW: Fault(
        Words("সময়মতো উত্তর আসেনি", "it did not answer in time"),
        Words(
            "অপেক্ষা করুন; বারবার হলে উৎসের timeout বাড়ান",
            "wait; if it stays so, raise timeout for this source",
        ),
    ),
    FaultKind.CERTIFICATE: Fault(
        Words("নিরাপত্তা সনদ ঠিক নেই", "its certificate is not valid"),
        Words(
            "ব্রাউজারে খুলে দেখুন; সাইটকে জানান, আর এই যন্ত্রের ঘড়ি দেখুন",
            "open it in a browser; tell the site, and check this machine's clock",
        ),
    ),
    FaultKind.BROKEN_OFF: Fault(
        Words("উত্তর মাঝপথে থেমে গেছে", "the answer broke off"),
        Words("অপেক্ষা করুন; সাধারণত নিজেই সেরে যায়", "wait; this mostly ends by itself"),
    ),
    FaultKind.FORBIDDEN: Fault(
        Words("সার্ভার ঢুকতে দিচ্ছে না", "the server does not let us in"),
        Words(
            "উৎসের auth বা headers দেখুন, কিংবা সাইটের কাছে অনুমতি চান",
            "check auth or headers of this source, or ask the site to let it in",
        ),
    ),
    FaultKind.MISSING: Fault(
        Words("এই ঠিকানায় কিছু নেই", "there is nothing at this address"),
        Words(
            "সাইটে ফিডের নতুন ঠিকানা খুঁজুন, বা discover = true দিয়ে দেখুন",
            "look on the site for the feed's new address, or try discover = true",
        ),
    ),
    FaultKind.GONE: Fault(
        Words("ফিডটি চিরতরে সরিয়ে নেওয়া হয়েছে", "the feed was taken away for good"),
        Words("উৎসটি config.toml থেকে বাদ দিন", "take the source out of config.toml"),
    ),
    FaultKind.TOO_OFTEN: Fault(
        Words("সার্ভার বলছে খুব ঘন ঘন চাওয়া হচ্ছে", "the server says it is asked too often"),
        Words(
            "কিছু করার নেই, ততক্ষণ চাওয়া হবে না; বারবার হলে every বাড়ান",
            "nothing, it is left alone meanwhile; if it stays so, raise every",
        ),
    ),
    FaultKind.SERVER: Fault(
        Words("সার্ভারে নিজেরই গোলমাল", "the server is in trouble itself"),
        Words("অপেক্ষা করুন; দিন পেরোলে সাইটকে জানান", "wait; after a day, tell the site"),
    ),
    FaultKind.REDIRECTS: Fault(
        Words("ঠিকানা বদলে কোথাও পৌঁছায় না", "its redirects lead nowhere"),
        Words(
            "ব্রাউজারে খুলে শেষ ঠিকানাটি feed-এ লিখুন",
            "open it in a browser, and write the last address as feed",
        ),
    ),
    FaultKind.TOO_LARGE: Fault(
        Words("উত্তরটি অতি বড়", "the answer is too large"),
        Words("উৎসের max_bytes বাড়ান", "raise max_bytes for this source"),
    ),
    FaultKind.ENCODING: Fault(
        Words("উত্তর এমনভাবে মোড়ানো যে খোলা যায় না", "the answer is encoded so that nobody reads it"),
        Words("সাইটকে জানান; সার্ভারের সংকোচন ভুল", "tell the site that it compresses wrongly"),
    ),
    FaultKind.ANSWER: Fault(
        Words("সার্ভারের উত্তর কোনো ফিড নয়", "the server's answer is no document"),
        Words("ব্রাউজারে ঠিকানাটি খুলে দেখুন", "open the address in a browser"),
    ),
    FaultKind.ROBOTS: Fault(
        Words("সাইট প্রোগ্রামকে এই পাতা নিতে মানা করেছে", "the site asks programs to stay away"),
        Words(
            "পাতার বদলে ফিডের নিজের ঠিকানা দিন, বা সাইটের অনুমতি নিন",
            "name the feed's own address in place of the page, or ask the site",
        ),
    ),
    FaultKind.RESTING: Fault(
        Words("সার্ভার কিছুক্ষণ না চাইতে বলেছে", "its host asked to be left alone"),
        Words("কিছু করার নেই; সময় হলে নিজেই চাইবে", "nothing; it is asked when that is over"),
    ),
    FaultKind.NO_FEED: Fault(
        Words("যা এসেছে তা ফিড নয়", "what came is no feed that can be read"),
        Words(
            "ব্রাউজারে খুলে দেখুন; ফিডের ঠিকানা দিন, বা discover = true লিখুন; page হলে select নতুন করে লিখুন",
            "open it in a browser; name the feed's address, or write discover = true; of a page, "
            "write select anew",
        ),
    ),
    FaultKind.FILE: Fault(
        Words("ফাইল বা ফোল্ডার পড়া যাচ্ছে না", "a file or folder cannot be read"),
        Words(
            "ফাইলটি ঠিক করুন বা সরিয়ে নিন; পথ ও অনুমতি দেখুন",
            "mend the file or take it away; check its path and permissions",
        ),
    ),
    FaultKind.STORE: Fault(
        Words("ভাণ্ডারের একটি অংশ নষ্ট", "what is stored of it is damaged"),
        Words("ভাণ্ডারের অনুলিপি ফিরিয়ে আনুন", "put a backup of the store in its place"),
    ),
    FaultKind.OTHER: Fault(
        Words("আনা যায়নি", "it cannot be fetched"),
        Words("লগ দেখুন", "see the log"),
    ),
}

CONDITIONS: Mapping[SourceCondition, Words] = {
    SourceCondition.FAILING: Words("ব্যর্থ", "failing"),
    SourceCondition.HELD_BACK: Words("আটকানো", "held back"),
    SourceCondition.RESTING: Words("বিরতিতে", "resting"),
    SourceCondition.SILENT: Words("নীরব", "silent"),
    SourceCondition.NEW: Words("এখনো চাওয়া হয়নি", "not asked yet"),
    SourceCondition.EMPTY: Words("ফাঁকা", "empty"),
    SourceCondition.MOVED: Words("ঠিকানা বদলেছে", "moved"),
    SourceCondition.FINE: Words("ঠিক আছে", "fine"),
}
# What to do about a condition that is no fault; empty for nothing.
ADVICE: Mapping[SourceCondition, Words] = {
    SourceCondition.FAILING: Words("", ""),
    SourceCondition.HELD_BACK: Words(
        "ঠিক মনে হলে aggregator release {name} চালান",
        "if it looks right, run aggregator release {name}",
    ),
    SourceCondition.RESTING: Words("", ""),
    SourceCondition.SILENT: Words(
        "সাইটে নতুন খবর আছে কি না দেখুন; থাকলে ফিডের ঠিকানা বদলেছে",
        "see whether the site has news; if so, its feed has moved",
    ),
    SourceCondition.NEW: Words("", ""),
    SourceCondition.EMPTY: Words(
        "ফিডটি ব্রাউজারে খুলে দেখুন তাতে লেখা আছে কি না; থাকলে লগে দেখুন কেন বাতিল",
        "see in a browser whether its feed has any entries; if so, the log says why they are "
        "rejected",
    ),
    SourceCondition.MOVED: Words("", ""),  # ``MOVED`` is said beside every condition
    SourceCondition.FINE: Words("", ""),
}
MOVED = Words(
    "ঠিকানা চিরতরে বদলেছে; config.toml-এ লিখুন: {line}",
    "it has moved for good; write in config.toml: {line}",
)
WHYS: Mapping[DueWhy, Words] = {
    DueWhy.INTERVAL: Words("বিরতি অনুযায়ী", "by its interval"),
    DueWhy.SHORTEST: Words("সবচেয়ে ছোট বিরতি", "the shortest interval"),
    DueWhy.LONGEST: Words("সবচেয়ে বড় বিরতি", "the longest interval"),
    DueWhy.CAUGHT_UP: Words("আগেরবার বাদ পড়েছিল", "one was missed"),
    DueWhy.FEED: Words("ফিড নিজে বলেছে", "the feed says so"),
    DueWhy.FRESH: Words("উত্তর ততক্ষণ টাটকা", "the answer is current until then"),
    DueWhy.SKIPPED: Words("ফিড এই সময়ে মানা করেছে", "the feed names hours not to ask"),
    DueWhy.FAILED: Words("ব্যর্থতার পরে দেরিতে", "later after failures"),
    DueWhy.RETRY_AFTER: Words("সার্ভার ততক্ষণ না চাইতে বলেছে", "the server asked for a rest"),
    DueWhy.GONE: Words("ফিড আর নেই (410)", "the feed is gone (410)"),
}
HOWS: Mapping[IntervalHow, Words] = {
    IntervalHow.EVERY: Words("ঠিক করে দেওয়া", "configured"),
    IntervalHow.CRON: Words("সময় ঠিক করে দেওয়া", "configured times"),
    IntervalHow.RHYTHM: Words("উৎসের ছন্দে", "by its rhythm"),
    IntervalHow.UNKNOWN: Words("ছন্দ এখনো অজানা", "its rhythm is not known yet"),
}
PULSES: Mapping[Pulse, Words] = {
    Pulse.TICKS: Words("চলছে", "running"),
    Pulse.NONE: Words("চলছে না", "not running"),
    Pulse.DEAD: Words("মরে গেছে", "dead"),
    Pulse.HANGS: Words("আটকে আছে", "hanging"),
}
NOTICES: Mapping[NoticeKind, Words] = {
    NoticeKind.FAILING: Words("{title} ব্যর্থ হচ্ছে", "{title} fails"),
    NoticeKind.SILENT: Words("{title} নীরব হয়ে গেছে", "{title} has fallen silent"),
    NoticeKind.SOURCE_HELD_BACK: Words(
        "{title}: একসঙ্গে অনেক বদল, তাই আটকানো", "{title}: a mass change is held back"
    ),
    NoticeKind.FEED_HELD_BACK: Words("ফিড {title} আটকানো", "the feed {title} is held back"),
    NoticeKind.STORE: Words("ভাণ্ডারে গোলমাল", "the store or its folder is damaged"),
    NoticeKind.DISK: Words("ডিস্কে জায়গা কম", "the disk has little room left"),
}
OVER = Words("সেরে গেছে: {title}", "over: {title}")

_UNITS = {"d": "দিন", "h": "ঘণ্টা", "min": "মিনিট", "s": "সেকেন্ড"}


def number(value: float | str, language: str) -> str:
    """Return a number, or a text with numbers, in the digits of a language.

    >>> number(1234, "bn"), number(1234, "en")
    ('১,২৩৪', '1,234')
    """
    text = value if isinstance(value, str) else f"{value:,}"
    return in_bengali(text) if language == "bn" else text


def duration(seconds: float, language: str) -> str:
    """Return about how long a time is, in its largest unit.

    >>> duration(7_300, "en"), duration(90, "bn")
    ('2 h', '১ মিনিট')
    """
    count, unit = in_largest_unit(seconds)
    return f"{number(count, language)} {Words(_UNITS[unit], unit).in_(language)}"


def size(count: int, language: str) -> str:
    """Return about how many bytes there are.

    >>> size(12_345_678, "en"), size(1_512, "bn")
    ('12 MB', '১.৫ KB')
    """
    return number(size_text(count), language)


def percent(part: float, whole: float, language: str) -> str:
    """Return a share in percent, a dash of nothing.

    >>> percent(1, 3, "en"), percent(0, 0, "en")
    ('33 %', '-')
    """
    return f"{number(round(100 * part / whole), language)} %" if whole else "-"
