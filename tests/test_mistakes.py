"""What people get wrong by hand: the place, the cause, and what to write, which then passes."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from aggregator import config as configuration
from aggregator.config.checks import contradictions
from aggregator.config.messages import findings
from aggregator.config.misspelt import as_meant
from aggregator.config.positions import positions
from aggregator.config.schema import ConfigTable
from aggregator.config.syntax import parse_toml
from aggregator.errors import ConfigError, Fault
from tests.support.configurations import Make, Write
from tests.support.deadlines import SLOW_CPU_SECONDS
from tests.support.examples import examples
from tests.support.mistakes import BELOW_SOURCE, FEED, MISTAKES, PAGE, SOURCE, Mistake, page

WRITE = re.compile(r": write (.*)\Z")
EACH = pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.written[:40])


def faults(path: Path) -> tuple[Fault, ...]:
    """Load a configuration; return its faults."""
    try:
        configuration.load(path)
    except ConfigError as error:
        return error.faults
    return ()


def as_told(text: str, fault: Fault) -> str | None:
    """Do what a fault says behind *write*; ``None`` where it says it in words alone."""
    advice = WRITE.search(fault.message)
    lines = text.split("\n")
    old = lines[fault.line - 1]
    if advice is None or advice[1].endswith((" it", "another")):
        return None
    if old.startswith("[[") and not advice[1].startswith("["):  # a key that is missing
        lines.insert(fault.line, advice[1])
    elif " = " in advice[1] or advice[1].startswith("[") or advice[1].endswith(","):
        lines[fault.line - 1] = advice[1]
    else:  # a value of a list
        begin = fault.column - 1
        lines[fault.line - 1] = old[:begin] + re.sub(r'\A"[^"]*"', advice[1], old[begin:])
    return "\n".join(lines)


def test_there_are_sixty() -> None:
    """The table is as long as was promised, and no mistake stands in it twice."""
    assert len({(mistake.where, mistake.written) for mistake in MISTAKES}) == len(MISTAKES) >= 60


@EACH
def test_a_mistake_is_named_once_at_its_place(write_config: Write, mistake: Mistake) -> None:
    """One fault for one mistake: nothing follows from it that a person did not do."""
    path = write_config(mistake.file(mistake.written))
    expected = Fault("config.toml", *mistake.place, mistake.said)
    assert faults(path) == (expected,)


@EACH
def test_nobody_is_told_what_fails_again(write_config: Write, mistake: Mistake) -> None:
    """What is right passes, and so does what the program says to write."""
    assert faults(write_config(mistake.file(mistake.right))) == ()
    text = mistake.file(mistake.written)
    told = as_told(text, Fault("config.toml", *mistake.place, mistake.said))
    if told is not None:
        assert faults(write_config(told)) == (), told


def test_most_are_told_a_line_to_write(write_config: Write) -> None:
    """The rule above is no empty one: of the table at most one in four is told words alone."""
    in_words = [mistake for mistake in MISTAKES if not WRITE.search(mistake.said)]
    assert len(in_words) <= len(MISTAKES) / 4, [mistake.written for mistake in in_words]


def test_all_mistakes_of_a_file_are_named_in_one_run(write_config: Write) -> None:
    """Forty sources, each with a mistake of its own: each is named at its line, and no other."""
    text, expected = "", []
    below = [
        mistake
        for mistake in MISTAKES
        if mistake.where == BELOW_SOURCE
        and "name" not in mistake.written
        and "of its own" not in mistake.said  # it is not certain, which is tested below
    ]
    for number, mistake in enumerate(below):
        source = SOURCE.replace('"a"', f'"s{number}"').replace("/feed", f"/{number}")
        line = text.count("\n") + mistake.place[0]
        said = mistake.said.replace('source "a"', f'source "s{number}"')
        said = re.sub(r"\(first in line \d+\)", f"(first in line {line - 1})", said)
        expected.append(Fault("config.toml", line, mistake.place[1], said))
        text += f"{source}{mistake.written}\n"
    assert len(below) >= 40
    assert list(faults(write_config(text))) == expected


def test_a_fault_that_is_not_certain_hides_no_certain_one(write_config: Write) -> None:
    """What cannot be mended is named as it is, and of what follows what is certain."""
    path = write_config(f"@@@\n{SOURCE}enabled = True\n{FEED}limit = ২০০\nevry = 3\n")
    assert [fault.line for fault in faults(path)] == [1, 5, 8]


@pytest.mark.parametrize(
    "wrong",
    [
        "auth = me:geheim",
        "auth = 'geheim'",
        "auth = “me:geheim”",
        "proxy = geheim",
        "headers = { X: “geheim” }",
        "[source.headers]\nX = geheim",
        "[source.headers]\nX: “geheim”",
        'feed = "http://me:geheim@example .org/"',
        "feed = me:geheim@example.org",
        "headers.X-Token = geheim",
        "headers = 'geheim'",
        "headers = [\n'X: geheim' // x\n]",
        '[source."headers"]\nX = “geheim”',
        'proxy = [\n"http://x:geheim"\n"http://y"\n]',
        "auth = [\nme:geheim\n]",
        "feed = https://example.org/rss?token=geheim",
        'feed = "https://example.org/rss?api_key=geheim',
        'feed = [\n"https://example.org/rss?token=geheim"\n"x"\n]',
        'feed = "example.org/rss?token=geheim"',
        "feed = https://℀/rss?token=geheim",
        'enabled = "https://example.org/rss?token=geheim"',
    ],
)
def test_no_advice_repeats_a_secret(write_config: Write, wrong: str) -> None:
    """What stands under ``auth``, ``proxy`` and ``headers``, or in an address, is not repeated."""
    above = '[[source]]\nname = "a"\n' if wrong.startswith("feed") else SOURCE
    named = faults(write_config(f"{above}{wrong}\n"))
    assert named
    assert not any("geheim" in fault.message for fault in named), named


def test_a_name_that_is_wrong_twice_is_one_fault_each(write_config: Write) -> None:
    """Two sources of one wrong name: each is told another right one, and no feed a wrong one."""
    one, two = (
        f'[[source]]\nname = "প্রথম আলো"\nfeed = "https://example.org/{number}"\n'
        for number in (1, 2)
    )
    path = write_config(f'{one}{two}{FEED}sources = ["প্রথম আলো"]\n')
    first, second = faults(path)
    assert first.message.endswith(
        '; name it so in the sources of feeds, too: write name = "prothom-alo"'
    )
    assert second.message.endswith('(line 2): write name = "prothom-alo-2"')


def test_the_page_is_made_of_the_table() -> None:
    """``python -m tests.support.mistakes`` writes ``docs/mistakes.md`` as it stands."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_a_home_is_put_in_place_of_its_sign(
    make_config: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """``~`` begins the paths of a person's own folder, wherever a path stands."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    config = make_config(
        '[site]\noutput = "~/feeds"\n[store]\nurl = "sqlite:///~/khobor.db"\n'
        'backup_folder = "~/backups"\n[[source]]\nname = "d"\ndump = "~/dumps/*.txt"\n'
    )
    home = tmp_path / "home"
    assert config.site.output == home / "feeds"
    assert config.store_url == f"sqlite:///{home}/khobor.db"
    assert config.upkeep.backup_folder == home / "backups"
    assert config.sources[0].dump == f"{home}/dumps/*.txt"


def test_what_is_hardly_meant_is_doubted(
    write_config: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing folder, an address that is read twice, and a backslash are no faults, but said."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there [1]").mkdir()
    write_config(
        f'{SOURCE}[[source]]\nname = "b"\nfeed = "http://www.example.org/feed/"\n'
        '[[source]]\nname = "c"\ndump = "nowhere/*.txt"\n'
        '[[source]]\nname = "d"\ndump = "there [1]"\n'
        "[[source]]\nname = 'e'\ndump = 'dumps\\*.txt'\n"
        '[[source]]\nname = "f"\ndump = "nowhere"\nenabled = false\n'
        '[[source]]\nname = "g"\ndump = "*/*.txt"\n'
        '[[source]]\nname = "h"\npage = "https://www.example.org/latest"\n'
        '[[source]]\nname = "i"\npage = "https://example.org/latest/"\n'
    )
    _, doubts = configuration.load_with_doubts(Path("config.toml"))
    assert [str(doubt) for doubt in doubts] == [
        'config.toml:6:1: source "b": feed: source "a" reads the same address: '
        "delete one of the two (line 3)",
        f'config.toml:9:1: source "c": dump: there is no folder {tmp_path}/nowhere, '
        "so nothing is read",
        'config.toml:15:1: source "e": dump: folders are divided by "/", not by "\\": '
        'write dump = "dumps/*.txt"',
        'config.toml:28:1: source "i": page: source "h" reads the same address: '
        "delete one of the two (line 25)",
    ]
    write_config(f'[[source]]\nname = "a"\ndump = "{"x" * 300}/*.txt"\n')
    assert len(configuration.load_with_doubts(Path("config.toml"))[1]) == 1


def test_links_do_not_hide_what_is_published(write_config: Write, tmp_path: Path) -> None:
    """A folder that leads to the one of the store is that folder; a circle of links is none."""
    (tmp_path / "public").symlink_to(tmp_path)
    named = faults(write_config(f'[site]\noutput = "public"\n{SOURCE}'))
    assert [fault.line for fault in named] == [2]
    (tmp_path / "circle").symlink_to("circle")
    assert not faults(write_config(f'[site]\noutput = "circle"\n{SOURCE}'))


@pytest.mark.parametrize("feeds", ["feed = 3", "feed = [1]", "[feed]", 'feed = "x"'])
def test_names_are_asked_of_feeds_that_are_none(write_config: Write, feeds: str) -> None:
    """What stands in place of feeds is a fault of its own, beside a wrong name."""
    wrong = SOURCE.replace('"a"', '"A b"')
    named = faults(write_config(f"{feeds}\n{wrong}"))
    assert any(fault.message.endswith('write name = "a-b"') for fault in named), named


# What is written in a configuration, and what is typed in its place by slips.
PIECES = st.sampled_from(
    [
        *"[]=:,;#{}.-`\\\"'“”\xa0 \n\n",
        "//",
        '"""',
        "[[source]]",
        "[feed]",
        "[topics]",
        "[source.headers]",
        "name",
        "title",
        "limit",
        "খেলা",
        "২০",
        "15",
        "m",
        "true",
        "Yes",
    ]
)


@settings(max_examples=examples(300))
@given(st.lists(PIECES, max_size=40).map("".join))
def test_whatever_is_written_is_read_or_named(text: str) -> None:
    """No text is a traceback, and what is mended keeps its lines, so that each place is right."""
    mended, data, named = parse_toml(text, "config.toml")
    assert mended.count("\n") == text.count("\n")
    assert data or named or not text.strip() or mended == text
    assert all(1 <= fault.line <= text.count("\n") + 1 for fault in named)
    if data:
        positions(mended)
    meant = as_meant(data)
    list(contradictions(meant.data))
    try:
        ConfigTable.model_validate(meant.data)
    except ValidationError as error:
        assert list(findings(error, meant.data))


LONG_LINES = [
    "x" + " " * 100_000 + "y",
    "x = " + '"a ' * 100_000,
    "[" * 900,
    "[a." + " " * 100_000,
    "[a." + " b" * 50_000,
]


@pytest.mark.parametrize("line", LONG_LINES)
def test_no_line_is_looked_at_for_long(write_config: Write, line: str) -> None:
    """A line that nobody wrote by hand is named, and not sought for what was meant by it."""
    path, started = write_config(f"{SOURCE}{line}\n"), time.process_time()
    assert [fault.line for fault in faults(path)] == [4]
    assert time.process_time() - started < SLOW_CPU_SECONDS  # 0.02 s; without the bound, minutes


def test_many_misspelt_keys_are_placed_at_once(write_config: Write) -> None:
    """A key that a program misspelt in each of thousands of sources is named at each."""
    sources = (f'[[source]]\nname = "n{n}"\nfed = "https://{n}.example/"\n' for n in range(9000))
    path, started = write_config("".join(sources)), time.process_time()
    assert [fault.line for fault in faults(path)] == [*range(3, 27_001, 3)]
    assert time.process_time() - started < 10  # 1.4 s; with a look at all keys for each, 21 s


@pytest.mark.parametrize(
    ("listed", "lines"), [('["a",\n"b"]', [6]), ('[\n"a",\n"b"', [4, 7]), ('[\n"a",', [4, 6])]
)
def test_a_line_behind_a_list_is_none_of_its_values(
    write_config: Write, listed: str, lines: list[int]
) -> None:
    """The list is closed, or was left open; either way the next key is told its sign."""
    path = write_config(f"{SOURCE}category = {listed}\nevery: '5m'\n")
    named = faults(path)
    assert [fault.line for fault in named] == lines
    assert named[-1].message.endswith("write every = '5m'")


def test_topics_have_no_keys_that_are_known(write_config: Write) -> None:
    """A word with a colon is a topic there, whatever it is."""
    assert faults(write_config(f'{SOURCE}[topics]\nx = [\n"a",\nlimit: "b"\n'))
