"""One simulated hour of a scenario under one control."""

from __future__ import annotations

import random
import tempfile
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from contract import ContractError
from signal_bridge.control import CONTROLS, StageMachine
from signal_bridge.control.clearance import MINIMUM_GREEN_S
from signal_bridge.control.junction import Junction
from twin.sumo import engine
from twin.sumo.camera import REACH_M, Cameras
from twin.sumo.inspector import Inspector
from twin.sumo.network import Signal, signals
from twin.sumo.score import Score, score

_SAMPLE_S = 10


class ScenarioError(ContractError):
    """A scenario folder that cannot be simulated; the text says what is missing."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A folder with one .sumocfg."""

    name: str
    config: Path
    net: Path
    end_s: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run gave."""

    score: Score
    halting: tuple[tuple[float, int], ...]
    """(time, vehicles standing in the whole network), every 10 s."""
    collisions: int
    violations: dict[str, int]


def scenario(folder: Path) -> Scenario:
    """Read a scenario folder; `ScenarioError` says what is wrong with it."""
    configs = sorted(folder.glob("*.sumocfg"))
    if len(configs) != 1:
        raise ScenarioError(f"{folder}: expected one .sumocfg, found {len(configs)}")
    try:
        root = ET.parse(configs[0]).getroot()
    except ET.ParseError as error:
        raise ScenarioError(f"{configs[0]}: not readable as XML: {error}") from None
    values = {node.tag: node.get("value", "") for node in root.iter()}
    net = folder / values.get("net-file", "")
    if not values.get("net-file") or not net.is_file():
        raise ScenarioError(f"{configs[0]}: names no net-file that exists")
    if "end" not in values:
        raise ScenarioError(f"{configs[0]}: has no <end>: say until when to simulate")
    return Scenario(folder.name, configs[0], net, _seconds(values["end"]))


def _seconds(text: str) -> float:
    """SUMO's times: seconds, or [days:]hours:minutes:seconds."""
    total = 0.0
    for part, unit in zip(reversed(text.split(":")), (1, 60, 3600, 86_400), strict=False):
        total += float(part) * unit
    return total


def simulate(where: Scenario, control: str, seed: int, error: float = 0.0) -> Outcome:
    """Drive every signal of the scenario by `control`."""
    with tempfile.TemporaryDirectory() as scratch:
        trips = Path(scratch) / "trips.xml"
        engine.start(_command(where, seed, trips))
        try:
            outcome = _drive(where, control, seed, error)
        finally:
            engine.close()
        return Outcome(score(trips, where.end_s), *outcome)


def _command(where: Scenario, seed: int, trips: Path) -> list[str]:
    options = {
        "--configuration-file": where.config,
        "--seed": seed,
        "--time-to-teleport": -1,
        "--collision.action": "warn",
        "--tripinfo-output": trips,
    }
    switches = ["--tripinfo-output.write-unfinished", "--tripinfo-output.write-undeparted", "--no-step-log"]
    return ["sumo", *(str(part) for pair in options.items() for part in pair), *switches, "--no-warnings"]


def _machine(junction: Junction, control: str) -> StageMachine:
    """The local plan keeps its own greens; the others keep the minimum green and wait for who is stranded."""
    own = control == "fixed"
    floor_s = min(MINIMUM_GREEN_S, *junction.greens) if own else MINIMUM_GREEN_S
    return StageMachine(junction, CONTROLS[control](junction), floor_s=floor_s, extends=not own)


def _drive(
    where: Scenario, control: str, seed: int, error: float
) -> tuple[tuple[tuple[float, int], ...], int, dict[str, int]]:
    posts = [_Post(signal, control, error, seed) for signal in signals(where.net, REACH_M)]
    halting: list[tuple[float, int]] = []
    collisions = 0
    edges = engine.edges()
    while (now_s := engine.time_s()) < where.end_s:
        for post in posts:
            post.step(now_s)
        collisions += engine.advance()
        if int(now_s) % _SAMPLE_S == 0:
            halting.append((now_s, engine.halting(edges)))
    violations = sum((post.inspector.violations for post in posts), Counter[str]())
    return tuple(halting), collisions, dict(violations)


class _Post:
    """One signal with its cameras, its stages and its inspector."""

    def __init__(self, signal: Signal, control: str, error: float, seed: int) -> None:
        self._id = signal.junction.id
        self._cameras = Cameras(signal, error, random.Random(f"{seed}{self._id}"))
        self._machine = _machine(signal.junction, control)
        self.inspector = Inspector(signal.foes, self._machine.floor_s)
        self._lamps = signal.junction.stages[0]

    def step(self, now_s: float) -> None:
        """Look, decide, show the lamps."""
        self._lamps = self._machine.step(self._cameras.look(now_s, self._lamps))
        engine.show(self._id, self._lamps)
        self.inspector.look(now_s, self._lamps)
