"""Delay by control on the SUMO scenarios: `make bench-signal`.

Mean over the seeds of timeLoss + departDelay of every loaded vehicle, in seconds, with 3 s yellow and 2 s all-red under
every control. The adaptive control is also run with detection errors of 5 and 10 %. Then ambulances with priority, and
a street of our own with many crossings, for offsets.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bench import signal_corridor
from bench.signal_priority import compare, numbers
from signal_bridge.control import CONTROLS
from twin.sumo.cli import run_all
from twin.sumo.run import Trial, scenario

SUMO = Path(__file__).parents[2] / "shared" / "data" / "sumo"
COLUMNS = [*((name, 0.0) for name in CONTROLS), ("adaptive", 0.05), ("adaptive", 0.10)]


def main(
    folders: Annotated[list[Path] | None, typer.Argument(help="Scenario folders; the shared ones by default.")] = None,
    seeds: Annotated[int, typer.Option(min=1, max=20)] = 3,
    jobs: Annotated[int, typer.Option(min=1, max=64)] = os.cpu_count() or 1,
) -> None:
    """Print the table."""
    console = Console(width=130)
    headings = [name if not error else f"{name}, {error:.0%} error" for name, error in COLUMNS]
    table = Table("scenario", *headings, "violations", title=f"mean delay, s per loaded vehicle, {seeds} seeds (worst)")
    scenarios = [scenario(one) for one in folders or sorted(path for path in SUMO.iterdir() if path.is_dir())]
    for where in scenarios:
        cells, violations = [], 0
        for name, error in COLUMNS:
            with console.status(f"{where.name}: {name}"):
                outcomes = list(run_all(where, Trial(name, error), numbers(seeds), jobs))
            cells.append(signal_corridor.cell(outcomes))
            violations += sum(sum(one.violations.values()) for one in outcomes)
        table.add_row(where.name, *cells, str(violations))
    console.print(table)
    compare(console, scenarios, seeds, jobs)
    if folders is None:
        signal_corridor.compare(console, seeds, jobs)


if __name__ == "__main__":
    typer.run(main)
