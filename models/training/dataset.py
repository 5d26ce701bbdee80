"""Build the training and the test set from the public sets: `python -m models.training.dataset DATA OUT`.

Splits go by camera: `train` and `test` share none. Nothing built here is committed; this file rebuilds it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track

from contract import VehicleClass
from edge.detection import Detector, open_detector
from models.labelled import Labelled, read_image, write_set
from models.registry import resolve
from models.training import sources
from models.training.completion import complete, look

_VEHICLES = frozenset({VehicleClass.CAR, VehicleClass.ANGKOT, VehicleClass.BUS, VehicleClass.TRUCK})
_ALL_TRAFFIC = _VEHICLES | {VehicleClass.MOTORCYCLE, VehicleClass.BICYCLE}
_TEACHERS = ("yolox-nano-640x384",)


def build_twin(renders: Path, out: Path) -> None:
    """Write a folder of the twin's renders as a labelled set; their boxes are exact and need no completion."""
    write_set(out / "twin", take(sources.twin(renders), out / "twin", "", frozenset(VehicleClass), ()))


def build(data: Path, out: Path, teachers: Sequence[Detector]) -> None:
    """Write OUT/train, OUT/test and OUT/riders (measured only) from the folder of public sets."""
    train = [
        *take(sources.toll(data), out / "train", "toll_", _VEHICLES, teachers),
        *take(sources.atl(data, held_out=False), out / "train", "atl_", _ALL_TRAFFIC, teachers),
        *take(sources.nepal(data), out / "train", "", _ALL_TRAFFIC, teachers),
    ]
    write_set(out / "train", train)
    write_set(out / "riders", take(sources.hanoi(data), out / "riders", "", frozenset(), ()))
    every = frozenset(VehicleClass)
    write_set(out / "test", take(sources.atl(data, held_out=True), out / "test", "atl_", every, teachers))


def take(
    pictures: Iterable[tuple[Path, Labelled]],
    folder: Path,
    prefix: str,
    drawn: frozenset[VehicleClass],
    teachers: Sequence[Detector],
) -> list[Labelled]:
    """Copy the pictures into `folder` and complete their labels."""
    folder.mkdir(parents=True, exist_ok=True)
    taken = []
    for path, labelled in track(list(pictures), f"{folder.name} {prefix}"):
        name = f"{prefix}{path.name}"
        shutil.copyfile(path, folder / name)
        (folder / name).chmod(0o644)
        named = replace(labelled, file=name)
        taken.append(complete(named, look(teachers, read_image(path)), drawn) if teachers else named)
    return taken


def main(
    data: Annotated[Path, typer.Argument(help="Folder that holds the public sets.")],
    out: Annotated[Path, typer.Argument(help="Folder to write `train` and `test` into.")],
    twin: Annotated[Path | None, typer.Option(help="Renders of `simpang twin dataset`, to write as well.")] = None,
    teacher: Annotated[list[str] | None, typer.Option(help="Models that look for what has no label.")] = None,
) -> None:
    """Build the sets."""
    if twin is not None:
        build_twin(twin, out)
    build(data, out, [open_detector(resolve(name), 1) for name in teacher or _TEACHERS])


if __name__ == "__main__":
    typer.run(main)
