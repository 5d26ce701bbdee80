"""Incident candidates on real clips, nearly all of which hold no incident: false alarms per clip.

    python -m bench.incidents simpang-nano

Each clip is played several times in a row, as one recording, so that the ways of its traffic are learned as they would
be on a street. `there` is what a person sees in it. A jump from the end of a clip to its start is a gap in time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bench.clips import FOOTAGE
from contract import AreaZone, CameraCondition, IncidentKind, Point, Zones
from edge.condition import COUNTABLE
from edge.detection import Detector, open_detector
from edge.frame import Frame
from edge.incidents import IncidentNotice, IncidentWatch
from edge.parking import located
from edge.pipeline import Pipeline
from edge.sources import VideoFile
from models.registry import resolve

GAP_S = 10.0

ROADS: Mapping[str, tuple[tuple[Point, ...], ...]] = {
    "boulevard_motorcycles": (((0.44, 0.15), (0.75, 0.15), (0.97, 1.0), (0.04, 1.0)),),
    "dual_carriageway": (
        ((0.1, 0.0), (0.28, 0.0), (0.64, 1.0), (0.0, 1.0), (0.0, 0.4)),
        ((0.46, 0.1), (0.75, 0.1), (1.0, 0.45), (1.0, 1.0), (0.82, 1.0)),
    ),
    "stop_line_queue": (((0.0, 0.45), (1.0, 0.45), (1.0, 1.0), (0.0, 1.0)),),
    "street_cars": (((0.35, 0.35), (0.55, 0.35), (1.0, 0.85), (1.0, 1.0), (0.45, 1.0)),),
    "toll_noon": (
        ((0.4, 0.35), (0.44, 0.35), (0.36, 1.0), (0.0, 1.0), (0.0, 0.75)),
        ((0.5, 0.35), (0.56, 0.35), (1.0, 0.75), (1.0, 1.0), (0.52, 1.0)),
    ),
    "toll_rain_queue": (
        ((0.4, 0.35), (0.44, 0.35), (0.36, 1.0), (0.0, 1.0), (0.0, 0.75)),
        ((0.5, 0.35), (0.56, 0.35), (1.0, 0.75), (1.0, 1.0), (0.52, 1.0)),
    ),
    "top_view": (((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)),),
}
"""Carriageways drawn by hand, clip by clip."""

WAITING: Mapping[str, tuple[Point, ...]] = {
    "stop_line_queue": ((0.0, 0.6), (0.85, 0.6), (0.85, 1.0), (0.0, 1.0)),
}
"""Where one waits for a green."""

THERE = {"boulevard_motorcycles": "a motorcycle rides the wrong way along the kerb"}


def zones(clip: str) -> Zones:
    """The carriageways of a clip, and its queue zone if it has one."""
    areas = [AreaZone(kind="carriageway", id=f"road-{n}", polygon=road) for n, road in enumerate(ROADS[clip])]
    if clip in WAITING:
        areas.append(AreaZone(kind="queue", id="waiting", polygon=WAITING[clip]))
    return Zones(zones=tuple(areas))


def again(path: Path, times: int) -> Iterator[Frame]:
    """The pictures of a clip, played so many times one after the other."""
    began_s = 0.0
    index = 0
    for _ in range(times):
        source = VideoFile(path)
        last_s = 0.0
        for frame in source.frames():
            last_s = frame.time_s
            later = timedelta(seconds=began_s)
            yield replace(frame, index=index, time_s=frame.time_s + began_s, wall=frame.wall + later)
            index += 1
        source.close()
        began_s += last_s + GAP_S


def candidates(clip: str, detector: Detector, times: int) -> tuple[float, list[IncidentNotice]]:
    """Seconds watched, and what an operator would have been told."""
    drawn = zones(clip)
    pipeline, watch = Pipeline(detector, drawn), IncidentWatch("bench", drawn)
    told: list[IncidentNotice] = []
    seconds = 0.0
    for frame in again(FOOTAGE / f"{clip}.mp4", times):
        tracks, _ = pipeline.step(frame)
        seconds = frame.time_s
        if pipeline.condition in COUNTABLE:
            dark = pipeline.condition is CameraCondition.NIGHT
            seen = located(tracks, frame.image)
            told += watch.step(seen, frame.image, frame.time_s, frame.wall, dark=dark)
    return seconds, told


def main(
    models: Annotated[list[str], typer.Argument(help="Registered models.")],
    times: Annotated[int, typer.Option(min=1, max=1000, help="How often each clip is played.")] = 3,
    only: Annotated[list[str] | None, typer.Option(help="This clip (may be given again).")] = None,
) -> None:
    """Print the candidates of each clip."""
    console = Console(width=120)
    for name in models:
        detector = open_detector(resolve(name), 1)
        table = Table("clip", "seconds", *(kind.value for kind in IncidentKind), "there", title=name)
        for clip in only or ROADS:
            with console.status(clip):
                seconds, told = candidates(clip, detector, times)
            opened = Counter(one.incident.incident for one in told if one.phase == "opened")
            counts = (str(opened[kind]) for kind in IncidentKind)
            table.add_row(clip, f"{seconds:.0f}", *counts, THERE.get(clip, "nothing"))
        console.print(table)


if __name__ == "__main__":
    typer.run(main)
