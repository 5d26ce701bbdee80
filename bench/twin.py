"""Counts, turning movements and parking beside the twin's exact truth: `python -m bench.twin simpang-nano`.

All of it is synthetic. Each story is a scene in some light, with or without a jam; its pictures are drawn and looked at
one by one, and nothing is written. `off` is the sum of the absolute differences by line and direction (by entry and
exit); a vehicle that is counted twice and one that is missed in the same direction cancel there, so crossings are also
paired with the truth one by one, in time: who has no partner is missed, or one too many.

100 minutes of it (`--seconds 600 --fps 10`) take about four hours of one core.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from contract import NoParkingZone
from edge.detection import Detector, open_detector
from edge.frame import Frame
from edge.journal import Journal
from edge.pipeline import Pipeline
from edge.validation import Passage, Score, score
from models.registry import resolve
from twin.camera_feed import CameraFeed, hour_of
from twin.scenes import EVERY_SCENE
from twin.staged import stop_and_go


@dataclass(frozen=True, slots=True)
class Story:
    """What is played."""

    scene: str
    light: str = "day"
    rain: bool = False
    jam: bool = False

    def __str__(self) -> str:
        return " ".join([self.scene, self.light, *(["rain"] if self.rain else []), *(["jam"] if self.jam else [])])


STORIES = (
    Story("dago"),
    Story("pasteur"),
    Story("samsat"),
    Story("gedebage"),
    Story("dago", rain=True),
    Story("pasteur", light="night"),
    Story("dago", jam=True),
    Story("pasteur", jam=True),
    Story("samsat", jam=True),
    Story("buahbatu"),
)

Ways = Counter[tuple[str, str]]
"""Movements by entry and exit."""


@dataclass(slots=True)
class Measured:
    """What Simpang said of one story, and what was true."""

    story: Story
    crossings: Score
    moved: Ways = field(default_factory=Counter)
    movements: Ways = field(default_factory=Counter)
    """True, and told."""
    parked: int = 0
    cases: int = 0
    """True, and told."""

    @property
    def turned_wrong(self) -> int:
        """Movements off, summed over entries and exits."""
        return sum(abs(self.moved[way] - self.movements[way]) for way in self.moved | self.movements)


def measure(story: Story, detector: Detector, *, seconds: float, fps: float, seed: int) -> Measured:
    """Draw a story and look at it."""
    scene = EVERY_SCENE[story.scene]
    began = hour_of(story.light)
    staged = stop_and_go(scene) if story.jam else ()
    feed = CameraFeed(scene, seed, light=story.light, rain=story.rain, began=began, staged=staged)
    zones = feed.junction.zones
    pipeline, journal = Pipeline(detector, zones), Journal(zones, began)
    counted, movements = list[Passage](), Ways()
    frames = max(1, round(seconds * fps))
    for index in range(frames):
        image = feed.picture(index / fps)
        assert image is not None, "no fault is staged"
        frame = Frame(image, index, index / fps, began + timedelta(seconds=index / fps))
        tracks, crossed = pipeline.step(frame)
        journal.step(frame, tracks, pipeline.condition)
        counted += [(one.time_s, one.line, one.direction, one.vehicle) for one in crossed]
        movements.update((one.origin, one.destination) for one in pipeline.movements)
    movements.update((one.origin, one.destination) for one in pipeline.finish(frames - 1))
    journal.finish()
    seen = feed.junction.observer
    true = [(one.time_s, one.line, one.direction, one.kind) for one in seen.crossed]
    no_parking = [zone.id for zone in zones.zones if isinstance(zone, NoParkingZone)]
    return Measured(
        story,
        score(true, counted, until_s=seconds, bin_s=seconds),
        moved=Counter((one.entry, one.exit) for one in seen.moved),
        movements=movements,
        parked=sum(seen.cases().values()),
        cases=sum(journal.cases()[name]["cases"] for name in no_parking),
    )


def table(model: str, results: Sequence[Measured]) -> Table:
    """One row a story."""
    shown = Table(
        "story",
        "crossed",
        "off",
        "missed",
        "too many",
        "movements",
        "off",
        "parked",
        "cases",
        title=f"{model}, synthetic",
    )
    for one in results:
        result = one.crossings
        off = f"{result.off} = {result.percent} %"
        true = one.moved.total()
        turned = f"{one.turned_wrong} = {100 * one.turned_wrong / true:.1f} %" if true else "–"
        shown.add_row(
            str(one.story),
            str(result.hand),
            off,
            str(len(result.missed)),
            str(len(result.extra)),
            str(true),
            turned,
            str(one.parked),
            str(one.cases),
        )
    return shown


def main(
    *,
    models: Annotated[list[str], typer.Argument(help="Registered models.")],
    seconds: Annotated[float, typer.Option(min=1, max=86_400, help="Of each story.")] = 120,
    fps: Annotated[float, typer.Option(min=1, max=30, help="Pictures a second.")] = 8,
    seed: Annotated[int, typer.Option(min=0, max=2**31)] = 5,
    only: Annotated[
        list[str] | None, typer.Option(help='A story, such as "dago day jam" (may be given again).')
    ] = None,
    threads: Annotated[int, typer.Option(min=1, max=64)] = 1,
) -> None:
    """Print the table for each of `models`."""
    console = Console(width=120)
    for name in models:
        detector = open_detector(resolve(name), threads)
        results = []
        for story in STORIES:
            if not only or str(story) in only:
                with console.status(str(story)):
                    results.append(measure(story, detector, seconds=seconds, fps=fps, seed=seed))
        console.print(table(name, results))


if __name__ == "__main__":
    typer.run(main)
