"""HTTP MJPEG cameras (`multipart/x-mixed-replace`), as old CCTV encoders and mjpg-streamer speak it.

A part is its headers, an empty line and one JPEG, with a Content-Length or up to the next boundary. mjpg-streamer and
the digital twin stamp each part with `X-Timestamp`, seconds since 1970: that is the stream's clock.
"""

from __future__ import annotations

import base64
import http.client
import math
from email.message import Message
from http.client import HTTPResponse
from urllib.error import HTTPError
from urllib.parse import unquote, urlsplit, urlunsplit
from urllib.request import Request, urlopen

from edge.frame import SourceError
from edge.sources.address import shown
from edge.sources.capture import decoded
from edge.sources.live import Picture

DEADLINE_S = 8.0
MAX_JPEG = 8 * 1024 * 1024
"""Bytes of one picture; more is no camera."""
MAX_LINE = 4096
MAX_HEADERS = 64
MAX_BAD = 20
"""Pictures in a row that do not decode before the stream counts as broken."""


def connect_mjpeg(address: str) -> MjpegStream:
    """Open an MJPEG stream; a user name and password in the address become HTTP basic authentication."""
    name = shown(address)
    try:
        response = urlopen(_request(address), timeout=DEADLINE_S)
    except HTTPError as error:
        advice = "check user name and password" if error.code in {401, 403} else "check the path"
        raise SourceError(f"{name}: the camera refuses with HTTP {error.code}: {advice}") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise SourceError(f"{name}: the camera does not answer ({reason}): check power, cable and address") from None
    return MjpegStream(name, response)


def _request(address: str) -> Request:
    parts = urlsplit(address)
    _, _, place = parts.netloc.rpartition("@")
    request = Request(urlunsplit((parts.scheme, place, parts.path or "/", parts.query, "")))
    if parts.username:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        request.add_header("Authorization", "Basic " + base64.b64encode(pair.encode()).decode())
    return request


class MjpegStream:
    """A `Connection` over an HTTP response."""

    def __init__(self, name: str, response: HTTPResponse) -> None:
        """Raises `SourceError` when the response is not a stream of pictures."""
        self._name = name
        self._response = response
        boundary = response.headers.get_boundary()
        if response.headers.get_content_maintype() != "multipart" or not boundary:
            kind = response.headers.get_content_type()
            response.close()
            raise SourceError(f"{name}: this is {kind}, not an MJPEG stream: check the path")
        # Some encoders announce the boundary with the dashes that only belong before it in the body.
        self._boundary = b"--" + boundary.removeprefix("--").encode("latin-1", "replace")

    def read(self) -> Picture:
        """The next picture that decodes; a few broken ones are passed over."""
        for _ in range(MAX_BAD):
            try:
                headers = self._headers()
                jpeg = self._body(headers)
            except (OSError, http.client.HTTPException, ValueError) as error:
                raise SourceError(f"{self._name}: the stream broke off ({error}): check cable and network") from None
            image = decoded(jpeg)
            if image is not None:
                return Picture(image, _timestamp(headers))
        raise SourceError(f"{self._name}: {MAX_BAD} pictures in a row are garbage: is this an MJPEG stream?")

    def close(self) -> None:
        """Close the connection."""
        self._response.close()

    def _headers(self) -> Message:
        """Skip to the next boundary and read the part's headers."""
        skipped = 0
        while not (line := self._line()).startswith(self._boundary):
            skipped += len(line)
            if skipped > MAX_JPEG:
                raise ValueError("no boundary between pictures")
        headers = Message()
        for _ in range(MAX_HEADERS):
            line = self._line().strip()
            if not line:
                return headers
            key, _, value = line.decode("latin-1").partition(":")
            headers[key.strip()] = value.strip()
        raise ValueError("no end of a picture's headers")

    def _body(self, headers: Message) -> bytes:
        length = headers.get("Content-Length", "")
        if not length.isdecimal():
            return self._until_boundary()
        if int(length) > MAX_JPEG:
            raise ValueError(f"a picture of {length} bytes")
        body = self._response.read(int(length))
        if len(body) < int(length):
            raise ValueError("it ended within a picture")
        return body

    def _until_boundary(self) -> bytes:
        """A part without a length: up to the JPEG's end marker at the end of a line, or the next boundary."""
        body = bytearray()
        while not body.rstrip(b"\r\n").endswith(b"\xff\xd9"):
            line = self._line()
            if line.startswith(self._boundary):
                return b""
            body += line
            if len(body) > MAX_JPEG:
                raise ValueError("a picture without end")
        return bytes(body)

    def _line(self) -> bytes:
        line = self._response.readline(MAX_LINE)
        if not line:
            raise ValueError("the camera closed the connection")
        return line


def _timestamp(headers: Message) -> float | None:
    try:
        stamp = float(headers.get("X-Timestamp", ""))
    except ValueError:
        return None
    return stamp if math.isfinite(stamp) else None
