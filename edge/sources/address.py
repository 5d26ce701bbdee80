"""What a camera's address means, and how to show it to people without its password."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from edge.frame import SourceError

SourceKind = Literal["rtsp", "mjpeg", "usb", "directory", "file"]


def source_kind(address: str) -> SourceKind:
    """How to open `address`; `SourceError` when it is of no known form."""
    scheme = address.partition("://")[0].lower() if "://" in address else ""
    match scheme:
        case "rtsp" | "rtsps":
            return "rtsp"
        case "http" | "https":
            return "mjpeg"
        case "":
            return _local_kind(address)
        case _:
            raise SourceError(
                f"camera address {shown(address)!r}: {scheme}:// is unknown; give rtsp://, http:// (MJPEG), "
                "/dev/video0 or 0 (USB), a video file, or a directory of pictures"
            )


def _local_kind(address: str) -> SourceKind:
    if (address.isascii() and address.isdecimal()) or address.startswith("/dev/video"):
        return "usb"
    return "directory" if Path(address).is_dir() else "file"


def is_live(address: str) -> bool:
    """Whether `address` is a camera, which may come back, rather than something on the disk, which is there or not."""
    return source_kind(address) in {"rtsp", "mjpeg", "usb"}


def shown(address: str) -> str:
    """`address` for logs and messages: user name, password and query (which may carry a key) left out."""
    if "://" not in address:
        return address
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return f"{address.partition('://')[0]}://…"
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}{port}{parts.path}"
