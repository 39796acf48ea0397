"""config.toml: every fault at once, each with its place and a hint; sensible when left out."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import fields
from datetime import timedelta
from difflib import SequenceMatcher
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator import config as configuration
from aggregator.config.positions import positions
from aggregator.config.schema import SourceTable
from aggregator.config.syntax import MAX_BYTES
from aggregator.errors import ConfigError
from aggregator.models import Access, DedupeRules, EventDisplay, Source
from tests.support.configurations import Make, Write

NAMES_OF_THE_SITE = (
    "index", "search", "subscribe", "sources", "entries", "style", "feed", "favicon"
)  # fmt: skip
SOURCE = '[[source]]\nname = "a"\nfeed = "https://example.org/feed"\n'


def faults(path: Path) -> list[str]:
    """Load a configuration that has faults, and return them as printed."""
    with pytest.raises(ConfigError) as caught:
        configuration.load(path)
    return str(caught.value).splitlines()


def test_a_single_source_is_a_whole_configuration(make_config: Make, tmp_path: Path) -> None:
    """Everything but one source can be left out."""
    config = make_config(SOURCE)
    assert config.site.output == tmp_path / "feeds"
    assert config.store_url == f"sqlite:///{tmp_path}/aggregator.db"
    assert (config.site.language, config.site.timezone) == ("bn", "Asia/Dhaka")
    assert (config.site.listen_host, config.site.listen_port) == ("127.0.0.1", 8000)
    assert [source.every_seconds for source in config.sources] == [None]
    assert [(feed.name, feed.sources, feed.limit) for feed in config.feeds] == [
        ("bangla", ("a",), 100)
    ]


def test_every_fault_is_named_with_its_place(write_config: Write) -> None:
    """Unknown keys, wrong types, duplicates, bad addresses and intervals all come at once."""
    path = write_config(
        """[site]
url = "example.org"
limit = 3

[[source]]
name = "one"
feed = "https://example.org/one"
evry = "15m"

[[source]]
name = "one"
feed = "ftp://example.org/two"
every = "soon"

[[source]]
name = "three"

[[source]]
name = "four"
dump = "dumps/*.txt"
category = 5
enabled = "no"

[[feed]]
name = "all"
sources = ["one", "fuor"]
limit = "100"
timezone = "Asia/Dhaka"
""",
    )
    assert faults(path) == [
        "config.toml:2:1: site.url: not a web address: it starts with http:// or https:// "
        'and has no spaces: write url = "https://example.org"',
        "config.toml:3:1: site.limit: unknown key here; it is one of [[feed]]",
        'config.toml:8:1: source "one": evry: unknown key, did you mean "every"?',
        'config.toml:11:1: source "one": name: "one" is also the name of another source (line 6): '
        'write name = "one-2"',
        'config.toml:12:1: source "one": feed: not a web address: it starts with http:// or '
        'https:// and has no spaces: write feed = "https://example.org/two"',
        'config.toml:13:1: source "one": every: not an interval, which is "auto", a number with '
        's, m, h or d, as "15m", or times as a crontab names them, as "0 6 * * fri"',
        'config.toml:15:1: source "three": a source has one of feed = "https://…", '
        'page = "https://…" and dump = "dumps/*.txt"',
        'config.toml:21:1: source "four": category: must be text in quotes or a list, '
        'as ["…", "…"], not 5: write category = "5"',
        'config.toml:22:1: source "four": enabled: must be true or false without quotes, '
        'not "no": write enabled = false',
        'config.toml:26:19: feed "all": sources[1]: there is no source "fuor": write "four"',
        'config.toml:27:1: feed "all": limit: must be a whole number without quotes, not "100": '
        "write limit = 100",
        'config.toml:28:1: feed "all": timezone: unknown key here; '
        "it is one of [site] and [[source]]",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            f"{SOURCE}খেলা = 1\n",
            'config.toml:4:1: source "a": খেলা: unknown key; known are name, title',
        ),
        (
            f"{SOURCE}[tags.খেলা]\n",
            "config.toml:4:7: a key with other letters than a-z, 0-9 needs quotes",
        ),
        (
            f"{SOURCE}title = প্রথম আলো\n",
            'config.toml:4:9: text needs quotes: write title = "প্রথম আলো"',
        ),
        (f'{SOURCE}name = "b"\n', 'config.toml:4:1: "name" is given twice'),
        (
            '[source]\nname = "a"\n',
            "config.toml:1:1: source: there can be several: write [[source]]",
        ),
        ("", "config.toml:1:1: source: missing: a configuration has at least one [[source]]"),
        (f"[[site]]\n{SOURCE}", "config.toml:1:1: site: there is only one: write [site]"),
        (
            "[[source]]\nfeed = 'https://example.org/'\n",
            "config.toml:1:1: source[0]: name: missing: every [[source]] has one: write name = ",
        ),
        (f'{SOURCE}timezone = "Dhaka"\n', 'config.toml:4:1: source "a": timezone: not a time zone'),
        (
            f'{SOURCE}[[feed]]\nname = "x"\ncategories = ["খেলা"]\n',
            'config.toml:6:15: feed "x": categories[0]: there is no source of category "খেলা"',
        ),
        (
            f'{SOURCE}[[feed]]\nname = "../x"\n',
            'config.toml:5:1: feed "../x": name: a name is made of a-z, 0-9 and -',
        ),
        *(
            (
                f'{SOURCE}[[feed]]\nname = "{name}"\n',
                f'config.toml:5:1: feed "{name}": name: "{name}" is the name of a file of the site',
            )
            for name in NAMES_OF_THE_SITE
        ),
        (
            f'{SOURCE}category = "খেলা"\n[[feed]]\nname = "x"\nsplit_by = "category"\n'
            'names = { "খেলা" = "search" }\n',
            'config.toml:8:11: feed "x": names.খেলা: "search" is the name of a file of the site',
        ),
        (f'{SOURCE}title = "a\\u0001b"\n', 'config.toml:4:1: source "a": title: has a character'),
        (
            f'[store]\nurl = "mysql://x"\n{SOURCE}',
            "config.toml:2:1: store.url: the store is an SQLite file",
        ),
        (f'[site]\nlisten = "8000"\n{SOURCE}', "config.toml:2:1: site.listen: not an address"),
        (
            f'{SOURCE}title = "x\n',
            'config.toml:4:11: a quotation mark is missing: write title = "x"',
        ),
        (
            f'{SOURCE}[[feed]]\nname = "x"\nlimit = 0\n',
            'config.toml:6:1: feed "x": limit: must lie between 1 and 1000, not 0',
        ),
        (
            f'{SOURCE}[[feed]]\nname = "x"\nsources = []\n',
            'config.toml:6:1: feed "x": sources: the list is empty',
        ),
        (f"{SOURCE}title = [1\n", 'config.toml:4:11: a list ends with "]"'),
    ],
)
def test_what_people_get_wrong_has_a_hint(write_config: Write, text: str, expected: str) -> None:
    """The faults that are made by hand are named in words that say what to write."""
    assert any(fault.startswith(expected) for fault in faults(write_config(text))), faults(
        write_config(text)
    )


TWO = (
    f'{SOURCE}category = "জাতীয়"\n'
    '[[source]]\nname = "b"\nfeed = "https://b.example/"\ncategory = "অর্থনীতি"\n'
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            f'{SOURCE}[[feed]]\nname = "x"\ntopics = ["খেলাা"]\n',
            'config.toml:6:11: feed "x": topics[0]: there is no topic "খেলাা": write "খেলা"',
        ),
        (
            f'{SOURCE}[[feed]]\nname = "x"\ntopics = ["ঘুড়ি ওড়ানো"]\n',
            'config.toml:6:11: feed "x": topics[0]: there is no topic "ঘুড়ি ওড়ানো"; [topics] '
            'makes one of categories: "ঘুড়ি ওড়ানো" = ["…"]',
        ),
        (
            f'[topics]\nখেলা = ["দাবা"]\n{SOURCE}',
            'config.toml:2:1: a key with other letters than a-z, 0-9, "-" and "_" needs quotes: '
            'write "খেলা" = ["দাবা"]',
        ),
        (
            f'[topics]\n"খেলা" = ["দাবা"]\n"দাবা" = ["Chess", "খেলা"]\n"লুডু" = ["chess"]\n{SOURCE}',
            'config.toml:4:1: topics.লুডু: "chess" is also under "দাবা"',
        ),
        (
            f'{TWO}[[feed]]\nname = "x"\nsplit_by = "category"\nnames = {{ জাতীয় = "jatiyo" }}\n',
            "config.toml:12:11: text and keys with other letters than a-z need quotes: "
            'write names = { "জাতীয়" = "jatiyo" }',
        ),
        (
            f'{SOURCE}[[feed]]\nname = "x"\ntopics = ["ধর্ম", খেলা]\n',
            'config.toml:6:19: text needs quotes: write topics = ["ধর্ম", "খেলা"]',
        ),
        (
            f'[topics.x]\n"খেলা" = "দাবা"\n{SOURCE}',
            'config.toml:1:1: topics.x: must be text in quotes or a list, as ["…", "…"], '
            "not a table",
        ),
        (f'[topics]\n"খেলা" = []\n{SOURCE}', "config.toml:2:1: topics.খেলা: the list is empty"),
        (f"topics = 3\n{SOURCE}", "config.toml:1:1: topics: must be a table, not 3"),
        (f"[[topics]]\n{SOURCE}", "config.toml:1:1: topics: there is only one: write [topics]"),
        (
            f'{SOURCE}[[feed]]\nname = "x"\ninclude = ["নদী", "—"]\n',
            'config.toml:6:19: feed "x": include[1]: has no word of Bengali or Latin letters',
        ),
        (
            f'{SOURCE}[[feed]]\nname = "x"\nmin_sources = 0\n',
            'config.toml:6:1: feed "x": min_sources: must lie between 1 and 100, not 0',
        ),
        (
            f'{SOURCE}[[feed]]\nname = "x"\norder = "best"\n',
            'config.toml:6:1: feed "x": order: must be "newest" or "top", not "best"',
        ),
        (
            f'{SOURCE}[[feed]]\nname = "x"\nmatch_in = "text"\n',
            'config.toml:6:1: feed "x": match_in: must be "title" or "all", not "text"',
        ),
        (
            f'{SOURCE}content = "none"\n',
            'config.toml:4:1: source "a": content: must be "full" or "summary", not "none"',
        ),
        (
            f'{SOURCE}[[feed]]\nname = "x"\nsplit_by = "day"\n',
            'config.toml:6:1: feed "x": split_by: must be "category", "source" or "topic", '
            'not "day"',
        ),
        (
            f'{TWO}[[feed]]\nname = "x"\nnames = {{ "জাতীয়" = "jatiyo" }}\n',
            'config.toml:11:1: feed "x": names: only a feed with split_by has names of parts',
        ),
        (
            f'{TWO}[[feed]]\nname = "x"\nsplit_by = "category"\nnames = {{ "জাতীও" = "jatiyo" }}\n',
            'config.toml:12:11: feed "x": names.জাতীও: no part is called "জাতীও", '
            'did you mean "জাতীয়"?',
        ),
        (
            f'{TWO}[[feed]]\nname = "x"\nsplit_by = "category"\n[[feed]]\nname = "x-jatiyo"\n',
            'config.toml:13:1: feed "x-jatiyo": name: names = { "…" = "…" } gives a part another '
            'name than "x-jatiyo", which "জাতীয়" of another feed has (line 9)',
        ),
        (
            f'{TWO}[[feed]]\nname = "x"\nsplit_by = "category"\n'
            'names = { "জাতীয়" = "one", "অর্থনীতি" = "one" }\n',
            'config.toml:11:1: feed "x": split_by: names = { "…" = "…" } gives a part another name '
            'than "one", which "জাতীয়" has',
        ),
        (
            f'{TWO}[[feed]]\nname = "x"\nsplit_by = "source"\n[[feed]]\nname = "y"\n'
            'split_by = "source"\n',
            'config.toml:14:1: feed "y": split_by: give it a title: the folder '
            '"বাংলা সংবাদ: উৎস অনুযায়ী" is also of another feed (line 9)',
        ),
        (
            f'{TWO}[[feed]]\nname = "{"x" * 60}"\nsplit_by = "category"\n',
            "is longer than 64 characters",
        ),
        (
            f'{SOURCE}category = "Archive 1"\n[[feed]]\nname = "x"\nsplit_by = "category"\n',
            'config.toml:7:1: feed "x": split_by: "x-archive-1" is named as an archive document of '
            'another feed would be; names = { "Archive 1" = "…" } gives it another name',
        ),
        (
            f'{SOURCE}[[feed]]\nname = "x"\ninclude = "P\u0301"\n',
            'config.toml:6:1: feed "x": include: has no word of Bengali or Latin letters',
        ),
    ],
)
def test_what_is_wrong_with_choices_has_a_hint(
    write_config: Write, text: str, expected: str
) -> None:
    """Topics, words, orders and parts: each fault with its line and what to write instead."""
    named = faults(write_config(text))
    assert any(expected in fault for fault in named), named


def test_no_more_parts_are_made_than_a_bound(write_config: Write) -> None:
    """A line that makes hundreds of feeds is a fault, and not a folder of thousands of files."""
    many = "".join(
        f'[[source]]\nname = "s{number}"\nfeed = "https://example.org/"\n' for number in range(201)
    )
    path = write_config(f'{many}[[feed]]\nname = "x"\nsplit_by = "source"\n')
    assert faults(path) == ['config.toml:606:1: feed "x": split_by: makes 201 feeds; 200 at most']


def test_a_part_has_a_name_of_ascii_that_stays(make_config: Make) -> None:
    """Known topics have a name of their own, others are written in Latin letters."""
    text = "".join(
        f'[[source]]\nname = "s{number}"\nfeed = "https://example.org/"\ncategory = "{category}"\n'
        for number, category in enumerate(("আন্তর্জাতিক", "টেলিভিশন", "সংবাদ সংস্থা", "体育", "Video"))
    )
    config = make_config(f'{text}[[feed]]\nname = "x"\nsplit_by = "category"\n')
    assert [feed.name for feed in config.feeds] == [
        "x-antorjatik",
        "x-telibhishon",
        "x-songbad-songstha",
        "x-7d517be6",
        "x-video",
    ]


def test_spellings_of_a_category_are_one_part(make_config: Make) -> None:
    """So they do not fight for one name; one that is called as the rest is has the rest, too."""
    text = "".join(
        f'[[source]]\nname = "s{number}"\nfeed = "https://example.org/"\n{category}'
        for number, category in enumerate(
            ('category = "Sports"\n', "", 'category = "sports"\n', 'category = "অন্যান্য"\n')
        )
    )
    config = make_config(f'{text}[[feed]]\nname = "x"\nsplit_by = "category"\n')
    assert [(feed.name, feed.title, feed.sources) for feed in config.feeds] == [
        ("x-sports", "বাংলা সংবাদ: Sports", ("s0", "s2")),
        ("x-onyanyo", "বাংলা সংবাদ: অন্যান্য", ("s1", "s3")),
    ]


def test_a_topic_that_is_called_as_the_rest_is_the_rest(make_config: Make) -> None:
    """What is of no topic stands with it; chosen by its name, it is a topic as every other."""
    text = f'[topics]\n"অন্যান্য" = ["বিবিধ"]\n{SOURCE}[[feed]]\nname = "x"\nsplit_by = "topic"\n'
    parts = [feed.part for feed in make_config(text).feeds if feed.part]
    assert [(part.label, part.topic) for part in parts][-1] == ("অন্যান্য", "")
    (chosen,) = make_config(f'{text}topics = "বিবিধ"\n').feeds
    assert chosen.part and chosen.part.topic == "অন্যান্য"


def test_a_part_of_a_disabled_source_keeps_its_name(make_config: Make) -> None:
    """To leave a source alone is no fault of the feed that names the part of its category."""
    config = make_config(
        f'{TWO}enabled = false\n[[feed]]\nname = "x"\nsplit_by = "category"\n'
        'names = { "অর্থনীতি" = "taka" }\n'
    )
    assert [feed.name for feed in config.feeds] == ["x-jatiyo"]


def test_of_the_categories_of_a_source_the_first_that_is_named_counts(make_config: Make) -> None:
    """A feed that is split by some categories has no part of another."""
    text = f'{SOURCE}category = ["জাতীয়", "খেলা"]\n[[feed]]\nname = "x"\nsplit_by = "category"\n'
    assert [feed.name for feed in make_config(text).feeds] == ["x-jatiyo"]
    assert [feed.name for feed in make_config(f'{text}categories = "খেলা"\n').feeds] == ["x-khela"]


def test_faults_of_syntax_do_not_hide_faults_of_meaning(write_config: Write) -> None:
    """A value without quotes in one line and an unknown key in another are both named."""
    lines = faults(write_config(f'{SOURCE}title = প্রথম আলো\nevry = "1h"\n'))
    assert [line.split(": ")[0] for line in lines] == ["config.toml:4:9", "config.toml:5:1"]


def sources_named(name: str, number: int) -> str:
    """Return sources, each with its number in its address, and in its name where that has {}."""
    table = '[[source]]\nname = "{name}"\nfeed = "https://example.org/{each}"\n'
    return "".join(table.format(name=name.format(each), each=each) for each in range(number))


def named_by_one_feed(name: str, number: int) -> str:
    """Return a feed of sources by their names, each with its number."""
    names = ", ".join(f'"{name.format(each)}"' for each in range(number))
    return f'[[feed]]\nname = "f"\nsources = [{names}]\n'


@pytest.mark.parametrize(
    "made",
    [
        lambda number: sources_named("Paper {}", number) + named_by_one_feed("Paper {}", number),
        lambda number: sources_named("Paper", number),
        lambda number: sources_named("paper", number),
        lambda number: sources_named("", number).replace('name = ""\n', ""),
        lambda number: SOURCE + named_by_one_feed("papr-{}", number),
        lambda number: SOURCE.replace("name", "nmae") * number,
    ],
    ids=["misspelt", "one-misspelt", "one", "none", "unknown", "misspelt-key"],
)
def test_twice_the_mistakes_are_twice_the_work(
    write_config: Write, made: Callable[[int], str]
) -> None:
    """Names that are wrong, the same, missing or of nothing, counted by what Python calls."""

    def work(number: int) -> int:
        path, calls = write_config(made(number)), 0

        def count(_frame: object, event: str, _called: object) -> None:
            nonlocal calls
            calls += event in ("call", "c_call")

        sys.setprofile(count)
        try:
            with pytest.raises(ConfigError):
                configuration.load(path)
        finally:
            sys.setprofile(None)
        return calls

    work(2)  # what is made once: models, and what is kept of patterns
    assert work(400) < 2.2 * work(200)


def test_of_many_misspelt_names_all_are_told_and_the_first_with_what_was_meant(
    write_config: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each name would be compared with each that there is: their comparisons are bounded."""
    compared = 0

    class Counted(SequenceMatcher[str]):
        def real_quick_ratio(self) -> float:
            nonlocal compared
            compared += 1
            return super().real_quick_ratio()

    monkeypatch.setattr("difflib.SequenceMatcher", Counted)
    names = named_by_one_feed("papr-{}", 500)
    told = faults(write_config(sources_named("paper-{}", 500) + names))
    assert len(told) == 500
    assert told[0].endswith('there is no source "papr-0": write "paper-0"')
    assert told[-1].endswith('there is no source "papr-499"')
    assert 50_000 < compared <= 100_000


def test_a_file_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    """A missing, unreadable or undecodable file is named like any other fault."""
    path = tmp_path / "config.toml"
    assert faults(path) == [f"config.toml:1:1: there is no file {path}"]
    path.write_bytes(b'[site]\ntitle = "\xff"\n')
    assert faults(path) == ["config.toml:2:1: is not UTF-8 text"]
    assert faults(tmp_path)[0].endswith(":1:1: is a folder, and no file")


def test_what_is_no_file_is_never_waited_for(tmp_path: Path) -> None:
    """A pipe without a writer, a device without an end and a socket are faults, at once."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    for name in ("pipe", "zero"):
        assert faults(tmp_path / name) == [f"{name}:1:1: is a pipe or a device, and no file"]
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        assert "cannot be read" in faults(tmp_path / "socket")[0]


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    """A terabyte of nothing is refused by its first bytes; one character more than allowed, too."""
    with (tmp_path / "huge").open("wb") as stream:
        stream.truncate(1 << 40)
    assert faults(tmp_path / "huge") == ["huge:1:1: the file is larger than 600,000 bytes"]
    (tmp_path / "large").write_text("#" * (MAX_BYTES - 1) + "ক", encoding="utf-8")
    assert faults(tmp_path / "large") == ["large:1:1: the file is larger than 600,000 bytes"]


def test_every_way_to_change_a_file_changes_its_stamp(tmp_path: Path) -> None:
    """Also a swap that keeps size and time, as by an archive or rsync."""
    path, other = tmp_path / "config.toml", tmp_path / "other.toml"
    path.write_text("a = 1", encoding="utf-8")
    other.write_text("a = 2", encoding="utf-8")
    status = path.stat()
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    first = configuration.stamp(path)
    assert first == configuration.stamp(path)
    other.replace(path)
    second = configuration.stamp(path)
    assert first != second
    time.sleep(0.02)  # the file system's clock ticks a hundred times a second
    path.write_text("a = 3", encoding="utf-8")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert configuration.stamp(path) not in (first, second)
    path.unlink()
    assert configuration.stamp(path) is None


def test_a_bomb_is_one_clear_fault(write_config: Write) -> None:
    """Neither size nor nesting holds the program or crashes it."""
    assert "is larger than" in faults(write_config("#" * (MAX_BYTES + 1)))[0]
    assert "nested too deeply" in faults(write_config(f"a = {'[' * 20000}"))[0]


def test_numbers_of_absurd_length_are_faults(write_config: Write) -> None:
    """Neither a decimal nor a hexadecimal monster is a traceback."""
    assert "too many digits" in faults(write_config(f"{SOURCE}every = {'1' * 5000}\n"))[0]
    feed = f'{SOURCE}[[feed]]\nname = "x"\nlimit = 0x{"f" * 5000}\n'
    assert faults(write_config(feed))[0].endswith("not a very large number")


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('proxy = "http://user:pa/ss@host:3128"', "not a proxy's address"),
        ('headers = { "X Y" = "1" }', "not the name of a header"),
        ('headers = { X-Key = "${NO_SUCH_NAME}" }', "NO_SUCH_NAME is not set"),
        ('auth = "nobody"', "user:${PASSWORD}"),
        ('spacing = "2h"', "a spacing lies between"),
        ('timeout = "1d"', "a timeout lies between"),
        ("max_bytes = 1", "must lie between 1000 and 200000000, not 1"),
    ],
)
def test_how_a_source_is_asked_is_checked_too(write_config: Write, line: str, fault: str) -> None:
    """Each key's fault is named, and no part of a password is."""
    named = faults(write_config(f"{SOURCE}{line}\n"))
    assert len(named) == 1 and fault in named[0]
    assert "pa/ss" not in named[0] and "'pa'" not in named[0]


def test_a_password_in_an_address_goes_where_passwords_are(make_config: Make) -> None:
    """The address of a source holds none; ``auth`` goes before what stands in the address."""
    address = 'feed = "https://user:pa%40ss@a.example:8080/rss?id=7"\n'
    config = make_config(f'[[source]]\nname = "a"\n{address}')
    assert config.sources[0].feed == "https://a.example:8080/rss?id=7"
    assert config.sources[0].access.auth == ("user", "pa@ss")
    assert "pa@ss" not in repr(config) and "pa%40ss" not in repr(config)
    config = make_config(f'[[source]]\nname = "a"\n{address}auth = "other:word"\n')
    assert config.sources[0].access.auth == ("other", "word")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('[[source]]\nname = "a"\nfeed = "https://user:pa-ss/7@a.example/"\n', "not a web address"),
        (
            f'[site]\nurl = "https://user:pa-ss@a.example/"\n{SOURCE}',
            "no user name and no password",
        ),
    ],
)
def test_no_fault_of_an_address_shows_its_password(
    write_config: Write, text: str, fault: str
) -> None:
    """What is wrong with an address is named without a part of it; the site's has no password."""
    (named,) = faults(write_config(text))
    assert fault in named and "pa-ss" not in named


def test_a_host_s_name_is_no_longer_than_one_can_be(write_config: Write) -> None:
    """Where workers share a store, such a name would keep every other host from being claimed."""
    host = "a." * 1_500 + "example"
    (named,) = faults(write_config(f'[[source]]\nname = "a"\nfeed = "https://{host}/"\n'))
    assert "a host's name has 253 characters at most" in named


def test_joiners_are_letters_of_bengali_words(make_config: Make) -> None:
    """র‍্যাব and উদ্‌যাপন can stand in a title."""
    config = make_config(f'{SOURCE}title = "র\u200d্যাব, উদ্\u200cযাপন"\n')
    assert config.sources[0].title == "র\u200d্যাব, উদ্\u200cযাপন"


def test_a_source_s_missing_address_is_named_beside_its_other_faults(write_config: Write) -> None:
    """A misspelt key does not hide that the source has neither feed nor dump."""
    lines = faults(write_config('[[source]]\nname = "a"\nevry = "1m"\n'))
    assert [line.split(": ")[0] for line in lines] == ["config.toml:1:1", "config.toml:3:1"]


def test_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    """A file saved by a Windows editor is a configuration like any other."""
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xef\xbb\xbf" + SOURCE.replace("\n", "\r\n").encode())
    assert [source.name for source in configuration.load(path).sources] == ["a"]


def test_unicode_forms_of_a_category_are_one(make_config: Make) -> None:
    """য় typed as one code point selects sources where it was typed as two."""
    config = make_config(
        f'{SOURCE}category = "জাতী\u09df"\n[[feed]]\nname = "x"\ncategories = "জাতী\u09af\u09bc"\n'
    )
    assert config.feeds[0].sources == ("a",)


def test_a_disabled_source_is_left_alone_but_known(make_config: Make) -> None:
    """A feed may name a source that is switched off."""
    config = make_config(f'{SOURCE}enabled = false\n[[feed]]\nname = "x"\nsources = ["a"]\n')
    assert config.sources == ()
    assert config.feeds[0].sources == ()


KEYS = st.from_regex(r"[a-z]{1,5}", fullmatch=True)
VALUES = st.one_of(
    st.just("1"),
    st.just('"a # [b] = \\" c"'),
    st.just("'''\nx = 1\n'''"),
    st.just('"""\n[[t]]\n"""'),
    st.just("[1, [2, 'x'], # c\n 3]"),
    st.just("{ k = 1, l = [2] }"),
)


@given(st.lists(st.tuples(KEYS, VALUES), unique_by=lambda pair: pair[0], max_size=8))
def test_a_position_is_where_its_key_stands(pairs: list[tuple[str, str]]) -> None:
    """Whatever the values look like, each key is found on the line it was written on."""
    text, expected = "", {}
    for key, value in pairs:
        expected[(key,)] = text.count("\n") + 1
        text += f"{key} = {value}\n"
    position_of = positions(text)
    assert {path: position_of[path].line for path in expected} == expected


def test_the_shipped_configuration_has_no_fault() -> None:
    """The project's own config.toml is valid and its feeds select something."""
    config = configuration.load(Path(__file__).parent.parent / "config.toml")
    assert len(config.sources) > 30
    assert all(feed.sources for feed in config.feeds)


# The keys of [[source]] that have another name in the program, or another meaning.
CONVERTED = {
    "every": "every_seconds",
    "category": "categories",
    "timeout": "timeout_seconds",
    "spacing": "spacing_seconds",
    "related": "related_are_entries",
    "min": "shortest_seconds",
    "max": "longest_seconds",
    "select": "selectors",
}


def test_every_key_of_a_source_reaches_the_stages() -> None:
    """A key is named as the field it becomes, or converted to one; only ``enabled`` is used up."""
    known_fields = {field.name for kind in (Source, Access) for field in fields(kind)}
    keys = set(SourceTable.model_fields) - {"enabled"}
    assert {CONVERTED.get(key, key) for key in keys} <= known_fields


def test_the_rules_for_stories_can_be_set(make_config: Make) -> None:
    """Left out, everything is on; each key reaches the type that stages read."""
    assert make_config('[[source]]\nname = "d"\ndump = "*"\n').dedupe == DedupeRules()
    config = make_config(
        '[dedupe]\nsame_text = false\nevents = false\nwindow = "36h"\nhold = false\n'
        '[[source]]\nname = "d"\ndump = "*"\npriority = -7\n'
        '[[feed]]\nname = "x"\nevents = "none"\n'
    )
    assert config.dedupe == DedupeRules(
        same_text=False, events=False, window=timedelta(hours=36), hold=False
    )
    assert config.sources[0].priority == -7
    assert config.feeds[0].events is EventDisplay.NONE


def test_faults_in_the_rules_for_stories_are_named(write_config: Write) -> None:
    """Windows, priorities and kinds out of their range, and what contradicts itself."""
    path = write_config(
        '[dedupe]\nwindow = "90d"\nevents = false\nsame = true\n'
        '[[source]]\nname = "d"\ndump = "*"\npriority = 101\n'
        '[[feed]]\nname = "x"\nevents = "merge"\n[[feed]]\nname = "y"\nevents = "mix"\n'
    )
    assert faults(path) == [
        'config.toml:2:1: dedupe.window: a window lies between "1h" and "60d"',
        'config.toml:4:1: dedupe.same: unknown key, did you mean "same_text"?',
        'config.toml:8:1: source "d": priority: must lie between -100 and 100, not 101: '
        "write priority = 100",
        'config.toml:11:1: feed "x": events: nothing to merge: [dedupe] events is false',
        'config.toml:14:1: feed "y": events: must be "link", "merge" or "none", not "mix"',
    ]
