"""nginx and Caddy as ``contrib/`` has them, on loopback, where they are installed."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import randbelow

from tests.support.deadlines import wait_until
from tests.support.serving import Served

CONTRIB = Path(__file__).parent.parent.parent / "contrib"
_BROTLI = Path("/usr/lib/nginx/modules/ngx_http_brotli_static_module.so")
_ROOT, _NAME = "/srv/aggregator/feeds", "feeds.example.org"


def missing(server: str) -> str:
    """Return what is not installed of what a server needs; nothing where all is."""
    if shutil.which(server) is None:
        return f"{server} is not installed (apt install {PACKAGES[server]})"
    if server == "nginx" and not _BROTLI.exists():
        return f"nginx has no module for brotli (apt install {PACKAGES[server]})"
    return ""


PACKAGES = {"nginx": "nginx-light libnginx-mod-http-brotli-static", "caddy": "caddy"}


@contextmanager
def serving_with(server: str, folder: Path, scratch: Path) -> Iterator[Served]:
    """Serve a folder with one of them for as long as the block lasts."""
    port = _free_port()
    write = {"nginx": _nginx, "caddy": _caddy}[server]
    served = Served(folder=folder, address=("127.0.0.1", port))
    with (scratch / "server.log").open("wb") as log:
        process = subprocess.Popen(
            write(folder, scratch, port),
            stdout=log,
            stderr=log,
            env={"HOME": str(scratch), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
        )
        try:

            def answers() -> bool:
                assert process.poll() is None, (scratch / "server.log").read_text()
                with socket.socket() as client:
                    return client.connect_ex(served.address) == 0

            wait_until(answers)
            yield served
        finally:
            process.terminate()
            process.wait()


def _free_port() -> int:
    """Return a port that nobody listens at, below those that the kernel hands out to clients."""
    while True:
        port = 20_000 + randbelow(10_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def _nginx(folder: Path, scratch: Path, port: int) -> list[str]:
    site = (CONTRIB / "nginx.conf").read_text(encoding="utf-8")
    for shipped, here in (
        (_ROOT, str(folder)),
        ("listen 80;", f"listen 127.0.0.1:{port};"),
        ("listen [::]:80;", ""),
    ):
        assert shipped in site
        site = site.replace(shipped, here)
    temporary = "".join(
        f"{kind}_temp_path {scratch}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (scratch / "nginx.conf").write_text(
        f"load_module {_BROTLI};\ndaemon off; pid {scratch}/pid; error_log stderr;\nuser root;\n"
        f"worker_processes 1;\nevents {{ }}\nhttp {{ access_log off; {temporary}\n{site}\n}}\n",
        encoding="utf-8",
    )
    return [shutil.which("nginx") or "", "-e", "stderr", "-c", str(scratch / "nginx.conf")]


def _caddy(folder: Path, scratch: Path, port: int) -> list[str]:
    site = (CONTRIB / "Caddyfile").read_text(encoding="utf-8")
    for shipped, here in (
        (_ROOT, str(folder)),
        (f"{_NAME} {{", f"http://127.0.0.1:{port}, http://x:{port} {{"),
    ):
        assert shipped in site
        site = site.replace(shipped, here)
    (scratch / "Caddyfile").write_text("{\n\tadmin off\n}\n" + site, encoding="utf-8")
    caddy = shutil.which("caddy") or ""
    return [caddy, "run", "--config", str(scratch / "Caddyfile"), "--adapter", "caddyfile"]
