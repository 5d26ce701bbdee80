"""The twin's cameras over HTTP, as old CCTV encoders speak: `multipart/x-mixed-replace`, in real time.

    GET  /                        the cameras, and the rate that this machine really reaches
    GET  /<camera>.mjpg           the stream; each part has its X-Timestamp, seconds since 1970
    GET  /<camera>.jpg            the newest picture
    GET  /<camera>/truth.json     what has really happened so far
    GET  /<camera>/zones.toml     the lines and zones over its picture
    POST /<camera>/fault/<name>   a fault (twin/faults.py), `none` mends it

One thread draws all cameras in turns; whoever reads gets the newest picture and never makes the others wait.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

import cv2

from twin.camera_feed import CameraFeed
from twin.faults import Fault
from twin.zones import to_toml

BOUNDARY = "simpang"
QUALITY = 82
SLOWEST_FPS = 0.5
PATIENCE_S = 30.0
"""A reader waits so long for a picture of a machine that is busy elsewhere; a camera without power ends at once."""
SPARE = 1.15
"""Drawing may take this much longer than last time and the rate still holds."""


class Channel:
    """One camera on the air: its feed, and a slot for its newest JPEG."""

    def __init__(self, feed: CameraFeed) -> None:
        self.feed = feed
        self.lock = threading.Lock()
        """Held by whoever moves the feed on or reads its truth."""
        self._news = threading.Condition()
        self._jpeg: bytes | None = None
        self._stamp = 0.0
        self._number = 0
        self._closed = False

    def draw(self, time_s: float, stamp: float) -> None:
        """Draw the picture at `time_s` and put it into the slot; `stamp` is its wall time."""
        with self.lock:
            picture = self.feed.picture(time_s)
        jpeg = None
        if picture is not None:
            jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes()
        with self._news:
            self._jpeg, self._stamp = jpeg, stamp
            self._number += 1
            self._news.notify_all()

    def newest(self, after: int, timeout_s: float) -> tuple[int, bytes, float] | None:
        """Wait for a picture later than number `after`; None when the camera is silent or closed."""
        with self._news:
            self._news.wait_for(lambda: self._number > after or self._closed, timeout_s)
            if self._closed or self._number <= after or self._jpeg is None:
                return None
            return self._number, self._jpeg, self._stamp

    def close(self) -> None:
        """Send readers away."""
        with self._news:
            self._closed = True
            self._news.notify_all()


class TwinServer:
    """Cameras on a port of their own; use it in a `with`, or `start` and `close` it."""

    def __init__(self, feeds: Mapping[str, CameraFeed], *, host: str = "127.0.0.1", port: int = 0, fps: float = 7.0):
        """`port` 0 takes a free one. Raises `OSError` when the port is taken."""
        self.channels = {name: Channel(feed) for name, feed in feeds.items()}
        self.wanted_fps = fps
        self.reached_fps = fps
        self._closed = threading.Event()
        self._http = ThreadingHTTPServer((host, port), _handler(self))
        self._http.daemon_threads = True
        self._threads = [
            threading.Thread(target=self._draw, name="twin draws", daemon=True),
            threading.Thread(
                target=self._http.serve_forever, kwargs={"poll_interval": 0.1}, name="twin http", daemon=True
            ),
        ]

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        host, port = self._http.server_address[:2]
        return f"http://{host if isinstance(host, str) else host.decode()}:{port}"

    def start(self) -> None:
        """Draw and listen."""
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Stop drawing and listening, and send readers away."""
        self._closed.set()
        for channel in self.channels.values():
            channel.close()
        self._http.shutdown()
        self._http.server_close()
        for thread in self._threads:
            thread.join()

    def __enter__(self) -> TwinServer:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _draw(self) -> None:
        """All cameras at one instant, again and again; the rate falls when the machine is too slow, and is told."""
        cv2.setNumThreads(1)  # threads that wait for each other cost more than they save on pictures of this size
        began, wall = time.monotonic(), time.time()
        cost = 0.0
        while not self._closed.is_set():
            start = time.monotonic()
            for channel in self.channels.values():
                now = time.monotonic() - began
                channel.draw(now, wall + now)
                if self._closed.is_set():
                    return
            spent = time.monotonic() - start
            cost = spent if not cost else 0.8 * cost + 0.2 * spent
            period = min(max(1 / self.wanted_fps, cost * SPARE), 1 / SLOWEST_FPS)
            self.reached_fps = round(1 / max(period, spent), 2)
            self._closed.wait(max(0.0, period - spent))


def _handler(server: TwinServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Answers for one server's cameras."""

        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            name, what = _split(self.path)
            channel = server.channels.get(name)
            if self.path in {"/", "/index.json"}:
                self._answer("application/json", json.dumps(_index(server)).encode())
            elif channel is None:
                self.send_error(HTTPStatus.NOT_FOUND, f"no camera here; known: {', '.join(server.channels)}")
            elif what == "mjpg":
                self._stream(channel)
            elif what == "jpg":
                self._still(channel)
            elif what == "truth.json":
                with channel.lock:
                    feed = channel.feed
                    truth = feed.junction.truth(light=feed.light, fps=server.reached_fps)
                self._answer("application/json", json.dumps(truth).encode())
            elif what == "zones.toml":
                self._answer("application/toml", to_toml(channel.feed.junction.zones).encode())
            else:
                self.send_error(HTTPStatus.NOT_FOUND)

        def do_POST(self) -> None:
            name, what = _split(self.path)
            channel = server.channels.get(name)
            fault = what.removeprefix("fault/")
            if channel is None or not what.startswith("fault/") or fault not in set(Fault):
                self.send_error(HTTPStatus.NOT_FOUND, f"POST /CAMERA/fault/NAME; names: {', '.join(Fault)}")
                return
            with channel.lock:
                channel.feed.fault = Fault(fault)
            self._answer("application/json", json.dumps({"camera": name, "fault": fault}).encode())

        def log_message(self, *_: object) -> None:
            """Requests are not logged: every picture is one."""

        def _answer(self, kind: str, body: bytes) -> None:
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def _still(self, channel: Channel) -> None:
            found = channel.newest(0, PATIENCE_S)
            if found is None:
                self.send_error(HTTPStatus.SERVICE_UNAVAILABLE, "the camera gives no picture")
            else:
                self._answer("image/jpeg", found[1])

        def _stream(self, channel: Channel) -> None:
            found = channel.newest(0, PATIENCE_S)
            if found is None:
                self.send_error(HTTPStatus.SERVICE_UNAVAILABLE, "the camera gives no picture")
                return
            self.close_connection = True
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={BOUNDARY}")
            self.send_header("Connection", "close")
            self.end_headers()
            try:
                while found is not None:
                    number, jpeg, stamp = found
                    head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n"
                    self.wfile.write(f"{head}X-Timestamp: {stamp:.3f}\r\n\r\n".encode() + jpeg + b"\r\n")
                    found = channel.newest(number, PATIENCE_S)
            except (BrokenPipeError, ConnectionResetError):
                return

    return Handler


def _split(path: str) -> tuple[str, str]:
    """`/dago.mjpg` or `/dago/truth.json` to (camera, what is wanted of it)."""
    name = path.partition("?")[0].strip("/")
    mark = "/" if "/" in name else "."
    camera, _, what = name.partition(mark)
    return camera, what


def _index(server: TwinServer) -> dict[str, object]:
    return {
        "fps": server.reached_fps,
        "wanted_fps": server.wanted_fps,
        "cameras": {
            name: {"title": channel.feed.scene.title, "light": channel.feed.light, "fault": channel.feed.fault}
            for name, channel in server.channels.items()
        },
    }
