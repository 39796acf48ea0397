"""A hub on loopback that follows WebSub, and can be down, slow, lying, or deny.

It verifies a request before it answers it, so that a test need not wait; what it answers does not
depend on that (§5.1.2). It delivers when it is told to, with a body of the test's.
"""

from __future__ import annotations

import hmac
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs

import requests

from tests.support.deadlines import HUNG_SECONDS

# Every kind of character that a challenge may have (WebSub §5.3).
CHALLENGE = "Aa0+/=_-.9z"


@dataclass(frozen=True)
class Subscriber:
    """What the hub holds of a subscription that was confirmed."""

    topic: str
    secret: str
    lease_seconds: int


@dataclass
class Hub:
    """The hub: ``pings`` are the topics that it was told of, ``asked`` every form it was sent.

    It answers with ``status`` after ``delay_seconds``; ``denial`` is why it denies, if it does.
    ``grants_seconds`` is the lease that it grants, ``None`` for what it is asked.
    """

    status: int = 202
    delay_seconds: float = 0.0
    denial: str = ""
    grants_seconds: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    pings: list[str] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    subscribers: dict[str, Subscriber] = field(default_factory=dict)
    challenges: list[tuple[int, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin to listen."""
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                hub.answer(self, {name: values[0] for name, values in parse_qs(body).items()})

            def log_message(self, *args: object) -> None:
                """Log nothing: a test reads ``asked``."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}/hub"
        self._thread = Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def answer(self, request: BaseHTTPRequestHandler, form: dict[str, str]) -> None:
        """Answer one request."""
        self.asked.append(form)
        time.sleep(self.delay_seconds)
        if 200 <= self.status < 300:
            if form["hub.mode"] == "publish":
                self.pings.append(form["hub.url"])
            else:
                self._decide(form)
        request.send_response(self.status)
        for name, value in self.headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", "0")
        request.end_headers()

    def _decide(self, form: dict[str, str]) -> None:
        callback, topic, mode = form["hub.callback"], form["hub.topic"], form["hub.mode"]
        if self.denial:
            self.call(callback, {"mode": "denied", "topic": topic, "reason": self.denial})
            return
        asked_seconds = int(form.get("hub.lease_seconds", "0"))
        lease_seconds = asked_seconds if self.grants_seconds is None else self.grants_seconds
        answer = self.call(
            callback,
            {
                "mode": mode,
                "topic": topic,
                "challenge": CHALLENGE,
                "lease_seconds": str(lease_seconds),
            },
        )
        self.challenges.append((answer.status_code, answer.text))
        if answer.status_code != 200 or answer.text != CHALLENGE:
            return
        if mode == "subscribe":
            self.subscribers[callback] = Subscriber(topic, form["hub.secret"], lease_seconds)
        else:
            self.subscribers.pop(callback, None)

    def call(self, callback: str, parameters: dict[str, str]) -> requests.Response:
        """Ask a callback with GET."""
        named = {f"hub.{name}": value for name, value in parameters.items()}
        return requests.get(callback, params=named, timeout=HUNG_SECONDS)

    def deliver(
        self,
        body: bytes,
        *,
        secret: str | None = None,
        method: str = "sha256",
        topic: str | None = None,
        server: str = "",
    ) -> list[requests.Response]:
        """Send a body to every subscriber, signed with its secret unless another is named.

        ``server`` is the web server that has the site's address just then, where there are several.
        """
        answers = []
        for callback, subscriber in self.subscribers.items():
            site, path, token = callback.partition("/push/")
            key = (subscriber.secret if secret is None else secret).encode()
            headers = {
                "Content-Type": "application/rss+xml",
                "Link": f'<{self.url}>; rel="hub", <{topic or subscriber.topic}>; rel="self"',
                "X-Hub-Signature": f"{method}={hmac.new(key, body, method).hexdigest()}",
            }
            address = f"{server or site}{path}{token}"
            answers.append(requests.post(address, body, headers=headers, timeout=HUNG_SECONDS))
        return answers

    def close(self) -> None:
        """Stop serving, and wait until that is done."""
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
