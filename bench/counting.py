"""Counts beside hand counts and beside rivals, per real clip and class: `make bench-counting`.

All count from the same boxes: those that Simpang's detector gives its own tracker. `off` is the sum, over directions,
of the absolute differences from the hand count; below it, in brackets, the same by direction and class. A clip marked
`seen` had a part in the training of the model.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bench.clips import FOOTAGE, Tally, Truth, clips, errors, flat, zones_of
from bench.rivals import Rival, rivals
from edge.detection import Detector, open_detector
from edge.pipeline import Pipeline
from edge.sources import VideoFile
from models.registry import resolve

DAYLIGHT = "day"


@dataclass(slots=True)
class Counted:
    """What each counter says of one clip; the first is Simpang."""

    clip: str
    truth: Truth
    seen: bool
    tallies: dict[str, Tally] = field(default_factory=dict)

    @property
    def hand(self) -> Tally:
        """What a person counted."""
        return flat(self.truth["counts"])

    def off(self, name: str) -> tuple[int, int]:
        """(vehicles off by direction, off by direction and class)."""
        return errors(self.hand, self.tallies[name])


def count(clip: str, truth: Truth, detector: Detector, *, with_rivals: bool) -> Counted:
    """Run one clip through Simpang, and its boxes through the rivals."""
    zones = zones_of(truth)
    source = VideoFile(FOOTAGE / clip)
    pipeline = Pipeline(detector, zones)
    counted = Counted(clip, truth, seen=Path(clip).stem in detector.spec.seen or clip in detector.spec.seen)
    own = counted.tallies["Simpang"] = Counter()
    others: list[Rival] = []
    for frame in source.frames():
        height, width = frame.image.shape[:2]
        if with_rivals and frame.index == 0:
            others = rivals(zones, (width, height), source.fps, detector.spec.threshold)
        _, crossings = pipeline.step(frame)
        own.update((one.line, one.direction, one.vehicle.value) for one in crossings)
        for rival in others:
            rival.step(pipeline.found)
    source.close()
    return Counted(clip, truth, counted.seen, counted.tallies | {rival.name: rival.tally for rival in others})


def table(model: str, results: list[Counted]) -> Table:
    """Everything that was counted, by clip, direction and class, and how far each counter is off."""
    names = list(results[0].tallies)
    out = Table("clip", "direction", "class", "hand", *names, title=model)
    for one in results:
        label = f"{one.clip} (seen)" if one.seen else one.clip
        for key in sorted(one.hand.keys() | set[tuple[str, str, str]]().union(*one.tallies.values())):
            counts = (str(one.tallies[name][key]) for name in names)
            out.add_row(label, key[1], key[2], str(one.hand[key]), *counts)
            label = ""
        off = ("{} ({})".format(*one.off(name)) for name in names)
        out.add_row("", "", "off (by class)", f"of {one.hand.total()}", *off, style="bold")
        out.add_section()
    _sum(out, "all clips", results, names)
    _sum(out, "daytime, not seen", [one for one in results if one.truth["light"] == DAYLIGHT and not one.seen], names)
    return out


def _sum(out: Table, label: str, results: list[Counted], names: list[str]) -> None:
    hand = sum(one.hand.total() for one in results)
    if not hand:
        return
    cells = []
    for name in names:
        total, by_class = (sum(one.off(name)[index] for one in results) for index in (0, 1))
        cells.append(f"{total} = {100 * total / hand:.1f} % ({by_class})")
    out.add_row(label, "", "off (by class)", f"of {hand}", *cells, style="bold")


def main(
    models: Annotated[list[str], typer.Argument(help="Registered models, e.g. yolox-nano-640x384.")],
    threads: Annotated[int, typer.Option(min=1, max=64)] = 1,
    alone: Annotated[bool, typer.Option("--alone", help="Without the rivals.")] = False,
    only: Annotated[list[str] | None, typer.Option(help="Count this clip (may be given again).")] = None,
) -> None:
    """Print the table for each of `models`."""
    console = Console(width=120)
    chosen = {clip: truth for clip, truth in clips().items() if not only or Path(clip).stem in only or clip in only}
    for name in models:
        detector = open_detector(resolve(name), threads)
        results = []
        for clip, truth in chosen.items():
            with console.status(f"{name}: {clip}"):
                results.append(count(clip, truth, detector, with_rivals=not alone))
        console.print(table(name, results))


if __name__ == "__main__":
    typer.run(main)
