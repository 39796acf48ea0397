"""nginx and Caddy as ``contrib/`` has them, on loopback, where they are installed."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.support.deadlines import wait_until
from tests.support.ports import free_port
from tests.support.serving import Served

CONTRIB = Path(__file__).parent.parent.parent / "contrib"
_BROTLI = Path("/usr/lib/nginx/modules/ngx_http_brotli_static_module.so")
_ROOT, _NAME = "/var/lib/aggregator/feeds", "feeds.example.org"
_SEARCHES = "127.0.0.1:8000"


def missing(server: str) -> str:
    """Return what is not installed of what a server needs; nothing where all is."""
    if shutil.which(server) is None:
        return f"{server} is not installed (apt install {PACKAGES[server]})"
    if server == "nginx" and not _BROTLI.exists():
        return f"nginx has no module for brotli (apt install {PACKAGES[server]})"
    return ""


PACKAGES = {"nginx": "nginx-light libnginx-mod-http-brotli-static", "caddy": "caddy"}


@contextmanager
def serving_with(
    server: str, folder: Path, scratch: Path, *, searches: str = ""
) -> Iterator[Served]:
    """Serve a folder with one of them for as long as the block lasts.

    ``searches`` is the host and port that answers searches; without it, nothing does.
    """
    port = free_port()
    write = {"nginx": _nginx, "caddy": _caddy}[server]
    searches = searches or f"127.0.0.1:{free_port()}"
    with _running(write(folder, scratch, port, searches), port, scratch / "server.log"):
        yield Served(folder=folder, address=("127.0.0.1", port))


@contextmanager
def proxied(url: str, path: str, scratch: Path) -> Iterator[str]:
    """Have an nginx hand all below a path to another server; return the address of that path."""
    port = free_port()
    site = (
        f"server {{ listen 127.0.0.1:{port}; absolute_redirect off;\n"
        f"location {path} {{ proxy_pass {url}/; }}\n}}"
    )
    command = _nginx_of(site, scratch, "proxy.conf")
    with _running(command, port, scratch / "proxy.log"):
        yield f"http://127.0.0.1:{port}{path}"


@contextmanager
def spreading(upstream: str, ports: Sequence[int], scratch: Path) -> Iterator[Served]:
    """Run nginx as a cluster has it, before web servers of loopback, until the block ends.

    ``upstream`` is what names them in Docker's network, where another name server is asked.
    """
    port = free_port()
    site = (CONTRIB / "nginx-cluster.conf").read_text(encoding="utf-8")
    listen, named = "listen 8080;", re.compile(r"server web:8000 resolve( [^;]*)?;")
    assert listen in site and named.search(upstream)
    servers = "".join(f"server 127.0.0.1:{each}{{}};" for each in ports)
    here = named.sub(lambda found: servers.format(*[found[1] or ""] * len(ports)), upstream)
    here = re.sub(r"resolver 127\.0\.0\.11 [^;]*;", "", here)
    text = here + site.replace(listen, f"listen 127.0.0.1:{port};")
    command = _nginx_of(text, scratch, "cluster.conf")
    with _running(command, port, scratch / "cluster.log"):
        yield Served(folder=scratch, address=("127.0.0.1", port))


@contextmanager
def _running(command: list[str], port: int, log_file: Path) -> Iterator[None]:
    """Run a server until the block ends, which begins when the server answers at its port."""
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            command,
            stdout=log,
            stderr=log,
            env={"HOME": str(log_file.parent), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
        )
        try:

            def answers() -> bool:
                assert process.poll() is None, log_file.read_text()
                with socket.socket() as client:
                    return client.connect_ex(("127.0.0.1", port)) == 0

            wait_until(answers)
            yield
        finally:
            process.terminate()
            process.wait()


def _nginx(folder: Path, scratch: Path, port: int, searches: str) -> list[str]:
    site = (CONTRIB / "nginx.conf").read_text(encoding="utf-8")
    for shipped, here in (
        (_ROOT, str(folder)),
        (_SEARCHES, searches),
        ("listen 80;", f"listen 127.0.0.1:{port};"),
        ("listen [::]:80;", ""),
    ):
        assert shipped in site
        site = site.replace(shipped, here)
    return _nginx_of(site, scratch, "nginx.conf")


def _nginx_of(site: str, scratch: Path, name: str) -> list[str]:
    """Write a configuration with one site to a file of that name; return the command to run it."""
    temporary = "".join(
        f"{kind}_temp_path {scratch}/{name}.{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (scratch / name).write_text(
        f"load_module {_BROTLI};\ndaemon off; pid {scratch}/{name}.pid; error_log stderr;\n"
        f"user root;\nworker_processes 1;\nevents {{ }}\n"
        f"http {{ access_log {scratch}/{name}.access; {temporary}\n{site}\n}}\n",
        encoding="utf-8",
    )
    return [shutil.which("nginx") or "", "-e", "stderr", "-c", str(scratch / name)]


def _caddy(folder: Path, scratch: Path, port: int, searches: str) -> list[str]:
    site = (CONTRIB / "Caddyfile").read_text(encoding="utf-8")
    for shipped, here in (
        (_ROOT, str(folder)),
        (_SEARCHES, searches),
        (f"{_NAME} {{", f"http://127.0.0.1:{port}, http://x:{port} {{"),
    ):
        assert shipped in site
        site = site.replace(shipped, here)
    (scratch / "Caddyfile").write_text("{\n\tadmin off\n}\n" + site, encoding="utf-8")
    caddy = shutil.which("caddy") or ""
    return [caddy, "run", "--config", str(scratch / "Caddyfile"), "--adapter", "caddyfile"]
