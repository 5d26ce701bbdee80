"""The command `simpang`: one subcommand per program, each imported only when it is asked for.

A unit installs `simpang[edge]` and nothing of the centre; the other subcommands then say which extra they need.
"""

from __future__ import annotations

import importlib
import sys
from importlib.metadata import version
from typing import NamedTuple, NoReturn

from rich.console import Console
from rich.markup import escape
from rich.table import Table


class Program(NamedTuple):
    """A subcommand: where its Typer `app` lives, which extra installs what it needs, what it is for."""

    module: str
    extra: str
    help: str


PROGRAMS: dict[str, Program] = {
    "edge": Program("edge.cli", "edge", "Beside the camera: count, watch, report."),
    "model": Program("models.cli", "edge", "Detectors: list, pull, verify, measure."),
    "collector": Program("collector.cli", "collector", "The centre: store what units report, console and API."),
    "grafana": Program("grafana.cli", "grafana", "Boards and alert rules for Grafana."),
    "bridge": Program("signal_bridge.cli", "bridge", "Green seconds at a local controller, safely."),
    "provision": Program("provisioning.cli", "provisioning", "Identities and cards for units."),
    "signal": Program("twin.sumo.cli", "sumo", "Signal controls on simulated networks."),
    "twin": Program("twin.cli", "twin", "Rendered junctions with exact truth."),
    "demo": Program("twin.demo_cli", "all", "Everything on this machine, with four rendered junctions."),
}


def main() -> None:
    """Entry point of the console script."""
    arguments = sys.argv[1:]
    if not arguments or arguments[0] in {"-h", "--help"}:
        _print_programs()
    elif arguments[0] == "--version":
        Console().print(f"simpang {version('simpang')}", highlight=False)
    elif arguments[0] in PROGRAMS:
        _run(arguments[0], arguments[1:])
    else:
        _fail(f"there is no program {arguments[0]!r}. Known: {', '.join(PROGRAMS)}", code=2)


def _run(name: str, arguments: list[str]) -> None:
    program = PROGRAMS[name]
    try:
        app = importlib.import_module(program.module).app
    except ModuleNotFoundError as error:
        helped = not arguments or "--help" in arguments
        _fail(
            (f"{name}: {program.help}\n" if helped else "")
            + f"simpang {name} needs the Python module {error.name!r}, which is not installed here.\n"
            f"Install it with:  pip install -e '.[{program.extra}]'   in Simpang's folder",
            code=0 if helped else 3,
        )
    app(arguments, prog_name=f"simpang {name}")


def _print_programs() -> None:
    table = Table(box=None, show_header=False, padding=(0, 2))
    for name, program in PROGRAMS.items():
        table.add_row(f"[bold]{name}[/]", program.help)
    console = Console()
    console.print("Simpang: open junction intelligence.\n\nUsage: simpang PROGRAM --help\n", highlight=False)
    console.print(table)


def _fail(text: str, *, code: int) -> NoReturn:
    Console(stderr=True).print(f"[red]simpang:[/] {escape(text)}", highlight=False)
    sys.exit(code)


if __name__ == "__main__":
    main()
