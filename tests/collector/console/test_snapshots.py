"""A look through a camera gets the camera's JPEG or nothing, never something else and never an error."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from collector.console.snapshots import LARGEST, snapshots

JPEG = b"\xff\xd8\xff\xe0 a picture"
ANSWERS = {
    "/good.jpg": (200, JPEG),
    "/login.html": (200, b"<html>who are you?</html>"),
    "/gone.jpg": (404, JPEG),
    "/endless.jpg": (200, JPEG + bytes(LARGEST)),
}


class _Camera(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, body = ANSWERS[self.path]
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def camera() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Camera)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("path", "found"),
    [("/good.jpg", JPEG), ("/login.html", None), ("/gone.jpg", None), ("/endless.jpg", None)],
)
def test_only_a_picture_is_a_picture(camera: str, path: str, found: bytes | None) -> None:
    assert snapshots({"dago-1": camera + path})("dago-1") == found


def test_a_camera_without_address_or_answer_offers_none(camera: str) -> None:
    picture = snapshots({"dago-1": camera.rsplit(":", 1)[0] + ":9/dead.jpg"})
    assert picture("samsat-1") is None
    assert picture("dago-1") is None
