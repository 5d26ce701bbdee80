"""Replay a clip as fast as it can be processed: what `simpang edge replay` does."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter

from contract import Zones
from edge.counting import Crossing, Movement
from edge.detection import Detector
from edge.journal import Journal
from edge.overlay import Overlay
from edge.pipeline import Pipeline
from edge.sources import VideoFile

Counts = dict[str, dict[str, dict[str, int]]]
"""Line -> direction -> class -> vehicles; every line and direction is there, a class only when it was seen."""


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay found."""

    counts: Counts
    movements: Counts
    """Entry zone -> exit zone -> class -> vehicles (`edge.counting.movements`)."""
    parking: dict[str, dict[str, int]]
    """No-parking zone -> `cases`: vehicles that stood there longer than the zone's grace."""
    crossings: list[Crossing]
    events: list[str]
    """Lines of events.jsonl (`edge.journal`)."""
    frames: int
    promised: int
    """Pictures that the file said it holds."""
    stopped: bool
    """Ended by the user before the clip was over: everything here is of the part that was seen."""
    fps: float
    ms_per_frame: dict[str, float]


def replay(
    video: Path,
    zones: Zones,
    detector: Detector,
    progress: Callable[[int, int], None] | None = None,
    overlay: Path | None = None,
) -> Replay:
    """Run the whole of `video` through a pipeline; `progress` is told (pictures done, pictures promised).

    `overlay` is the film to write with what was seen drawn over it. Ctrl-C after the first picture ends the work early:
    what was seen until then is returned, and says so.
    """
    source = VideoFile(video)
    film = None if overlay is None else Overlay(overlay, zones, source.fps)
    pipeline = Pipeline(detector, zones)
    journal = Journal(zones, source.began)
    crossings: list[Crossing] = []
    movements: list[Movement] = []
    frames = 0
    stopped = False
    drawing_s = 0.0
    begun = perf_counter()
    try:
        for frame in source.frames():
            tracks, crossed = pipeline.step(frame)
            crossings += crossed
            movements += pipeline.movements
            journal.step(frame, tracks, pipeline.condition)
            if film is not None:
                drawing_from = perf_counter()
                film.add(frame, tracks, crossed)
                drawing_s += perf_counter() - drawing_from
            frames += 1
            if progress is not None:
                progress(frames, source.length)
    except KeyboardInterrupt:
        if not frames:
            raise
        stopped = True
    finally:
        source.close()
        if film is not None:
            film.close()
    journal.finish()
    movements += pipeline.finish(frames - 1)
    total = perf_counter() - begun
    seconds = pipeline.seconds | {"pipeline": pipeline.seconds["pipeline"] + journal.seconds}
    if film is not None:
        seconds["overlay"] = drawing_s
    seconds["decode"] = total - sum(seconds.values())
    return Replay(
        counts=tally(zones, crossings),
        movements=turns(zones, movements),
        parking=journal.cases(),
        crossings=crossings,
        events=journal.lines(),
        frames=frames,
        promised=source.length,
        stopped=stopped,
        fps=round(frames / total, 2),
        ms_per_frame={stage: round(spent / frames * 1000, 3) for stage, spent in sorted(seconds.items())},
    )


def tally(zones: Zones, crossings: list[Crossing]) -> Counts:
    """Count crossings by line, direction and class."""
    counts: Counts = {line.id: {line.right: {}, line.left: {}} for line in zones.lines}
    for crossing in crossings:
        classes = counts[crossing.line][crossing.direction]
        classes[crossing.vehicle] = classes.get(crossing.vehicle, 0) + 1
    return counts


def turns(zones: Zones, movements: list[Movement]) -> Counts:
    """Count movements by entry zone, exit zone and class; every pair of zones is there."""
    kinds = {kind: [zone.id for zone in zones.zones if zone.kind == kind] for kind in ("entry", "exit")}
    counts: Counts = {origin: {destination: {} for destination in kinds["exit"]} for origin in kinds["entry"]}
    for one in movements:
        classes = counts[one.origin][one.destination]
        classes[one.vehicle] = classes.get(one.vehicle, 0) + 1
    return counts


def write(found: Replay, folder: Path) -> None:
    """Write `summary.json`, `crossings.csv` and `events.jsonl` into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    summary = asdict(found)
    del summary["crossings"], summary["events"]
    (folder / "summary.json").write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    (folder / "events.jsonl").write_text("".join(line + "\n" for line in found.events), encoding="utf-8")
    with (folder / "crossings.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["time_s", "frame", "line", "direction", "class", "track"])
        for one in found.crossings:
            rows.writerow([f"{one.time_s:.3f}", one.frame, one.line, one.direction, one.vehicle, one.track])
