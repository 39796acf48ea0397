"""The files of a cluster in ``contrib/``: Docker's held against its rules, and run without it.

Each service's command, environment, configuration and health check is that of the file, as a
process on loopback; what Docker's network and images are is put in their place.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
import sqlalchemy as sa
import yaml

from tests.support import postgresql
from tests.support.configurations import LOCAL
from tests.support.deadlines import HUNG_SECONDS, wait_until
from tests.support.installed import ROOT, keys, recipe
from tests.support.loopback import Loopback, Page
from tests.support.other_servers import missing, spreading
from tests.support.ports import free_port
from tests.support.service import RunningService
from tests.support.serving import Served
from tests.support.texts import item, rss

CONTRIB = ROOT / "contrib"
FILE = CONTRIB / "compose.cluster.yaml"
OWN = ("worker", "web")  # services of our own image
# The keys of a service (https://github.com/compose-spec/compose-spec/blob/main/05-services.md) that
# are used here: a key that is misspelt is none of them.
KNOWN = {
    "build", "cap_drop", "command", "configs", "depends_on", "deploy", "env_file", "environment",
    "healthcheck", "image", "init", "mem_limit", "pids_limit", "ports", "read_only", "restart",
    "security_opt", "shm_size", "stop_grace_period", "stop_signal", "tmpfs", "user", "volumes",
}  # fmt: skip
SECONDS = re.compile(r"(\d+)(s|m)")


@pytest.fixture
def composed() -> dict[str, Any]:
    """Return what the file of Docker Compose says, with what it says once for several services."""
    found: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return found


def seconds(text: str) -> int:
    """Return a duration of Docker's in seconds."""
    found = SECONDS.fullmatch(text)
    assert found, text
    return int(found[1]) * (60 if found[2] == "m" else 1)


def test_every_service_is_held(composed: dict[str, Any]) -> None:
    """Each is restarted, bounded, asked for its health, ends in time, and has no rights."""
    assert set(composed) == {"name", "x-machine", "services", "configs", "volumes", "networks"}
    assert set(composed["services"]) == {"postgresql", "worker", "web", "nginx"}
    for name, service in composed["services"].items():
        assert set(service) <= KNOWN, name
        assert service["restart"] == "unless-stopped"
        assert service["read_only"] and service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert {"mem_limit", "pids_limit", "stop_grace_period"} <= set(service), name
        assert name in OWN or service["user"] not in ("root", "0")  # ours says so itself
        health = service["healthcheck"]
        assert health["test"][0] == "CMD"
        assert seconds(health["timeout"]) <= seconds(health["interval"])
        assert {"retries", "start_period"} < set(health)
        assert re.search(r":\d+\.\d+\.\d+-|:\d+\.\d+-|^aggregator-cluster$", service["image"])
    assert [service.get("deploy") for service in composed["services"].values()] == [
        None,
        {"replicas": 2},
        {"replicas": 2},
        None,
    ]


def test_what_services_name_is_there(composed: dict[str, Any]) -> None:
    """Volumes, configurations, dependencies and what is built; ports are this machine's alone."""
    services = composed["services"]
    for service in services.values():
        for each in service.get("configs", ()):
            made = composed["configs"][each["source"]]
            assert set(made) in ({"file"}, {"content"})
            assert each["target"].startswith("/")
        for each in service.get("volumes", ()):
            assert each.partition(":")[0] in composed["volumes"]
        for other, how in service.get("depends_on", {}).items():
            assert how["condition"] in ("service_started", "service_healthy")
            assert "healthcheck" in services[other]
    assert composed["configs"]["nginx"]["file"] == "nginx-cluster.conf"
    ports = [port for service in services.values() for port in service.get("ports", ())]
    assert ports == ["127.0.0.1:8080:8080"]
    for name in OWN:
        build = services[name]["build"]
        assert (FILE.parent / build["context"] / build["dockerfile"]).samefile(
            CONTRIB / "Dockerfile"
        )
        assert build["args"] == {"EXTRAS": "[cluster]"}
        unit = keys("aggregator.service", "Service")
        assert [services[name]["mem_limit"].upper()] == unit["MemoryMax"]
        assert [services[name]["stop_grace_period"].removesuffix("s")] == unit["TimeoutStopSec"]
    subnet = composed["networks"]["default"]["ipam"]["config"][0]["subnet"]
    assert services["web"]["environment"] == {"FORWARDED_ALLOW_IPS": subnet}


def test_no_password_stands_in_the_file(composed: dict[str, Any]) -> None:
    """It comes from a file that no clone has and git ignores, to those that need it alone."""
    assert "PASSWORD" not in re.sub("(?m)#.*$", "", FILE.read_text(encoding="utf-8"))
    services = composed["services"]
    assert [services[name].get("env_file") for name in ("postgresql", *OWN, "nginx")] == [
        "cluster.env",
        "cluster.env",
        "cluster.env",
        None,
    ]
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {"/contrib/cluster.env", "/contrib/cluster.toml"} <= set(ignored)


# --- Its services as processes -------------------------------------------------------------------


class Containers:
    """The services of the file, each as a process in a folder of its own."""

    def __init__(self, composed: dict[str, Any], folder: Path, source: str) -> None:
        self.services, self.folder = composed["services"], folder
        self.upstream: str = composed["configs"]["web-servers"]["content"]
        self._running = ExitStack()
        prepared = prepare(folder / "clone")
        self._environment = dict(
            line.split("=", 1) for line in (prepared / "cluster.env").read_text().splitlines()
        )
        self._password = self._environment["POSTGRES_PASSWORD"]
        self._server = self._start_database()
        # Of the shipped sources none is asked.
        text = (
            (prepared / "cluster.toml").read_text(encoding="utf-8").split("# --- What is read")[0]
        )
        text = re.sub(r"(?ms)^\[feed\.names\].*?^$", "", text)
        here = f"@/khobor?host={self._server.partition('?host=')[2]}"
        assert "@postgresql/khobor" in text and 'listen = "0.0.0.0:8000"' in text
        self._config = text.replace("@postgresql/khobor", here) + source
        self.web_ports = [free_port() for _ in range(2)]

    def _start_database(self) -> str:
        """Start a server, and make the role and the database as the image does; return its URL."""
        database = self.services["postgresql"]["environment"]
        server = postgresql.server_in(self.folder)
        place = Path(server.partition("?host=")[2].replace("%2F", "/"))
        rules = place / "data" / "pg_hba.conf"
        who = f"local {database['POSTGRES_DB']} {database['POSTGRES_USER']} scram-sha-256\n"
        rules.write_text(who + rules.read_text())
        url = sa.make_url(server).set(drivername="postgresql+psycopg")
        engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in (
                f"CREATE ROLE khobor LOGIN PASSWORD '{self._password}'",
                "CREATE DATABASE khobor OWNER khobor ENCODING 'UTF8' TEMPLATE template0",
                "SELECT pg_reload_conf()",
            ):
                connection.exec_driver_sql(statement)
        engine.dispose()
        return server

    def start(self, service: str, number: int) -> RunningService:
        """Start one of the containers of a service."""
        place = self._place(service, number)
        place.mkdir()
        (target,) = (each["target"] for each in self.services[service]["configs"])
        text = self._config.replace("0.0.0.0:8000", f"127.0.0.1:{self.web_ports[number]}")
        text = re.sub(r"(?m)^\[status\].*$", '[status]\nlisten = ""', text)
        (place / Path(target).name).write_text(text, encoding="utf-8")
        program, command = self.services[service]["command"]
        assert program == "aggregator"
        running = RunningService(place, command=command, environment=self._of(service))
        return self._running.enter_context(running)

    def is_healthy(self, service: str, number: int = 0) -> bool:
        """Ask for the health of a container as its health check does."""
        asked = shlex.join(self.services[service]["healthcheck"]["test"][1:])
        if service == "postgresql":
            folder = self._server.partition("?host=")[2].replace("%2F", "/")
            asked = asked.replace("--host=127.0.0.1", f"--host={folder}")
        asked = asked.replace("127.0.0.1:8000", f"127.0.0.1:{self.web_ports[number]}")
        done = subprocess.run(
            ["/bin/sh", "-c", asked.replace("aggregator status", "python -m aggregator status")],
            cwd=self._place(service, number) if service in OWN else self.folder,
            env=self._of(service),
            capture_output=True,
            text=True,
            check=False,
        )
        assert not done.stderr or service != "postgresql", done.stderr
        return done.returncode == 0

    def _of(self, service: str) -> dict[str, str]:
        """Return the environment of a service."""
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}:{postgresql.programs()}"
        named = self.services[service].get("environment", {})
        return {**os.environ, "PYTHONPATH": str(ROOT), **self._environment, **named, "PATH": path}

    def _place(self, service: str, number: int) -> Path:
        return self.folder / f"{service}-{number}"

    def close(self) -> None:
        """End whatever still runs."""
        self._running.close()
        postgresql.stop_in(self.folder)


def prepare(clone: Path) -> Path:
    """Do the lines of docs/scale.md before the start in a clone; return its ``contrib``."""
    (clone / "contrib").mkdir(parents=True)
    (clone / "config.toml").write_bytes((ROOT / "config.toml").read_bytes())
    lines = recipe("scale.md", "Docker")[0].splitlines()
    assert lines[-1] == "docker compose -f contrib/compose.cluster.yaml up -d --wait"
    done = subprocess.run(
        ["/bin/sh", "-e", "-c", "\n".join(lines[:-1])],
        cwd=clone,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert (clone / "contrib" / "cluster.env").stat().st_mode & 0o077 == 0
    return clone / "contrib"


@contextmanager
def containers(composed: dict[str, Any], folder: Path, source: str) -> Iterator[Containers]:
    """Prepare the containers of the file, and end what was started of them."""
    if reason := postgresql.missing() or missing("nginx"):
        pytest.skip(reason)
    made = Containers(composed, folder, source)
    try:
        yield made
    finally:
        made.close()


def answer(site: Served, path: str) -> requests.Response:
    """Ask nginx for a path."""
    return requests.get(f"{site.url}{path}", timeout=HUNG_SECONDS)


def has(site: Served, text: str) -> bool:
    """Tell whether the feed that readers get has a text."""
    asked = answer(site, "/bangla.rss")
    return asked.ok and text in asked.content.decode()


@pytest.mark.long
def test_a_feed_goes_through_the_cluster(
    composed: dict[str, Any], tmp_path: Path, web: Loopback
) -> None:
    """From a source to readers at nginx; also while a web server, or the database, is gone."""
    web.pages["/"] = Page(rss([item(1, title="পদ্মা সেতুতে টোল আদায়ের রেকর্ড")]))
    source = f'[[source]]\nname = "a"\nfeed = "{web.url}/"\nevery = "1s"\n{LOCAL}'
    with containers(composed, tmp_path, source) as made:
        assert made.is_healthy("postgresql")
        workers = [made.start("worker", number) for number in range(2)]
        servers = [made.start("web", number) for number in range(2)]
        with spreading(made.upstream, made.web_ports, tmp_path) as site:
            wait_until(lambda: has(site, "টোল আদায়ের রেকর্ড"))
            wait_until(lambda: made.is_healthy("worker") and made.is_healthy("worker", 1))
            wait_until(lambda: made.is_healthy("web") and made.is_healthy("web", 1))
            assert answer(site, "/nginx-is-well").text == "well\n"
            tags = {answer(site, "/bangla.rss").headers["etag"] for _ in range(6)}
            assert len(tags) == 1
            wait_until(lambda: "টোল" in answer(site, "/search.html?q=টোল").text)
            os.kill(servers[0].pid, signal.SIGKILL)
            servers[0].wait_for_end()
            assert all(has(site, "রেকর্ড") for _ in range(20))
            assert not made.is_healthy("web")
            with postgresql.stopped_in(tmp_path):
                assert not made.is_healthy("postgresql") and not made.is_healthy("worker")
                assert all(has(site, "রেকর্ড") for _ in range(20))
                assert made.is_healthy("web", 1)
                wait_until(lambda: answer(site, "/search.html?q=x").status_code == 503)
            web.pages["/"] = Page(rss([item(2, title="চট্টগ্রাম বন্দরে নতুন টার্মিনাল")]))
            wait_until(lambda: has(site, "নতুন টার্মিনাল"))
            assert site_hands_on_what_hubs_send(site)
        for each in (*workers, servers[1]):
            assert each.stop(signal.SIGTERM)[0] == 0


def test_readers_are_told_apart_and_hubs_are_in_no_log(
    composed: dict[str, Any], tmp_path: Path, web: Loopback
) -> None:
    """Web servers learn of a reader what the server with the certificate says, of its address.

    What it was told by the reader itself counts for nothing. Bodies are taken from hubs alone.
    """
    if reason := missing("nginx"):
        pytest.skip(reason)
    upstream, port = composed["configs"]["web-servers"]["content"], int(web.url.rpartition(":")[2])
    token = "x" * 43
    with spreading(upstream, [port], tmp_path) as site:
        for claimed in ("192.0.2.1", "203.0.113.9, 192.0.2.2"):
            site.get("/search.html", X_Forwarded_For=claimed)
        named = [headers["x-forwarded-for"] for headers in web.headers]
        assert named == ["192.0.2.1", "192.0.2.2"]
        site.get(f"/push/{token}")
        for path, size, refused in (("/", 2_000, 413), (f"/push/{token}", 4_500_000, 413)):
            sent = requests.post(f"{site.url}{path}", data=b"x" * size, timeout=HUNG_SECONDS)
            assert sent.status_code == refused, path
        web.close()
        assert site.get(f"/push/{token}").status_code == 502
    logs = [tmp_path / name for name in ("cluster.log", "cluster.conf.access")]
    text = "".join(log.read_text() for log in logs)
    assert "/search.html" in text and token not in text


def site_hands_on_what_hubs_send(site: Served) -> bool:
    """Tell whether a web server answers below /push/, where nobody subscribed: with 404 or 410."""
    told = requests.post(f"{site.url}/push/nothing", data=b"x", timeout=HUNG_SECONDS)
    return told.status_code in (404, 410) and "nginx" not in told.text
