"""Topics: what papers' categories say that a story is about, folded to a few words.

Papers name one section in many ways (খেলা, খেলাধুলা, Sports), and many of them send tags instead
(ক্রিকেট, বিএনপি). Knows which of these say one thing, and the order of the topics: where a story is
of several, it is mainly of the first, so what a story is about stands before where it happens.
Refuses to know names of people, as what they do changes.

Of the 14 real feeds that were looked at, five send categories: 472 of them in 333 entries, most of
them names. The table has each that names a section or a subject, and what stands in five entries or
more: with it, 215 of the 333 entries have a topic.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from aggregator.models import Topic

# A paragraph: the topic, its name in the names of files, and what else names it.
_TOPICS = """
খেলা | khela |
খেলাধুলা | খেলার খবর | খেলাধূলা | ক্রীড়া | ক্রীড়াঙ্গন | স্পোর্টস | sports | sport |
ক্রিকেট | cricket | ফুটবল | football | বিশ্বকাপ | বিশ্বকাপ ফুটবল | বিশ্বকাপ ক্রিকেট |
আন্তর্জাতিক ক্রিকেট | ফিফা | লা লিগা | ইংলিশ প্রিমিয়ার লিগ | চ্যাম্পিয়নস লিগ | বিপিএল |
আইপিএল | টেনিস | টিভিতে আজকের খেলা

বিনোদন | binodon |
বিনোদন জগৎ | entertainment | showbiz | শোবিজ | ঢালিউড | বলিউড | হলিউড | টালিউড | টলিউড |
চলচ্চিত্র | সিনেমা | নাটক | সঙ্গীত | সংগীত | গান | তারকা | ওটিটি

প্রযুক্তি | projukti |
তথ্যপ্রযুক্তি | তথ্য প্রযুক্তি | তথ্য ও প্রযুক্তি | বিজ্ঞান ও প্রযুক্তি |
বিজ্ঞান-প্রযুক্তি | বিজ্ঞান প্রযুক্তি | বিজ্ঞান | প্রযুক্তি ও বিজ্ঞান | আইটি | টেক |
technology | tech | science | science and technology | science & technology |
কৃত্রিম বুদ্ধিমত্তা | আর্টিফিসিয়াল ইন্টেলিজেন্স | মহাকাশ

শিক্ষা | shikkha |
শিক্ষাঙ্গন | শিক্ষা ও ক্যাম্পাস | শিক্ষা ও শিক্ষাঙ্গন | শিক্ষাজগৎ | ক্যাম্পাস | পড়াশোনা |
education | campus | এসএসসি | এইচএসসি | ভর্তি | ভর্তি পরীক্ষা

স্বাস্থ্য | shasthyo |
স্বাস্থ্য ও চিকিৎসা | স্বাস্থ্যসেবা | চিকিৎসা | হেলথ | হেলথ-টিপস | health | ডেঙ্গু |
করোনাভাইরাস | করোনা

ধর্ম | dhormo |
ইসলাম | ইসলাম ও জীবন | ধর্ম ও জীবন | ধর্ম ও ইসলাম | ইসলামী জীবন | ইসলামি জীবন |
ধর্মচিন্তা | religion | islam

জীবনযাপন | jibonjapon |
লাইফস্টাইল | লাইফ স্টাইল | জীবনধারা | জীবনযাত্রা | রূপচর্চা | রান্না | রেসিপি | ফ্যাশন |
lifestyle | life style | ভ্রমণ | পর্যটন | travel

চাকরি | chakri |
চাকরির খবর | চাকরি-বাকরি | ক্যারিয়ার | ক্যারিয়ার পরামর্শ | ব্যাংকে চাকরি | নিয়োগ |
jobs | job | career

সাহিত্য | sahityo |
শিল্প ও সাহিত্য | শিল্প-সাহিত্য | শিল্পসাহিত্য | সাহিত্য ও সংস্কৃতি | শিল্প-সংস্কৃতি |
সংস্কৃতি | কবিতা | গল্প | নতুন বইয়ের খবর | বইমেলা | literature | arts | culture

মতামত | motamot |
সম্পাদকীয় | উপসম্পাদকীয় | উপ-সম্পাদকীয় | সম্পাদকীয় ও মতামত | কলাম | মুক্তমত |
মুক্তচিন্তা | মন্তব্য | অভিমত | দৃষ্টিকোণ | বিশ্লেষণ | চিঠিপত্র | opinion | editorial |
column | analysis

আবহাওয়া | abohaoya |
আবহাওয়ার খবর | আবহাওয়া পূর্বাভাস | আবহাওয়া ও পরিবেশ | পরিবেশ | জলবায়ু | বৃষ্টির খবর |
বন্যা | weather | environment | climate

আইন-আদালত | ain-adalot |
আইন আদালত | আইন ও আদালত | আইন ও বিচার | আইন | আদালত | অপরাধ | আইন ও অপরাধ | অপরাধ ও আইন |
হাইকোর্ট | সুপ্রিম কোর্ট | পুলিশ | হত্যাকাণ্ড | crime | court | law | law & court

অর্থনীতি | orthoniti |
অর্থ ও বাণিজ্য | অর্থ-বাণিজ্য | অর্থ বাণিজ্য | শিল্প ও বাণিজ্য | শিল্প-বাণিজ্য |
অর্থনীতি ও বাণিজ্য | বাণিজ্য | ব্যবসা | ব্যবসা-বাণিজ্য | ব্যবসা বাণিজ্য | ব্যাংক |
ব্যাংক-বীমা | ব্যাংক ও বীমা | শেয়ারবাজার | শেয়ার বাজার | পুঁজিবাজার | কর্পোরেট |
করপোরেট | বাজার | বিনিয়োগ | বিদ্যুৎ | বিদ্যুৎ ও জ্বালানি | business | economy |
economics | finance | trade | stock market

রাজনীতি | rajniti |
রাজনৈতিক | politics | political | নির্বাচন | নির্বাচন কমিশন | জাতীয় নির্বাচন | ভোট |
বিএনপি | আওয়ামী লীগ | জামায়াতে ইসলামী | জাতীয় পার্টি | এনসিপি | ছাত্রদল | যুবদল

আন্তর্জাতিক | antorjatik |
আন্তর্জাতিক সংবাদ | আন্তর্জাতিক খবর | বিশ্ব | বিশ্ব সংবাদ | বিশ্বসংবাদ | সারাবিশ্ব |
সারা বিশ্ব | বহির্বিশ্ব | বিদেশ | দেশে বিদেশে | world | international | global | foreign |
এশিয়া | ইউরোপ | আফ্রিকা | মধ্যপ্রাচ্য | লাতিন আমেরিকা | আমেরিকা | যুক্তরাষ্ট্র | ভারত |
ইরান | কলম্বিয়া

সারাদেশ | saradesh |
সারা দেশ | সারাবাংলা | সারা বাংলা | দেশ | দেশের খবর | দেশজুড়ে | জেলা | জেলার খবর |
জেলা সংবাদ | গ্রামবাংলা | গ্রাম-বাংলা | জনপদ | মফস্বল | বাংলার মুখ | রাজধানী | মহানগর |
নগর-মহানগর | ঢাকা | চট্টগ্রাম | country | countrywide | districts | saradesh

জাতীয় | jatiyo |
জাতীয় সংবাদ | জাতীয় খবর | বাংলাদেশ | সরকার | national | bangladesh
"""
# A path of sections: খেলা > ক্রিকেট, খেলা/ফুটবল.
_STEPS = re.compile("[>/»,;]")


def _topic(paragraph: str) -> Topic:
    name, slug, *synonyms = (cell.strip() for cell in paragraph.split("|"))
    return Topic(name=name, slug=slug, synonyms=tuple(synonyms))


TOPICS = tuple(_topic(paragraph) for paragraph in _TOPICS.strip().split("\n\n"))


def steps_of(category: str) -> list[str]:
    """Return what a category may be known by: itself, then the sections of a path of sections.

    >>> steps_of("খেলা > ক্রিকেট")
    ['খেলা > ক্রিকেট', 'খেলা', 'ক্রিকেট']
    """
    steps = [step.strip() for step in _STEPS.split(category)]
    return [category, *filter(None, steps)] if len(steps) > 1 else [category]


def topics_of(categories: Iterable[str], name_of: Mapping[str, str]) -> frozenset[str]:
    """Return the topics of categories; ``name_of`` has the topic of each name and synonym."""
    steps = (step for category in categories for step in steps_of(category))
    return frozenset(name_of[step] for step in steps if step in name_of)
