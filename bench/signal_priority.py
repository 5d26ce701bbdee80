"""What green windows give ambulances, and what they cost everybody else: the second table of `make bench-signal`.

The same ambulances drive without and with priority, through random signals of the network, six in an hour. Seconds are
timeLoss + departDelay, the mean of all ambulances and of all other loaded vehicles.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from rich.console import Console
from rich.table import Table

from twin.sumo.ambulance import Rescue
from twin.sumo.cli import run_all
from twin.sumo.run import Outcome, Scenario, Trial

AMBULANCES, RUNS = 6, 8
"""In each run, and at least so many runs: one ambulance that stands for minutes makes the mean of eighteen."""
CONTROLS = ("fixed", "adaptive")
WANTED, BEARABLE = 0.75, 0.10
"""Least fall of the ambulances' loss, greatest rise of the others' delay."""


def compare(console: Console, scenarios: Sequence[Scenario], seeds: int, jobs: int) -> None:
    """Print the table."""
    seeds = max(seeds, RUNS)
    table = Table(
        *("scenario", "control", "ambulances, s", "fall", "others, s", "cost", "requests", "violations"),
        title=f"ambulances without -> with priority, {AMBULANCES} in each of {seeds} runs",
        caption=f"wanted: fall >= {WANTED:.0%}, cost <= {BEARABLE:.0%}, no violation",
    )
    for where in scenarios:
        for control in CONTROLS:
            with console.status(f"{where.name}: ambulances under {control}"):
                without, given = (
                    list(run_all(where, Trial(control, rescue=Rescue(AMBULANCES, favoured)), numbers(seeds), jobs))
                    for favoured in (False, True)
                )
            table.add_row(where.name, control, *_cells(without, given))
    console.print(table)


def numbers(seeds: int) -> list[int]:
    """Seeds 1, 2, 3 ..."""
    return list(range(1, seeds + 1))


def _cells(without: list[Outcome], given: list[Outcome]) -> tuple[str, ...]:
    if not any(one.score.ambulances for one in without):
        return ("no way through a signal",) + ("",) * 5
    loss_s = [fmean(delay for one in runs for delay in one.score.ambulances) for runs in (without, given)]
    others_s = [fmean(one.score.others_delay_s for one in runs) for runs in (without, given)]
    fall, cost = 1 - loss_s[1] / loss_s[0], others_s[1] / others_s[0] - 1
    completed = sum(one.priorities.get("completed", 0) for one in given)
    asked = sum(sum(one.priorities.values()) for one in given)
    return (
        f"{loss_s[0]:.1f} -> {loss_s[1]:.1f}",
        f"{fall:.0%}" + ("" if fall >= WANTED else " (missed)"),
        f"{others_s[0]:.1f} -> {others_s[1]:.1f}",
        f"{cost:+.1%}" + ("" if cost <= BEARABLE else " (too much)"),
        f"{completed} of {asked} completed",
        str(sum(sum(one.violations.values()) for one in (*without, *given))),
    )
