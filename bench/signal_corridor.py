"""A street with many signals: what offsets are worth beside actuated, max-pressure and adaptive control.

    n0    n1        n2
    │     │         │
w ──c0────c1────────c2── … ── e     two lanes each way; side streets of one lane
    │     │         │
    s0    s1        s2

The distances, and how busy each side street is, are drawn by a seed; each street also drives with a seed of its own.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from random import Random
from statistics import fmean
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bench.signal_priority import numbers
from signal_bridge.control import CONTROLS
from twin.sumo.cli import run_all
from twin.sumo.run import Outcome, Trial, scenario

CROSSINGS = (6, 8, 10)
SECONDS = 1500
_MAIN_VEH_H, _THROUGH = 620, 0.75
_SIDE_VEH_H = (90, 220)
_LINK_M = (180, 420)
_SIDE_M = 200


def build(folder: Path, crossings: int, seed: int, seconds: int = SECONDS) -> Path:
    """Write a street with its traffic into `folder`; SUMO's netconvert makes the network and its local plans."""
    draw = Random(f"street {crossings} {seed}")
    places = [0]
    for _ in range(crossings - 1):
        places.append(places[-1] + draw.randrange(*_LINK_M))
    nodes = [f'<node id="c{i}" x="{x}" y="0" type="traffic_light"/>' for i, x in enumerate(places)]
    nodes += [f'<node id="w" x="{-_SIDE_M}" y="0"/>', f'<node id="e" x="{places[-1] + _SIDE_M}" y="0"/>']
    main = ["w", *(f"c{i}" for i in range(crossings)), "e"]
    edges = [_street(a, b, 2) for a, b in pairwise(main)]
    for i, x in enumerate(places):
        nodes += [f'<node id="n{i}" x="{x}" y="{_SIDE_M}"/>', f'<node id="s{i}" x="{x}" y="{-_SIDE_M}"/>']
        edges += [_street(f"n{i}", f"c{i}", 1), _street(f"s{i}", f"c{i}", 1)]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "street.nod.xml").write_text(f"<nodes>{''.join(nodes)}</nodes>")
    (folder / "street.edg.xml").write_text(f"<edges>{''.join(edges)}</edges>")
    netconvert = Path(sys.executable).parent / "netconvert"
    files = "-n street.nod.xml -e street.edg.xml -o street.net.xml"
    more = "--no-turnarounds --tls.cycle.time 90"
    subprocess.run([netconvert, *files.split(), *more.split()], check=True, capture_output=True, cwd=folder)
    (folder / "street.rou.xml").write_text(f"<routes>{_flows(crossings, draw, seconds)}</routes>")
    (folder / "street.sumocfg").write_text(
        '<configuration><input><net-file value="street.net.xml"/><route-files value="street.rou.xml"/></input>'
        f'<time><begin value="0"/><end value="{seconds}"/></time></configuration>'
    )
    return folder


def _street(one: str, other: str, lanes: int) -> str:
    return "".join(
        f'<edge id="{a}-{b}" from="{a}" to="{b}" numLanes="{lanes}" speed="13.9" priority="{lanes}"/>'
        for a, b in ((one, other), (other, one))
    )


def _flows(crossings: int, draw: Random, seconds: int) -> str:
    """Most of the main traffic drives through; the rest, and the side streets', turns somewhere."""
    last = crossings - 1
    flows: list[tuple[str, str, float]] = []
    for origin, ends in (("w-c0", f"c{last}-e"), (f"e-c{last}", "c0-w")):
        flows.append((origin, ends, _MAIN_VEH_H * _THROUGH))
        for _ in range(3):
            side = f"{draw.choice('ns')}{draw.randrange(1, last)}"
            flows.append((origin, f"c{side[1:]}-{side}", _MAIN_VEH_H * (1 - _THROUGH) / 3))
    for i in range(crossings):
        for here, there in (("n", "s"), ("s", "n")):
            busy = draw.randrange(*_SIDE_VEH_H)
            flows.append((f"{here}{i}-c{i}", f"c{i}-{there}{i}", busy * 0.6))
            flows += [(f"{here}{i}-c{i}", way, busy * 0.2) for way in (f"c{last}-e", "c0-w")]
    return "".join(
        f'<flow id="f{i}" begin="0" end="{seconds - 300}" probability="{rate / 3600:.5f}" from="{origin}" to="{end}" '
        'departLane="best" departSpeed="desired"/>'
        for i, (origin, end, rate) in enumerate(flows)
    )


def compare(console: Console, seeds: int, jobs: int) -> None:
    """Print the table."""
    table = Table(
        *("crossings", *CONTROLS, "violations"),
        title=f"a street, two directions: mean delay, s per loaded vehicle, {seeds} streets each (worst)",
    )
    with tempfile.TemporaryDirectory() as scratch:
        for crossings in CROSSINGS:
            outcomes: dict[str, list[Outcome]] = {name: [] for name in CONTROLS}
            for seed in numbers(seeds):
                where = scenario(build(Path(scratch) / f"{crossings}-{seed}", crossings, seed))
                for name in CONTROLS:
                    with console.status(f"{crossings} crossings, street {seed}: {name}"):
                        outcomes[name] += run_all(where, Trial(name), [seed], jobs)
            violations = sum(sum(one.violations.values()) for those in outcomes.values() for one in those)
            table.add_row(str(crossings), *(cell(those) for those in outcomes.values()), str(violations))
    console.print(table)


def cell(outcomes: list[Outcome]) -> str:
    """Mean over the runs, and the worst."""
    delays = [one.score.delay_s for one in outcomes]
    return f"{fmean(delays):.1f} ({max(delays):.1f})"


def main(
    seeds: Annotated[int, typer.Option(min=1, max=20)] = 3, jobs: Annotated[int, typer.Option(min=1, max=64)] = 1
) -> None:
    """The street alone."""
    compare(Console(width=130), seeds, jobs)


if __name__ == "__main__":
    typer.run(main)
