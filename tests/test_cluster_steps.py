"""The lines of docs/scale.md for several machines: each is done, and each left out is told of."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from aggregator import cli
from aggregator import config as configuration
from tests.support.deadlines import HUNG_SECONDS
from tests.support.installed import keys, recipe
from tests.support.ports import free_port
from tests.support.service import RunningService
from tests.support.workers import server_of_run, written

HEADING = "Several machines, line by line"
SOURCE = '[[source]]\nname = "d"\ndump = "nothing/*.txt"\n'


def sql(url: str, *statements: str) -> None:
    """Run statements of an administrator, each by itself."""
    driven = sa.make_url(url).set(drivername="postgresql+psycopg")
    engine = sa.create_engine(driven, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Return the URL of a server without its user, where a role needs a password, another none."""
    url = server_of_run()
    place = Path(url.partition("?host=")[2])
    rules = place / "data" / "pg_hba.conf"
    before = rules.read_text()
    rules.write_text(f"local all asked scram-sha-256\nlocal all refused reject\n{before}")
    roles = ("asked LOGIN PASSWORD 'right'", "refused LOGIN", "poor LOGIN", "half LOGIN")
    sql(url, "SELECT pg_reload_conf()", *(f"CREATE ROLE {role}" for role in roles))
    sql(url, "CREATE DATABASE of_nobody", "CREATE DATABASE of_half")
    half = url.replace("/postgres?", "/of_half?")
    sql(half, "GRANT ALL ON SCHEMA public TO half")
    yield url.partition("@")[2]
    rules.write_text(before)
    sql(url, "SELECT pg_reload_conf()", "DROP DATABASE of_nobody", "DROP DATABASE of_half")
    sql(url, *(f"DROP ROLE {role.split()[0]}" for role in roles))


@pytest.mark.parametrize(
    ("who", "database", "said", "to_do"),
    [
        (
            "asked:wrong",
            "postgres",
            'authentication failed for user "asked"',
            "compare the password",
        ),
        ("poor", "of_nobody", "permission denied for schema public", "ALTER DATABASE"),
        *(
            pytest.param(*each, marks=pytest.mark.more)
            for each in (
                ("asked", "postgres", "no password supplied", "compare the password"),
                (
                    "asked:right",
                    "nothing",
                    'database "nothing" does not exist',
                    "make it by createdb",
                ),
                ("nobody", "postgres", 'role "nobody" does not exist', "make it by createuser"),
                ("half", "of_half", "permission denied for database of_half", "ALTER DATABASE"),
            )
        ),
    ],
)
def test_a_line_that_was_left_out_is_told(
    tmp_path: Path, server: str, who: str, database: str, said: str, to_do: str
) -> None:
    """The log of a worker names what is missing and what to do, and no password."""
    place = server.partition("?host=")[2]
    url = f"postgresql://{who}@/{database}?host={place}"
    written(tmp_path, url, SOURCE)
    with RunningService(tmp_path, command="worker") as worker:
        worker.wait_for_log(said)
        (line,) = (line for line in worker.log if said in line)
        assert to_do in line
        assert "tries again" in line
        assert worker.stop(signal.SIGTERM)[0] == 0
        assert not re.search("wrong|right", "".join(worker.log))


def test_a_database_that_is_not_there_is_told(tmp_path: Path) -> None:
    """Of a port where nobody listens it is said so, by every command."""
    path = written(tmp_path, "postgresql://khobor:x@127.0.0.1:9/khobor", SOURCE)
    for command in ("status", "once", "explain"):
        result = CliRunner().invoke(cli.commands, [command, "--config", str(path)])
        assert result.exit_code == 2
        assert "see that PostgreSQL runs there" in result.output, command


def test_the_lines_of_a_machine_make_one(tmp_path: Path) -> None:
    """What is written by them is a configuration of a worker and a web server, and its password."""
    _, machine, worker, web, nginx, asked = recipe("scale.md", HEADING)
    folder = tmp_path / "var"
    result = CliRunner().invoke(
        cli.commands, ["init", str(folder), "--url", "https://feeds.example.org/"]
    )
    assert result.exit_code == 0, result.output
    assert "aggregator init /var/lib/aggregator --url https://feeds.example.org/" in machine
    environment = tmp_path / "aggregator.env"
    lines = "\n".join(re.findall("(?m)^(?:sed|install|echo|printf) .*", machine + worker + web))
    lines = lines.replace("/var/lib/aggregator", str(folder))
    lines = lines.replace("/etc/aggregator.env", str(environment))
    done = subprocess.run(
        ["/bin/sh", "-e", "-c", lines], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert environment.stat().st_mode & 0o077 == 0
    named = dict(line.split("=", 1) for line in environment.read_text().splitlines())
    assert named == {"KHOBOR_PASSWORD": "the-password", "FORWARDED_ALLOW_IPS": "10.0.0.2"}
    os.environ.update(named)  # as the unit's EnvironmentFile is; the fixture takes it back
    config = configuration.load(folder / "config.toml")
    assert config.store_url.startswith("postgresql://khobor:the-password@db.example.org/khobor")
    assert config.cluster.dumps
    assert (config.site.listen_host, config.site.listen_port) == ("0.0.0.0", 8000)  # noqa: S104
    for block, unit in ((worker, "aggregator-worker"), (web, "aggregator-serve")):
        assert block.endswith(
            f"cp /opt/aggregator/share/aggregator/{unit}.service /etc/systemd/system/\n"
            f"systemctl enable --now {unit}\n"
        )
        (environment_file,) = keys(f"{unit}.service", "Service")["EnvironmentFile"]
        assert environment_file == "-/etc/aggregator.env"
    assert "nginx-cluster.conf /etc/nginx/sites-available/aggregator" in nginx
    assert "'upstream web {" in nginx
    for name in named:
        del os.environ[name]
    text = (folder / "config.toml").read_text(encoding="utf-8")
    text = text.replace("db.example.org", "127.0.0.1:9")  # where nobody listens
    (folder / "config.toml").write_text(text, encoding="utf-8")
    asked = asked.replace("/etc/aggregator.env", str(environment))
    asked = asked.replace("/var/lib/aggregator", str(folder))
    asked = asked.replace("/opt/aggregator/bin/aggregator", f"{sys.executable} -m aggregator")
    told = subprocess.run(["/bin/sh", "-c", asked], capture_output=True, text=True, check=False)
    assert "the store postgresql://khobor:***@127.0.0.1:9/khobor cannot be used" in told.stderr


@pytest.mark.parametrize("command", ["worker", pytest.param("serve", marks=pytest.mark.more)])
def test_systemd_is_told_when_it_works(tmp_path: Path, postgresql_url: str, command: str) -> None:
    """A worker is ready once it is among the workers, a web server once it listens; both end."""
    port = free_port()
    site = f'[site]\nlisten = "127.0.0.1:{port}"\n[status]\nlisten = ""\n'
    written(tmp_path, postgresql_url, site + SOURCE)
    address = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        told.bind(str(address))
        told.settimeout(HUNG_SECONDS)
        environment = {"NOTIFY_SOCKET": str(address)}
        with RunningService(tmp_path, command=command, environment=environment) as running:
            assert told.recv(100) == b"READY=1"
            if command == "worker":
                arguments = ["status", "--here", "--config", str(tmp_path / "config.toml")]
                assert CliRunner().invoke(cli.commands, arguments).exit_code == 0
            else:
                assert running.accepts("127.0.0.1", port)
            assert running.stop(signal.SIGTERM)[0] == 0
            assert told.recv(100) == b"STOPPING=1"
