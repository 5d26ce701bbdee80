"""What adaptation gains on a camera that the detector never saw: `make bench-adaptation`.

No public set shows one Indonesian junction long enough and with labels, so two roads of the held-out test split stand
in: each is taken as a city's own camera, learnt from in its earlier pictures and tested on its later ones. The labels
are the set's own with this project's corrections; a person's time is therefore not measured here, and told as 0.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from contract import ContractError, VehicleClass
from edge.detection import open_detector
from models.adaptation.adapt import Verdict, Wishes, adapt
from models.adaptation.review import REVIEWED
from models.labelled import Labelled, write_set
from models.registry import default_name, resolve
from models.training import sources
from models.training.dataset import take
from models.training.loop import source

_APART_S = 20.0
"""Pictures of these sets are stills, seconds apart; how many is not said."""


def sample_of(camera: str, data: Path, out: Path) -> Path:
    """The held-out pictures of `camera` as a checked sample, in the order of their names."""
    teacher = open_detector(resolve(default_name()), 1)
    found = [(path, one) for path, one in sources.atl(data / "datasets", held_out=True) if one.camera == camera]
    found.sort(key=lambda pair: [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", pair[0].name)])
    taken = take(found, out, "", frozenset(VehicleClass), [teacher])
    named: list[Labelled] = []
    for number, one in enumerate(taken):
        name = f"{camera}_{number * _APART_S:09.2f}.jpg"
        (out / one.file).rename(out / name)
        named.append(replace(one, file=name))
    write_set(out, named)
    (out / REVIEWED).write_text(json.dumps({"seconds": {one.file: 0 for one in named}}))
    return out


def main(
    data: Annotated[Path, typer.Argument(help="The shared data folder.")],
    cameras: Annotated[list[str] | None, typer.Option("--camera")] = None,
    epochs: Annotated[int, typer.Option(min=1)] = 6,
    also: Annotated[list[str] | None, typer.Option(help="Labelled set to mix in: DIR or DIR=0.4.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder to keep the runs in.")] = None,
) -> None:
    """Adapt to each camera and print what it gained."""
    console = Console()
    mixed = [source(each) for each in also or []]
    table = Table("camera", "learnt from", "tested on", "boxes: AP50 before, after", "mAP50", "offered", "CPU min")
    with TemporaryDirectory() as scratch:
        for camera in cameras or ["kabul_boulevard", "motorway"]:
            home = (out or Path(scratch)) / camera
            wishes = Wishes(name=f"simpang-nano-{camera.replace('_', '-')}", kept_back=0.35, epochs=epochs)
            try:
                sample = home / "sample"
                folder = sample if sample.exists() else sample_of(camera, data, sample)
                verdict = adapt(folder, resolve(default_name()), home, wishes, also=mixed, clock=time.process_time)
            except ContractError as error:
                console.print(str(error))
                raise typer.Exit(2) from None
            table.add_row(camera, *_cells(verdict))
    console.print(table)


def _cells(verdict: Verdict) -> tuple[str, ...]:
    before, after = verdict.incumbent, verdict.candidate
    kinds = "\n".join(
        f"{verdict.boxes[kind]} {kind}: {100 * share:.1f}, {100 * after.ap50.get(kind, 0):.1f}"
        for kind, share in before.ap50.items()
    )
    means = f"{100 * before.map50:.1f}, {100 * after.map50:.1f}"
    offered = "yes" if verdict.offered else f"no: {verdict.why}"
    return str(verdict.learnt_from), str(verdict.tested_on), kinds, means, offered, f"{verdict.cpu_minutes:g}"


if __name__ == "__main__":
    typer.run(main)
