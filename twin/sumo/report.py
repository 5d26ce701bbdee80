"""What a set of runs is told as: `summary.json` and plots."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import fmean

from matplotlib.figure import Figure

from twin.sumo.run import Outcome


def summary(control: str, error: float, seeds: Sequence[int], outcomes: Sequence[Outcome]) -> dict[str, object]:
    """Means over the seeds, and each run by itself. Seconds are per loaded vehicle."""
    return {
        "control": control,
        "count_error": error,
        "mean_delay_s": round(fmean(one.score.delay_s for one in outcomes), 2),
        "mean_waiting_s": round(fmean(one.score.waiting_s for one in outcomes), 2),
        "mean_halting_vehicles": round(fmean(_mean_halting(one) for one in outcomes), 2),
        "throughput": round(fmean(one.score.arrived for one in outcomes), 1),
        "inserted": round(fmean(one.score.inserted for one in outcomes), 1),
        "loaded": round(fmean(one.score.loaded for one in outcomes), 1),
        "collisions": sum(one.collisions for one in outcomes),
        "envelope_violations": sum(sum(one.violations.values()) for one in outcomes),
        "runs": [
            {"seed": seed, **asdict(one.score), "collisions": one.collisions, "violations": one.violations}
            for seed, one in zip(seeds, outcomes, strict=True)
        ],
    }


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
