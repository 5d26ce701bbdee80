"""Counts beside hand counts, per real clip and class: `make bench-counting`.

The error of a clip is the sum, over direction and class, of the absolute differences; it is told of so many vehicles.
`total` compares the vehicles of a direction whatever their class: a truck taken for a bus shows in `class` only.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Annotated, TypedDict

import typer
from rich.console import Console
from rich.table import Table

from contract import parse_zones
from edge.detection import open_detector
from edge.replay import Counts, replay
from models.registry import resolve

FOOTAGE = Path(__file__).parents[2] / "shared" / "data" / "footage"


class Truth(TypedDict):
    """What truth.json says of a clip (the part used here)."""

    zones: str
    counts: Counts


def clips() -> dict[str, Truth]:
    """The clips that have hand counts."""
    listed: dict[str, Truth] = json.loads((FOOTAGE / "truth.json").read_text(encoding="utf-8"))
    return {name: truth for name, truth in listed.items() if truth["counts"]}


def flat(counts: Counts) -> Counter[tuple[str, str, str]]:
    """Vehicles by (line, direction, class)."""
    return Counter(
        {
            (line, direction, kind): number
            for line, directions in counts.items()
            for direction, classes in directions.items()
            for kind, number in classes.items()
        }
    )


def errors(hand: Counts, counted: Counts) -> tuple[int, int]:
    """(error of the totals by line and direction, error by class), in vehicles."""
    one, other = flat(hand), flat(counted)
    by_class = sum(abs(one[key] - other[key]) for key in one.keys() | other.keys())
    ends = {key[:2] for key in one.keys() | other.keys()}
    total = sum(
        abs(sum(n for key, n in one.items() if key[:2] == end) - sum(n for key, n in other.items() if key[:2] == end))
        for end in ends
    )
    return total, by_class


def main(
    models: Annotated[list[str], typer.Argument(help="Registered models, e.g. yolox-nano-640x384.")],
    threads: Annotated[int, typer.Option(min=1, max=64)] = 2,
) -> None:
    """Print the table for each of `models`."""
    console = Console()
    for name in models:
        detector = open_detector(resolve(name), threads)
        table = Table("clip", "hand", "counted", "off (total)", "off (class)", title=name)
        sums = Counter[str]()
        for clip, truth in clips().items():
            zones = parse_zones((FOOTAGE / truth["zones"]).read_text(encoding="utf-8"), truth["zones"])
            with console.status(f"{name}: {clip}"):
                counted = replay(FOOTAGE / clip, zones, detector).counts
            total, by_class = errors(truth["counts"], counted)
            hand, found = (flat(counts).total() for counts in (truth["counts"], counted))
            table.add_row(clip, str(hand), str(found), str(total), str(by_class))
            sums.update(hand=hand, found=found, total=total, by_class=by_class)
        table.add_section()
        table.add_row("all", *(str(sums[key]) for key in ("hand", "found", "total", "by_class")))
        console.print(table)


if __name__ == "__main__":
    typer.run(main)
