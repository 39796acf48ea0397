"""An empty machine as recipes see one: a folder that stands for its root.

What recipes ask of Debian, systemd and Docker is written down and not done. The program is really
built and installed, without a network: the packages that it needs are those of this environment.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
NAME = "bengali-feed-aggregator"
# The places that recipes name, longest first, so that none is taken for a part of another.
_PLACES = ("/var/lib/aggregator", "/opt/aggregator", "/etc", "/src")
_NOT_DONE = ("apt-get", "chown", "install", "ln", "systemctl", "useradd", "usermod")


def sources(folder: Path) -> Path:
    """Copy what a clone has, but for what .dockerignore names; return where."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    left_out = [line for line in lines if line and not line.startswith("#")]

    def ignored(place: str, names: list[str]) -> list[str]:
        return [
            name
            for name in names
            for pattern in left_out
            if fnmatch(name, pattern.removeprefix("**/"))
            and ("**/" in pattern or Path(place) == ROOT)
        ]

    shutil.copytree(ROOT, folder, ignore=ignored, symlinks=True)
    return folder


class Machine:
    """A root folder, with the program's packages at hand, that runs the lines of recipes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._calls = root / "calls"
        self._calls.write_text("")
        (root / "stubs").mkdir()
        for name in _NOT_DONE:
            self._stub(name, f'echo "{name} $*" >>{shlex.quote(str(self._calls))}')
        self._stub("python3", f'exec {shlex.quote(sys.executable)} "$@"')
        self._stub("python", f'exec {shlex.quote(sys.executable)} "$@"')
        self._stub("runuser", 'while [ "$1" != -- ]; do shift; done; shift; exec "$@"')
        for place in ("etc/systemd/system", "etc/cron.d", "opt", "var/lib", "packages"):
            (root / place).mkdir(parents=True)
        self._link_packages()
        self.environment = {
            "PATH": f"{root}/stubs:/usr/bin:/bin",
            "PYTHONPATH": f"{root}/packages",
            "HOME": str(root),
            "LANG": "C.UTF-8",
            "PIP_NO_INDEX": "1",
            "PIP_NO_BUILD_ISOLATION": "0",  # so pip writes that there is none
        }

    def here(self, text: str) -> str:
        """Return a text with the places that it names below this root."""
        for place in _PLACES:
            text = re.sub(rf"(?<![\w.-]){place}(?![\w-])", f"{self.root}{place}", text)
        return text

    def run(self, lines: str, *, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run lines of a shell, which end at the first that fails; return what they printed."""
        return subprocess.run(
            ["/bin/sh", "-e", "-c", self.here(lines)],
            cwd=cwd or self.root,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def calls(self) -> list[str]:
        """Return what was asked for and not done since this was last called."""
        lines = self._calls.read_text(encoding="utf-8").replace(str(self.root), "").splitlines()
        self._calls.write_text("")
        return lines

    def _stub(self, name: str, line: str) -> None:
        path = self.root / "stubs" / name
        path.write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
        path.chmod(0o755)

    def _link_packages(self) -> None:
        """Link the packages that this process finds, but for the program itself.

        Of what is there in two places, the first is found, whatever its version.
        """
        seen = {"bengali_feed_aggregator.dist-info"}
        for folder in map(Path, sys.path):
            if not any(folder.glob("*.dist-info")):
                continue
            for path in sorted(folder.iterdir()):
                is_stated = path.suffix == ".dist-info"
                key = f"{path.name.split('-')[0].lower()}.dist-info" if is_stated else path.name
                if key not in seen and path.suffix != ".pth" and "editable" not in path.name:
                    seen.add(key)
                    (self.root / "packages" / path.name).symlink_to(path)


def built(folder: Path) -> tuple[Path, Path]:
    """Build the source archive, and of it the wheel, as installers do; return both."""
    copy = sources(folder / "clone")
    archive = _hook(copy, "build_sdist", folder)
    shutil.unpack_archive(archive, folder / "unpacked")
    unpacked = next((folder / "unpacked").iterdir())
    return archive, _hook(unpacked, "build_wheel", folder)


def _hook(project: Path, name: str, out: Path) -> Path:
    """Call a hook of PEP 517 in a folder; return the file that it made."""
    program = f"from setuptools import build_meta; print(build_meta.{name}({str(out)!r}))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=project,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return out / done.stdout.splitlines()[-1]


def recipe(page: str, heading: str) -> list[str]:
    """Return the blocks of shell lines under a heading of a page of docs/."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    under = text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"(?ms)^```sh\n(.*?)^```$", under)


def keys(unit: str, section: str) -> dict[str, list[str]]:
    """Return the keys of a section of a systemd unit of contrib/, each with all its values."""
    text = (ROOT / "contrib" / unit).read_text(encoding="utf-8")
    found: dict[str, list[str]] = {}
    for line in text.split(f"\n[{section}]\n", 1)[1].split("\n[", 1)[0].splitlines():
        if line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found
