"""`simpang twin`: junctions rendered from a mast, with exact truth."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from twin.dataset import write_dataset

app = typer.Typer(help="The digital twin: rendered cameras with known truth.", no_args_is_help=True)


@app.callback()
def twin() -> None:
    """The digital twin: rendered cameras with known truth."""


def bar() -> Progress:
    """A progress bar on stderr."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True))


@app.command("dataset")
def dataset_command(
    out: Annotated[Path, typer.Option(help="Folder for images/, labels/, classes.txt and cameras.csv.")],
    images: Annotated[int, typer.Option(min=1, max=1_000_000, help="Pictures to draw.")] = 200,
    seed: Annotated[int, typer.Option(min=0, max=100_000_000, help="Seed of the first camera.")] = 0,
    jobs: Annotated[int, typer.Option(min=1, max=256, help="Processes.")] = max(1, (os.cpu_count() or 1) - 1),
) -> None:
    """Draw training pictures with exact boxes: YOLO labels, classes in the order of the contract."""
    with bar() as progress:
        task = progress.add_task("dataset", total=images)
        boxes = write_dataset(out, images, seed, jobs=jobs, progress=lambda done: progress.advance(task, done))
    Console().print(f"{images} pictures, {boxes} boxes; written to {out}", highlight=False, soft_wrap=True)
