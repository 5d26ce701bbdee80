"""`simpang edge`: beside the camera."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from contract import ContractError
from edge.commands.doctor import doctor
from edge.commands.progress import progress
from edge.commands.run import run
from edge.commands.validate import validate
from edge.detection import Delegate, open_detector
from edge.files import check_room, read_zones
from edge.frame import SourceError
from edge.replay import Counts, Replay, replay, write
from models.registry import default_name, resolve

app = typer.Typer(help="Beside the camera: count, watch, report.")
app.command("run")(run)
app.command("doctor")(doctor)
app.command("validate")(validate)


@app.callback()
def edge() -> None:
    """Beside the camera: count, watch, report."""


@app.command("replay")
def replay_command(
    video: Annotated[Path, typer.Argument(help="A clip.")],
    zones: Annotated[Path, typer.Option(help="ZONES.toml: the lines drawn over this camera's picture.")],
    out: Annotated[Path, typer.Option(help="Folder for summary.json, crossings.csv and events.jsonl.")],
    model: Annotated[str, typer.Option(help="Registered name, or a registered model's file.")] = default_name(),
    *,
    threads: Annotated[int, typer.Option(min=1, max=64, help="CPU threads for inference.")] = 2,
    delegate: Annotated[Delegate, typer.Option(help="What runs the model.")] = "cpu",
    overlay: Annotated[bool, typer.Option("--overlay", help="Write overlay.mp4 too: what was seen, drawn.")] = False,
) -> None:
    """Count a clip as fast as it can be processed. Ctrl-C ends early and keeps what was counted so far."""
    stderr = Console(stderr=True)
    try:
        drawn = read_zones(zones)
        check_room(out)
        detector = open_detector(resolve(model), threads, delegate)
        # A service manager or `timeout` asks to end by SIGTERM; that shall lose no more than Ctrl-C does.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        with progress(video.name, stderr) as tell:
            found = replay(video, drawn, detector, tell, out / "overlay.mp4" if overlay else None)
        write(found, out)
    except (ContractError, SourceError, OSError) as error:
        stderr.print(f"[red]simpang edge:[/] {escape(str(error))}", soft_wrap=True, highlight=False)
        raise typer.Exit(2) from None
    _tell(found, out)
    if found.stopped:
        raise typer.Exit(130)


def _tell(found: Replay, out: Path) -> None:
    console = Console()
    console.print(_table(found.counts))
    console.print(f"{found.frames} pictures at {found.fps} a second; written to {out}", highlight=False, soft_wrap=True)
    if found.stopped:
        Console(stderr=True).print(
            f"[yellow]stopped after {found.frames} of {found.promised} pictures: counts are of that part only[/]"
        )
    elif found.frames < found.promised:
        short = f"the file promised {found.promised} pictures and held {found.frames}: it may be truncated"
        Console(stderr=True).print(f"[yellow]{short}[/]")


def _table(counts: Counts) -> Table:
    table = Table("line", "direction", "class", "vehicles")
    for line, directions in counts.items():
        for direction, classes in directions.items():
            for kind, number in sorted(classes.items()) or [("none", 0)]:
                table.add_row(line, direction, kind, str(number))
    return table
