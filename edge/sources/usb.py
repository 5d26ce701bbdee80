"""USB cameras (Video4Linux)."""

from __future__ import annotations

from pathlib import Path

import cv2

from edge.frame import SourceError
from edge.sources.capture import Capture


def connect_usb(address: str) -> Capture:
    """Open `/dev/video0`, or the camera with an index such as `0`."""
    path = Path(f"/dev/video{address}" if address.isdecimal() else address)
    if not path.exists():
        present = ", ".join(sorted(str(one) for one in Path("/dev").glob("video*"))) or "none"
        raise SourceError(f"{path}: no such USB camera: is it plugged in and powered? present: {present}")
    device = cv2.VideoCapture(str(path), cv2.CAP_V4L2)
    if not device.isOpened():
        raise SourceError(f"{path}: the USB camera does not open: in use by another program, or not a camera")
    device.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    return Capture(str(path), device)
