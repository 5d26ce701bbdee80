"""A rendered clip as a folder that `simpang edge replay` runs on: pictures, zones.toml, truth.json."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2

from twin.camera_feed import CameraFeed, hour_of
from twin.scene import Scene
from twin.staged import Staged
from twin.zones import to_toml


def write_clip(
    scene: Scene,
    out: Path,
    *,
    seconds: float,
    fps: float,
    seed: int,
    light: str = "day",
    rain: bool = False,
    as_pictures: bool = False,
    staged: Sequence[Staged] = (),
    progress: Callable[[int], None] | None = None,
) -> int:
    """Write `clip.mp4` (or `clip/000000.jpg` ...), `zones.toml` and `truth.json` into `out`; gives the pictures."""
    out.mkdir(parents=True, exist_ok=True)
    feed = CameraFeed(scene, seed, light=light, rain=rain, began=hour_of(light), staged=staged)
    frames = max(1, round(seconds * fps))
    sink = _PictureSink(out / "clip") if as_pictures else _VideoSink(out / "clip.mp4", scene.camera.size, fps)
    try:
        for frame in range(frames):
            picture = feed.picture(frame / fps)
            if picture is not None:
                sink.write(picture)
            if progress:
                progress(1)
    finally:
        sink.close()
    name = "clip" if as_pictures else "clip.mp4"
    (out / "zones.toml").write_text(to_toml(feed.junction.zones), encoding="utf-8")
    truth = {name: feed.junction.truth(light=feed.light, fps=fps)}
    (out / "truth.json").write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")
    return frames


class _VideoSink:
    """An MP4 file."""

    def __init__(self, path: Path, size: tuple[int, int], fps: float) -> None:
        self._writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), fps, size)
        if not self._writer.isOpened():
            raise OSError(f"{path}: cannot be written as video; is the folder writable?")

    def write(self, picture: cv2.typing.MatLike) -> None:
        self._writer.write(picture)

    def close(self) -> None:
        self._writer.release()


class _PictureSink:
    """A directory of JPEGs."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._count = folder, 0

    def write(self, picture: cv2.typing.MatLike) -> None:
        path = self._folder / f"{self._count:06d}.jpg"
        if not cv2.imwrite(str(path), picture, [cv2.IMWRITE_JPEG_QUALITY, 88]):
            raise OSError(f"{path}: cannot be written; is the folder writable?")
        self._count += 1

    def close(self) -> None:
        """Nothing is held open."""
