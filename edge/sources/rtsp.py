"""RTSP cameras through OpenCV's FFmpeg: over TCP, with deadlines for opening and for every read."""

from __future__ import annotations

import os
import socket
from urllib.parse import urlsplit

import cv2

from edge.frame import SourceError
from edge.sources.address import shown
from edge.sources.capture import Capture

DEADLINE_S = 8.0
"""Below the watchdog's, so that FFmpeg gives up a dead connection before its thread has to be abandoned."""

# RTP over UDP loses packets and passes no firewall: smeared pictures count ghosts. `timeout` is FFmpeg 5's name,
# `stimeout` FFmpeg 4's (microseconds); the one that is unknown is ignored.
_FFMPEG = f"rtsp_transport;tcp|timeout;{int(DEADLINE_S * 1e6)}|stimeout;{int(DEADLINE_S * 1e6)}"


def connect_rtsp(address: str) -> Capture:
    """Open an RTSP camera. `SourceError` tells an unreachable camera from one that refuses."""
    name = shown(address)
    _knock(address, name)
    os.environ.setdefault("OPENCV_FFMPEG_CAPTURE_OPTIONS", _FFMPEG)
    milliseconds = int(DEADLINE_S * 1000)
    deadlines = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, milliseconds, cv2.CAP_PROP_READ_TIMEOUT_MSEC, milliseconds]
    device = cv2.VideoCapture(address, cv2.CAP_FFMPEG, deadlines)
    if not device.isOpened():
        raise SourceError(f"{name}: the camera answers but gives no stream: check path, user name and password")
    return Capture(name, device)


def _knock(address: str, name: str) -> None:
    """FFmpeg reports every failure alike: see first whether anybody listens."""
    try:
        parts = urlsplit(address)
        place = (parts.hostname or "", parts.port or (322 if parts.scheme == "rtsps" else 554))
    except ValueError:
        raise SourceError(f"{name}: not an address: expected rtsp://user:password@host:554/path") from None
    try:
        socket.create_connection(place, timeout=DEADLINE_S).close()
    except OSError as error:
        raise SourceError(
            f"{name}: the camera does not answer ({error.strerror or error}): check power, cable and address"
        ) from None
