"""The curves of a run: `log.csv` drawn into `curves.png`."""

from __future__ import annotations

import csv
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure


def draw(run: Path) -> None:
    """Draw the parts of the loss by epoch, each on an axis of its own."""
    with (run / "log.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    parts = ("box", "obj", "cls", "rate")
    figure = Figure(figsize=(4 * len(parts), 3), layout="constrained")
    FigureCanvasAgg(figure)
    for axes, part in zip(figure.subplots(1, len(parts)), parts, strict=True):
        axes.plot([int(row["epoch"]) for row in rows], [float(row[part]) for row in rows])
        axes.set_title(part)
        axes.set_xlabel("epoch")
        axes.grid(visible=True, alpha=0.3)
    figure.savefig(run / "curves.png", dpi=80)
