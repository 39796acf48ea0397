"""The names that the town's news is about: places, rivers, people, clubs, crops, days.

Knows how a name takes the endings of *in* and *of*. Every list is as long as it is so that
thousands of stories share few names: 48 places, 18 rivers and 24 × 16 men.
"""

from __future__ import annotations

from dataclasses import dataclass

# Each district with places in it.
_PLACES_IN = {
    "মাদারীপুর": "শিবচর কালকিনি",
    "ফরিদপুর": "ভাঙ্গা বোয়ালমারী",
    "গোপালগঞ্জ": "মুকসুদপুর কোটালীপাড়া",
    "বরিশাল": "গৌরনদী উজিরপুর",
    "পটুয়াখালী": "বাউফল কলাপাড়া",
    "বরগুনা": "আমতলী পাথরঘাটা",
    "পিরোজপুর": "মঠবাড়িয়া",
    "সাতক্ষীরা": "শ্যামনগর আশাশুনি",
    "খুলনা": "পাইকগাছা ডুমুরিয়া",
    "যশোর": "কেশবপুর ঝিকরগাছা",
    "ঝিনাইদহ": "মহেশপুর",
    "চুয়াডাঙ্গা": "দামুড়হুদা",
    "কুষ্টিয়া": "ভেড়ামারা",
    "রাজবাড়ী": "পাংশা",
    "পাবনা": "ঈশ্বরদী চাটমোহর",
    "সিরাজগঞ্জ": "উল্লাপাড়া শাহজাদপুর",
    "বগুড়া": "সারিয়াকান্দি আদমদীঘি",
    "নওগাঁ": "মহাদেবপুর",
    "রাজশাহী": "গোদাগাড়ী",
    "দিনাজপুর": "বিরামপুর পার্বতীপুর",
    "নীলফামারী": "ডোমার",
    "কুড়িগ্রাম": "চিলমারী উলিপুর নাগেশ্বরী",
    "জামালপুর": "মাদারগঞ্জ",
    "শেরপুর": "নালিতাবাড়ী",
    "ময়মনসিংহ": "হালুয়াঘাট",
    "নেত্রকোনা": "কেন্দুয়া মদন",
    "সুনামগঞ্জ": "দিরাই জগন্নাথপুর",
    "সিলেট": "বিয়ানীবাজার",
    "মৌলভীবাজার": "কুলাউড়া",
    "ব্রাহ্মণবাড়িয়া": "কসবা",
    "চাঁদপুর": "হাজীগঞ্জ",
}
# Pairs of a place and its district.
PLACES = tuple(
    (place, district) for district, places in _PLACES_IN.items() for place in places.split()
)
RIVERS = tuple(
    "তিস্তা যমুনা মেঘনা সুরমা গোমতী করতোয়া ধরলা মহানন্দা কুশিয়ারা ভৈরব কপোতাক্ষ চিত্রা মধুমতী কীর্তনখোলা তুরাগ "
    "ধলেশ্বরী পুনর্ভবা ব্রহ্মপুত্র".split()
)
MEN = tuple(
    "আবদুল কামরুল নজরুল শফিকুল মনিরুল আমিনুল রফিকুল সাইফুল জহিরুল মাহবুবুল তারিকুল আনোয়ারুল বিমল সুকুমার "
    "প্রদীপ নিখিল অসীম দীপক তপন রঞ্জন মিলন স্বপন অমল হরিপদ".split()
)
MEN_OF_FAMILY = tuple(
    "করিম হোসেন ইসলাম রহমান মোল্লা শেখ হাওলাদার তালুকদার মণ্ডল সরকার বিশ্বাস মজুমদার চৌধুরী ভূঁইয়া প্রামাণিক খন্দকার".split()
)
WOMEN = tuple("রহিমা সালেহা আমেনা জোহরা মরিয়ম ফাতেমা শেফালী মালতী সন্ধ্যা কল্পনা নাসিমা রোকেয়া".split())
WOMEN_OF_FAMILY = tuple("খাতুন বেগম আক্তার রানী বিবি পারভীন সুলতানা বালা".split())
CLUBS = (
    "নবীন সংঘ", "সবুজ তরুণ দল", "অগ্রগামী ক্লাব", "পদ্মা একাদশ", "মেঘনা ক্রীড়াচক্র", "উদয়ন সংসদ",
    "সোনালি অতীত", "দুরন্ত কিশোর দল", "ভোরের পাখি ক্লাব", "রূপসা একাদশ",
)  # fmt: skip
CROPS = tuple("শিম টমেটো ফুলকপি বেগুন মরিচ পেঁয়াজ রসুন আলু করলা লাউ শসা বরবটি মুলা গাজর".split())
DAYS = tuple("শনিবার রোববার সোমবার মঙ্গলবার বুধবার বৃহস্পতিবার শুক্রবার".split())
HOURS = tuple("ভোর ৫টা|সকাল ৭টা|সকাল ৯টা|দুপুর ১২টা|বেলা ২টা|বিকেল ৪টা|সন্ধ্যা ৬টা|রাত ৮টা|রাত ১১টা".split("|"))

_LONG_A = "া"
_VOWEL_SIGNS = frozenset("িীুূেো")
# A name that ends in a consonant with a nasal sign takes the endings of a long a: নওগাঁয়, নওগাঁর.
_NASAL = "ঁ"


@dataclass(frozen=True, slots=True)
class Name:
    """A name of a person, place or river, which takes endings."""

    text: str

    def __str__(self) -> str:
        """Return the name without an ending."""
        return self.text

    @property
    def of(self) -> str:
        """Return the name in the genitive: পাবনার, নাটোরের."""
        ends_in_vowel = self.text[-1] in _VOWEL_SIGNS | {_LONG_A, _NASAL}
        return self.text + ("র" if ends_in_vowel else "ের")

    @property
    def within(self) -> str:
        """Return the name in the locative: পাবনায়, রাজবাড়ীতে, নাটোরে."""
        last = self.text[-1]
        if last in (_LONG_A, _NASAL):
            return self.text + "য়"
        return self.text + ("তে" if last in _VOWEL_SIGNS else "ে")
