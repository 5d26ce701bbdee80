"""A score as a table for people, as JSON for programs, and as CSV for a spreadsheet."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

from rich.table import Table

from contract import VehicleClass
from edge.validation.score import Passage, Score

_SHOWN = 12
"""Times of missed vehicles that are printed; all of them are in the JSON."""


class ClassRow(NamedTuple):
    """One class in one stretch of time, over all lines and both directions, in words."""

    span: str
    vehicle: VehicleClass
    hand: int
    simpang: int
    percent: str
    """With its sign; a dash where a person counted nobody."""


def class_rows(result: Score) -> list[ClassRow]:
    """Errors by class and stretch of time, each beside what it is a part of."""
    sums: dict[tuple[float, float, VehicleClass], list[int]] = defaultdict(lambda: [0, 0])
    for row in result.rows:
        both = sums[row.from_s, row.to_s, row.vehicle]
        both[0] += row.hand
        both[1] += row.simpang
    return [
        ClassRow(
            f"{_clock(from_s)}–{_clock(to_s)}",
            vehicle,
            *(hand, simpang),
            f"{100 * (simpang - hand) / hand:+.1f}" if hand else "–",
        )
        for (from_s, to_s, vehicle), (hand, simpang) in sums.items()
    ]


def table(result: Score) -> Table:
    """The same for a terminal."""
    shown = Table("waktu / time", "kelas / class", "tangan / by hand", "Simpang", "selisih / error", "%")
    for span, vehicle, hand, simpang, percent in class_rows(result):
        shown.add_row(span, vehicle, str(hand), str(simpang), f"{simpang - hand:+d}", percent)
    return shown


def verdict(result: Score) -> list[str]:
    """The sentences below the table."""
    if not result.hand:
        return [
            f"Tidak ada kendaraan yang Anda tandai; Simpang menghitung {result.simpang}. "
            f"/ You marked no vehicle; Simpang counted {result.simpang}."
        ]
    sentences = [
        f"Selisih per garis dan arah / off by line and direction: {result.off} dari / of {result.hand} "
        f"= {result.percent} %; dengan kelas / by class as well: {result.off_by_class}",
        f"Terlewat / missed: {len(result.missed)}{_times(result.missed)}",
        f"Berlebih / too many: {len(result.extra)}{_times(result.extra)}",
        f"Kelas lain / called by another class: {result.other_class}",
    ]
    if result.hand < 100:
        sentences.append(
            "Kurang dari 100 kendaraan: satu saja sudah lebih dari 1 %. "
            "/ Fewer than 100 vehicles: one alone is more than 1 %."
        )
    return sentences


def write(result: Score, folder: Path, *, recording: str, model: str, seconds: float) -> None:
    """Write `validation.json` and `validation.csv` into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    whole = {"recording": recording, "model": model, "seconds": round(seconds, 2)} | asdict(result)
    whole |= {"percent": result.percent}
    (folder / "validation.json").write_text(json.dumps(whole, indent=2) + "\n", encoding="utf-8")
    with (folder / "validation.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["from_s", "to_s", "line", "direction", "class", "hand", "simpang", "error", "percent"])
        for row in result.rows:
            ends = [f"{row.from_s:.0f}", f"{row.to_s:.1f}"]
            percent = "" if row.percent is None else row.percent
            rows.writerow([*ends, row.line, row.direction, row.vehicle, row.hand, row.simpang, row.error, percent])


def _times(passages: tuple[Passage, ...]) -> str:
    """Where to look again."""
    if not passages:
        return ""
    times = ", ".join(f"{_clock(one[0])} {one[2]} {one[3]}" for one in passages[:_SHOWN])
    return f" ({times}{', …' if len(passages) > _SHOWN else ''})"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes:02d}:{rest:02d}"
