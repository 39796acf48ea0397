"""A server of feeds on loopback, in a process of its own.

``python -m bench.feed_server FOLDER [CERTIFICATE]`` serves the files of a folder with validators,
over TLS where a certificate with its key is named, and prints its port. It answers at every address
of loopback, so that as many hosts can be asked as there are feeds.
"""

from __future__ import annotations

import resource
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import trustme

_ON_ONE_NET = 250  # addresses


def address_of(host: int) -> str:
    """Return the address of a host by its number."""
    return f"127.0.{1 + host // _ON_ONE_NET}.{1 + host % _ON_ONE_NET}"


@contextmanager
def serving(folder: Path, authority: trustme.CA | None, hosts: int) -> Iterator[str]:
    """Serve the files of a folder while the block lasts; yield the scheme and the port.

    Where there is an authority, the server speaks TLS, and the authority vouches for ``hosts``
    addresses in one certificate. It is as long as a chain of a public authority from 200 hosts on.
    """
    arguments = [str(folder)]
    if authority is not None:
        certificate = folder.parent / "certificate.pem"
        issued = authority.issue_cert(*(address_of(host) for host in range(hosts)))
        issued.private_key_and_cert_chain_pem.write_to_path(str(certificate))
        arguments.append(str(certificate))
    server = subprocess.Popen(
        [sys.executable, "-m", "bench.feed_server", *arguments], stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None  # noqa: S101 - it was asked for above
        port = server.stdout.readline().strip()
        yield f"{'https' if authority else 'http'}://{{}}:{port}"
    finally:
        server.terminate()
        server.wait()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512  # both programs connect to as many hosts at once as they like


def _handler(folder: Path) -> type[BaseHTTPRequestHandler]:
    """Build what answers one connection."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = (folder / self.path.strip("/")).read_bytes()
            etag = f'"{sha256(body).hexdigest()[:16]}"'
            unchanged = self.headers.get("If-None-Match") == etag
            self.send_response(304 if unchanged else 200)
            self.send_header("ETag", etag)
            self.send_header("Content-Type", "application/xml; charset=utf-8")
            self.send_header("Content-Length", "0" if unchanged else str(len(body)))
            self.end_headers()
            if not unchanged:
                self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    return Handler


def main() -> None:
    """Serve until the process is ended."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    server = _Server(("0.0.0.0", 0), _handler(Path(sys.argv[1])))  # noqa: S104 - made feeds alone
    if len(sys.argv) > 2:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2])
        # Each connection shakes hands in its own thread, at its first read.
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
