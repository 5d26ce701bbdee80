"""Memory of one camera's work over a simulated week: `python -m bench.memory simpang-nano`.

A clip is played once through the detector, and then over and over again with the boxes it found, an hour apart, through
all that a unit does with them: tracking, counting, movements, approaches, parking, incidents. The resident set is read
after each round; its slope is a least-squares line over the second half, where caches are full.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path
from typing import Annotated

import numpy as np
import psutil
import typer
from rich.console import Console

from bench.clips import FOOTAGE, clips, zones_of
from bench.incidents import ROADS, zones
from contract import NoParkingZone, Zones
from edge.detection import Detections, Detector, open_detector
from edge.frame import Frame, Image
from edge.incidents import IncidentWatch
from edge.measures import watches
from edge.parking import ParkingWatch, located
from edge.pipeline import Pipeline
from edge.sources import VideoFile
from models.registry import resolve

HOUR_S = 3600.0


class Remembered(Detector):
    """A detector that looks into each picture once, and after that knows."""

    known: dict[int, Detections]
    index: int

    def detect(self, image: Image, threshold: float | None = None) -> Detections:
        """What picture `index` held when it was seen first."""
        if self.index not in self.known:
            self.known[self.index] = super().detect(image, threshold)
        return self.known[self.index]


def drawn(clip: str) -> Zones:
    """The clip's lines and carriageways, and a no-parking zone over all of the picture: much to remember."""
    lines = zones_of(clips()[f"{clip}.mp4"]).lines
    everywhere = ((0.01, 0.01), (0.99, 0.01), (0.99, 0.99), (0.01, 0.99))
    kerb = NoParkingZone(kind="no_parking", id="kerb", polygon=everywhere, grace_s=5)
    counted = tuple(line.model_copy(update={"approach": "road"}) for line in lines)
    return Zones(lines=counted, zones=(*zones(clip).zones, kerb))


def slope(megabytes: Sequence[float]) -> float:
    """MB a round, over the second half."""
    late = np.array(megabytes[len(megabytes) // 2 :])
    return float(np.polyfit(np.arange(len(late)), late, 1)[0])


def main(
    model: Annotated[str, typer.Argument(help="A registered model.")] = "simpang-nano",
    clip: Annotated[str, typer.Option(help=f"One of {', '.join(ROADS)}.")] = "toll_noon",
    rounds: Annotated[int, typer.Option(min=4, max=100_000, help="168 make a week.")] = 168,
) -> None:
    """Print the resident set as it goes, and its slope."""
    console, process = Console(), psutil.Process()
    opened = open_detector(resolve(model), 1)
    detector = Remembered(opened.spec, opened.interpreter)
    detector.known = {}
    plan = drawn(clip)
    pipeline, approaches = Pipeline(detector, plan), watches(plan)
    parking, incidents = ParkingWatch("bench", plan, UTC), IncidentWatch("bench", plan)
    megabytes: list[float] = []
    for number in range(rounds):
        for frame in _round(FOOTAGE / f"{clip}.mp4", number):
            detector.index = frame.index
            tracks, crossed = pipeline.step(frame)
            size = (frame.image.shape[1], frame.image.shape[0])
            for approach in approaches:
                approach.step(tracks, crossed, size, frame.time_s)
            seen = located(tracks, frame.image)
            parking.step(seen, frame.image, frame.time_s, frame.wall)
            incidents.step(seen, frame.image, frame.time_s, frame.wall)
        gc.collect()
        megabytes.append(process.memory_info().rss / 1e6)
        if number % max(1, rounds // 8) == 0:
            console.print(f"round {number + 1}: {megabytes[-1]:.1f} MB", highlight=False)
    console.print(
        f"{rounds} rounds of {clip}: {megabytes[-1]:.1f} MB; slope {1000 * slope(megabytes):+.1f} kB a round",
        highlight=False,
    )


def _round(path: Path, number: int) -> Iterator[Frame]:
    """The pictures of one round, `number` hours after the first."""
    source = VideoFile(path)
    later = timedelta(seconds=number * HOUR_S)
    for one in source.frames():
        yield replace(one, time_s=one.time_s + number * HOUR_S, wall=one.wall + later)
    source.close()


if __name__ == "__main__":
    typer.run(main)
