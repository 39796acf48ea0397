"""A backup is whole, whoever writes meanwhile; what is restored goes on under the same ids."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tarfile
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from filelock import FileLock

from aggregator import config as configuration
from aggregator.errors import StoreError
from aggregator.models import Config
from aggregator.pipeline.backup import Backup, back_up
from aggregator.pipeline.restore import put_configuration, restore
from aggregator.publish import gone
from aggregator.store import copies, schema, space
from tests.support.configurations import LOCAL
from tests.support.deadlines import HUNG_SECONDS
from tests.support.loopback import Loopback, Page
from tests.support.passes import NOW, one_pass
from tests.support.texts import PAGE, item, rss
from tests.test_store_faults import files_of_at_most

ROOT = Path(__file__).parent.parent
FILE = "backup.tar.gz"


def made_site(web: Loopback, folder: Path, extra: str = "") -> Config:
    """Write a configuration of a feed, a dump, and a password, and publish them once."""
    web.pages["/a"] = Page(rss([item(number) for number in range(1, 9)]))
    (folder / "dumps").mkdir(parents=True, exist_ok=True)
    page = folder / "dumps" / "page.txt"
    page.write_text(PAGE, encoding="utf-8")
    os.utime(page, (1_790_000_000, 1_790_000_000))
    path = folder / "config.toml"
    path.write_text(
        f'[site]\nurl = "https://khobor.example/"\n{extra}'
        f'[[source]]\nname = "a"\nfeed = "{web.url}/a"\nauth = "me:hidden"\n{LOCAL}'
        '[[source]]\nname = "d"\ndump = "dumps/*.txt"\n',
        encoding="utf-8",
    )
    config = configuration.load(path)
    one_pass(config)
    return config


def put_back(backup: Path, folder: Path, *, may_replace: bool = False) -> Config:
    """Restore a backup into a folder, as the command does, and return the configuration there."""
    folder.mkdir(exist_ok=True)
    put_configuration(backup, folder / "config.toml")
    config = configuration.load(folder / "config.toml")
    restore(config, backup, may_replace=may_replace)
    return config


def ids(config: Config) -> list[tuple[str, str, int, int]]:
    """Return each entry's id with its source and times, in the order in which they came."""
    with closing(sqlite3.connect(config.path.parent / "aggregator.db")) as connection:
        query = "SELECT id, source, published_unix, first_seen_unix FROM entry ORDER BY pk"
        return connection.execute(query).fetchall()


# --- What is in a backup -------------------------------------------------------------------------


def test_a_restored_site_publishes_the_same_bytes_elsewhere(web: Loopback, tmp_path: Path) -> None:
    """From the file alone, in another folder, every published file comes back, time and all."""
    config = made_site(web, tmp_path / "here")
    gone.mark(config.site.output, ["old.atom"], NOW)
    expected, known = files_of(config), ids(config)
    back_up(config, tmp_path / FILE, NOW)
    shutil.rmtree(tmp_path / "here" / "feeds")
    there = put_back(tmp_path / FILE, tmp_path / "there")
    one_pass(there)
    assert ids(there) == known
    assert files_of(there) == expected
    assert gone.body_of(there.site.output, "old.atom")


def files_of(config: Config) -> dict[str, tuple[bytes, int]]:
    """Return the bytes and times of what is published, with the ledger and without folders."""
    folder = config.site.output
    found = {path.name: path for path in folder.iterdir() if path.is_file()}
    return {name: (path.read_bytes(), path.stat().st_mtime_ns) for name, path in found.items()}


def test_a_stranger_opens_a_backup_by_hand(web: Loopback, tmp_path: Path) -> None:
    """It is a tar archive of an SQLite file, the configuration, and a text that says so."""
    config = made_site(web, tmp_path / "here")
    back_up(config, tmp_path / FILE, NOW)
    with tarfile.open(tmp_path / FILE) as archive:
        archive.extractall(tmp_path / "by-hand", filter="data")
    by_hand = tmp_path / "by-hand"
    assert (by_hand / "config.toml").read_bytes() == config.path.read_bytes()
    assert "aggregator restore" in (by_hand / "README.txt").read_text(encoding="utf-8")
    contents = json.loads((by_hand / "contents.json").read_text(encoding="utf-8"))
    with closing(sqlite3.connect(by_hand / "aggregator.db")) as connection:
        (count,) = connection.execute("SELECT count(*) FROM entry").fetchone()
    assert contents["contents"]["rows"]["entry"] == count == len(ids(config))
    body = (by_hand / "aggregator.db").read_bytes()
    assert contents["database_bytes"] == len(body)
    assert (by_hand / "published" / ".published.json").read_bytes() == (
        config.site.output / ".published.json"
    ).read_bytes()


def test_a_backup_is_its_owners_alone_and_replaces_nothing(web: Loopback, tmp_path: Path) -> None:
    """It holds passwords; and a second one of the same name leaves the first to the byte."""
    config = made_site(web, tmp_path / "here")
    made = back_up(config, tmp_path / FILE, NOW)
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    before = made.path.read_bytes()
    with pytest.raises(StoreError, match="is there already, and a backup replaces nothing"):
        back_up(config, tmp_path / FILE, NOW)
    assert made.path.read_bytes() == before
    in_folder = back_up(config, tmp_path, NOW)
    assert in_folder.path.name == "aggregator-2026-11-24-060000.tar.gz"
    assert sorted(path.name for path in tmp_path.iterdir()) == [in_folder.path.name, FILE, "here"]


def test_a_file_that_comes_meanwhile_is_not_replaced(
    web: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever takes the name while the backup is made keeps it, also without hard links."""
    config = made_site(web, tmp_path / "here")
    checked = copies.check

    def check(path: Path, expected: copies.Contents) -> None:
        checked(path, expected)
        (tmp_path / FILE).write_bytes(b"mine")

    monkeypatch.setattr(copies, "check", check)
    for _ in range(2):
        with pytest.raises(StoreError, match=r"cannot be written"):
            back_up(config, tmp_path / FILE, NOW)
        assert (tmp_path / FILE).read_bytes() == b"mine"
        (tmp_path / FILE).unlink()
        monkeypatch.setattr(os, "link", no_links)


def no_links(*_: object) -> None:
    """Fail as a file system does that knows no second names of a file."""
    raise OSError(1, "Operation not permitted")


def test_a_backup_says_when_the_disk_has_no_room(
    web: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is written."""
    config = made_site(web, tmp_path / "here")
    monkeypatch.setattr(space, "free_bytes", lambda _path: 1000)
    with pytest.raises(StoreError, match="MB left; nothing was written"):
        back_up(config, tmp_path / FILE, NOW)
    assert [path.name for path in tmp_path.iterdir()] == ["here"]


def test_a_backup_that_is_told_to_stop_leaves_nothing(web: Loopback, tmp_path: Path) -> None:
    """A service that ends while it makes one is not kept from it."""
    config = made_site(web, tmp_path / "here")
    with pytest.raises(StoreError, match="it was stopped before the end"):
        back_up(config, tmp_path / FILE, NOW, lambda: True)
    assert [path.name for path in tmp_path.iterdir()] == ["here"]


def test_a_backup_that_is_told_to_stop_while_it_is_packed_leaves_nothing(
    web: Loopback, tmp_path: Path
) -> None:
    """Of a large store, packing takes longer than copying, and longer than a service may end."""
    config = made_site(web, tmp_path / "here")
    packed = tmp_path / f".{FILE}.tmp" / "backup"
    with pytest.raises(StoreError, match="it was stopped before the end"):
        back_up(config, tmp_path / FILE, NOW, packed.exists)
    assert [path.name for path in tmp_path.iterdir()] == ["here"]


# --- What is found wrong -------------------------------------------------------------------------


@pytest.mark.parametrize("where", [0.1, 0.5, 0.9])
def test_a_damaged_backup_is_refused(web: Loopback, tmp_path: Path, where: float) -> None:
    """One byte that is another, or an end that is missing, and nothing is put anywhere."""
    config = made_site(web, tmp_path / "here")
    back_up(config, tmp_path / FILE, NOW)
    body = bytearray((tmp_path / FILE).read_bytes())
    place = int(len(body) * where)
    changed = bytearray(body)
    changed[place] ^= 0xFF
    known = ids(config)
    for damaged in (bytes(changed), bytes(body[:place])):
        (tmp_path / "damaged").write_bytes(damaged)
        with pytest.raises(StoreError, match="cannot be read as a backup"):
            restore(config, tmp_path / "damaged", may_replace=True)
        assert ids(config) == known
    assert not list((tmp_path / "here").glob("*before-restore*"))


def test_a_disk_that_fills_is_named_and_not_the_backup(web: Loopback, tmp_path: Path) -> None:
    """Others fill it after it was looked at: nothing is changed, and the backup is good."""
    config = made_site(web, tmp_path / "here")
    back_up(config, tmp_path / FILE, NOW)
    known, there = ids(config), sorted((tmp_path / "here").iterdir())
    full = "cannot be unpacked: File too large"
    with files_of_at_most(100_000), pytest.raises(StoreError, match=full):
        restore(config, tmp_path / FILE, may_replace=True)
    assert ids(config) == known and sorted((tmp_path / "here").iterdir()) == there
    restore(config, tmp_path / FILE, may_replace=True)


def test_what_is_no_backup_is_named(web: Loopback, tmp_path: Path) -> None:
    """A text, another archive, and a file that is not there."""
    config = made_site(web, tmp_path / "here")
    (tmp_path / "text").write_text("বাংলা", encoding="utf-8")
    with tarfile.open(tmp_path / "other.tar", "w") as archive:
        archive.add(config.path, "config.toml")
    for name in ("text", "other.tar", "missing"):
        with pytest.raises(StoreError, match=f"{name} cannot be read as a backup"):
            restore(config, tmp_path / name, may_replace=True)


def test_a_copy_that_lacks_rows_is_no_backup(web: Loopback, tmp_path: Path) -> None:
    """The rows of each table are counted in the snapshot, and again in the copy."""
    config = made_site(web, tmp_path / "here")
    contents = copies.copy(config.store_url, tmp_path / "copy.db", lambda: False)
    copies.check(tmp_path / "copy.db", contents)
    fewer = replace(contents, rows={**contents.rows, "entry": contents.entries + 1})
    with pytest.raises(StoreError, match="lacks some of what was copied"):
        copies.check(tmp_path / "copy.db", fewer)


def test_a_backup_of_a_newer_version_is_refused(
    web: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of an older version is put back, and the next pass migrates it."""
    config = made_site(web, tmp_path / "here")
    back_up(config, tmp_path / FILE, NOW)
    monkeypatch.setattr(schema, "REVISION", "0001")
    with pytest.raises(StoreError, match="newer version"):
        restore(config, tmp_path / FILE, may_replace=True)


# --- What is put back ----------------------------------------------------------------------------


def test_a_store_that_is_there_is_kept_beside(web: Loopback, tmp_path: Path) -> None:
    """Without leave nothing changes; with it, what came since lies in the file that is named."""
    config = made_site(web, tmp_path / "here")
    back_up(config, tmp_path / FILE, NOW)
    before = ids(config)
    web.pages["/a"] = Page(rss([item(number) for number in range(20, 25)]))
    one_pass(config)
    after = ids(config)
    with pytest.raises(StoreError, match="nothing was changed: --force"):
        restore(config, tmp_path / FILE, may_replace=False)
    assert ids(config) == after
    restored = restore(config, tmp_path / FILE, may_replace=True)
    assert ids(config) == before and restored.store == tmp_path / "here" / "aggregator.db"
    assert restored.aside is not None and len(after) == len(before) + 5
    with closing(sqlite3.connect(restored.aside)) as connection:
        assert connection.execute("SELECT count(*) FROM entry").fetchone() == (len(after),)
    one_pass(config)  # what came since comes again, under the same ids
    assert {entry[0] for entry in ids(config)} == {entry[0] for entry in after}


def test_what_lay_in_the_log_of_the_old_store_is_kept(
    web: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log that cannot be taken in goes along with its database, and not into the new one."""
    config = made_site(web, tmp_path / "here")
    back_up(config, tmp_path / FILE, NOW)
    store = tmp_path / "here" / "aggregator.db"
    # A reader keeps SQLite from taking the log in, as one that hangs does.
    with closing(sqlite3.connect(store, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM entry").fetchone()
        with closing(sqlite3.connect(store)) as writer:
            writer.execute("UPDATE entry SET language = 'as'")
            writer.commit()
            restored = restore(config, tmp_path / FILE, may_replace=True)
    assert restored.aside is not None
    assert languages(restored.aside) == {"as"}
    assert languages(store) == {"bn"}


def languages(store: Path) -> set[str]:
    """Return the languages of the entries of a store."""
    with closing(sqlite3.connect(store)) as connection:
        return {row[0] for row in connection.execute("SELECT language FROM entry")}


def test_a_restore_without_hard_links_keeps_the_old_store(
    web: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a file has one name only, the old store is renamed."""
    config = made_site(web, tmp_path / "here")
    back_up(config, tmp_path / FILE, NOW)
    known = ids(config)
    monkeypatch.setattr(os, "link", no_links)
    for number in (1, 2):
        restored = restore(config, tmp_path / FILE, may_replace=True)
        assert restored.aside == tmp_path / "here" / f"aggregator.db.before-restore-{number}"
        assert ids(config) == known


def test_nothing_is_restored_beside_a_service(web: Loopback, tmp_path: Path) -> None:
    """Whoever holds the store's lock goes on undisturbed."""
    config = made_site(web, tmp_path / "here")
    back_up(config, tmp_path / FILE, NOW)
    known = ids(config)
    with (
        FileLock(tmp_path / "here" / "aggregator.db.lock"),
        pytest.raises(StoreError, match="another aggregator is using the store"),
    ):
        restore(config, tmp_path / FILE, may_replace=True)
    assert ids(config) == known


def test_a_configuration_that_is_there_stays(web: Loopback, tmp_path: Path) -> None:
    """What a person edited since is not lost; that of the backup is put beside it."""
    config = made_site(web, tmp_path / "here")
    back_up(config, tmp_path / FILE, NOW)
    was = config.path.read_text(encoding="utf-8")
    config.path.write_text(was.replace("khobor", "sangbad"), encoding="utf-8")
    assert put_configuration(tmp_path / FILE, config.path) is None
    restored = restore(config, tmp_path / FILE, may_replace=True)
    assert "sangbad" in config.path.read_text(encoding="utf-8")
    other = restored.other_configuration
    assert other is not None and other.read_text(encoding="utf-8") == was
    assert stat.S_IMODE(other.stat().st_mode) == 0o600
    assert not restored.is_remembered  # the folder has a ledger of its own


def test_what_a_configuration_takes_from_the_environment_is_named(
    web: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such a secret is not in the backup, so whoever restores it has to set it again."""
    monkeypatch.setenv("PAPER_TOKEN", "very-hidden")
    config = made_site(web, tmp_path / "here")
    text = config.path.read_text(encoding="utf-8").replace("me:hidden", "me:${PAPER_TOKEN}")
    config.path.write_text(text, encoding="utf-8")
    back_up(config, tmp_path / FILE, NOW)
    assert put_configuration(tmp_path / FILE, tmp_path / "new.toml") == ["PAPER_TOKEN"]
    with tarfile.open(tmp_path / FILE) as archive:
        for member in archive:
            content = archive.extractfile(member)
            assert content is not None and b"very-hidden" not in content.read()


# --- Beside a service ----------------------------------------------------------------------------

WRITER = """
import sys
from datetime import timedelta
from pathlib import Path
from aggregator import config as configuration
from tests.support.passes import NOW, one_pass
config = configuration.load(Path(sys.argv[1]))
for number in range(int(sys.argv[2])):
    one_pass(config, now=NOW + timedelta(minutes=number))
    print(number, flush=True)
"""


@pytest.mark.long
def test_a_backup_under_load_is_whole_and_goes_on_elsewhere(web: Loopback, tmp_path: Path) -> None:
    """Backups beside passes that bring and revise entries: restored, the ids and bytes are one."""
    config = made_site(web, tmp_path / "here")
    asked = 0

    def answer() -> bytes:
        """Send other news at each poll, half of what was sent before, and a revision."""
        nonlocal asked
        asked += 1
        numbers = range(asked * 6, asked * 6 + 12)
        return rss([item(number, title=f"খবর {number} {asked // 3}") for number in numbers])

    passes = 12
    command = [sys.executable, "-c", WRITER, str(config.path), str(passes)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    writer = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, cwd=ROOT)
    backups: list[Backup] = []
    assert writer.stdout is not None
    for line in writer.stdout:
        web.pages["/a"] = Page(answer())
        backups.append(back_up(config, tmp_path / f"{int(line)}.tar.gz", NOW))
    writer.stdout.close()
    assert writer.wait(HUNG_SECONDS) == 0
    assert len(backups) == passes
    assert len({made.contents.entries for made in backups}) > passes // 2
    last = rss([item(number) for number in range(1, 90)])
    web.pages["/a"] = Page(last)
    now = NOW + timedelta(hours=1)
    one_pass(config, now=now)
    known, published = dict(by_id(config)), files_of(config)
    for number in (0, passes // 2, passes - 1):
        there = put_back(tmp_path / f"{number}.tar.gz", tmp_path / f"there-{number}")
        assert by_id(there).items() <= known.items()
        if number == passes - 1:
            one_pass(there, now=now)
            assert by_id(there) == known
            assert {name: body for name, (body, _) in files_of(there).items()} == {
                name: body for name, (body, _) in published.items()
            }


def by_id(config: Config) -> dict[str, tuple[str, int, int]]:
    """Return source and times of each entry by its id."""
    return {entry_id: rest for entry_id, *rest in ids(config)}  # type: ignore[misc]
