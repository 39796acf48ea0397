"""Sources written into ``config.toml``: everything that a person wrote there stays as it was."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator import config as configuration
from aggregator.config import edit
from aggregator.config.file import read_text
from aggregator.config.syntax import MAX_BYTES
from aggregator.config.written import same_address, sources_in
from aggregator.errors import ConfigError, EditError
from aggregator.models import NewSource
from tests.support.deadlines import SLOW_CPU_SECONDS
from tests.support.examples import examples
from tests.test_killed import run

FIRST = '[[source]]\nname = "prothom"\nfeed = "https://prothom.example/rss"\n'
NEW = NewSource(name="notun", title="নতুন", feed="https://notun.example/rss", categories=("জাতীয়",))
WRITTEN = """\
[[source]]
name = "notun"
title = "নতুন"
feed = "https://notun.example/rss"
category = "জাতীয়"
"""


def added(old: str, new: str) -> str:
    """Return the lines that a text has in one place and the old one has not, which has no others.

    A file that ended within a line has a line end there now.
    """
    if new.startswith(old):
        return new[len(old) :]
    length = len(new) - len(old)
    ends = [0, *(index + 1 for index, character in enumerate(old) if character == "\n")]
    places = [at for at in ends if old == new[:at] + new[at + length :]]
    assert places, f"more was changed than lines added:\n{new}"
    return new[places[0] : places[0] + length]


# --- Made files ----------------------------------------------------------------------------------

# What stands between keys and tables in files that people write.
gaps = st.lists(
    st.sampled_from(
        ["\n", "\n\n", "  \t\n", "# [[source]] নয়\n", '   # খবর = "খ"\n', "#\n", '# """\n']
    ),
    max_size=4,
).map("".join)
spaces = st.sampled_from(["", " ", "  ", "\t"])
ends = st.sampled_from(["\n", "   \n", " # মন্তব্য\n", "\t#x\n"])


@st.composite
def pairs(draw: st.DrawFn, key: str, value: str) -> str:
    """Return a line with a key, in some spacing, with what may stand below it."""
    return f"{draw(spaces)}{key}{draw(spaces)}={draw(spaces)}{value}{draw(ends)}{draw(gaps)}"


@st.composite
def lists(draw: st.DrawFn, name: str) -> str:
    """Return a list of one text in some layout."""
    return draw(
        st.sampled_from(
            [
                f'["{name}"]',
                f"[ '{name}', ]",
                f'[\n  "{name}",\n]',
                f'[ # সব\n\t"{name}" # প্রথম\n  ]',
                f'"{name}"',
                '["*"]',
            ]
        )
    )


@st.composite
def files(draw: st.DrawFn) -> str:
    """Return a valid configuration in which tables stand in any order, of at least one source."""
    blocks = []
    for number in range(draw(st.integers(1, 3))):
        block = draw(pairs("name", f'"s{number}"'))
        block += draw(pairs("feed", f"'https://s{number}.example/rss'"))
        if draw(st.booleans()):
            block += draw(pairs("category", '"""জাতীয়"""'))
        if draw(st.booleans()):
            block += f"  [source.headers]{draw(ends)}" + draw(pairs('"X-A"', '"#1"'))
        blocks.append(f"[[source]]{draw(ends)}{block}")
    for number in range(draw(st.integers(0, 2))):
        block = draw(pairs("name", f'"f{number}"'))
        if draw(st.booleans()):
            block += draw(pairs("sources", draw(lists("s0"))))
        blocks.append(f"[[feed]]{draw(ends)}{block}")
    if draw(st.booleans()):
        blocks.append(f"[site]{draw(ends)}" + draw(pairs("title", '"খবর"')))
    text = draw(gaps) + "".join(draw(st.permutations(blocks)))
    if draw(st.booleans()):
        text = text.rstrip("\n")
    if draw(st.booleans()):
        text = text.replace("\n", "\r\n")
    return draw(st.sampled_from(["", "\ufeff"])) + text


# Whatever can be shown, and often what means something in TOML.
titles = st.text(
    st.characters().filter(str.isprintable) | st.sampled_from("\\\"'#=[]{}, \u200c\u200d"),
    min_size=1,
    max_size=20,
).filter(str.strip)
sources = st.builds(
    NewSource,
    name=st.just("notun"),
    title=titles,
    feed=st.just("https://notun.example/rss?a=1&b=খ"),
    categories=st.lists(titles, max_size=3, unique=True).map(tuple),
    allow_private=st.booleans(),
)


@settings(max_examples=examples(300), suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(files(), sources)
def test_whatever_a_file_is_like_only_lines_are_added(old: str, source: NewSource) -> None:
    """The old text without the added lines is the old text, and they say what was asked for."""
    new = edit.add_sources(old, [source])
    lines = added(old, new)
    table = tomllib.loads(lines)["source"]
    wanted = {"name": source.name, "title": source.title, "feed": source.feed}
    assert len(table) == 1 and wanted.items() <= table[0].items()
    assert ("\r\n" in new) == ("\r\n" in old) and new.count("\r") in (0, new.count("\n"))
    config = configuration.parse(new, Path("config.toml"))
    before = configuration.parse(old, Path("config.toml"))
    assert config.sources[:-1] == before.sources
    assert config.sources[-1].access.allow_private == source.allow_private


@settings(max_examples=examples(300), suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(files())
def test_a_list_of_a_feed_gets_the_name_and_loses_nothing(old: str) -> None:
    """Every feed that does not take all sources can be given one, whatever its list is like."""
    feeds = tomllib.loads(old.removeprefix("\ufeff")).get("feed", [])
    for table in feeds:
        new = edit.add_sources(old, [NEW], feed=table["name"])
        config = configuration.parse(new, Path("config.toml"))
        (feed,) = (feed for feed in config.feeds if feed.name == table["name"])
        assert feed.sources[-1] == "notun"
        kept = iter(new)
        assert all(character in kept for character in old)
        assert new.count("#") == old.count("#") and new.count("\r") in (0, new.count("\n"))


@settings(max_examples=examples(3), suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(old=files())
def test_a_hundred_edits_leave_what_was_there(
    tmp_path_factory: pytest.TempPathFactory, old: str
) -> None:
    """A file that a hundred sources were written into, one by one, has the old lines and theirs."""
    path = tmp_path_factory.mktemp("edited") / "config.toml"
    path.write_bytes(old.encode())
    for number in range(100):
        text = read_text(path)
        source = NewSource(name=f"notun-{number}", feed=f"https://n{number}.example/rss")
        edit.write(path, edit.add_sources(text, [source]), instead_of=text)
    new = path.read_bytes().decode()
    tables = tomllib.loads(added(old, new))["source"]
    assert [table["name"] for table in tables] == [f"notun-{number}" for number in range(100)]
    assert [written.name for written in sources_in(new)][-100:] == [t["name"] for t in tables]


# --- Where it goes -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (FIRST, f"{FIRST}\n{WRITTEN}"),
        (FIRST.rstrip("\n"), f"{FIRST}\n{WRITTEN}"),
        (f"{FIRST}# every = 15m\n\n# শেষ\n", f"{FIRST}# every = 15m\n\n{WRITTEN}\n# শেষ\n"),
        (f"{FIRST}\n# ফিড\n[[feed]]\n", f"{FIRST}\n{WRITTEN}\n# ফিড\n[[feed]]\n"),
        (f"{FIRST}# ফিড\n[[feed]]\n", f"{FIRST}\n{WRITTEN}\n# ফিড\n[[feed]]\n"),
        (f"{FIRST}[[feed]]\n", f"{FIRST}\n{WRITTEN}\n[[feed]]\n"),
        ("[site]\n", f"[site]\n\n{WRITTEN}"),
        ("", WRITTEN),
    ],
)  # fmt: skip
def test_it_goes_behind_the_last_source(old: str, new: str) -> None:
    """Comments below the last source stay with it, those above another table stay with that."""
    assert edit.add_sources(old, [NEW]) == new


def test_tables_that_stand_between_sources_stay_there() -> None:
    """A feed between two sources is not moved."""
    old = f'{FIRST}\n[[feed]]\nname = "f"\n\n{FIRST.replace("prothom", "dui")}'
    assert edit.add_sources(old, [NEW]) == f"{old}\n{WRITTEN}"


def test_sources_in_one_list_get_one_more() -> None:
    """A list of inline tables is made longer."""
    old = 'source = [\n  { name = "a", feed = "https://a.example/" }, # এক\n]\n'
    new = edit.add_sources(old, [NewSource(name="b", feed="https://b.example/")])
    assert new == old.replace("]", '  {name = "b", feed = "https://b.example/"},\n]')


def test_a_page_is_written_with_its_selectors() -> None:
    """Selectors are one line, and every other key that says nothing is left out."""
    page = NewSource(name="p", page="https://p.example/", select=(("entry", 'a[rel="x"]'),))
    assert edit.add_sources("", [page]) == (
        '[[source]]\nname = "p"\npage = "https://p.example/"\nselect = {entry = "a[rel=\\"x\\"]"}\n'
    )


@pytest.mark.parametrize("text", ["[[source]\n", 'source = "x"\n', "[source]\nname = 1\n", "a = "])
def test_what_is_no_configuration_is_not_edited(text: str) -> None:
    """A text that is no TOML, or has something else for its sources, is refused."""
    with pytest.raises(EditError):
        edit.add_sources(text, [NEW])


def test_a_feed_that_is_not_there_is_named() -> None:
    """Who asks for an unknown feed is told which there are."""
    with pytest.raises(EditError, match=r'no \[\[feed\]\] "kheal"; there are: khela'):
        edit.add_sources(f'{FIRST}[[feed]]\nname = "khela"\n', [NEW], feed="kheal")


# --- How it is written ---------------------------------------------------------------------------


def config_file(folder: Path, text: str = FIRST) -> Path:
    """Return a configuration in a folder."""
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def files_in(folder: Path) -> list[str]:
    """Return the names of the files in a folder."""
    return [path.name for path in folder.iterdir()]


def test_a_faulty_result_is_not_written(tmp_path: Path) -> None:
    """A text with a fault is refused with its line, and the file stays."""
    path = config_file(tmp_path)
    twice = edit.add_sources(FIRST, [NewSource(name="prothom", feed="https://x.example/")])
    with pytest.raises(ConfigError, match=r"config\.toml:6:1: .*also the name"):
        edit.write(path, twice, instead_of=FIRST)
    assert read_text(path) == FIRST and files_in(tmp_path) == ["config.toml"]


def test_a_file_that_would_be_too_large_is_not_written(tmp_path: Path) -> None:
    """What could not be read again is refused before it is written."""
    path = config_file(tmp_path)
    text = f"{FIRST}# {'ক' * MAX_BYTES}\n"
    with pytest.raises(EditError, match="would be larger than 600,000 bytes"):
        edit.write(path, text, instead_of=FIRST)
    assert read_text(path) == FIRST


def test_a_file_that_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    """What another wrote since the file was read is never overwritten."""
    path = config_file(tmp_path)
    text = edit.add_sources(FIRST, [NEW])
    path.write_text(f"{FIRST}# আমি\n", encoding="utf-8")
    with pytest.raises(EditError, match="was changed meanwhile"):
        edit.write(path, text, instead_of=FIRST)
    assert read_text(path) == f"{FIRST}# আমি\n"


def test_of_many_at_once_nobody_loses_an_edit(tmp_path: Path) -> None:
    """Whoever is told that a source was written finds it in the file at the end."""
    path = config_file(tmp_path)
    written, start = [], threading.Barrier(8)

    def add(number: int) -> None:
        start.wait()
        for attempt in range(20):
            name = f"n{number}-{attempt}"
            text = read_text(path)
            source = NewSource(name=name, feed=f"https://{name}.example/")
            try:
                edit.write(path, edit.add_sources(text, [source]), instead_of=text)
            except EditError:
                continue
            written.append(name)

    threads = [threading.Thread(target=add, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    names = {source.name for source in configuration.load(path).sources}
    assert names == {"prothom", *written} and len(written) > 8


def test_mode_and_link_stay(tmp_path: Path) -> None:
    """The file can be read by whoever could read it, and a link to it stays a link."""
    target = config_file(tmp_path)
    target.chmod(0o640)
    folder = tmp_path / "etc"
    folder.mkdir()
    link = folder / "config.toml"
    link.symlink_to(Path("..", "config.toml"))
    edit.write(link, edit.add_sources(FIRST, [NEW]), instead_of=FIRST)
    assert link.is_symlink() and target.stat().st_mode & 0o777 == 0o640
    assert read_text(target) == f"{FIRST}\n{WRITTEN}" and files_in(folder) == ["config.toml"]


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A file that is gone is named, and what the system says."""
    with pytest.raises(EditError, match="cannot be written: No such file"):
        edit.write(tmp_path / "config.toml", FIRST, instead_of="")


def test_a_file_that_may_not_be_written_is_left_alone(tmp_path: Path) -> None:
    """Its folder may be written, so that another file could be put in its place."""
    if os.geteuid() == 0:
        pytest.skip("root may write every file")
    path = config_file(tmp_path)
    path.chmod(0o444)
    with pytest.raises(EditError, match="cannot be written: Permission denied"):
        edit.write(path, edit.add_sources(FIRST, [NEW]), instead_of=FIRST)
    assert read_text(path) == FIRST


def test_more_sources_than_a_file_may_have_are_refused_at_once() -> None:
    """A list of subscriptions may have that number, and a feed is to take them by name."""
    text = f"{FIRST}[[feed]]\nname = 'f'\nsources = ['prothom']\n"
    many = [NewSource(name=f"n{n}", feed=f"https://{n}.example/") for n in range(20_000)]
    begun = time.process_time()
    with pytest.raises(EditError, match="would be larger than 600,000 bytes"):
        edit.add_sources(text, many, feed="f")
    # It takes 1 s; with the names in the list, a minute.
    assert time.process_time() - begun < SLOW_CPU_SECONDS


@pytest.mark.long
def test_a_killed_edit_leaves_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    """Killed at each step, the file is the old or the new one, and the next edit succeeds."""
    begun = tmp_path / "begun"
    begun.mkdir()
    path = config_file(begun)
    done = run(path, 0, "edit")
    assert done.returncode == 0, done.stderr
    expected, steps = read_text(path), int(done.stdout)
    path.write_text(FIRST, encoding="utf-8")
    seen = set()
    for step in range(1, steps + 1):
        folder = tmp_path / f"step-{step}"
        shutil.copytree(begun, folder)
        killed = run(folder / "config.toml", step, "edit")
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        found = read_text(folder / "config.toml")
        seen.add(found)
        if found == FIRST:
            assert run(folder / "config.toml", 0, "edit").returncode == 0
        assert read_text(folder / "config.toml") == expected
        assert files_in(folder) == ["config.toml"] or found == expected
    assert seen == {FIRST, expected}


# --- What is there already -----------------------------------------------------------------------


def test_a_source_is_found_by_its_address_and_line() -> None:
    """One address in another form is the same, also of a source that is disabled."""
    text = f'\ufeff{FIRST}\n[[source]]\nname = "b"\nenabled = false\ndump = "d/*.txt"\n'
    text = text.replace("\n", "\r\n")
    found = same_address(sources_in(text), "http://www.prothom.example/rss/")
    assert found is not None and (found.name, found.line) == ("prothom", 1)
    disabled = same_address(sources_in(text), "d/*.txt")
    assert disabled is not None and (disabled.line, disabled.is_enabled) == (5, False)
    assert same_address(sources_in(text), "https://dui.example/rss") is None
