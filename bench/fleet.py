"""What a fleet asks of its lines and of its centre: `make bench-fleet`.

Bytes a unit and day, by kind, as measured on the wire; and a thousand units that call in the same moment. One machine,
the loopback: the bytes are those of any line, the times are this machine's.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bench.fleet_bytes import OBSERVATIONS, Row, measure
from bench.fleet_joining import Joined, join

GOAL_MB = 5.0
_SPAN_S = 5


def main(
    units: Annotated[int, typer.Option(min=4, max=5000, help="That join at once; a multiple of 4.")] = 1000,
    down: Annotated[float, typer.Option(min=1, help="Seconds for which the broker stays away.")] = 30.0,
    *,
    only_bytes: Annotated[bool, typer.Option("--only-bytes", help="Leave out the city that joins.")] = False,
) -> None:
    """Print both tables; exit code 1 when a unit with four approaches sends more than it may, plain or packed."""
    console = Console(width=110)
    totals_mb = {packed: _tell_bytes(console, packed=packed) for packed in (False, True)}
    console.print("evidence comes on top, within its own budget a day; the software is not counted")
    if not only_bytes:
        for jitter in (True, False):
            with tempfile.TemporaryDirectory() as folder:
                joined = join(Path(folder), units, jitter=jitter, down_s=down)
            _tell(console, "growing, jittered pauses" if jitter else "for comparison: a fixed second", units, joined)
    if totals_mb[False][OBSERVATIONS[1]] > GOAL_MB or totals_mb[True][OBSERVATIONS[2]] > GOAL_MB:
        raise typer.Exit(1)


def _tell_bytes(console: Console, *, packed: bool) -> dict[str, float]:
    """Print what a day costs; MB by what a minute tells of."""
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(Path(folder), packed=packed)
    how = "packed (broker.pack = true)" if packed else "plain"
    console.print(_bytes(rows, how))
    totals_mb = {name: sum(row.day_bytes for row in rows if row.of(name)) / 1e6 for name in OBSERVATIONS}
    for name, total_mb in totals_mb.items():
        console.print(f"{name}, {how}: {total_mb:.2f} MB of telemetry a day, goal {GOAL_MB:.0f} MB", highlight=False)
    return totals_mb


def _bytes(rows: list[Row], title: str) -> Table:
    table = Table("kind", "payload", "up", "down", "a day", "MB a day", title=title)
    for row in rows:
        times = f"{row.a_day}" if row.a_day else ""
        day = f"{row.day_bytes / 1e6:.2f}" if row.a_day else ""
        table.add_row(row.name, f"{row.payload:,}", f"{row.wire.up:,}", f"{row.wire.down:,}", times, day)
    return table


def _tell(console: Console, name: str, units: int, joined: list[Joined]) -> None:
    for one in joined:
        # Every report is in the store, or `join` had raised.
        console.print(
            f"{units} units, {one.name}, {name}: all back after {one.all_back_s:.1f} s, all stored after "
            f"{one.all_stored_s:.1f} s; {len(one.attempts)} calls, at most {one.peak} in a second",
            highlight=False,
        )
        console.print(f"  calls in each {_SPAN_S} s: {' '.join(map(str, one.by(_SPAN_S)))}", highlight=False)


if __name__ == "__main__":
    typer.run(main)
