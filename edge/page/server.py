"""The page on the local network: the standard library's HTTP server, bounded in callers, bytes and time.

It listens on the unit's own private address only, and answers private addresses only. Where the address comes from DHCP
it may change: it is looked at every half minute, and followed.
"""

from __future__ import annotations

import logging
import socket
import threading
from contextlib import suppress
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from urllib.parse import urlsplit

from edge.config import Broker, PageConfig
from edge.doctor.probe.network import own_address
from edge.page.answers import COOKIE, Answer, Answers, Question

log = logging.getLogger(__name__)

MAX_BODY = 64 * 1024
_MOST_CALLERS = 16
"""Connections at the same time; a telephone opens some six."""
_PATIENCE_S = 15.0
_FOLLOW_S = 30.0
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'self'; img-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Page:
    """The page, from `start` to `stop`."""

    def __init__(self, config: PageConfig, broker: Broker, answers: Answers) -> None:
        self._config = config
        self._broker = broker
        self._answers = answers
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="page", daemon=True)
        self._told = ""

    def start(self) -> None:
        """Listen soon; a network that is not there yet is waited for."""
        self._thread.start()

    def stop(self) -> None:
        """Hang up."""
        self._stopping.set()
        self._thread.join(_PATIENCE_S)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._serve()
            except OSError as error:
                self._say(f"cannot listen: {error.strerror or error}")
            except Exception:
                # The page is a convenience; the unit counts on without it.
                log.exception("page: a fault in Simpang itself; opening it anew")
            self._stopping.wait(2.0)

    def _serve(self) -> None:
        address = self._address()
        if address is None:
            self._say("no private address on the network that leads to the broker: the page stays closed")
            self._stopping.wait(_FOLLOW_S)
            return
        with _Server((address, self._config.port), self._answers) as server:
            self._say(f"http://{address}:{self._config.port}/")
            serving = threading.Thread(target=server.serve_forever, args=(0.2,), name="page server", daemon=True)
            serving.start()
            while not self._stopping.wait(_FOLLOW_S) and self._address() == address:
                pass
            server.shutdown()
            serving.join()

    def _address(self) -> str | None:
        """Where to listen: as configured, else ours on the way to the broker. Private, or none."""
        if self._config.address is not None:
            return str(self._config.address) if self._config.address.is_private else None
        try:
            found = socket.getaddrinfo(self._broker.host, self._broker.port, socket.AF_INET, socket.SOCK_STREAM)
            towards = str(found[0][4][0])
        except OSError:
            towards = "192.0.2.1"
        own = own_address(towards)
        return own if own is not None and ip_address(own).is_private else None

    def _say(self, what: str) -> None:
        if what != self._told:
            self._told = what
            log.info("page: %s", what)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, place: tuple[str, int], answers: Answers) -> None:
        self.answers = answers
        self._room = threading.BoundedSemaphore(_MOST_CALLERS)
        super().__init__(place, _Handler)

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        """The next caller; one from afar, or one too many, is turned away at the door."""
        line, caller = super().get_request()
        neighbour = ip_address(caller[0]).is_private
        if neighbour and self._room.acquire(blocking=False):
            return line, caller
        line.close()
        raise OSError("turned away")

    def process_request_thread(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: object
    ) -> None:
        """One caller's thread; the place is free again afterwards."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: object, client_address: object) -> None:
        """A telephone that walks away is no fault."""
        log.debug("page: %s broke off (%s)", client_address, request, exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "Simpang"
    sys_version = ""
    timeout = _PATIENCE_S

    def do_GET(self) -> None:
        """Look."""
        self._give(self._answers.answer(self._question("GET")))

    def do_POST(self) -> None:
        """Change. JSON only: a form on a foreign page cannot send that."""
        size = self.headers.get("Content-Length", "")
        if self.headers.get_content_type() != "application/json" or not size.isdecimal():
            self._give(Answer(HTTPStatus.UNSUPPORTED_MEDIA_TYPE), close=True)
        elif int(size) > MAX_BODY:
            self._give(Answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE), close=True)
        else:
            self._give(self._answers.answer(self._question("POST", self.rfile.read(int(size)))))

    @property
    def _answers(self) -> Answers:
        assert isinstance(self.server, _Server), "only that one uses this handler"
        return self.server.answers

    def _question(self, method: str, body: bytes = b"") -> Question:
        cookies: SimpleCookie = SimpleCookie()
        with suppress(CookieError):
            cookies.load(self.headers.get("Cookie", ""))
        token = cookies[COOKIE].value if COOKIE in cookies else ""
        return Question(method, urlsplit(self.path).path, body, token, str(self.client_address[0]))

    def _give(self, answer: Answer, *, close: bool = False) -> None:
        self.send_response(answer.status)
        told = {**_HEADERS, "Content-Type": answer.kind, "Content-Length": str(len(answer.content))}
        if answer.position_s is not None:
            told["X-Position"] = f"{answer.position_s:.3f}"
        if answer.cookie is not None:
            told["Set-Cookie"] = answer.cookie
        if close:
            told["Connection"] = "close"
        for name, value in told.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.content)

    def log_message(self, *_: object, **__: object) -> None:
        """Said by `edge.page.answers`, where it matters."""
