"""From an address to a source."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from edge.frame import Source
from edge.sources.address import shown, source_kind
from edge.sources.directory import PictureDirectory
from edge.sources.file import VideoFile
from edge.sources.live import Connection, Listener, LiveSource, SourceChange
from edge.sources.mjpeg import connect_mjpeg
from edge.sources.playback import Playback
from edge.sources.rtsp import connect_rtsp
from edge.sources.usb import connect_usb

_CONNECT: dict[str, Callable[[str], Connection]] = {
    "rtsp": connect_rtsp,
    "mjpeg": connect_mjpeg,
    "usb": connect_usb,
}


def _ignore(change: SourceChange) -> None:
    """Nobody listens."""


def open_source(address: str, *, on_change: Listener = _ignore, fps: float = 10.0, stall_s: float = 10.0) -> Source:
    """A source for `address`: `rtsp://`, `http://` (MJPEG), `/dev/video0` or `0`, a video file, a directory.

    Cameras reconnect for ever and tell `on_change` when they are lost and back; `stall_s` is how long one may be
    silent. Files and directories end; `fps` is the pace of a directory's pictures. Raises `SourceError` for an address
    of no known form and for a file that cannot be read.
    """
    match source_kind(address):
        case "file":
            return VideoFile(Path(address))
        case "directory":
            return PictureDirectory(Path(address), fps)
        case live:
            connect = partial(_CONNECT[live], address)
            return LiveSource(shown(address), connect, on_change=on_change, stall_s=stall_s)


def open_camera(address: str, *, on_change: Listener = _ignore) -> Source:
    """Like `open_source`, but a recording plays as a camera would: in real time and for ever."""
    if source_kind(address) in {"file", "directory"}:
        return Playback(lambda: open_source(address))
    return open_source(address, on_change=on_change)
