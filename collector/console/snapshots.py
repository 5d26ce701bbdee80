"""A camera's picture just now, from the snapshot address that most cameras have: asked for when somebody looks."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import urllib3

from collector.console.context import PictureOf

log = logging.getLogger(__name__)

TIMEOUT_S = 3.0
LARGEST = 2_000_000
"""Bytes; a snapshot of a street camera is some 50 to 500 kB."""
_JPEG = b"\xff\xd8"


def snapshots(addresses: Mapping[str, str]) -> PictureOf:
    """A `picture(camera)` that gets a JPEG from the camera's address; None when there is none to be had."""
    pool = urllib3.PoolManager(timeout=TIMEOUT_S, retries=False)

    def picture(camera: str) -> bytes | None:
        address = addresses.get(camera)
        if address is None:
            return None
        try:
            answer = pool.request("GET", address, preload_content=False)
            try:
                body = answer.read(LARGEST + 1)
            finally:
                answer.release_conn()
        except urllib3.exceptions.HTTPError as error:
            log.warning("%s: no snapshot: %s", camera, type(error).__name__)
            return None
        if answer.status != 200 or len(body) > LARGEST or not body.startswith(_JPEG):
            log.warning("%s: the snapshot address gave no JPEG (status %d, %d bytes)", camera, answer.status, len(body))
            return None
        return body

    return picture
