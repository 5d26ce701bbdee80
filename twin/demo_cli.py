"""`simpang demo`: everything on this machine, in one command."""

from __future__ import annotations

import signal
import tempfile
import threading
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from contract import ContractError
from twin.camera_feed import LIGHTS, light_named
from twin.children import ChildError, Children
from twin.demo import Demo, enter_operator, plan, start, write_files
from twin.training_cli import train

app = typer.Typer(help="Everything on this machine: four rendered junctions, units, collector and console.")
CHECK_S = 1.0


@app.callback(invoke_without_command=True)
def demo(
    context: typer.Context,
    *,
    video: Annotated[str | None, typer.Option(help="Your own camera or clip instead: file, rtsp://, http://.")] = None,
    zones: Annotated[Path | None, typer.Option(help="ZONES.toml of your video; else a line across the middle.")] = None,
    data: Annotated[Path | None, typer.Option(help="Folder to keep everything in; else a temporary one.")] = None,
    fps: Annotated[float, typer.Option(min=0.5, max=15, help="Pictures a second of each rendered camera.")] = 6,
    light: Annotated[str, typer.Option(help=f"One of {', '.join(LIGHTS)}.")] = "day",
    rain: Annotated[bool, typer.Option("--rain", help="Let it rain.")] = False,
    model: Annotated[str | None, typer.Option(help="Registered detector (simpang model list).")] = None,
) -> None:
    """Start cameras, units, broker, store and console; print where to look; end them all with Ctrl-C."""
    if context.invoked_subcommand is not None:
        return
    console = Console(stderr=True)
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell starts what runs behind it with SIGINT ignored
        signal.signal(number, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="simpang-demo-") as scratch:
        try:
            light_named(light, rain=rain)
            ready = plan(data or Path(scratch), video=video, zones=zones, fps=fps, light=light, rain=rain, model=model)
            write_files(ready)
            run(ready, enter_operator(ready), console)
        except KeyboardInterrupt:
            console.print("Selesai / ended.")
        except (ContractError, ValueError, OSError, ChildError) as error:
            _refuse(console, str(error))


@app.command("training")
def training(
    data: Annotated[Path | None, typer.Option(help="Folder to keep everything in; else a temporary one.")] = None,
) -> None:
    """Latihan operator: a shift of thirteen minutes in which things happen; who answered what is told in the end."""
    console = Console(stderr=True)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        train(data, console)
    except KeyboardInterrupt:
        console.print("Selesai / ended.")
    except (ContractError, ValueError, OSError, ChildError) as error:
        _refuse(console, str(error))


def run(ready: Demo, password: str, console: Console) -> None:
    """Start everything, say where it is, and watch over it until Ctrl-C. Raises `ChildError`."""
    tick = threading.Event()

    def pause(seconds: float) -> None:
        tick.wait(seconds)

    with Children(ready.folder / "log") as children:
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        with Progress(*columns, console=console) as progress:
            task = progress.add_task("Simpang")
            start(
                ready,
                children,
                pause,
                lambda title: progress.update(task, description=title),
            )
            progress.update(task, description="Siap / ready")
        console.print(f"[bold green]{ready.url}[/]", highlight=False, soft_wrap=True)
        first = (
            "" if ready.twin_port else " (kamera sendiri: hanya setelah masuk / your own camera: only after signing in)"
        )
        console.print(f"Masuk / sign in: demo  {password}{first}", highlight=False, soft_wrap=True, markup=False)
        console.print(f"Log: {ready.folder / 'log'}   Ctrl-C = selesai / end", highlight=False, soft_wrap=True)
        while not tick.wait(CHECK_S):
            children.check()


def _refuse(console: Console, text: str) -> NoReturn:
    console.print(f"[red]simpang demo:[/] {escape(text)}", highlight=False, soft_wrap=True)
    raise typer.Exit(2)
