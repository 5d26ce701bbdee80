"""`simpang edge validate`: a person counts a recording, and sees how Simpang counted the same."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from contract import ContractError, VehicleClass, Zones
from edge.commands.progress import progress
from edge.commands.validate_page import page_address, sit_at_page
from edge.detection import Detector, open_detector
from edge.files import read_zones
from edge.frame import SourceError
from edge.pipeline import Pipeline
from edge.sources import VideoFile
from edge.validation import Marks, Passage, Score, score
from edge.validation.report import table, verdict, write
from edge.validation.sitting import Sitting, countable
from models.registry import default_name, resolve


def validate(
    video: Annotated[Path, typer.Argument(help="A recording of the camera.")],
    zones: Annotated[Path, typer.Option(help="ZONES.toml: the lines drawn over this camera's picture.")],
    out: Annotated[Path, typer.Option(help="Folder for validation.json and validation.csv.")],
    model: Annotated[str, typer.Option(help="Registered name, or a registered model's file.")] = default_name(),
    *,
    minutes: Annotated[float, typer.Option(min=0.05, max=720, help="How much of it to count.")] = 15,
    start: Annotated[float, typer.Option(min=0, max=86_400, help="Second at which to begin.")] = 0,
    speed: Annotated[float, typer.Option(min=0.1, max=16, help="1 is the pace of the street.")] = 1,
    every: Annotated[float, typer.Option(min=0.5, max=1440, help="Minutes of one row of the result.")] = 60,
    page: Annotated[
        str | None, typer.Option(help="Count on a page at this private ADDRESS:PORT, not in the terminal.")
    ] = None,
    crossings: Annotated[
        Path | None, typer.Option(help="crossings.csv of `simpang edge replay` over the whole recording; else counted.")
    ] = None,
    threads: Annotated[int, typer.Option(min=1, max=64, help="CPU threads for inference.")] = 2,
) -> None:
    """Count a recording yourself, key by key, and see Simpang's error per class and hour."""
    try:
        drawn = read_zones(zones)
        place = None if page is None else page_address(page)
        known = None if crossings is None else _read(crossings, start)
        detector = open_detector(resolve(model), threads) if known is None else None
        _can_sit(video, zones, drawn, at_page=place is not None)

        def judge(ours: Sequence[Passage], counted_s: float) -> Score:
            simpang = known if detector is None else _count(video, drawn, detector, start, counted_s)
            by = model if crossings is None else crossings.name
            result = score(ours, simpang or [], counted_s, 60 * every)
            write(result, out, recording=video.name, model=by, seconds=counted_s)
            return result

        if place is None:
            marks = Marks(countable(drawn.lines))
            counted_s = _sit(video, marks, start, 60 * minutes, speed)
            ours = [(one.time_s, one.line, one.direction, one.vehicle) for one in marks.marks]
            result = judge(ours, counted_s)
        else:
            say = Console(stderr=True).print
            result = sit_at_page(video, drawn, place, start_s=start, minutes=minutes, judge=judge, out=out, say=say)
    except (ContractError, SourceError, OSError) as error:
        Console(stderr=True).print(f"[red]simpang edge:[/] {escape(str(error))}", soft_wrap=True, highlight=False)
        raise typer.Exit(2) from None
    console = Console()
    console.print(table(result))
    for sentence in [*verdict(result), f"{out}/validation.json, {out}/validation.csv"]:
        console.print(escape(sentence), soft_wrap=True, highlight=False)


def _can_sit(video: Path, path: Path, zones: Zones, *, at_page: bool) -> None:
    """Whether there is something to count, and somebody who could."""
    VideoFile(video).close()
    if not zones.lines:
        raise ContractError(f"{path}: there is no line to count on: draw one ([[lines]])")
    if not at_page and not sys.stdin.isatty():
        raise ContractError("there is no keyboard: run this in a terminal, or count on a page (--page)")


def _sit(video: Path, marks: Marks, start: float, seconds: float, speed: float) -> float:
    source = VideoFile(video)
    try:
        return Sitting(source, marks, start, seconds, speed).play()
    finally:
        source.close()


def _count(video: Path, zones: Zones, detector: Detector, start: float, seconds: float) -> list[Passage]:
    """Simpang's own count of what the person saw, from the beginning of the recording so that nobody is new at it."""
    source, pipeline, found = VideoFile(video), Pipeline(detector, zones), list[Passage]()
    try:
        with progress("Simpang menghitung / counting", Console(stderr=True)) as tell:
            for frame in source.frames():
                if frame.time_s > start + seconds + 1:
                    break
                _, crossed = pipeline.step(frame)
                found += [(one.time_s - start, one.line, one.direction, one.vehicle) for one in crossed]
                tell(frame.index + 1, source.length)
    finally:
        source.close()
    return [one for one in found if one[0] >= 0]


def _read(path: Path, start: float) -> list[Passage]:
    """A crossings.csv; `ContractError` says which row is wrong."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        found = [
            (float(row["time_s"]) - start, row["line"], row["direction"], VehicleClass(row["class"])) for row in rows
        ]
    except (KeyError, ValueError) as error:
        raise ContractError(f"{path}: not a crossings.csv of `simpang edge replay`: {error}") from None
    return [one for one in found if one[0] >= 0]
