"""A scenario of our own making for SUMO: two roads that cross at a signal, busy at first, then left to empty."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_ARMS = {"n": (0, 200), "e": (200, 0), "s": (0, -200), "w": (-200, 0)}
_FLOWS = {("n", "s"): 500, ("s", "n"): 400, ("e", "w"): 250, ("w", "e"): 250, ("n", "e"): 120, ("w", "n"): 80}
"""Vehicles an hour by (from, to)."""


def build(folder: Path, *, seconds: int = 360) -> Path:
    """Write nodes, edges, routes and configuration into `folder`; have SUMO's netconvert make the network."""
    nodes = "".join(f'<node id="{arm}" x="{x}" y="{y}"/>' for arm, (x, y) in _ARMS.items())
    edges = "".join(
        f'<edge id="{arm}_in" from="{arm}" to="c" numLanes="2" speed="13.9"/>'
        f'<edge id="{arm}_out" from="c" to="{arm}" numLanes="2" speed="13.9"/>'
        for arm in _ARMS
    )
    flows = "".join(
        f'<flow id="{a}{b}" begin="0" end="{seconds - 100}" vehsPerHour="{rate}"'
        f' from="{a}_in" to="{b}_out" departLane="best"/>'
        for (a, b), rate in _FLOWS.items()
    )
    (folder / "cross.nod.xml").write_text(f'<nodes><node id="c" x="0" y="0" type="traffic_light"/>{nodes}</nodes>')
    (folder / "cross.edg.xml").write_text(f"<edges>{edges}</edges>")
    (folder / "cross.rou.xml").write_text(f"<routes>{flows}</routes>")
    (folder / "cross.sumocfg").write_text(
        '<configuration><input><net-file value="cross.net.xml"/><route-files value="cross.rou.xml"/></input>'
        f'<time><begin value="0"/><end value="{seconds}"/></time></configuration>'
    )
    command = ["netconvert", "-n", "cross.nod.xml", "-e", "cross.edg.xml", "-o", "cross.net.xml"]
    subprocess.run(
        [Path(sys.executable).parent / command[0], *command[1:]], cwd=folder, check=True, capture_output=True
    )
    return folder
