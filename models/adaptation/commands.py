"""`simpang model sample`, `teach`, `correct`, `adapt`: the four steps to a detector that knows a city's own cameras."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from contract import ContractError
from edge.detection import open_detector
from edge.frame import SourceError
from models.adaptation.review import Review
from models.adaptation.sample import Consent, Wish, now, sample
from models.adaptation.teaching import teach
from models.labelled import Light
from models.registry import default_name, resolve
from models.terminal import needs, refuse

Folder = Annotated[Path, typer.Argument(help="Folder of a sample.")]


def sample_command(
    address: Annotated[str, typer.Argument(help="Camera or recording: rtsp://, http://, /dev/video0, a file.")],
    *,
    camera: Annotated[str, typer.Option(help="Id of the camera.")],
    consent: Annotated[str, typer.Option(help="Office and person that allow these pictures; written beside them.")],
    out: Annotated[Path, typer.Option(help="New folder for the sample.")],
    keep_days: Annotated[int, typer.Option(min=1, max=730, help="Days after which the pictures must be gone.")] = 90,
    most: Annotated[int, typer.Option(min=1, max=5000, help="Pictures at most; a person corrects 200 an hour.")] = 200,
    stretch: Annotated[float, typer.Option(min=0.2, max=3600, help="One picture at most of so many seconds.")] = 4.0,
    minutes: Annotated[float, typer.Option(min=0.1, max=10080, help="How long a live camera is watched.")] = 60.0,
    cap_mb: Annotated[float, typer.Option(min=0.1, max=4000, help="Megabytes at most.")] = 60.0,
    light: Annotated[Light, typer.Option(help="The light it was taken in.")] = "day",
    model: Annotated[str, typer.Option(help="Detector that says which pictures are hard.")] = default_name(),
) -> None:
    """Keep a camera's hard pictures, faces and plates blurred, for training. Needs the consent of who is in charge."""
    console = Console(stderr=True)
    try:
        taken = now()
        allowed = Consent(camera=camera, allowed_by=consent, taken=taken, delete_by=taken + timedelta(days=keep_days))
        wish = Wish(most=most, stretch_s=stretch, duration_s=minutes * 60, cap_mb=cap_mb, light=light)
        detector = open_detector(resolve(model))
        with console.status("") as status:
            kept = sample(
                address,
                detector,
                allowed,
                wish,
                out=out,
                progress=lambda seconds, done: status.update(f"{seconds:.0f} s, {done} pictures"),
            )
    except (ContractError, SourceError, ValueError, OSError) as error:
        refuse(error)
    size = sum(path.stat().st_size for path in out.glob("*.jpg")) / 1e6
    Console().print(
        f"{out}: {len(kept)} pictures, {size:.1f} MB. Next: simpang model teach {out}", soft_wrap=True, highlight=False
    )


def teach_command(
    folder: Folder,
    teacher: Annotated[list[str] | None, typer.Option(help="Models that guess; by default the bundled one.")] = None,
) -> None:
    """Let detectors look closely at a sample and guess its boxes, so that a person corrects rather than draws."""
    try:
        teachers = [open_detector(resolve(name)) for name in teacher or [default_name()]]
        with Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("teach")
            taught = teach(folder, teachers, lambda done, of: bar.update(task, completed=done, total=of))
    except (ContractError, OSError) as error:
        refuse(error)
    boxes = sum(len(one.boxes) for one in taught)
    Console().print(f"{folder}: {boxes} boxes guessed. Next: simpang model correct {folder}", highlight=False)


def correct_command(folder: Folder, port: Annotated[int, typer.Option(min=1024, max=65535)] = 8090) -> None:
    """Open the page on which a person corrects the boxes with the keyboard (this machine only), until Ctrl-C."""
    try:
        page = needs("models.adaptation.page_app").create_page(Review(folder))
        uvicorn = needs("uvicorn")
    except (ContractError, OSError) as error:
        refuse(error)
    Console().print(f"http://127.0.0.1:{port}/   Ctrl-C = selesai / end", highlight=False)
    uvicorn.run(page, host="127.0.0.1", port=port, log_level="warning")


def adapt_command(
    folder: Folder,
    *,
    out: Annotated[Path, typer.Option(help="Folder of the run; given again, it goes on.")],
    name: Annotated[str, typer.Option(help="Name of the candidate, such as simpang-nano-dago.")],
    kept_back: Annotated[float, typer.Option(min=0.05, max=0.8, help="Share of the time that is tested on.")] = 0.3,
    epochs: Annotated[int, typer.Option(min=1, max=1000)] = 6,
    batches: Annotated[int, typer.Option(min=1, max=100_000, help="Batches of 8 pictures in an epoch.")] = 50,
    rate: Annotated[float, typer.Option(min=1e-6, max=1e-2, help="Highest learning rate.")] = 2e-4,
    also: Annotated[list[str] | None, typer.Option(help="Labelled set to mix in: DIR or DIR=0.4.")] = None,
) -> None:
    """Fine-tune the bundled detector on a corrected sample; a candidate is offered only where it is better."""
    try:
        module = needs("models.adaptation.adapt")
        loop = needs("models.training.loop")
        wishes = module.Wishes(name=name, kept_back=kept_back, epochs=epochs, batches=batches, rate=rate)
        mixed = [loop.source(each) for each in also or []]
        base = resolve(default_name())
        verdict = module.adapt(folder, base, out, wishes, also=mixed, clock=time.process_time)
    except (ContractError, ValueError, OSError) as error:
        refuse(error)
    console = Console()
    report = out / "report.json"
    console.print(
        f"learnt from {verdict.learnt_from}, tested on {verdict.tested_on} pictures kept back; {verdict.why}; "
        f"{verdict.person_minutes:g} min of a person, {verdict.cpu_minutes:g} min of CPU. {report}",
        soft_wrap=True,
        highlight=False,
    )
    if not verdict.offered:
        console.print("[yellow]not offered: the incumbent stays[/]")
        raise typer.Exit(1)
    console.print(f"offered: {out / name}.tflite with {name}.toml", soft_wrap=True, highlight=False)
