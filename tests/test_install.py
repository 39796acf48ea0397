"""The recipes of docs/install.md and the files of contrib/, tried below an empty folder.

What a machine's own systemd, cron and Docker would do with them is done here by their rules.
"""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
import yaml

from tests.support.deadlines import HUNG_SECONDS, wait_until
from tests.support.installed import NAME, ROOT, Machine, built, keys, recipe, sources
from tests.support.loopback import Loopback, Page
from tests.support.ports import free_port
from tests.support.texts import item, rss

CONTRIB = ROOT / "contrib"
SERVICES = ("aggregator.service", "aggregator-once.service")
OF_CLUSTER = ("aggregator-worker.service", "aggregator-serve.service")
UNITS = (*SERVICES, *OF_CLUSTER, "aggregator-once.timer")
FOLDER = "/var/lib/aggregator"
# Of 10.0, by systemd-analyze; what is left is the network, which is needed.
MOST_EXPOSURE = 3.0


@pytest.fixture
def analyze() -> str:
    """Return the program that judges units."""
    if (program := shutil.which("systemd-analyze")) is None:
        pytest.skip("systemd-analyze is not installed (apt install systemd)")
    return program


@pytest.mark.parametrize("unit", UNITS)
def test_systemd_finds_no_fault(unit: str, analyze: str, tmp_path: Path) -> None:
    """Every key is known and has a value of its kind; the program is one that can be run."""
    for name in UNITS:
        text = (CONTRIB / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace("/opt/aggregator/bin/aggregator", "/bin/true"))
    done = subprocess.run(
        [analyze, "verify", "--man=no", tmp_path / unit],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("unit", (*SERVICES, *OF_CLUSTER))
def test_a_unit_exposes_little(unit: str, analyze: str) -> None:
    """What systemd calls its exposure is under the bound."""
    asked = [analyze, "security", "--offline=true", f"--threshold={MOST_EXPOSURE * 10:.0f}"]
    done = subprocess.run([*asked, CONTRIB / unit], capture_output=True, text=True, check=False)
    if "unrecognized option" in done.stderr:
        pytest.skip("this systemd is older than 250, which judges no unit of a file")
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Overall exposure level" in done.stdout


def test_a_pass_is_held_as_the_service_is() -> None:
    """Whatever bounds the service bounds the pass of the timer, too."""
    own = {"Type", "ExecStart", "SuccessExitStatus"}
    service, once = (keys(unit, "Service") for unit in SERVICES)
    served = {"ExecReload", "WatchdogSec", "Restart", "RestartSec", "RestartPreventExitStatus"}
    assert {key: value for key, value in service.items() if key not in own | served} == {
        key: value for key, value in once.items() if key not in own
    }
    assert service.keys() - once.keys() == served


def test_a_cluster_is_held_as_the_service_is() -> None:
    """Whatever bounds the service bounds a worker and a web server, but for how they end."""
    service = keys("aggregator.service", "Service")
    own = {"ExecStart", "RestartSec"}
    left_out = {"WatchdogSec"}
    for unit, not_there in zip(
        OF_CLUSTER,
        ({"RestartPreventExitStatus"}, {"ExecReload", "TimeoutStartSec"}),
        strict=True,
    ):
        found = keys(unit, "Service")
        assert found.keys() == service.keys() - left_out - not_there
        assert {key: value for key, value in found.items() if key not in own} == {
            key: service[key] for key in found if key not in own
        }


def test_the_image_is_pinned_small_and_has_no_rights() -> None:
    """One version of Python, no build left in it, another user than root, and health is asked."""
    steps = dockerfile()
    images = [value for name, value in steps if name == "FROM"]
    assert images == ["python:${PYTHON} AS build", "python:${PYTHON}"]
    versions, extras = (value for name, value in steps if name == "ARG")
    assert re.fullmatch(r"PYTHON=3\.\d+\.\d+-slim-[a-z]+", versions)
    assert extras == 'EXTRAS=""'
    last = steps[len(steps) - 1 - [name for name, _ in steps[::-1]].index("FROM") :]
    assert [value for name, value in last if name == "COPY"] == [
        "--from=build /opt/aggregator /opt/aggregator"
    ]
    assert dict(last)["USER"] == "aggregator"
    assert dict(last)["VOLUME"] == dict(last)["WORKDIR"] == FOLDER
    assert {"HEALTHCHECK", "CMD"} <= dict(last).keys()


def test_compose_runs_that_image_without_rights() -> None:
    """It builds with the file there is, keeps the volume that the image names, and nothing else."""
    composed = yaml.safe_load((CONTRIB / "compose.yaml").read_text(encoding="utf-8"))
    (service,) = composed["services"].values()
    context = CONTRIB / service["build"]["context"]
    assert (context / service["build"]["dockerfile"]).samefile(CONTRIB / "Dockerfile")
    (mounted,) = service["volumes"]
    name, _, place = mounted.partition(":")
    assert place == dict(dockerfile())["VOLUME"]
    assert name in composed["volumes"]
    assert service["ports"] == [f"127.0.0.1:8000:{dict(dockerfile())['EXPOSE']}"]
    assert service["read_only"] and service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    # A bound that is also in the unit is the same there.
    unit = keys("aggregator.service", "Service")
    assert [service["mem_limit"].upper()] == unit["MemoryMax"]
    assert [str(service["pids_limit"])] == unit["TasksMax"]
    assert [service["stop_grace_period"].removesuffix("s")] == unit["TimeoutStopSec"]


def test_an_image_is_not_made_of_what_a_clone_keeps(tmp_path: Path) -> None:
    """Nothing that git ignores, no history, and none of a person's dumps."""
    copy = sources(tmp_path / "copy")
    names = {path.name for path in copy.iterdir()}
    assert {"aggregator", "setup.cfg", "contrib", "config.toml", "requirements.lock"} <= names
    assert names.isdisjoint({".git", ".venv", "dumps", "feeds", "aggregator.db"})
    assert not any(copy.rglob("__pycache__"))


@pytest.mark.long
def test_the_recipes_install_a_service(tmp_path: Path, web: Loopback) -> None:
    """The recipes of systemd, cron, web servers, pipx and uvx, line by line.

    The wheel is built from what a clone has, installed where nothing else is, and run as the unit
    and the crontab say.
    """
    web.pages["/"] = Page(rss([item(1), item(2)]))
    archive, wheel = built(tmp_path)
    check_archives(archive, wheel)
    machine = Machine(make(tmp_path / "machine"))
    install_service(machine, wheel)
    port, _ = read_one_feed(web, machine.here(FOLDER))
    _, check, beside = recipe("install.md", "systemd")
    assert "no fault: 1 source, " in machine.run(check).stdout
    feed = Path(machine.here(FOLDER), "feeds", "bangla.rss")
    with running(machine, keys("aggregator.service", "Service"), port) as process:
        wait_until(lambda: answer(port, "/").ok)  # it is ready before the first publishing is done
        style = ROOT / "aggregator" / "publish" / "pages" / "static" / "style.css"
        assert answer(port, "/style.css").content == style.read_bytes()
        wait_until(lambda: feed.exists() and feed.read_text().count("<item>") == 2)
        explained = machine.run(beside)
        assert explained.returncode == 0, explained.stderr
        process.send_signal(signal.SIGTERM)
        assert process.wait(HUNG_SECONDS) == 0
    web.pages["/"] = Page(rss([item(1), item(2), item(3)]))
    assert "bangla" in install_passes(machine)
    assert feed.read_text().count("<item>") == 3
    install_servers(machine)
    begin_without_a_clone(machine, tmp_path)


@pytest.mark.long
def test_the_steps_of_the_image_make_one_that_serves(tmp_path: Path, web: Loopback) -> None:
    """Each step is done below a root of its own; the container begins, is healthy, and ends."""
    web.pages["/"] = Page(rss([item(1)]))
    machine = Machine(make(tmp_path / "machine"))
    place, command, health = made_image(machine)
    first = [part.replace("exec aggregator run", "exit 0") for part in command]
    assert subprocess.run(first, cwd=place, env=machine.environment, check=False).returncode == 0
    assert 'listen = "0.0.0.0:8000"' in (place / "config.toml").read_text(encoding="utf-8")
    _, status_port = read_one_feed(web, str(place))
    asked = [part.replace("127.0.0.1:8001", f"127.0.0.1:{status_port}") for part in health]

    def is_healthy() -> bool:
        done = subprocess.run(
            asked, cwd=place, env=machine.environment, capture_output=True, check=False
        )
        return done.returncode == 0

    process = subprocess.Popen(
        command, cwd=place, env=machine.environment, stdout=subprocess.DEVNULL
    )
    try:
        wait_until(is_healthy)
        process.send_signal(signal.SIGTERM)
        assert process.wait(HUNG_SECONDS) == 0
        assert not is_healthy()
    finally:
        process.kill()
        process.wait()


# --- What is done with a recipe ------------------------------------------------------------------


def install_service(machine: Machine, wheel: Path) -> None:
    """Do what the recipe of systemd says, up to the start."""
    lines = recipe("install.md", "systemd")[0].splitlines()
    assert lines.pop() == "systemctl enable --now aggregator"
    done = machine.run("\n".join(lines).replace(NAME, str(wheel)))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "/share/doc/aggregator: pages of documentation" in done.stdout
    assert machine.calls() == [
        "apt-get install -y python3-venv",
        f"useradd --system --user-group --home-dir {FOLDER} --shell /usr/sbin/nologin aggregator",
        f"chown -R aggregator: {FOLDER}",
    ]
    unit = Path(machine.here("/etc/systemd/system/aggregator.service"))
    assert unit.read_bytes() == (CONTRIB / unit.name).read_bytes()


def install_passes(machine: Machine) -> str:
    """Do what the recipes of the timer and of cron say; return what a pass by cron prints."""
    timer, cron = recipe("install.md", "A timer, or cron")
    assert machine.run(timer).returncode == 0
    assert machine.calls() == ["systemctl enable --now aggregator-once.timer"]
    assert machine.run(cron).returncode == 0
    assert machine.calls() == ["apt-get install -y cron"]
    return by_cron(machine)


def install_servers(machine: Machine) -> None:
    """Do what the recipes of web servers say; tests/test_other_servers.py runs these."""
    for folder in ("nginx/sites-available", "caddy"):
        (machine.root / "etc" / folder).mkdir(parents=True)
    for block in recipe("install.md", "A web server in front of it"):
        assert machine.run(block).returncode == 0
    assert [call for call in machine.calls() if call.startswith("usermod")] == [
        "usermod --append --groups aggregator www-data",
        "usermod --append --groups aggregator caddy",
    ]


def begin_without_a_clone(machine: Machine, scratch: Path) -> None:
    """Do what the recipes of pipx and uvx say with the program that is installed already."""
    machine.environment["PATH"] = f"{machine.here('/opt/aggregator')}/bin:/usr/bin:/bin"
    for number, block in enumerate(recipe("install.md", "pipx or uvx")):
        lines = re.sub(rf"(?m)^pipx install {NAME}\n|^uvx --from {NAME} ", "", block)
        assert lines.splitlines()[0] == "aggregator init khobor"
        assert lines.splitlines()[-1] == "aggregator run"  # it would ask the shipped sources
        place = make(scratch / f"home-{number}")
        done = machine.run(lines.replace("aggregator run", "aggregator check"), cwd=place)
        assert done.returncode == 0, done.stderr
        assert "config.toml: no fault" in done.stdout


def make(folder: Path) -> Path:
    """Make a folder and return it."""
    folder.mkdir()
    return folder


def dockerfile() -> list[tuple[str, str]]:
    """Return the instructions of the Dockerfile, each with what it is given."""
    lines = (CONTRIB / "Dockerfile").read_text(encoding="utf-8").splitlines()
    steps = [line.partition(" ") for line in lines if line and not line.startswith("#")]
    return [(name, value) for name, _, value in steps]


def made_image(machine: Machine) -> tuple[Path, list[str], list[str]]:
    """Do the steps of the Dockerfile; return its folder, its command, and what asks for health."""
    place, command, health = machine.root, [""], [""]
    for name, value in dockerfile():
        if name == "WORKDIR":
            place = Path(machine.here(value))
            place.mkdir(parents=True, exist_ok=True)
        elif name == "COPY" and value == ". .":
            place.rmdir()
            sources(place)
        elif name == "RUN":
            done = machine.run(value, cwd=place)
            assert done.returncode == 0, done.stderr
        elif name == "ENV":
            path = re.search(r"PATH=(\S+):\$PATH", value)
            assert path
            machine.environment["PATH"] = machine.here(path[1]) + ":/usr/bin:/bin"
        elif name == "HEALTHCHECK":
            health = yaml.safe_load(value.partition(" CMD ")[2])
        elif name == "CMD":
            command = yaml.safe_load(value)
    assert machine.calls() == [
        "useradd --system --uid 10001 --user-group --no-create-home aggregator",
        f"install -d -o aggregator -g aggregator -m 0750 {FOLDER}",
    ]
    return place, command, health


def check_archives(archive: Path, wheel: Path) -> None:
    """Check that both archives have what runs, and the wheel nothing that only a clone needs."""
    with tarfile.open(archive) as packed:
        unpacked = {name.partition("/")[2] for name in packed.getnames()}
    assert {"Makefile", "config.toml", "tests/test_install.py", "docs/install.md"} <= unpacked
    with zipfile.ZipFile(wheel) as packed_wheel:
        names = set(packed_wheel.namelist())
        (metadata,) = (name for name in names if name.endswith(".dist-info/METADATA"))
        stated = packed_wheel.read(metadata).decode()
    package = ROOT / "aggregator"
    here = {
        str(path.relative_to(ROOT))
        for path in package.rglob("*")
        if path.is_file() and path.suffix != ".pyc" and path.name != "pages.md"
    }
    assert here - names == set()
    assert not any(name.startswith(("tests", "town", "bench", "evaluation")) for name in names)
    assert "Classifier: Operating System :: POSIX\n" in stated
    assert "\nLicense" in stated and "Requires-Python: >=3.11\n" in stated


def read_one_feed(web: Loopback, folder: str) -> tuple[int, int]:
    """Have a configuration read one loopback feed alone, on free ports.

    Return that of the pages and that of the status.
    """
    port, status_port = free_port(), free_port()
    path = Path(folder, "config.toml")
    published, _, _ = path.read_text(encoding="utf-8").partition("# --- What is read")
    listen = f'listen = "127.0.0.1:{port}"'
    text, changed = re.subn(r"(?m)^(# )?listen = .*$", listen, published, count=1)  # of [site]
    assert changed == 1
    text = re.sub(r"(?ms)^\[feed\.names\].*?^$", "", text)  # of categories of the other sources
    source = f'[[source]]\nname = "a"\nfeed = "{web.url}/"\nevery = "1s"\nallow_private = true\n'
    status = f'[status]\nlisten = "127.0.0.1:{status_port}"'
    text, changed = re.subn(r"(?m)^\[status\].*$", status, text)
    assert changed == 1
    path.write_text(text + source, encoding="utf-8")
    return port, status_port


def answer(port: int, path: str) -> requests.Response:
    """Ask the service for a path."""
    return requests.get(f"http://127.0.0.1:{port}{path}", timeout=HUNG_SECONDS)


@contextmanager
def running(
    machine: Machine, unit: dict[str, list[str]], port: int
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a unit's program where the unit says, until it says that it is ready and alive."""
    address = machine.root / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        told.bind(str(address))
        told.settimeout(HUNG_SECONDS)
        process = subprocess.Popen(
            machine.here(unit["ExecStart"][0]).split(),
            cwd=machine.here(unit["WorkingDirectory"][0]),
            env={
                **machine.environment,
                "NOTIFY_SOCKET": str(address),
                "WATCHDOG_USEC": f"{unit['WatchdogSec'][0]}000000",
            },
            umask=int(unit["UMask"][0], 8),
            stdout=subprocess.DEVNULL,
        )
        try:
            assert [told.recv(100), told.recv(100)] == [b"READY=1", b"WATCHDOG=1"]
            with socket.socket() as client:
                assert client.connect_ex(("127.0.0.1", port)) == 0
            yield process
        finally:
            process.kill()
            process.wait()


def by_cron(machine: Machine) -> str:
    """Run the line of the crontab as cron does; return what goes to the log of the system."""
    crontab = Path(machine.root, "etc/cron.d/aggregator").read_text(encoding="utf-8")
    (line,) = (line for line in crontab.splitlines() if line and not line.startswith("#"))
    *when, user, command = line.split(maxsplit=6)
    assert (when, user) == (["*/15", "*", "*", "*", "*"], "aggregator")
    assert "%" not in command  # cron makes an end of a line of it
    machine.root.joinpath("stubs/logger").write_text(f"#!/bin/sh\ncat >{machine.root}/logged\n")
    machine.root.joinpath("stubs/logger").chmod(0o755)
    done = machine.run(command)
    assert done.returncode == 0, done.stderr
    return (machine.root / "logged").read_text(encoding="utf-8")
