"""What green windows give ambulances, and what they cost everybody else: the second table of `make bench-signal`.

The same ambulances drive without and with priority, through random signals of the network, six in an hour. Seconds are
timeLoss + departDelay, the mean of all ambulances and of all other loaded vehicles.

A second table tells where the ambulances' seconds went, for a signal can win back only what is lost before it: at red
or yellow; with the own lamp green (in the queue that leaves, or giving way before the stop line); or where no lamp is
within 150 m, the wait to enter the network with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from statistics import fmean
from typing import NamedTuple, Self

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
    split = Table(
        *("scenario", "control", "at red, s", "own green, s", "no lamp near, s", "fall at signals", "fall of all"),
        title="where an ambulance loses its time, without -> with priority",
        caption="at signals: before a lamp within 150 m, red or green",
    )
    for where in scenarios:
        for control in CONTROLS:
            with console.status(f"{where.name}: ambulances under {control}"):
                without, given = (
                    list(run_all(where, Trial(control, rescue=Rescue(AMBULANCES, favoured)), numbers(seeds), jobs))
                    for favoured in (False, True)
                )
            if any(one.score.ambulances for one in without):
                table.add_row(where.name, control, *_cells(without, given))
                split.add_row(where.name, control, *_places(_Loss.of(without), _Loss.of(given)))
            else:
                table.add_row(where.name, control, "no way through a signal")
    console.print(table)
    console.print(split)


def numbers(seeds: int) -> list[int]:
    """Seeds 1, 2, 3 ..."""
    return list(range(1, seeds + 1))


class _Loss(NamedTuple):
    """Mean seconds that an ambulance loses."""

    red: float
    green: float
    all: float

    @classmethod
    def of(cls, runs: list[Outcome]) -> Self:
        delays = list(chain.from_iterable(one.score.ambulances for one in runs))
        red, green = (sum(one.lost_s.get(lamp, 0.0) for one in runs) / len(delays) for lamp in ("red", "green"))
        return cls(red, green, fmean(delays))

    @property
    def at_signals(self) -> float:
        return self.red + self.green

    @property
    def elsewhere(self) -> float:
        return max(0.0, self.all - self.at_signals)


def _places(without: _Loss, given: _Loss) -> tuple[str, ...]:
    return (
        f"{without.red:.1f} -> {given.red:.1f}",
        f"{without.green:.1f} -> {given.green:.1f}",
        f"{without.elsewhere:.1f} -> {given.elsewhere:.1f}",
        f"{1 - given.at_signals / without.at_signals:.0%}" if without.at_signals else "",
        f"{1 - given.all / without.all:.0%}",
    )


def _cells(without: list[Outcome], given: list[Outcome]) -> tuple[str, ...]:
    loss_s = [_Loss.of(runs).all for runs in (without, given)]
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
