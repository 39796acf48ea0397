"""Hostile documents, all served at once beside one good feed, to a process of its own.

What counts is what a person would see: the good feed is published, each hostile source is named or
read harmlessly, nothing from this machine is published, and no process of the pass grows.
"""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

import pytest

from aggregator import own_process
from aggregator.parse.feed import sandbox
from tests.support.configurations import LOCAL
from tests.support.deadlines import HUNG_SECONDS
from tests.support.loopback import Loopback, Page
from tests.support.published import plain_files
from tests.support.texts import item, rss

MEBIBYTES = 300
CANARY = "kept-from-the-net"
GZIP = {"Content-Encoding": "gzip"}
# What is read as other documents are, and takes long as it is long.
LONG_THREATS = ("long-text", "ampersands", "left-open", "links", "site", "files")
# Only ends a pass that hangs: where much else runs on the machine, one takes minutes.
_PASS_SECONDS = 600
# Runs the command and then tells the most memory that it ever held.
PROGRAM = """
import sys
from pathlib import Path
from aggregator.cli import main
sys.argv = ["aggregator", "once", "--all"]
try:
    main()
finally:
    Path("status.txt").write_text(Path("/proc/self/status").read_text())
"""


def item_with(number: int, text: str, before: str = "") -> bytes:
    """Return a feed of one entry whose title is ``text``, with a declaration before its root."""
    body = rss([item(number, title="TITLE")]).decode()
    return body.replace("<rss", f"{before}<rss", 1).replace("TITLE", text).encode()


def laughs() -> str:
    """Return a declaration of a billion laughs: entities that multiply."""
    lines = ['<!ENTITY l0 "lol">']
    lines += [f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10)]
    return f"<!DOCTYPE rss [{''.join(lines)}]>"


def threats(secret: Path) -> dict[str, Page]:
    """Return every hostile document by the name of its source."""
    quadratic = f'<!DOCTYPE rss [<!ENTITY q "{"a" * 100_000}">]>'
    attributes = b" ".join(b'a%d="1"' % n for n in range(200_000))
    left_open = "".join(f"&lt;b a{number}&gt;" for number in range(20_000))
    far = f"https://a.example/{'a/' * 100_000}"
    of_far = rss([item(number, link=f"/{number}") for number in range(100, 2_000)])
    opening = '<content url="/1.jpg" xmlns="http://search.yahoo.com/mrss/"><title>'
    nested = f"{opening * 100}{'ক' * 3_000_000}{'</title></content>' * 100}</item>"
    bomb = gzip.compress(b"<rss>" + b"\0" * 100_000_000)
    return {
        "xxe": Page(item_with(21, "&x;", f'<!DOCTYPE rss [<!ENTITY x SYSTEM "file://{secret}">]>')),
        "dtd": Page(item_with(22, "x", f'<!DOCTYPE rss SYSTEM "file://{secret}">')),
        "laughs": Page(item_with(23, "&l9;", laughs())),
        "quadratic": Page(item_with(24, "&q;" * 2_000, quadratic)),
        "long-text": Page(item_with(25, "ক" * 4_000_000)),
        "depth": Page(b"<rss><channel>" + b"<a>" * 1_000_000),
        "attributes": Page(b"<rss><channel><item " + attributes + b"/></channel></rss>"),
        "bomb": Page(bomb, headers=GZIP),
        "bomb-in-bomb": Page(gzip.compress(bomb), headers={"Content-Encoding": "gzip, gzip"}),
        "too-large": Page(rss([item(1)]) + b" " * 16_000_000),
        "utf-7": Page(
            item_with(26, "+ADw-script+AD4-alert(1)").replace(b"UTF-8", b"UTF-7"),
            content_type="text/xml; charset=utf-7",
        ),
        "surrogate": Page(item_with(27, "খবর &#xD800; &#xFFFF;")),
        "path": Page(str(secret).encode()),
        "ampersands": Page(item_with(28, "&amp;" * 400_000)),
        "override": Page(item_with(29, "খবর \u202etxt.exe\u202c")),
        "left-open": Page(item_with(31, f"&lt;p&gt;{left_open}" + "&lt;p&gt;ক" * 20_000)),
        "links": Page(rss([item(32, link=far, description="<a href=1>ক</a>" * 15_000)])),
        "site": Page(of_far.replace(b"https://example.org/</link>", far.encode() + b"</link>", 1)),
        "files": Page(item_with(33, "খবর").replace(b"</item>", nested.encode())),
        "script": Page(item_with(30, "&lt;img src=x onerror=alert(1)&gt; খবর")),
    }


pytestmark = pytest.mark.skipif(
    not Path("/proc/self/status").exists(),
    reason="/proc tells what a process held, and is not here",
)


@pytest.fixture(scope="module", params=["some", pytest.param("all", marks=pytest.mark.more)])
def harmed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run one pass over them and a good feed, without or with the long ones; return its folder."""
    folder = tmp_path_factory.mktemp("threats")
    secret = folder / "secret.txt"
    secret.write_text(CANARY, encoding="utf-8")
    web = Loopback()
    for name, page in threats(secret).items():
        if request.param == "all" or name not in LONG_THREATS:
            web.pages[f"/{name}"] = page
    web.pages["/good"] = Page(rss([item(7, title="ভালো খবর")]))
    sources = (
        f'[[source]]\nname = "{path[1:]}"\nfeed = "{web.url}{path}"\n{LOCAL}' for path in web.pages
    )
    text = '[[feed]]\nname = "all"\ntitle = "সব"\nlanguages = ["*"]\n' + "".join(sources)
    (folder / "config.toml").write_text(text, encoding="utf-8")
    process = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=folder,
        capture_output=True,
        check=False,
        timeout=_PASS_SECONDS,
    )
    web.close()
    (folder / "out.txt").write_bytes(process.stdout + process.stderr)
    assert process.returncode == 1, process.stderr.decode()
    return folder


def test_the_good_feed_is_published(harmed: Path) -> None:
    """However many sources are hostile, they harm no other."""
    assert "ভালো খবর" in (harmed / "feeds" / "all.rss").read_text(encoding="utf-8")


def test_no_process_of_the_pass_grows(harmed: Path) -> None:
    """The pass stays under the limit, which the process that reads hostile documents has, too."""
    status = (harmed / "status.txt").read_text(encoding="utf-8")
    (peak,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))
    assert int(peak) / 1024 < MEBIBYTES
    assert sandbox.MEMORY_BYTES <= MEBIBYTES * 1024 * 1024


def test_nothing_of_this_machine_and_nothing_that_runs_is_published(harmed: Path) -> None:
    """No file is read for a document, and no text is markup that a reader would run."""
    for path in plain_files(harmed / "feeds"):
        published = path.read_text(encoding="utf-8")
        assert CANARY not in published
        assert "lollol" not in published
        assert "onerror" not in published
        assert "\u202e" not in published
        assert "<script>alert" not in published


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("bomb", "larger than 15,000,000 bytes"),
        ("bomb-in-bomb", "larger than 15,000,000 bytes"),
        ("too-large", "larger than 15,000,000 bytes"),
        ("depth", "reading it takes longer"),
        ("path", "not a feed"),
        ("attributes", "neither title nor text"),
    ],
)
def test_what_cannot_be_read_is_named(harmed: Path, name: str, why: str) -> None:
    """A person sees which source is at fault and why."""
    lines = (harmed / "out.txt").read_text(encoding="utf-8").splitlines()
    assert any(name in line and why in line for line in lines)


@pytest.mark.parametrize("module", ["aggregator.server", "aggregator.parse.feed.sandbox"])
def test_no_file_of_the_current_folder_runs_in_a_process_of_ours(
    tmp_path: Path, module: str
) -> None:
    """A dump may be called as a module of a library is, and lie where the service was started."""
    trace = tmp_path / "ran"
    for name in ("json", "uvicorn", "socket", "feedparser"):
        text = f"from pathlib import Path\nPath({str(trace)!r}).touch()\n"
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    ended = subprocess.run(
        own_process.command(module),  # without its arguments, which it asks for after its imports
        cwd=tmp_path,
        env=own_process.environment(),
        capture_output=True,
        input="<rss/>",
        text=True,
        timeout=HUNG_SECONDS,
        check=False,
    )
    assert "sys.argv" in ended.stderr
    assert not trace.exists()
