"""`simpang twin`: junctions rendered from a mast, with exact truth."""

from __future__ import annotations

import os
import signal
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from twin.camera_feed import LIGHTS, CameraFeed, light_named
from twin.clip import write_clip
from twin.controllers.cli import controller_command
from twin.dataset import write_dataset
from twin.scene import Scene
from twin.scenes import EVERY_SCENE, SCENES
from twin.serve import TwinServer
from twin.staged import stop_and_go

app = typer.Typer(help="The digital twin: rendered cameras with known truth.", no_args_is_help=True)
app.command("controller")(controller_command)


@app.callback()
def twin() -> None:
    """The digital twin: rendered cameras with known truth."""


def bar() -> Progress:
    """A progress bar on stderr."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True))


@app.command("dataset")
def dataset_command(
    *,
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


def scene_named(name: str) -> Scene:
    """A scene by its name, or a message that names those that exist."""
    if name not in EVERY_SCENE:
        refuse(f"there is no scene {name!r}; known: {', '.join(EVERY_SCENE)}")
    return EVERY_SCENE[name]


def refuse(text: str) -> NoReturn:
    """Say what is wrong on stderr and exit 2."""
    Console(stderr=True).print(f"[red]simpang twin:[/] {escape(text)}", highlight=False, soft_wrap=True)
    raise typer.Exit(2)


@app.command("render")
def render_command(
    *,
    scene: Annotated[str, typer.Option(help=f"One of {', '.join(EVERY_SCENE)}.")],
    out: Annotated[Path, typer.Option(help="Folder for clip.mp4, zones.toml and truth.json.")],
    seconds: Annotated[float, typer.Option(min=0.1, max=86_400, help="Length of the clip.")] = 60,
    fps: Annotated[float, typer.Option(min=0.5, max=60, help="Pictures a second.")] = 10,
    light: Annotated[str, typer.Option(help=f"One of {', '.join(LIGHTS)}.")] = "day",
    rain: Annotated[bool, typer.Option("--rain", help="Let it rain.")] = False,
    jam: Annotated[bool, typer.Option("--jam", help="Stop-and-go over the counting line.")] = False,
    pictures: Annotated[bool, typer.Option("--pictures", help="A directory of JPEGs instead of a video.")] = False,
    seed: Annotated[int, typer.Option(min=0, max=2**31, help="The same seed tells the same story.")] = 1,
) -> None:
    """Render a clip with its zones and its exact truth, ready for `simpang edge replay`."""
    drawn = scene_named(scene)
    try:
        light_named(light, rain=rain)
        with bar() as progress:
            task = progress.add_task(scene, total=round(seconds * fps))
            frames = write_clip(
                drawn,
                out,
                seconds=seconds,
                fps=fps,
                seed=seed,
                light=light,
                rain=rain,
                as_pictures=pictures,
                staged=stop_and_go(drawn) if jam else (),
                progress=lambda done: progress.advance(task, done),
            )
    except (OSError, ValueError) as error:
        refuse(str(error))
    Console().print(f"{frames} pictures; written to {out}", highlight=False, soft_wrap=True)


@app.command("serve")
def serve_command(
    *,
    scene: Annotated[list[str] | None, typer.Option(help="A scene; repeat for several. All of them when none.")] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port; 0 takes a free one.")] = 8090,
    fps: Annotated[float, typer.Option(min=0.5, max=30, help="Pictures a second of each camera.")] = 7,
    light: Annotated[str, typer.Option(help=f"One of {', '.join(LIGHTS)}.")] = "day",
    rain: Annotated[bool, typer.Option("--rain", help="Let it rain.")] = False,
    jam: Annotated[list[str] | None, typer.Option(help="A scene with stop-and-go; repeat for several.")] = None,
    jam_from: Annotated[float, typer.Option(min=0, max=86_400, help="Seconds after which the jams begin.")] = 0,
    seed: Annotated[int, typer.Option(min=0, max=2**31, help="The same seed tells the same story.")] = 1,
) -> None:
    """Serve scenes as MJPEG cameras in real time, until Ctrl-C."""
    scenes = [scene_named(name) for name in scene or SCENES]
    held = {name: [replace(one, from_s=jam_from) for one in stop_and_go(scene_named(name))] for name in jam or ()}
    began = datetime.now(UTC)
    try:
        feeds = {
            one.id: CameraFeed(one, seed, light=light, rain=rain, began=began, staged=held.get(one.id, ()))
            for one in scenes
        }
        server = TwinServer(feeds, host=host, port=port, fps=fps)
    except (OSError, ValueError) as error:
        refuse(f"{error} (port {port})" if isinstance(error, OSError) else str(error))
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell starts what runs behind it with SIGINT ignored
        signal.signal(number, signal.default_int_handler)
    with server:
        for name in feeds:
            Console().print(f"{server.url}/{name}.mjpg", highlight=False, soft_wrap=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            Console(stderr=True).print("stopped")
