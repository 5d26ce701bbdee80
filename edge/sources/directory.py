"""A directory of numbered pictures, in the order of their names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from edge.frame import Frame, SourceError
from edge.sources.capture import decoded

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp"})


@dataclass(slots=True)
class PictureDirectory:
    """Pictures `fps` a second; `began` is the instant the first one stands for. `close` ends a running `frames`."""

    path: Path
    fps: float = 10.0
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    unreadable: list[Path] = field(default_factory=list, init=False)
    """Pictures that were passed over because they do not decode; their time passes all the same."""
    _paths: list[Path] = field(init=False)
    _closed: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        if not self.path.is_dir():
            raise SourceError(f"{self.path}: no such directory of pictures")
        found = (path for path in self.path.iterdir() if path.suffix.lower() in SUFFIXES)
        self._paths = sorted(found, key=_natural)
        if not self._paths:
            raise SourceError(f"{self.path}: holds no picture ({', '.join(sorted(SUFFIXES))})")

    def frames(self) -> Iterator[Frame]:
        """Every picture that decodes. Raises `SourceError` when none does."""
        for index, path in enumerate(self._paths):
            if self._closed:
                return
            image = decoded(path.read_bytes())
            if image is None:
                self.unreadable.append(path)
                continue
            time_s = index / self.fps
            yield Frame(image, index, time_s, self.began + timedelta(seconds=time_s))
        if len(self.unreadable) == len(self._paths):
            raise SourceError(f"{self.path}: none of its {len(self._paths)} pictures can be read")

    def close(self) -> None:
        """End a running `frames`."""
        self._closed = True


def _natural(path: Path) -> list[tuple[int, str]]:
    """Order in which `frame_10` follows `frame_9`."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", path.name)]
