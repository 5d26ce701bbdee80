"""Counts, turning movements and parking beside the twin's exact truth: `python -m bench.twin simpang-nano`.

All of it is synthetic. Each story is a scene in some light, with or without a jam, told for the same part of the
minutes asked for. Its pictures are drawn and looked at once (`bench.films`) and kept; judging the rules again takes a
twentieth of that. Each row stands twice: with the detector's boxes, and with exact ones (`bench.judging`).

`off` is the sum of the absolute differences by line and direction (by entry and exit); a vehicle that is counted twice
and one that is missed in the same direction cancel there, so crossings are also paired with the truth one by one, in
time: who has no partner is missed, or one too many. A sum over all stories adds what is off in each.

One hundred minutes (`--minutes 100`) are 36,000 pictures: half an hour of one core, and three gigabytes.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Annotated

import cv2
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from bench.films import Film, Story, default_folder
from bench.judging import EYES, Eyes, Measured, judge
from contract import TRAFFIC
from edge.detection import Detector, open_detector
from models.registry import resolve

STORIES = (
    Story("dago"),
    Story("pasteur"),
    Story("samsat"),
    Story("gedebage"),
    Story("dago", rain=True),
    Story("gedebage", rain=True),
    Story("pasteur", light="night"),
    Story("samsat", light="night"),
    Story("dago", jam=True),
    Story("pasteur", jam=True),
    Story("samsat", jam=True),
    Story("gedebage", light="dusk", jam=True),
    Story("buahbatu"),
    Story("buahbatu", rain=True),
    Story("buahbatu", light="night"),
)

Results = dict[Story, dict[Eyes, Measured]]

_BOTH: tuple[Eyes, ...] = ("detector", "exact")

_POLL_S = 1.0


def crossings(results: Results) -> Table:
    """Vehicles over the lines: one row a story, detector and exact boxes side by side."""
    shown = Table("story", "crossed", title="over the lines, synthetic")
    for boxes in ("detector's boxes", "exact boxes"):
        shown.add_column(boxes)
        shown.add_column("missed")
        shown.add_column("too many")
    for story, found in results.items():
        scores = [found[eyes].crossings for eyes in _BOTH]
        cells = [(_share(one.off, one.hand), str(len(one.missed)), str(len(one.extra))) for one in scores]
        shown.add_row(str(story), str(scores[0].hand), *(cell for three in cells for cell in three))
    sums = []
    for eyes in _BOTH:
        scores = [found[eyes].crossings for found in results.values()]
        hand = sum(one.hand for one in scores)
        missed, extra = sum(len(one.missed) for one in scores), sum(len(one.extra) for one in scores)
        sums += [_share(sum(one.off for one in scores), hand), str(missed), str(extra)]
    shown.add_section()
    shown.add_row("all", str(hand), *sums, style="bold")
    return shown


def classes(results: Results) -> Table:
    """What crossed, by class: true, and told with both kinds of boxes."""
    true, detector, exact = Counter[str](), Counter[str](), Counter[str]()
    for found in results.values():
        for row in found["detector"].crossings.rows:
            true[row.vehicle] += row.hand
            detector[row.vehicle] += row.simpang
        for row in found["exact"].crossings.rows:
            exact[row.vehicle] += row.simpang
    shown = Table("class", "crossed", "detector's boxes", "exact boxes", title="by class, synthetic")
    for kind in TRAFFIC:
        shown.add_row(kind, *(str(tally[kind]) for tally in (true, detector, exact)))
    return shown


def turns(results: Results) -> Table:
    """Turning movements: one row a story that has any."""
    shown = Table("story", "movements", "detector's boxes", "exact boxes", title="turning movements off, synthetic")
    some = {story: found for story, found in results.items() if found["exact"].moved}
    for story, found in some.items():
        true = len(found["exact"].moved)
        shown.add_row(str(story), str(true), *(_share(found[eyes].turned_wrong, true) for eyes in _BOTH))
    true = sum(len(found["exact"].moved) for found in some.values())
    if true:
        shown.add_section()
        sums = (_share(sum(found[eyes].turned_wrong for found in some.values()), true) for eyes in _BOTH)
        shown.add_row("all", str(true), *sums, style="bold")
    return shown


def parking(results: Results) -> Table:
    """Parking cases: a row for each kind of eyes, over all stories."""
    shown = Table(
        "eyes",
        "stood too long",
        "told",
        "too hidden",
        "recall",
        "cases",
        "false",
        "precision",
        "duplicates",
        "alert after grace, median",
        "longest",
        title="parking, synthetic",
    )
    for eyes in EYES:
        found = [one[eyes].parking for one in results.values()]
        stays, told, cases = (
            sum(numbers)
            for numbers in zip(*((len(one.stays), one.found, len(one.alerts)) for one in found), strict=True)
        )
        false, duplicates = sum(one.false for one in found), sum(one.duplicates for one in found)
        delays = [delay for one in found for delay in one.delays_s]
        shown.add_row(
            eyes,
            str(stays),
            str(told),
            str(sum(len(one.hidden) for one in found)),
            f"{told / stays:.3f}" if stays else "–",
            str(cases),
            str(false),
            f"{1 - false / cases:.3f}" if cases else "–",
            str(duplicates),
            f"{median(delays):.1f} s" if delays else "–",
            f"{max(delays):.1f} s" if delays else "–",
        )
    return shown


def _share(off: int, true: int) -> str:
    return f"{off} = {100 * off / true:.1f} %" if true else "–"


_DETECTORS: dict[str, Detector] = {}
"""The one of this process."""


def _work(film: Film, model: str) -> dict[Eyes, Measured]:
    """In a process of its own: make what is missing of a film, and judge it."""
    if model not in _DETECTORS:
        _DETECTORS[model] = open_detector(resolve(model), 1)
    film.make(_DETECTORS[model])
    return judge(film, _DETECTORS[model])


def _begin() -> None:
    """Each process has one thread, and lets everybody else go first."""
    os.nice(10)
    cv2.setNumThreads(1)


def play(films: Sequence[Film], model: str, *, jobs: int, console: Console) -> Results:
    """Everything said of `films`, with progress in reels."""
    detector = open_detector(resolve(model), 1)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with (
        Progress(*columns, console=console) as progress,
        ProcessPoolExecutor(jobs, get_context("spawn"), initializer=_begin) as pool,
    ):
        running: dict[Story, Future[dict[Eyes, Measured]]] = {
            film.story: pool.submit(_work, film, model) for film in films
        }
        reels = progress.add_task("minutes drawn and looked at", total=sum(film.reels for film in films))
        judged = progress.add_task("stories judged", total=len(films))
        while not all(one.done() for one in running.values()):
            progress.update(reels, completed=sum(film.reels - film.missing(detector) for film in films))
            progress.update(judged, completed=sum(one.done() for one in running.values()))
            time.sleep(_POLL_S)
        return {story: one.result() for story, one in running.items()}


def main(
    *,
    models: Annotated[list[str], typer.Argument(help="Registered models.")],
    minutes: Annotated[float, typer.Option(min=0.1, max=10_000, help="Of all stories together.")] = 15,
    fps: Annotated[float, typer.Option(min=1, max=30, help="Pictures a second.")] = 6,
    seed: Annotated[int, typer.Option(min=0, max=2**31)] = 101,
    only: Annotated[
        list[str] | None, typer.Option(help='A story, such as "dago day jam" (may be given again).')
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, max=256, help="Processes.")] = 1,
    films: Annotated[Path | None, typer.Option(help="Where films are kept; they may be deleted at any time.")] = None,
) -> None:
    """Print the tables for each of `models`."""
    console = Console(width=120)
    chosen = [story for story in STORIES if not only or str(story) in only]
    if not chosen:
        names = ", ".join(map(str, STORIES))
        Console(stderr=True).print(f"bench.twin: no story is called so; known: {names}", style="red", highlight=False)
        raise typer.Exit(2)
    folder, seconds = films or default_folder(), 60 * minutes / len(chosen)
    for name in models:
        played = play(
            [Film(story, folder, seconds, fps, seed) for story in chosen], name, jobs=jobs, console=Console(stderr=True)
        )
        console.print(f"{name}, {minutes:g} minutes, {fps:g} pictures a second, seed {seed}", highlight=False)
        for table in (crossings(played), classes(played), turns(played), parking(played)):
            console.print(table)


if __name__ == "__main__":
    typer.run(main)
