"""A picture and when it was taken: what every source yields and everything downstream consumes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""Shape (height, width, 3), BGR, 0..255."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a camera.

    `time_s` is the stream's own clock: seconds since the source opened, never falling, taken from presentation
    timestamps where there are any, so that counting does not depend on how fast we read. `wall` is the UTC instant
    that belongs to it.
    """

    image: Image
    index: int
    time_s: float
    wall: datetime


class Source(Protocol):
    """Where frames come from. Live sources reconnect by themselves; a file ends."""

    def frames(self) -> Iterator[Frame]:
        """Yield frames until the source ends or is closed. Raises `SourceError` when it never can deliver."""
        ...

    def close(self) -> None:
        """Release the device or connection; a running `frames()` then ends."""
        ...


class SourceError(RuntimeError):
    """A source that cannot be read; the text says which, why, and what to do."""
