"""What a site prints around its texts is taken out; what a journalist wrote stays."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator import markup
from aggregator.identity import match
from aggregator.models import Alias, AliasKind, Changed, Draft, KnownAliases, ParsedEntry
from aggregator.normalise import draft as normalise
from aggregator.normalise import recurrence
from aggregator.normalise.boilerplate import clear
from aggregator.normalise.labels import may_hold_boilerplate
from aggregator.normalise.recurrence import NOTHING
from aggregator.normalise.texts import SiteTexts
from aggregator.normalise.titles import NO_NAMES, glued_names, without_section
from aggregator.store.store import Store
from tests.support.configurations import Make, source
from tests.support.deadlines import HUNG_SECONDS
from tests.support.loopback import Loopback, Page
from tests.support.passes import NOW, one_pass
from tests.support.published import read
from tests.support.texts import BODY, OTHER_BODY, item, rss
from tests.test_identity import DRAFT, KNOWN, decide_one
from tests.test_normalise import DOCUMENT, PARSED, SOURCE, draft

# Headlines of which no two begin alike.
HEADLINES = (
    "বাঁধ ভেঙে তলিয়ে গেল পাঁচ গ্রাম",
    "হাটে উঠেছে আগাম শিম",
    "নতুন পাঠাগারে ভিড় শিশুদের",
    "সেতুর কাজ শেষ হচ্ছে এ মাসেই",
    "ধানের দাম বাড়ল দেড় গুণ",
    "চরে বসল বিজ্ঞান মেলা",
    "ফেরি বন্ধ, ঘাটে গাড়ির সারি",
    "শীতের পাখি ফিরল হাওরে",
)


def text_of(entry: Draft) -> str:
    """Return the text that a draft shows."""
    return markup.text_of(entry.content_html)


def with_text(html: str, *, summary_html: str = "") -> Draft:
    """Normalise an entry with this content, and this summary beside it."""
    return draft(replace(PARSED, content_html=html, summary_html=summary_html))


def document_of(entries: Sequence[ParsedEntry]) -> list[Draft]:
    """Normalise the entries of one document, of which earlier ones are not known."""
    prepared = normalise.prepared(
        [(normalise.mention(entry, SOURCE), entry) for entry in entries], DOCUMENT
    )
    counted = [(entry.sent.title.text, entry.sent.fingerprints) for entry in prepared]
    site = SiteTexts(
        names=normalise.glued_names_of(map(normalise.headline_of, entries), {}),
        recurring=recurrence.learn(counted, {}),
    )
    drafts = normalise.drafts_of(prepared, SOURCE, DOCUMENT, site=site)
    return [entry for entry in drafts if isinstance(entry, Draft)]


@pytest.mark.parametrize(
    "sign",
    [
        *("পড়ুন", "পড়তে পারেন", "দেখুন", "]]>", "<![CDATA[", "Read more", "Read also", "READ MORE"),
        *("পঠিত", "পড়া হয়েছে: ", "ভিউ", "শেয়ার: ", "মিনিট আগে", "ঘণ্টা আগে", "ঘন্টা আগে"),
    ],
)
def test_a_sign_in_the_middle_of_a_text_is_noticed(sign: str) -> None:
    """Only a text that holds one is looked at line by line."""
    assert may_hold_boilerplate(f"নদীর পানি বাড়ছে।\n{sign}\nঘাটে ভিড়।")
    assert not may_hold_boilerplate("নদীর পানি বাড়ছে।\nআগে খেয়া ছিল উত্তরে [ঠাকুর: D. d.]\nঘাটে ভিড়।")


def entries_with(ending: str, *, count: int = len(HEADLINES)) -> list[ParsedEntry]:
    """Return entries of different headlines and texts that all end alike."""
    return [
        replace(
            PARSED,
            native_id=f"{number}",
            link=f"https://example.org/{number}",
            title_html=headline,
            content_html=f"<p>{headline} বলে জানা গেছে। {BODY[number % 3]}</p>{ending}",
        )
        for number, headline in enumerate(HEADLINES[:count])
    ]


@pytest.mark.parametrize(
    "counter",
    [
        *("পঠিত: ৩২১ বার", "৪৫০ বার পঠিত", "মোট পঠিত ১,২০৩", "ভিউ: ১২ হাজার", "শেয়ার: 7"),
        *("Views: 1,204", "৫ মিনিট আগে", "আপডেট: এক ঘণ্টা আগে", "3 hours ago"),
    ],
)
@pytest.mark.parametrize("form", ["<p>{0}</p><p>{1}</p>", "<p>{1}</p><p>{0}</p>", "<p>{1} {0}</p>"])
def test_what_a_site_counts_is_no_text(counter: str, form: str) -> None:
    """Above, below or behind a text: it shows no number that is another one at the next poll."""
    entry = with_text(form.format(counter, OTHER_BODY[0]))
    assert text_of(entry) == OTHER_BODY[0]
    assert entry.content_key == with_text(f"<p>{OTHER_BODY[0]}</p>").content_key


def test_other_headlines_below_a_label_change_nothing() -> None:
    """The stories that a site puts forward beside a text rotate, and are no part of it."""
    one, other = (
        with_text(f"<p>{OTHER_BODY[0]}</p><p>আরও পড়ুন</p><p><a href='/{number}'>{headline}</a></p>")
        for number, headline in enumerate(HEADLINES[:2])
    )
    assert (text_of(one), one.content_key) == (OTHER_BODY[0], other.content_key)


@pytest.mark.parametrize(
    "line", ["৩২১ বার পড়া বই", "মেলায় ভিউ কার্ড ৫ টাকা", "দুর্ঘটনা ঘটে ৫ মিনিট আগে বাজারে", "৫ দিন আগে ও পরে"]
)
def test_a_line_that_says_more_than_a_count_stays(line: str) -> None:
    """A number within a sentence is the journalist's."""
    assert line in text_of(with_text(f"<p>{OTHER_BODY[0]}</p><p>{line}</p>"))


# --- By its words --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "ending",
    [
        " বিস্তারিত",
        " … বিস্তারিত",
        ' <a href="/1">বিস্তারিত পড়ুন »</a>',
        "</p><p>বিস্তারিত</p>",
        "<br><br>আরও পড়ুন...",
        "</p><p>পুরো খবর পড়ুন →",
        "</p><p>নদীকণ্ঠে পড়ুন →",
        " Read more",
        "</p><p>No description available",
        "</p><p>The post মাছের দাম appeared first on নদীকণ্ঠ.",
        "</p><p>(Feed generated with Anything 2)",
        "]]&gt;",
        "</p><p>এমআরএম/কেএইচ",
        "</p><p>T.A.S / T.A.S",
        "</p><p><em>আরআই</em>",
    ],
)
def test_what_is_boilerplate_by_its_words_is_taken_off_the_end(ending: str) -> None:
    """A label, what a program appended, a leftover or initials go; the sentences stay."""
    entry = with_text(f"<p>{BODY[0]}</p><p>{BODY[1]}{ending}</p>")
    assert text_of(entry).rstrip("… ") == f"{BODY[0]}\n{BODY[1]}"
    assert any(name.startswith("text: ") for name in entry.repairs)


@pytest.mark.parametrize(
    "ending",
    [
        "ঘটনার বিস্তারিত",
        "বিস্তারিত আসছে...",
        "সূত্র: বাসস",
        "এএফপি",
        "লেখক: শিক্ষক ও গবেষক",
        "সবাই মিলে বইটি পড়ুন।",
        "নিজস্ব প্রতিবেদক, বরিশাল",
        "আরও পড়ুন বই, কম দেখুন পর্দা।",
    ],
)
def test_what_a_journalist_wrote_stays_at_the_end(ending: str) -> None:
    """A notice, a credit, a byline or a sentence with the same words is the journalist's."""
    html = f"<p>{BODY[0]}</p><p>{ending}</p>"
    assert text_of(with_text(html)) == f"{BODY[0]}\n{ending}"


def test_names_of_parties_and_exams_at_the_end_of_a_list_are_no_initials() -> None:
    """বিএনপি and এসএসসি are spelled as initials are."""
    html = f"<p>{BODY[0]}</p><p>যে দলগুলো এসেছে:</p><ul><li>জেএসডি</li><li>বিএনপি</li></ul>"
    assert text_of(with_text(html)).endswith("জেএসডি\nবিএনপি")


def test_headlines_of_other_stories_go_with_their_label_and_pictures() -> None:
    """A block of links within a text goes; the paragraphs around it and their picture stay."""
    block = (
        '<div><div>আরও পড়ুন</div><a href="/2"><div><img src="https://example.org/2.jpg"></div>'
        '<h4>অন্য এক খবর</h4></a><a href="/3"><h4>আরেকটি খবর</h4></a></div>'
    )
    picture = '<p><img src="https://example.org/1.jpg"></p>'
    entry = with_text(f"{picture}<p>{BODY[0]}</p>{block}<p>{BODY[1]}</p>")
    assert entry.content_html == (
        f'<p><img src="https://example.org/1.jpg"></p><p>{BODY[0]}</p><p>{BODY[1]}</p>'
    )
    assert "text: related" in entry.repairs


@pytest.mark.parametrize(
    "block",
    [
        "<p>আরও পড়ুন</p><p>অন্য এক খবর</p>",
        '<p>আরও পড়ুন: <a href="/2">অন্য এক খবর</a></p>',
        "<p><strong>আরও পড়ুন:</strong> অন্য এক খবর</p>",
        '<p>আরো পড়ুন :</p><ul><li><a href="/2">অন্য খবর</a></li><li><a href="/3">আরও</a></li></ul>',
        '<h3>Read more</h3><p><a href="/2">অন্য এক খবর</a></p>',
    ],
)
def test_each_form_of_a_block_of_other_stories_goes(block: str) -> None:
    """Lists, links and bare lines under the label are other stories; the next paragraph is not."""
    entry = with_text(f"<p>{BODY[0]}</p>{block}<p>{BODY[1]}</p>")
    assert text_of(entry) == f"{BODY[0]}\n{BODY[1]}"


def test_a_sentence_below_the_label_stays() -> None:
    """Where no headline stands below it, only the label goes."""
    entry = with_text(f"<p>{BODY[0]}</p><p>আরও পড়ুন</p><p>{BODY[1]}</p><p>{BODY[2]}</p>")
    assert text_of(entry) == "\n".join(BODY)


def test_a_picture_stays_where_the_text_was_a_label() -> None:
    """An entry of a picture and a label shows the picture, and has no summary."""
    html = '<p><img src="https://example.org/1.jpg"> <a href="/1">বিস্তারিত</a></p>'
    entry = with_text(html)
    assert (entry.summary, text_of(entry)) == ("", "")
    assert 'src="https://example.org/1.jpg"' in entry.content_html


# --- Said once -----------------------------------------------------------------------------------


@pytest.mark.parametrize("line", ["{title}", "<b>{title}</b>", "{title}।"])
def test_a_text_does_not_begin_with_its_title(line: str) -> None:
    """The headline above a text is not said again in its first line."""
    first = line.format(title=PARSED.title_html)
    entry = with_text(f"<h2>{first}</h2><p>{BODY[0]}</p>")
    assert text_of(entry) == BODY[0]
    assert "text: repeated title" in entry.repairs


@pytest.mark.parametrize(
    "summary",
    [BODY[0], f"{BODY[0][:60]}...", "বিস্তারিত", PARSED.title_html, "No description available"],
)
def test_a_summary_that_says_nothing_of_its_own_is_the_text_s_beginning(summary: str) -> None:
    """A label, the headline, or a beginning that was cut off gives way to the text."""
    entry = with_text(f"<p>{BODY[0]}</p><p>{BODY[1]}</p>", summary_html=summary)
    assert entry.summary.startswith(BODY[0])


def test_a_summary_that_was_written_stays() -> None:
    """A standfirst that the text does not begin with is shown."""
    entry = with_text(
        f"<p>{BODY[0]}</p>", summary_html="এ মৌসুমে ঘাটে কী মিলছে, দেখে এলেন আমাদের প্রতিবেদক।"
    )
    assert entry.summary == "এ মৌসুমে ঘাটে কী মিলছে, দেখে এলেন আমাদের প্রতিবেদক।"


def test_a_description_repeated_above_the_text_is_said_once() -> None:
    """A teaser that the first paragraph says again goes."""
    entry = with_text(f"<p>{BODY[0][:70]}...</p><p>{BODY[0]}</p><p>{BODY[1]}</p>")
    assert text_of(entry) == f"{BODY[0]}\n{BODY[1]}"
    assert "text: repeated" in entry.repairs


# --- By recurrence -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "ending",
    [
        "<p>নদীকণ্ঠ/ রাব্বি</p>",
        "<p>সব খবর সবার আগে, নদীকণ্ঠের সঙ্গে থাকুন।</p>",
        '<p><a href="/app">আমাদের অ্যাপ</a></p>',
        " নদীকণ্ঠ অনলাইন",
    ],
)
def test_a_line_at_the_end_of_many_entries_is_the_site_s(ending: str) -> None:
    """What ends every text of a document goes, whatever its words."""
    for entry in document_of(entries_with(ending)):
        assert text_of(entry).endswith(("।", "।”"))
        assert "text: boilerplate" in entry.repairs


def test_reporters_of_one_site_sign_differently() -> None:
    """Site and reporter: the site recurs, the names need not."""
    entries = [
        replace(entry, content_html=entry.content_html + f"<p>নদীকণ্ঠ/{name}</p>")
        for entry, name in zip(
            entries_with(""), "রাব্বি শাহীন মনির তুহিন সাদিয়া রিপন শিলা কাকন".split(), strict=True
        )
    ]
    assert not any("নদীকণ্ঠ" in text_of(entry) for entry in document_of(entries))


@pytest.mark.parametrize(
    "ending",
    ["<p>সূত্র: বাসস</p>", "<p>নিজস্ব প্রতিবেদক</p>", "<p>লেখক: শিক্ষক, ঢাকা</p>", "<p>বাসস</p>"],
)
def test_a_credit_or_byline_stays_however_often_it_recurs(ending: str) -> None:
    """Who wrote a text belongs to it."""
    for entry in document_of(entries_with(ending)):
        assert text_of(entry).endswith(markup.text_of(ending))


def test_a_subheading_of_every_entry_stays() -> None:
    """Recipes all have উপকরণ in their middle: only ends and requests are the site's."""
    entries = [
        replace(
            entry,
            content_html=f"<p>উপকরণ</p>{entry.content_html}<p>প্রণালি</p><p>{BODY[1]} {number}।</p>",
        )
        for number, entry in enumerate(entries_with(""))
    ]
    for entry in document_of(entries):
        assert text_of(entry).startswith("উপকরণ\n") and "\nপ্রণালি\n" in text_of(entry)


def test_a_request_goes_from_the_middle_of_a_text() -> None:
    """A line that asks readers to follow the site recurs anywhere."""
    asking = "<p>আমাদের চ্যানেলটি সাবস্ক্রাইব করে পাশে থাকুন</p>"
    entries = [
        replace(entry, content_html=f"{entry.content_html}{asking}<p>{BODY[1]} {number}।</p>")
        for number, entry in enumerate(entries_with(""))
    ]
    assert not any("সাবস্ক্রাইব" in text_of(entry) for entry in document_of(entries))


def test_four_entries_teach_nothing_and_neither_does_one_headline() -> None:
    """Few entries can end alike by chance, and one entry sent many times is one."""
    few = document_of(entries_with("<p>এই ঘাটের আরও গল্প আছে</p>", count=4))
    again = [
        replace(entry, title_html=HEADLINES[0])
        for entry in entries_with("<p>এই ঘাটের আরও গল্প আছে</p>")
    ]
    for entry in (*few, *document_of(again)):
        assert text_of(entry).endswith("গল্প আছে")


def test_a_standing_line_of_one_column_in_a_large_source_stays() -> None:
    """Five of forty entries are a column; the site's own line stands in far more."""
    column = entries_with("<p>কাল আবার দেখা হবে</p>", count=5)
    others = [
        replace(
            PARSED,
            native_id=f"n{number}",
            title_html=f"{number} নম্বর ওয়ার্ডে নতুন পথবাতি",
            content_html=f"<p>{number} টি বাতি বসেছে। {OTHER_BODY[number % 3]}</p>",
        )
        for number in range(35)
    ]
    assert all(text_of(entry).endswith("দেখা হবে") for entry in document_of([*column, *others])[:5])


def test_a_summary_above_many_texts_is_nothing() -> None:
    """One description for all: the summary is made of each text, or empty where there is none."""
    entries = [
        replace(entry, summary_html="নদীকণ্ঠ: নদীপাড়ের সব খবর সবার আগে।") for entry in entries_with("")
    ]
    for entry, headline in zip(document_of(entries), HEADLINES, strict=True):
        assert entry.summary.startswith(headline) and "summary: boilerplate" in entry.repairs
    bare = [replace(entry, content_html="") for entry in entries]
    assert [entry.summary for entry in document_of(bare)] == [""] * len(entries)


@given(
    st.lists(
        st.sampled_from([*BODY, "বিস্তারিত", "আরও পড়ুন", "অন্য খবর", "এমএম/কে", "]]>"]), max_size=8
    )
)
def test_no_sentence_is_ever_lost(lines: list[str]) -> None:
    """Whatever stands around them, all paragraphs stay, in markup as whole as before."""
    html = markup.clean("".join(f"<p>{line.replace('>', '&gt;')}</p>" for line in lines), "")
    once = clear(html, markup.text_of(html), [], NOTHING)
    assert set(BODY) & set(lines) == set(BODY) & set(once.text.split("\n"))
    assert once.text == markup.text_of(once.html)
    assert once.html.count("<p>") == once.html.count("</p>")


@pytest.mark.parametrize(
    "html",
    [
        '<a href="/1">আরও পড়ুন</a>' * 8_000,
        "<div>" * 20_000 + "আরও পড়ুন" + "</div>" * 20_000,
        "<p>আরও পড়ুন</p>" * 8_000,
        "<br> " * 50_000 + "<p>বিস্তারিত</p>",
        "ক।" * 100_000 + " বিস্তারিত",
        "এ/" * 100_000,
        "]]&gt;<br>" * 20_000,
    ],
    ids=lambda html: html[:12],
)
def test_no_text_takes_long(html: str) -> None:
    """Boilerplate without end, nested or long, takes a time that grows with its length."""
    safe = markup.clean(html, "https://example.org/")
    text = markup.text_of(safe)
    start = time.process_time()
    clear(safe, text, ["শিরোনাম"], NOTHING)
    assert time.process_time() - start < HUNG_SECONDS


# --- Titles --------------------------------------------------------------------------------------


def names_of(titles: Sequence[str], hosts: Sequence[str] = ("example.org",)) -> list[str]:
    """Return titles without the names that are glued onto them; hosts take turns."""
    sent = [(title, hosts[number % len(hosts)]) for number, title in enumerate(titles)]
    names = glued_names(sent)
    return [names.stripped(title) for title in titles]


def test_bracketed_names_of_a_merged_feed_go() -> None:
    """Two papers in brackets behind their titles: no ending is shared by all."""
    names = [
        f"{headline} . [ {paper} ]" for headline in HEADLINES for paper in ("নদীকণ্ঠ", "Haor Post")
    ]
    assert names_of(names) == [headline for headline in HEADLINES for _ in range(2)]


def test_each_host_of_a_merged_feed_has_its_name() -> None:
    """All titles of one host end alike; those of the other have no name and stay."""
    titles = [f"{headline}{end}" for headline in HEADLINES for end in (" - নদীকণ্ঠ", "")]
    assert names_of(titles, ("a.example.org", "b.example.org")) == [
        headline for headline in HEADLINES for _ in range(2)
    ]


def test_where_every_title_has_a_name_single_names_go_too() -> None:
    """A search's feed puts each paper's name behind its title, most of them several times."""
    papers = ("নদীকণ্ঠ", "হাওর বার্তা", "চর সংবাদ")
    titles = [f"{headline} - {paper}" for headline in HEADLINES for paper in papers]
    assert names_of([*titles, "একলা খবরের শিরোনাম - ঘাট পত্রিকা"])[-1] == "একলা খবরের শিরোনাম"


@pytest.mark.parametrize(
    "ending", [" - প্রধানমন্ত্রী", " [ভিডিও]", " | ১ম পর্ব", ": কৃষিমন্ত্রী", " – মেয়র", " [পর্ব ৩]"]
)
def test_endings_that_headlines_have_stay(ending: str) -> None:
    """Speakers, parts of a series and marks recur behind titles and belong to them."""
    titles = [*(f"{headline}{ending}" for headline in HEADLINES[:6]), *HEADLINES]
    assert names_of(titles) == titles


def test_a_name_known_from_earlier_titles_goes_from_a_document_of_one() -> None:
    """What stood behind nearly all titles that were counted is glued on."""
    assert glued_names([("খবর - নদীকণ্ঠ", "")]) == NO_NAMES
    names = glued_names([("খবর - নদীকণ্ঠ", "")], {"- নদীকণ্ঠ"})
    assert names.stripped("খবর - নদীকণ্ঠ") == "খবর"


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("নদী বাঁচানোর এখনই সময়সম্পাদকীয়", "নদী বাঁচানোর এখনই সময়"),
        ("নদী বাঁচানোর এখনই সময় | সম্পাদকীয়", "নদী বাঁচানোর এখনই সময়"),
        ("নদী কি বাঁচবে?উপসম্পাদকীয়", "নদী কি বাঁচবে?"),
        ("আজকের সম্পাদকীয়", "আজকের সম্পাদকীয়"),
        ("কালকের উপসম্পাদকীয়", "কালকের উপসম্পাদকীয়"),
        ("সম্পাদকীয়", "সম্পাদকীয়"),
    ],
)
def test_a_section_glued_to_a_title_goes(title: str, shown: str) -> None:
    """Glued to a word or behind a separator it is the section; a word of its own is not."""
    assert without_section(title) == shown
    assert draft(replace(PARSED, title_html=title)).title == shown


# --- What readers were told ----------------------------------------------------------------------


def feed(numbers: Sequence[int], tail: str = "নদীকণ্ঠের সঙ্গে থাকুন", category: str = "") -> bytes:
    """Return a feed of entries whose texts end with a line of their site."""
    return rss(
        [
            item(
                number,
                title=HEADLINES[number],
                description=f"<p>এ নিয়ে জানিয়েছেন এলাকার {number + 2} জন।</p><p>{tail}</p>",
                category=category,
            )
            for number in numbers
        ]
    )


def test_what_is_learnt_later_changes_no_entry_that_was_published(
    web: Loopback, make_config: Make
) -> None:
    """Entries that came before their site's line was known lose it without being updated."""
    config = make_config(source("a", f"{web.url}/a"))
    for step, numbers in enumerate(([0, 1], [1, 2, 3], [3, 4, 5])):
        web.pages["/a"] = Page(feed(numbers))
        one_pass(config, now=NOW + timedelta(hours=step))
    before = {entry.id: entry for entry in read(config, "bangla.atom")}
    assert any("থাকুন" in entry.content[0].value for entry in before.values())
    web.pages["/a"] = Page(feed([0, 1, 2, 6], category="নদী"))
    report = one_pass(config, now=NOW + timedelta(hours=9))
    (sources,) = report.sources
    assert (sources.new, sources.revised, sources.refreshed) == (1, 0, 3)
    after = {entry.id: entry for entry in read(config, "bangla.atom")}
    for entry_id, entry in before.items():
        assert after[entry_id].updated == entry.updated
    learnt = [after[f"https://example.org/news/{number}"] for number in (0, 1, 2, 6)]
    assert not any("থাকুন" in entry.content[0].value for entry in learnt)


def test_an_entry_that_is_revised_each_hour_teaches_nothing(
    web: Loopback, make_config: Make
) -> None:
    """Its last line is counted once, when it is new."""
    config = make_config(source("a", f"{web.url}/a"))
    for step in range(7):
        text = f"<p>{' '.join(BODY)} {step}</p><p>এ খবর আরও বাড়বে</p>"
        web.pages["/a"] = Page(rss([item(1, description=text)]))
        one_pass(config, now=NOW + timedelta(hours=step))
    (entry,) = read(config, "bangla.atom")
    assert "এ খবর আরও বাড়বে" in entry.content[0].value


def test_keys_do_not_depend_on_what_was_learnt() -> None:
    """The same entry alone and among others of its site has one content key and its older ones."""
    entries = entries_with("<p>সব খবর সবার আগে, নদীকণ্ঠের সঙ্গে থাকুন।</p>")
    entries = [replace(entry, title_html=f"{entry.title_html} - নদীকণ্ঠ") for entry in entries]
    for alone, among in zip(map(draft, entries), document_of(entries), strict=True):
        assert (alone.title, alone.content_html) != (among.title, among.content_html)
        assert (alone.content_key, alone.text_key) == (among.content_key, among.text_key)
        assert among.has_words_of(alone.content_key) and alone.has_words_of(among.content_key)


def test_a_stored_key_of_the_words_with_boilerplate_is_no_other_text() -> None:
    """A store that knows entries by all that was sent keeps them, and none counts as revised."""
    was_sent = replace(DRAFT, content_key="new", text_key="", other_content_keys=("t1",))
    for entry in (was_sent, replace(was_sent, native_id="", url_key="")):
        names = [*match.aliases(DRAFT), Alias(AliasKind.TEXT, "t1")]
        decision = decide_one(entry, KnownAliases(own=dict.fromkeys(names, KNOWN)))
        assert isinstance(decision, Changed) and not decision.is_material
        assert decision.known is KNOWN


def test_a_rotating_block_of_other_stories_is_no_other_text() -> None:
    """Other headlines under আরও পড়ুন at each fetch leave the entry's words as they were."""
    keys = {
        with_text(f"<p>{BODY[0]}</p><p>আরও পড়ুন</p><p>{headline}</p><p>{BODY[1]}</p>").content_key
        for headline in HEADLINES
    }
    assert len(keys) == 1


def test_the_lines_of_a_feed_are_bounded_and_old_ones_are_forgotten(make_config: Make) -> None:
    """Of many single lines few stay, and one that recurs stays known."""
    config = make_config('[[source]]\nname = "d"\ndump = "*.txt"\n')
    with Store.open(config.store_url) as store, store.write() as unit:
        for number in range(3_000):
            unit.dumps.count_entries("a", [{number, -1}])
        known = unit.dumps.recurring_lines("a", 1)
    assert len(known) <= 2_000
    assert known[-1] == max(known.values()) > 500
