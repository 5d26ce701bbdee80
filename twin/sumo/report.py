"""What a set of runs is told as: `summary.json` and plots."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import fmean

from matplotlib.figure import Figure

from twin.sumo.run import Outcome, Trial


def summary(trial: Trial, seeds: Sequence[int], outcomes: Sequence[Outcome]) -> dict[str, object]:
    """Means over the seeds, and each run by itself. Seconds are per loaded vehicle; `others` are no ambulances."""
    rescued = [delay_s for one in outcomes for delay_s in one.score.ambulances]
    return {
        "control": trial.control,
        "count_error": trial.error,
        "priority": "ambulance" if trial.rescue.priority else "nobody",
        "ambulances": len(rescued),
        "mean_delay_ambulances_s": round(fmean(rescued), 2) if rescued else None,
        "mean_delay_others_s": round(fmean(one.score.others_delay_s for one in outcomes), 2),
        "mean_delay_s": round(fmean(one.score.delay_s for one in outcomes), 2),
        "mean_waiting_s": round(fmean(one.score.waiting_s for one in outcomes), 2),
        "mean_halting_vehicles": round(fmean(_mean_halting(one) for one in outcomes), 2),
        "throughput": round(fmean(one.score.arrived for one in outcomes), 1),
        "inserted": round(fmean(one.score.inserted for one in outcomes), 1),
        "loaded": round(fmean(one.score.loaded for one in outcomes), 1),
        "collisions": sum(one.collisions for one in outcomes),
        "envelope_violations": sum(sum(one.violations.values()) for one in outcomes),
        "left_alone": list(outcomes[0].left_alone),
        "runs": [
            {
                "seed": seed,
                **asdict(one.score),
                "collisions": one.collisions,
                "violations": one.violations,
                "priorities": one.priorities,
            }
            for seed, one in zip(seeds, outcomes, strict=True)
        ],
    }


def ambulances(outcomes: Sequence[Outcome]) -> str:
    """A sentence about them, if there were any."""
    rescued = [delay_s for one in outcomes for delay_s in one.score.ambulances]
    return f"{len(rescued)} ambulances {fmean(rescued):.1f} s; " if rescued else ""


def _mean_halting(outcome: Outcome) -> float:
    return fmean(standing for _, standing in outcome.halting) if outcome.halting else 0.0


def write(folder: Path, told: dict[str, object], seeds: Sequence[int], outcomes: Sequence[Outcome]) -> None:
    """Write summary.json and halting.png (vehicles that stand, over the hour, one line a seed)."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "summary.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    figure = Figure(figsize=(9, 4), layout="constrained")
    axes = figure.add_subplot()
    for seed, one in zip(seeds, outcomes, strict=True):
        axes.plot([time / 60 for time, _ in one.halting], [n for _, n in one.halting], label=f"seed {seed}", lw=1)
    axes.set_xlabel("menit simulasi / simulated minute")
    axes.set_ylabel("kendaraan berhenti / halting vehicles")
    axes.set_title(f"{told['control']}: tundaan rata-rata / mean delay {told['mean_delay_s']} s")
    axes.legend(loc="upper left", fontsize="small")
    axes.set_ylim(bottom=0)
    figure.savefig(folder / "halting.png")
