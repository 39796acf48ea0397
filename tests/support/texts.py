"""Bengali texts and documents written for the tests."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

BODY = (
    "পদ্মার ঘাটে ভোর থেকেই জেলেদের ব্যস্ততা শুরু হয়েছে। জালে এবার ইলিশ কম উঠলেও বোয়াল আর পাঙাশ "
    "পাওয়া যাচ্ছে ভালো, আর তাতে লোকসান কিছুটা পুষিয়ে যাচ্ছে বলে জানিয়েছেন তাঁরা।",
    "শুক্রবার (২৯ নভেম্বর) সকালে ঘাটে গিয়ে দেখা যায়, আড়তদারেরা ডাক তুলে মাছ কিনছেন। এক কেজির "
    "একটি বোয়াল বিক্রি হয়েছে ৯০০ টাকায়, যা গত সপ্তাহের চেয়ে ৫০ টাকা কম।",
    "মৎস্য কর্মকর্তা জানান, নদীতে পানি বাড়লে আগামী মাসে মাছের সরবরাহ আরও বাড়বে। তবে ছোট মাছ "
    "ধরা ঠেকাতে নজরদারি চলবে এবং নিষিদ্ধ জাল পেলে তা পুড়িয়ে ফেলা হবে।",
)
OTHER_BODY = (
    "হাওরের মাঠে মাঠে এখন পাকা ধান কাটার ধুম পড়েছে। আগাম বন্যার ভয়ে কৃষকেরা রাত জেগে ফসল ঘরে "
    "তুলছেন, আর শ্রমিকের মজুরি এক লাফে দেড় গুণ হয়ে গেছে।",
    "কৃষি বিভাগ বলছে, এ মৌসুমে ফলন গতবারের তুলনায় ভালো, তবে নিচু জমির একাংশ এখনো কাটা বাকি। যন্ত্র "
    "দিয়ে কাটলে খরচ অর্ধেক কমে, যদিও কাদায় সব জায়গায় যন্ত্র নামানো যায় না।",
    "গৃহস্থ রহিমা খাতুন বলেন, ‘ঘরে ধান উঠলে তবেই ঘুম আসবে।’ বাঁধ রক্ষায় গ্রামের তরুণেরা পালা করে "
    "পাহারা দিচ্ছেন, প্রতিটি ভাঙা অংশে ফেলা হচ্ছে মাটিভরা বস্তা।",
)
TITLE = "পদ্মার ঘাটে বোয়ালের ছড়াছড়ি, ইলিশের দেখা কম"
SIDEBAR = (
    "নতুন সেতুতে গাড়ি চলাচল শুরু",
    "বিদ্যালয়ের মাঠে বসল বিজ্ঞান মেলা",
    "হাটে উঠেছে আগাম শিম, দাম চড়া!",
    "গ্রন্থাগার দিবসে বই পেল ২০০ শিশু",
)
PAGE = "\n".join((TITLE, *BODY, "ক.চ / ক.চ", *SIDEBAR))


def rss(items: Sequence[dict[str, str]], *, extra: str = "") -> bytes:
    """Build an RSS 2.0 document of items; their values are plain text and get escaped.

    ``extra`` is markup that the channel has before its items.
    """
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>',
        "<title>পরীক্ষার খবর</title><link>https://example.org/</link>",
        f"<description>পরীক্ষা</description>{extra}",
    ]
    for item in items:
        inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in item.items())
        parts.append(f"<item>{inner}</item>")
    parts.append("</channel></rss>")
    return "".join(parts).encode()


def item(number: int, **changes: str) -> dict[str, str]:
    """Return the fields of an RSS item; no two numbers share a title, link, guid or text.

    ``changes`` replaces fields; an empty value leaves one out.
    """
    fields = {
        "title": f"জেলার {number} নম্বর ইউনিয়নে নতুন পাঠাগার চালু",
        "link": f"https://example.org/news/{number}",
        "guid": f"https://example.org/news/{number}",
        "pubDate": f"Mon, 16 Nov 2026 10:{number % 60:02d}:00 +0600",
        "description": f"<p>পাঠাগারটিতে {number * 100} বই আছে। {' '.join(BODY)}</p>",
    }
    return {name: value for name, value in (fields | changes).items() if value}
