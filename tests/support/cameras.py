"""Real servers in the place of cameras: RTSP by GStreamer, MJPEG over HTTP by FFmpeg. They can be killed and return."""

from __future__ import annotations

import subprocess
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.mosquitto import free_port

_SERVER = Path(__file__).with_name("rtsp_server.py")


class _Camera(ABC):
    """A server process at `address` that plays `clip`."""

    def __init__(self, clip: Path, address: str) -> None:
        self._clip = clip
        self._port = free_port()
        self.address = address.format(port=self._port)
        self._process: subprocess.Popen[str] | None = None

    @abstractmethod
    def start(self) -> None:
        """Begin to serve."""

    def kill(self) -> None:
        """As if its power was cut."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            if self._process.stdout is not None:
                self._process.stdout.close()
            self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()


class RtspCamera(_Camera):
    """Serves a clip (H.264) at `address`, in real time, from its start to everyone who calls."""

    def __init__(self, clip: Path) -> None:
        super().__init__(clip, "rtsp://127.0.0.1:{port}/camera")

    def start(self) -> None:
        """Listen; returns once it does."""
        command = ["/usr/bin/python3", str(_SERVER), str(self._port), str(self._clip)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n", "tests/system-packages.sh installs what it needs"


class MjpegCamera(_Camera):
    """Serves a clip as MJPEG over HTTP to one caller, in real time; ends with the clip or with the caller."""

    def __init__(self, clip: Path) -> None:
        super().__init__(clip, "http://127.0.0.1:{port}/stream.mjpg")

    def start(self) -> None:
        """Begin to listen soon."""
        served = ["-f", "mpjpeg", "-q:v", "4", "-content_type", "multipart/x-mixed-replace;boundary=ffmpeg"]
        command = ["ffmpeg", "-loglevel", "error", "-re", "-i", str(self._clip), "-an", *served, "-listen", "1"]
        self._process = subprocess.Popen(
            [*command, self.address], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True
        )
