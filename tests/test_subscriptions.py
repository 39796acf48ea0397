"""Lists of subscriptions: read as readers write them, written as readers read them."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator import config as configuration
from aggregator.config import edit
from aggregator.config.proposals import proposed_name
from aggregator.config.subscriptions import ImportOutcome, ImportPlan, plan_import
from aggregator.config.values import NAME
from aggregator.config.written import sources_in
from aggregator.errors import ParseError
from aggregator.models import ListedFeed, NewSource, Source
from aggregator.parse.opml import MAX_BYTES, listed_feeds
from aggregator.publish import opml
from tests.support.configurations import SITE, Write, source
from tests.support.deadlines import SLOW_CPU_SECONDS
from tests.support.loopback import Loopback, Page
from tests.support.service import RunningService
from tests.support.texts import item, rss
from tests.test_cli import Run, run, run_process  # noqa: F401 - run is a fixture

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<opml version="1.0"><head/><body>\n'
FEED = "https://kagoj.example/rss"
THOUSANDS = range(40_000)
PLAIN = f"{HEAD}<outline text='কাগজ' xmlUrl='{FEED}'/></body></opml>"


def read(body: str | bytes) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return title, address and folders of each outline of a list."""
    listed = listed_feeds(body if isinstance(body, bytes) else body.encode())
    return [(feed.title, feed.feed, feed.folders) for feed in listed]


def planned(*listed: ListedFeed, text: str = "", allow_private: bool = False) -> ImportPlan:
    """Return what becomes of outlines under a configuration."""
    return plan_import(listed, sources_in(text), allow_private=allow_private)


def feed(address: str, title: str = "", *folders: str, name: str = "") -> ListedFeed:
    """Return an outline."""
    return ListedFeed(title=title, feed=address, folders=folders, name=name)


# --- Lists as they are ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outlines", "expected"),
    [
        (f'<outline text="ক" xmlUrl="{FEED}"/>', ("ক", FEED, ())),
        (f'<outline title="ক" xmlurl="{FEED}"/>', ("ক", FEED, ())),
        (f'<OUTLINE TEXT="ক" XMLURL=" {FEED} "></OUTLINE>', ("ক", FEED, ())),
        (f'<outline text="R&D &eacute;" xmlUrl="{FEED}?a&b=2"/>', ("R&D é", f"{FEED}?a&b=2", ())),
        (f'<outline text="এ &amp;amp; ও&amp;nbsp;" xmlUrl="{FEED}"/>', ("এ & ও", FEED, ())),
        (f'<outline text="এক\n দুই" xmlUrl="{FEED}"/>', ("এক দুই", FEED, ())),
        (f'<outline text="ক" xmlUrl="{FEED}" category="/খেলা/ক্রিকেট,দেশ"/>',
         ("ক", FEED, ("খেলা", "ক্রিকেট", "দেশ"))),
        (f'<outline text="খ"><outline text="গ"><outline text="ক" xmlUrl="{FEED}"/></outline>'
         "</outline>", ("ক", FEED, ("খ", "গ"))),
        (f'<outline text="ক" xmlUrl="{FEED}"><outline text="খ" type="link" url="x"/></outline>',
         ("ক", FEED, ())),
    ],
)  # fmt: skip
def test_outlines_are_read_as_readers_write_them(
    outlines: str, expected: tuple[str, str, tuple[str, ...]]
) -> None:
    """Capitals, characters by name, escapes too many, folders in folders, and what is open."""
    assert read(f"{HEAD}{outlines}</body></opml>")[0] == expected
    assert read(f"{HEAD}{outlines}")[0] == expected  # it breaks off


@pytest.mark.parametrize(
    "body",
    [
        PLAIN.encode(),
        PLAIN.partition("\n")[2].encode(),
        b"\xef\xbb\xbf" + PLAIN.encode(),
        PLAIN.replace("UTF-8", "UTF-16").encode("utf-16"),
        PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.replace("<head/>", "<head><title>x</head>").encode(),
        PLAIN.replace("<head/>", "<!-- <outline xmlUrl='y'/> -->").encode(),
        PLAIN.replace("</body>", "\x03").encode(),
    ],
)
def test_a_list_is_read_however_it_is_encoded_or_broken(body: bytes) -> None:
    """No declaration, marks, UTF-16, tags that are crossed or missing, control characters."""
    assert read(body)[0] == ("কাগজ", FEED, ())


def test_folders_end_where_they_are_closed() -> None:
    """A feed behind a folder is in none, and an empty folder is an outline without an address."""
    body = f"{HEAD}<outline text='খ'><outline text='ক' xmlUrl='{FEED}'/></outline>"
    body += f"<outline text='গ' xmlUrl='{FEED}2'/><outline text='ফাঁকা'/></body></opml>"
    assert [folders for _, _, folders in read(body)] == [("খ",), (), ()]
    assert [address for _, address, _ in read(body)] == [FEED, f"{FEED}2", ""]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b"<html><body><p>x</p></body></html>",
        b'{"version": "https://jsonfeed.org/version/1.1"}',
        b"<opml><body/></opml>",
        b"\x00\x01\x02",
        b'<!DOCTYPE opml [<!ENTITY a "b">]><opml><body><outline text="&a;"/></body></opml>',
        b'<!doctype opml [<!entity x SYSTEM "/etc/passwd">]><opml><outline text="&x;"/></opml>',
        b"<opml>" + b"<outline text='a'/>" * 120_000,
    ],
)
def test_what_is_no_list_is_refused(body: bytes) -> None:
    """Other documents, entities of a list's own, and what is larger than a list are named so."""
    with pytest.raises(ParseError):
        listed_feeds(body)


@pytest.mark.parametrize(
    "body",
    [
        b"<opml><body>" + b"<outline text='a'>" * 110_000,
        b"<opml><body>" + b"<outline text='a' xmlUrl='https://a.example/'>" * 43_000,
        b"<opml><body>" + b"<outline text='" + b"&amp;" * 390_000 + b"' xmlUrl='x'/>",
        b"<opml><body>" + b"<" * 1_900_000,
        b"<opml>" + b"".join(b"<outline xmlUrl='https://a.example/%d'/>" % n for n in THOUSANDS),
        b"<opml>"
        + b"".join(
            b"<outline text='%d'><outline xmlUrl='https://a.example/'/></outline>" % n
            for n in THOUSANDS[:28_000]
        ),
        b"<opml><body><outline text='" + b"a" * 1_900_000,
        b"<opml><body>" + b"<outline xmlUrl='x' category='" + b"a,/" * 600_000 + b"'/>",
        b"<opml><outline xmlUrl='https://a.example/' text='" + b"1" * 31 + b"a'/></opml>",
    ],
)
def test_a_hostile_list_takes_no_longer_than_a_large_one(body: bytes) -> None:
    """Whatever two megabytes hold, they are through in a few seconds of the processor."""
    assert len(body) <= MAX_BYTES
    begun = time.process_time()
    try:
        listed = listed_feeds(body)
    except ParseError:
        listed = ()
    plan_import(listed, ())
    assert time.process_time() - begun < SLOW_CPU_SECONDS


# --- What becomes of each ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "written", "reason"),
    [
        (FEED, FEED, ""),
        ("feed://kagoj.example/rss", "http://kagoj.example/rss", ""),
        ("feed:https://kagoj.example/rss", FEED, ""),
        ("feed://https://kagoj.example/rss", FEED, ""),
        ("https://কাগজ.example/খবর", "https://কাগজ.example/খবর", ""),
        ("", "", "it names no address (no xmlUrl)"),
        ("file:///etc/passwd", "", "not a web address"),
        ("javascript:alert(1)", "", "not a web address"),
        ("http://192.168.0.1/rss", "", "its address is not public; --allow-private takes it"),
    ],
)
def test_an_address_becomes_a_source_or_says_why_not(
    address: str, written: str, reason: str
) -> None:
    """Old schemes of readers are taken, and whatever is no public web address is not."""
    plan = planned(feed(address))
    assert [new.feed for new in plan.new] == ([written] if written else [])
    assert plan.each[0].outcome is (ImportOutcome.ADDED if written else ImportOutcome.NO_FEED)
    assert not reason or plan.each[0].detail.startswith(reason)


def test_a_private_address_is_written_with_its_permission() -> None:
    """Where a person asks for it, the source says that its address may be private, and no other."""
    both = planned(feed("http://127.0.0.1:8000/rss"), feed(FEED), allow_private=True)
    assert [new.allow_private for new in both.new] == [True, False]


def test_what_is_there_is_not_added_again() -> None:
    """One address in another form is the same, in the configuration and in the list."""
    text = '[[source]]\nname = "kagoj"\nfeed = "http://www.kagoj.example/rss/"\n'
    plan = planned(feed(FEED), feed("https://b.example/", "খ", "এক"),
                   feed("http://b.example", "খ", "দুই"), text=text)  # fmt: skip
    assert [(each.outcome.value, each.detail) for each in plan.each] == [
        ("was there", "kagoj, line 1"),
        ("added", "kh"),
        ("was there", "kh, earlier in this list"),
    ]
    (new,) = plan.new
    assert new.categories == ("এক", "দুই")


@pytest.mark.parametrize(
    ("title", "address", "name"),
    [
        ("প্রথম আলো", FEED, "prothom-alo"),
        ("bdnews24.com - Home", FEED, "bdnews24-com"),
        ("সর্বশেষ | কালের কণ্ঠ", FEED, "kaler-konth"),
        ("বাংলাদেশের সবচেয়ে বড় কাগজের সব খবর", FEED, "bangladesher-soboceye-bor"),
        ("RSS Feed", "https://www.kagoj.com.bd/rss", "kagoj"),
        ("", "https://feeds.bbci.co.uk/x", "bbci"),
        ("", "http://127.0.0.1:8000/x", "127-0-0-1"),
        ("", "not an address", "source"),
        ("大公报", "https://k.example/", "k"),
    ],
)
def test_names_are_proposed_of_titles_or_hosts(title: str, address: str, name: str) -> None:
    """A title that says nothing gives no name, then the host does."""
    assert proposed_name(title, address, ()) == name
    assert proposed_name(title, address, {name, f"{name}-2"}) == f"{name}-3"


@given(st.text(max_size=80), st.text(max_size=40))
def test_every_proposed_name_is_valid(title: str, address: str) -> None:
    """Whatever a list says, its sources have names that the configuration takes."""
    assert NAME.fullmatch(proposed_name(title, address, ()))


@given(
    st.lists(st.builds(ListedFeed, title=st.text(), feed=st.just(FEED) | st.text() | st.integers(
        0, 20).map(lambda number: f"https://k{number}.example/"), folders=st.lists(
            st.text()).map(tuple), name=st.sampled_from(["", "a", "A b"])), min_size=1)
)  # fmt: skip
def test_whatever_a_list_says_the_configuration_stays_valid(listed: list[ListedFeed]) -> None:
    """Every new source is one that a configuration takes, and each outline has its line."""
    plan = plan_import(listed, ())
    assert len(plan.each) == len(listed)
    if plan.new:
        config = configuration.parse(edit.add_sources("", plan.new), Path("config.toml"))
        assert len(config.sources) == sum(e.outcome is ImportOutcome.ADDED for e in plan.each)


# --- Out and in again ----------------------------------------------------------------------------

printable = st.sampled_from(["জাতীয়", "খেলা, বিনোদন", "এ/ও", "<b>", "&lt;b&gt;", "R&D"])
exported = st.lists(
    st.builds(
        lambda number, title, categories: Source(
            name=f"s-{number}",
            title=title,
            feed=f"https://s{number}.example/rss?a=1&b=%E0",
            categories=tuple(categories),
        ),
        st.integers(0, 1000),
        st.sampled_from(["কাগজ", "a < b", "<script>x</script>", "&eacute;", 'উক্তি "ও"', "R&amp;D"]),
        st.lists(printable, max_size=3, unique=True),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda source: source.name,
)


@given(exported)
def test_sources_come_back_as_they_were_exported(sources: list[Source]) -> None:
    """Names, titles, addresses and categories are the same, maybe in another order."""
    body = opml.render_sources(SITE, sources, {})
    plan = plan_import(listed_feeds(body), ())

    def essence(source: Source | NewSource) -> tuple[str, str, str | None, list[str]]:
        return source.name, source.title, source.feed, sorted(source.categories)

    assert sorted(map(essence, plan.new)) == sorted(map(essence, sources))
    assert not any(each.outcome is ImportOutcome.NO_FEED for each in plan.each)


def test_the_shipped_sources_come_back(run: Run, tmp_path: Path) -> None:  # noqa: F811
    """The configuration that is shipped, exported and imported, has the same sources."""
    shipped = Path(__file__).parent.parent / "config.toml"
    (tmp_path / "config.toml").write_bytes(shipped.read_bytes())
    assert run(tmp_path, "export", "all.opml").exit_code == 0
    empty = tmp_path / "new.toml"
    empty.write_text('[[source]]\nname = "dumps"\ndump = "dumps/*.txt"\n', encoding="utf-8")
    assert run(tmp_path, "import", "--config", "new.toml", "all.opml").exit_code == 0
    before, after = configuration.load(tmp_path / "config.toml"), configuration.load(empty)

    def essence(source: Source) -> tuple[object, ...]:
        return source.name, source.title, source.feed, source.categories

    feeds = [source for source in before.sources if source.feed]
    assert sorted(map(essence, after.sources[1:])) == sorted(map(essence, feeds))


def test_readers_find_what_they_need() -> None:
    """An exported outline has its type, both names, both addresses and its categories."""
    made = Source(name="k", title="কাগজ", feed=FEED, categories=("এক", "দুই"))
    text = opml.render_sources(SITE, [made], {"কাগজ": "https://kagoj.example/"}).decode()
    assert '<outline text="এক" title="এক">' in text
    assert (
        f'<outline type="rss" text="কাগজ" title="কাগজ" xmlUrl="{FEED}" '
        'htmlUrl="https://kagoj.example/" category="এক,দুই" aggregator:name="k"/>'
    ) in text


# --- The commands --------------------------------------------------------------------------------


def test_import_asks_first_where_it_is_told_to(
    run: Run,  # noqa: F811
    write_config: Write,
    web: Loopback,
) -> None:
    """What is no feed is left out and named, what only fails for now is added and named.

    An outline of an address that is left out is left out, too, and nothing is stored.
    """
    path = write_config(source("own", f"{web.url}/own"))
    web.pages |= {
        "/feed": Page(rss([item(1)])),
        "/page": Page(b"<html><body>x</body></html>", "text/html"),
        "/busy": Page(status=503),
    }
    rows = [f"<outline text='{name}' xmlUrl='{web.url}/{name}'/>" for name in (
        "feed", "page", "busy", "gone", "page"
    )]  # fmt: skip
    (path.parent / "list.opml").write_text(f"{HEAD}{''.join(rows)}</body></opml>", encoding="utf-8")
    before = {each.name for each in path.parent.iterdir()}
    done = run(path.parent, "import", "list.opml", "--check", "--allow-private")
    assert done.exit_code == 1
    assert "2 added, 0 was there, 3 not a feed" in done.stdout
    said = " ".join(done.stdout.split())
    assert "which fails now: the server answered 503" in said
    assert said.count("it is an HTML page") == 2
    assert "the server answered 404" in said
    assert [one.feed for one in configuration.load(path).sources] == [
        f"{web.url}/{name}" for name in ("own", "feed", "busy")
    ]
    assert "/own" not in dict(web.asked)
    assert {each.name for each in path.parent.iterdir()} == before


def test_import_on_a_machine_without_a_network_leaves_nothing_out(
    run: Run,  # noqa: F811
    write_config: Write,
) -> None:
    """Where no name is known at all, that is said, and no feed is called none."""
    path = write_config(source("own", "https://own.example/rss"))
    rows = "".join(f"<outline xmlUrl='https://{name}.invalid/rss'/>" for name in "ab")
    (path.parent / "list.opml").write_text(f"{HEAD}{rows}</body></opml>", encoding="utf-8")
    before = path.read_bytes()
    done = run(path.parent, "import", "list.opml", "--check", "--allow-private")
    assert done.exit_code == 2
    assert "is this machine online? Nothing is written" in done.stderr
    assert path.read_bytes() == before


def test_import_says_what_it_does_and_does_it(run: Run, write_config: Write) -> None:  # noqa: F811
    """The table has a line for each outline, a dry run writes nothing, and a feed can take them."""
    path = write_config(
        f'[[source]]\nname = "a"\nfeed = "{FEED}"\n\n# ফিড\n[[feed]]\nname = "f"\nsources = ["a"]\n'
    )
    before = path.read_bytes()
    (path.parent / "list.opml").write_text(
        f"{HEAD}<outline text='খেলা'><outline text='খেলার কাগজ' xmlUrl='https://k.example/'/></outline>"
        f"<outline text='কাগজ' xmlUrl='{FEED}'/><outline text='বন্ধ' htmlUrl='https://b.example/'/>"
        "</body></opml>",
        encoding="utf-8",
    )
    command = ("import", "list.opml", "--feed", "f")
    dry = run(path.parent, *command, "--dry-run")
    assert "1 would be added, 1 was there, 1 not a feed" in dry.stdout
    assert path.read_bytes() == before and dry.exit_code == 1
    done = run(path.parent, *command)
    assert "a, line 1" in done.stdout and "khelar-kagoj" in done.stdout
    assert "it names the page https://b.example/ alone (no xmlUrl)" in done.stdout
    assert "1 added, 1 was there, 1 not a feed\nNo service runs" in done.stdout
    text = path.read_text(encoding="utf-8")
    assert 'title = "খেলার কাগজ"\nfeed = "https://k.example/"\ncategory = "খেলা"\n\n# ফিড' in text
    assert 'sources = ["a", "khelar-kagoj"]' in text
    again = run(path.parent, *command)
    assert "0 added, 2 was there" in again.stdout and "No service" not in again.stdout


def test_nothing_in_a_list_commands_the_terminal(run: Run, write_config: Write) -> None:  # noqa: F811
    """Escapes and turns of direction are shown as spaces, and an address without its password."""
    path = write_config('[[source]]\nname = "a"\nfeed = "https://a.example/"\n')
    (path.parent / "list.opml").write_text(
        f"{HEAD}<outline text='x\u009b2J\u202e' xmlUrl='https://k.example/\u202e'/>"
        "<outline text='y' htmlUrl='https://k.example/\u009b2J'/>"
        "<outline xmlUrl='https://me:word@k.example/'/><outline xmlUrl='https://['/></body></opml>",
        encoding="utf-8",
    )
    shown = run(path.parent, "import", "list.opml").stdout
    assert shown.replace("\n", "").isprintable() and "https://k.example/ 2J" in shown
    assert "word" not in shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("import", "none.opml"), "none.opml cannot be read: No such file or directory"),
        (("import", "config.toml"), "no OPML"),
        (("import", "list.opml", "--feed", "g"), 'there is no [[feed]] "g"'),
        (("export", "list.opml"), "list.opml is there already, and is left as it is"),
        (("export", "none/list.opml"), "cannot be written: No such file or directory"),
    ],
)
def test_what_cannot_be_done_is_said(
    run: Run, write_config: Write, arguments: tuple[str, ...], said: str  # noqa: F811
) -> None:  # fmt: skip
    """A list that is none, a feed that is not there, a file that is: nothing is written."""
    path = write_config('[[source]]\nname = "a"\nfeed = "https://a.example/"\n')
    (path.parent / "list.opml").write_text(PLAIN, encoding="utf-8")
    before = path.read_bytes()
    result = run(path.parent, *arguments)
    assert result.exit_code == 2 and said in result.stderr
    assert path.read_bytes() == before and (path.parent / "list.opml").read_text() == PLAIN


def test_export_names_what_is_not_in_the_list(run: Run, write_config: Write) -> None:  # noqa: F811
    """Dumps and passwords are left out and said so; published feeds are another list."""
    path = write_config(
        '[[source]]\nname = "d"\ndump = "*.txt"\n'
        '[[source]]\nname = "s"\npage = "https://s.example/latest"\n'
        '[[source]]\nname = "p"\nfeed = "https://me:word@p.example/rss"\n'
        '[[source]]\nname = "t"\nfeed = "https://t.example/rss?token=1"\n'
    )
    result = run(path.parent, "export")
    assert result.stderr.splitlines() == [
        "d: is a dump and no feed, and is not in the list",
        "s: is a page and no feed, and is not in the list",
        "p: its password or headers are not in the list",
        "t: its address has a secret, which is in the list",
    ]
    assert "word" not in result.stdout and 'xmlUrl="https://p.example/rss"' in result.stdout
    feeds = run(path.parent, "export", "--feeds")
    assert "bangla.atom" in feeds.stdout and "p.example" not in feeds.stdout and not feeds.stderr


@pytest.mark.more
def test_a_running_service_takes_over_what_is_imported(web: Loopback, write_config: Write) -> None:
    """It is said so, and the new source is asked within seconds."""
    web.pages["/a"], web.pages["/b"] = Page(rss([item(1)])), Page(rss([item(2)]))
    folder = write_config(
        '[site]\nlisten = "127.0.0.1:0"\n[status]\nlisten = ""\n' + source("a", f"{web.url}/a")
    ).parent
    (folder / "list.opml").write_text(PLAIN.replace(FEED, f"{web.url}/b"), encoding="utf-8")
    with RunningService(folder) as service:
        service.wait_for_log("published ")
        done = run_process(folder, "import", "list.opml", "--allow-private")
        assert "The service that runs takes it over within seconds." in done.stdout, done.stderr
        service.wait_for_log("the configuration was changed and is taken over")
        service.wait_for_log("kagoj")


def test_real_lists_are_read_whole(samples: Path) -> None:
    """Every address of lists that readers exported is a source, or says why not."""
    for path in sorted((samples / "samples" / "opml").glob("*.opml")):
        body = path.read_bytes()
        listed = listed_feeds(body)
        assert len(listed) == body.count(b"xmlUrl=") and all(each.folders for each in listed)
        plan = plan_import(listed, ())
        assert all(each.outcome is ImportOutcome.ADDED for each in plan.each)
        configuration.parse(edit.add_sources("", plan.new), Path("config.toml"))
