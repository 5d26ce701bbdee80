"""Who receives alerts: a real SMTP server (aiosmtpd) and a real HTTP address, on free loopback ports.

Both can be told to refuse, and wait for what comes.
"""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable
from email import message_from_bytes
from email.message import Message
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace, TracebackType
from typing import Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from pydantic import JsonValue, TypeAdapter

from tests.support.mosquitto import free_port

_PATIENCE_S = 60.0
_JSON: TypeAdapter[dict[str, JsonValue]] = TypeAdapter(dict[str, JsonValue])


class Mailbox:
    """An SMTP server that keeps what it takes. `refuse`: its answer instead, e.g. `452 4.2.2 full`."""

    user, password = "simpang", "kata sandi surat"

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.refuse = ""
        self.taken: list[Message] = []
        self._news = threading.Condition()
        self._server = Controller(
            SimpleNamespace(handle_DATA=self._take),
            hostname="127.0.0.1",
            port=free_port(),
            tls_context=tls,
            require_starttls=tls is not None,
            authenticator=self._known,
            auth_required=tls is not None,
        )
        self.port = self._server.port

    async def _take(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """A whole message has come."""
        if self.refuse:
            return self.refuse
        content = envelope.content
        assert isinstance(content, bytes)
        with self._news:
            self.taken.append(message_from_bytes(content, policy=default))
            self._news.notify_all()
        return "250 taken"

    def wait_for(self, number: int) -> list[Message]:
        """Until so many have come."""
        with self._news:
            assert self._news.wait_for(lambda: len(self.taken) >= number, _PATIENCE_S), self.taken
            return list(self.taken)

    def _known(self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, told: object) -> AuthResult:
        known = isinstance(told, LoginPassword) and (told.login, told.password) == (
            self.user.encode(),
            self.password.encode(),
        )
        return AuthResult(success=known, handled=False)

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()


class Hook:
    """An address that takes JSON. `status`: what it answers; taken are those that it answered 200."""

    def __init__(self) -> None:
        self.status = 200
        self.taken: list[dict[str, JsonValue]] = []
        self.refused: list[dict[str, JsonValue]] = []
        self._news = threading.Condition()
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = _JSON.validate_json(self.rfile.read(int(self.headers["Content-Length"])))
                status = hook._take(body)
                content = json.dumps({"ok": status == 200, "description": "Too Many Requests"}).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}/bot123:rahasia/sendMessage"

    @property
    def texts(self) -> list[str]:
        """What was said, message by message."""
        with self._news:
            return [str(body["text"]) for body in self.taken]

    def wait_until(self, holds: Callable[[list[str]], bool]) -> list[str]:
        """Until `holds` is true of what was said."""
        with self._news:
            came = self._news.wait_for(lambda: holds([str(body["text"]) for body in self.taken]), _PATIENCE_S)
        assert came, self.texts
        return self.texts

    def _take(self, body: dict[str, JsonValue]) -> int:
        with self._news:
            (self.taken if self.status == 200 else self.refused).append(body)
            self._news.notify_all()
            return self.status

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
