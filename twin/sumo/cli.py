"""`simpang signal`: try a control on a simulated network before any street sees it."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress

from contract import ContractError
from twin.sumo import report
from twin.sumo.ambulance import Rescue
from twin.sumo.run import Outcome, Scenario, Trial, scenario, simulate

app = typer.Typer(help="Signal controls on simulated networks.")


class Choice(StrEnum):
    """The controls."""

    FIXED = "fixed"
    COORDINATED = "coordinated"
    ACTUATED = "actuated"
    MAXPRESSURE = "maxpressure"
    ADAPTIVE = "adaptive"


class Whom(StrEnum):
    """For whom routes are opened."""

    NOBODY = "nobody"
    AMBULANCE = "ambulance"


NONE = Whom.NOBODY


@app.callback()
def signal() -> None:
    """Signal controls on simulated networks."""


@app.command("simulate")
def simulate_command(
    *,
    folder: Annotated[Path, typer.Option("--scenario", help="Folder with one .sumocfg.")],
    control: Annotated[Choice, typer.Option(help="Who chooses the stages.")],
    out: Annotated[Path, typer.Option(help="Folder for summary.json and plots.")],
    seeds: Annotated[int, typer.Option(min=1, max=100, help="Runs, seeded 1, 2, 3 ...")] = 3,
    error: Annotated[float, typer.Option(min=0, max=0.5, help="Share of vehicles missed, and of ghosts.")] = 0.0,
    ambulances: Annotated[int, typer.Option(min=0, max=60, help="Ambulances through a signal each, in a run.")] = 0,
    priority: Annotated[
        Whom, typer.Option(help="Who gets green windows; 6 ambulances if none are asked for.")
    ] = Whom.NOBODY,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Runs at the same time.")] = 1,
) -> None:
    """Simulate the whole scenario under a control, with 3 s yellow and 2 s all-red, and tell the delay of everybody."""
    numbers = list(range(1, seeds + 1))
    favoured = priority is Whom.AMBULANCE
    trial = Trial(control, error, Rescue(ambulances or (6 if favoured else 0), favoured))
    try:
        where = scenario(folder)
        with Progress(console=Console(stderr=True)) as bar:
            task = bar.add_task(f"{where.name} {control}", total=seeds)
            outcomes = []
            for outcome in run_all(where, trial, numbers, jobs):
                outcomes.append(outcome)
                bar.advance(task)
        told = report.summary(trial, numbers, outcomes)
        report.write(out, told, numbers, outcomes)
    except (ContractError, OSError, ValueError) as fault:
        Console(stderr=True).print(f"[red]simpang signal:[/] {escape(str(fault))}", soft_wrap=True, highlight=False)
        raise typer.Exit(2) from None
    if outcomes[0].left_alone:
        alone = escape(", ".join(outcomes[0].left_alone))
        Console(stderr=True).print(f"left to their own plan, with less than two stages: {alone}", soft_wrap=True)
    Console().print(
        f"{where.name} {control}: mean delay {told['mean_delay_s']} s over {told['loaded']} loaded vehicles; "
        f"{report.ambulances(outcomes)}violations {told['envelope_violations']}, collisions {told['collisions']}; "
        f"written to {out}",
        soft_wrap=True,
        highlight=False,
    )


def run_all(where: Scenario, trial: Trial, seeds: list[int], jobs: int) -> Iterator[Outcome]:
    """Outcomes in the order of the seeds; each run in a process of its own, as libsumo demands."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=spawn, max_tasks_per_child=1) as pool:
        yield from pool.map(simulate, [where] * len(seeds), [trial] * len(seeds), seeds)
