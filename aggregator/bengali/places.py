"""Places that news names: the districts of Bangladesh and West Bengal, countries, large cities.

Knows their spellings and endings (ঢাকা, ঢাকায়, ঢাকার), so that two reports can be told apart by the
places they name. Refuses to know where these lie: a district and the town of its name are one.
"""

from __future__ import annotations

from aggregator.bengali.text import key

# A row holds the spellings of one place.
_ROWS = """
ঢাকা | রাজধানী | রাজধানীর
গাজীপুর
নারায়ণগঞ্জ
নরসিংদী
মানিকগঞ্জ
মুন্সীগঞ্জ | মুন্সিগঞ্জ
টাঙ্গাইল
কিশোরগঞ্জ
ফরিদপুর
গোপালগঞ্জ
মাদারীপুর
শরীয়তপুর | শরিয়তপুর
রাজবাড়ী | রাজবাড়ি
চট্টগ্রাম
কক্সবাজার
কুমিল্লা
ব্রাহ্মণবাড়িয়া
চাঁদপুর
ফেনী
নোয়াখালী
লক্ষ্মীপুর
রাঙামাটি | রাঙ্গামাটি
বান্দরবান
খাগড়াছড়ি
রাজশাহী
চাঁপাইনবাবগঞ্জ
নওগাঁ
নাটোর
পাবনা
সিরাজগঞ্জ
বগুড়া
জয়পুরহাট
খুলনা
যশোর
সাতক্ষীরা
বাগেরহাট
নড়াইল
মাগুরা
ঝিনাইদহ
কুষ্টিয়া
চুয়াডাঙ্গা
মেহেরপুর
বরিশাল
পটুয়াখালী
ভোলা
পিরোজপুর
বরগুনা
ঝালকাঠি
সিলেট
মৌলভীবাজার
হবিগঞ্জ
সুনামগঞ্জ
রংপুর
দিনাজপুর
ঠাকুরগাঁও
পঞ্চগড়
নীলফামারী
লালমনিরহাট
কুড়িগ্রাম
গাইবান্ধা
ময়মনসিংহ
জামালপুর
শেরপুর
নেত্রকোনা | নেত্রকোণা
সাভার
টেকনাফ
কলকাতা
হাওড়া
হুগলি
নদিয়া
মুর্শিদাবাদ
মালদহ | মালদা
বীরভূম
বাঁকুড়া
পুরুলিয়া
বর্ধমান
আসানসোল
দুর্গাপুর
শিলিগুড়ি
জলপাইগুড়ি
কোচবিহার
দার্জিলিং
মেদিনীপুর
আলিপুরদুয়ার
সুন্দরবন
বাংলাদেশ
ভারত
দিল্লি
মুম্বাই | মুম্বই
চেন্নাই
বেঙ্গালুরু
হায়দরাবাদ
অসম | আসাম
ত্রিপুরা
মণিপুর
মেঘালয়
বিহার
ওড়িশা
গুজরাট
কাশ্মীর
পশ্চিমবঙ্গ
পাকিস্তান
করাচি
লাহোর
ইসলামাবাদ
আফগানিস্তান
কাবুল
নেপাল
কাঠমান্ডু
ভুটান
শ্রীলঙ্কা
মালদ্বীপ
মিয়ানমার
চীন | চিন
বেইজিং
জাপান
টোকিও
কোরিয়া
ইন্দোনেশিয়া
মালয়েশিয়া
সিঙ্গাপুর
থাইল্যান্ড
ভিয়েতনাম
ফিলিপাইন
ফিলিপিন্স
অস্ট্রেলিয়া
নিউজিল্যান্ড
সৌদি
কাতার
আমিরাত
দুবাই
ওমান
কুয়েত
বাহরাইন
ইয়েমেন
ইরান
তেহরান
ইরাক
সিরিয়া
লেবানন
গাজা
ফিলিস্তিন
ইসরায়েল | ইসরাইল
জর্ডান
তুরস্ক
মিসর | মিশর
লিবিয়া
সুদান
ইথিওপিয়া
কেনিয়া
নাইজেরিয়া
সোমালিয়া
কঙ্গো
মরক্কো
তিউনিসিয়া
রাশিয়া
মস্কো
ইউক্রেন
কিয়েভ
পোল্যান্ড
জার্মানি
বার্লিন
ফ্রান্স
প্যারিস
ইতালি
স্পেন
পর্তুগাল
গ্রিস
যুক্তরাজ্য | ব্রিটেন
ইংল্যান্ড
লন্ডন
আয়ারল্যান্ড
নেদারল্যান্ডস
সুইজারল্যান্ড
সুইডেন
নরওয়ে
যুক্তরাষ্ট্র | আমেরিকা
নিউইয়র্ক
ক্যালিফোর্নিয়া
টেক্সাস
ফ্লোরিডা
কানাডা
মেক্সিকো
ব্রাজিল
আর্জেন্টিনা
কলম্বিয়া
ভেনেজুয়েলা
চিলি
পেরু
জিম্বাবুয়ে
"""
# The countries of the list but Bangladesh, which reports from any of its districts name.
_ABROAD = """
ভারত পাকিস্তান আফগানিস্তান নেপাল ভুটান শ্রীলঙ্কা মালদ্বীপ মিয়ানমার চীন জাপান কোরিয়া ইন্দোনেশিয়া মালয়েশিয়া
সিঙ্গাপুর থাইল্যান্ড ভিয়েতনাম ফিলিপাইন ফিলিপিন্স অস্ট্রেলিয়া নিউজিল্যান্ড সৌদি কাতার আমিরাত ওমান কুয়েত বাহরাইন
ইয়েমেন ইরান ইরাক সিরিয়া লেবানন ফিলিস্তিন ইসরায়েল জর্ডান তুরস্ক মিসর লিবিয়া সুদান ইথিওপিয়া কেনিয়া নাইজেরিয়া
সোমালিয়া কঙ্গো মরক্কো তিউনিসিয়া রাশিয়া ইউক্রেন পোল্যান্ড জার্মানি ফ্রান্স ইতালি স্পেন পর্তুগাল গ্রিস যুক্তরাজ্য ইংল্যান্ড
আয়ারল্যান্ড নেদারল্যান্ডস সুইজারল্যান্ড সুইডেন নরওয়ে যুক্তরাষ্ট্র কানাডা মেক্সিকো ব্রাজিল আর্জেন্টিনা কলম্বিয়া ভেনেজুয়েলা
চিলি পেরু জিম্বাবুয়ে
"""
_ENDINGS = frozenset(
    key(ending)
    for ending in "য় র ে ের তে কে ই ও সহ বাসী বাসীর মুখী গামী য়ে য়ের তেও য়ও েও েই রও এর".split()
) | {""}
_LONGEST_ENDING = max(map(len, _ENDINGS))
_PLACES = {
    key(spelling): number
    for number, row in enumerate(_ROWS.strip().splitlines())
    for spelling in row.split(" | ")
}
_NUMBERS_ABROAD = frozenset(_PLACES[key(name)] for name in _ABROAD.split())
# Nearly no word begins as a place does.
_BEGINNING_CHARACTERS = min(map(len, _PLACES))
_BEGINNINGS = frozenset(name[:_BEGINNING_CHARACTERS] for name in _PLACES)


def place_of(word: str) -> int | None:
    """Return the number of the place that a word names; ``None`` if it names none of the list.

    The word is one of a text's key (``text.key``). The numbers are good for comparing in one run
    only: they change with the list.

    >>> place_of("ঢাকায়") == place_of("ঢাকা") != place_of("খুলনার")
    True
    """
    if word[:_BEGINNING_CHARACTERS] not in _BEGINNINGS:
        return None
    for characters in range(min(_LONGEST_ENDING, len(word) - 1) + 1):
        name = word[: len(word) - characters]
        if name in _PLACES and word[len(name) :] in _ENDINGS:
            return _PLACES[name]
    return None


def is_country_abroad(number: int) -> bool:
    """Tell whether a place, by its number, is a country other than Bangladesh.

    >>> [is_country_abroad(place_of(word)) for word in ("ভারতের", "দিল্লিতে", "বাংলাদেশে")]
    [True, False, False]
    """
    return number in _NUMBERS_ABROAD
