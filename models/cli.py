"""`simpang model`: list, pull, verify, bench."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from contract import ContractError
from edge.detection import Delegate
from edge.frame import Image
from models.adaptation import commands
from models.benchmark import measure, street
from models.fetch import fetch
from models.registry import ModelError, default_name, places, registry, resolve
from models.terminal import needs, refuse

app = typer.Typer(help="Detectors: which there are, fetching them, making sure they are what they say.")
for name, step in (
    ("sample", commands.sample_command),
    ("teach", commands.teach_command),
    ("correct", commands.correct_command),
    ("adapt", commands.adapt_command),
):
    app.command(name)(step)


@app.command("list")
def list_models() -> None:
    """Every registered model, and whether its file is on this machine."""
    table = Table("name", "input", "decoder", "licence", "here")
    for spec in registry().values():
        here = any(place.is_file() for place in places(spec))
        name = f"{spec.name} (default)" if spec.name == default_name() else spec.name
        table.add_row(name, f"{spec.width}x{spec.height}", spec.decoder, spec.licence, "yes" if here else "no")
    Console().print(table)


@app.command()
def pull(
    names: Annotated[list[str], typer.Argument(help="Models to fetch.")],
    mirror: Annotated[str | None, typer.Option("--from", help="Folder or web address that holds the files.")] = None,
) -> None:
    """Bring models into this machine's store, and verify them."""
    for name in names:
        try:
            path = fetch(name, mirror)
        except (ContractError, OSError) as error:
            refuse(error)
        Console().print(f"{name}: verified, in {path}", soft_wrap=True, highlight=False)


@app.command("verify")
def verify_models(names: Annotated[list[str], typer.Argument(help="Models, or files.")]) -> None:
    """Compare files with the registered SHA-256."""
    for name in names:
        try:
            found = resolve(name)
        except ContractError as error:
            refuse(error)
        Console().print(f"{found.spec.name}: {found.path} is the registered file", soft_wrap=True, highlight=False)


@app.command()
def evaluate(
    names: Annotated[list[str], typer.Argument(help="Models, or files.")],
    dataset: Annotated[Path, typer.Option(help="Labelled set: a folder with annotations.json (COCO layout).")],
    out: Annotated[Path | None, typer.Option("--json", help="File to write the figures to as well.")] = None,
    failures: Annotated[
        Path | None, typer.Option(help="Folder to draw each model's twelve worst pictures into.")
    ] = None,
) -> None:
    """Measure detectors on labelled pictures: the same pictures and the same code for each."""
    console = Console()
    try:
        evaluation = needs("models.evaluation.report")
        with console.status("") as status:
            report = evaluation.evaluate(names, dataset, status.update, failures)
    except ContractError as error:
        refuse(error)
    for table in evaluation.tables(report):
        console.print(table)
    if out is not None:
        out.write_text(report.model_dump_json(indent=1) + "\n", encoding="utf-8")


@app.command()
def bench(
    names: Annotated[list[str], typer.Argument(help="Models, or files; ratios are to the first.")],
    *,
    threads: Annotated[list[int] | None, typer.Option(min=1, max=64, help="CPU threads (may be given again).")] = None,
    picture: Annotated[Path | None, typer.Option(help="A picture to look at; grain without it.")] = None,
    turns: Annotated[int, typer.Option(min=1, max=10_000, help="Pictures for each.")] = 20,
    delegate: Annotated[Delegate, typer.Option(help="What runs the models.")] = "cpu",
) -> None:
    """Measure milliseconds a picture on this machine, in turns."""
    try:
        models = [resolve(name) for name in names]
        image = street() if picture is None else _read(picture)
        with Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("bench")
            timings = measure(
                models,
                threads or [1, 2],
                image,
                turns=turns,
                delegate=delegate,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
    except ContractError as error:
        refuse(error)
    table = Table("model", "threads", "network ms", "ratio", "decode ms")
    first = {timing.threads: timing.inference for timing in reversed(timings)}
    for one in timings:
        ratio = one.inference / first[one.threads]
        table.add_row(one.name, str(one.threads), f"{one.inference:.1f}", f"{ratio:.2f}", f"{one.decode:.2f}")
    Console().print(table)


def _read(picture: Path) -> Image:
    image = cv2.imread(str(picture)) if picture.is_file() else None
    if image is None:
        raise ModelError(f"{picture}: not a picture that OpenCV can read")
    return np.asarray(image, np.uint8)
