"""One simulated hour of a scenario under one control."""

from __future__ import annotations

import random
import tempfile
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from contract import ContractError
from signal_bridge.control import CONTROLS, StageMachine
from signal_bridge.control.clearance import MINIMUM_GREEN_S
from signal_bridge.control.junction import Control, Junction
from twin.sumo import engine
from twin.sumo.ambulance import Convoy, Rescue, draw, windowed
from twin.sumo.camera import REACH_M, Cameras
from twin.sumo.inspector import Inspector
from twin.sumo.network import Signal, ends, signals
from twin.sumo.score import Score, score

_SAMPLE_S = 10
NOBODY = Rescue(ambulances=0, priority=False)


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
    priorities: dict[str, int]
    """How many requests of ambulances ended how."""


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


@dataclass(frozen=True, slots=True)
class Trial:
    """What is tried: a control, with so much detection error, and with ambulances if `rescue` has some."""

    control: str
    error: float = 0.0
    rescue: Rescue = NOBODY


def simulate(where: Scenario, trial: Trial, seed: int) -> Outcome:
    """Drive every signal of the scenario."""
    with tempfile.TemporaryDirectory() as scratch:
        trips = Path(scratch) / "trips.xml"
        engine.start(_command(where, seed, trips))
        try:
            posts = [_Post(signal, trial, seed) for signal in signals(where.net, REACH_M)]
            told = _drive(where, posts, _convoy(where, posts, seed, trial.rescue.ambulances))
        finally:
            engine.close()
        return Outcome(score(trips, where.end_s), *told)


def _convoy(where: Scenario, posts: Sequence[_Post], seed: int, count: int) -> Convoy:
    trips = []
    if count:
        trips = draw([post.signal for post in posts], ends(where.net), count, seed, (engine.time_s(), where.end_s))
    return Convoy(trips, {post.signal.junction.id: post.window for post in posts if post.window is not None})


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


def _drive(
    where: Scenario, posts: Sequence[_Post], convoy: Convoy
) -> tuple[tuple[tuple[float, int], ...], int, dict[str, int], dict[str, int]]:
    halting: list[tuple[float, int]] = []
    collisions = 0
    edges = engine.edges()
    while (now_s := engine.time_s()) < where.end_s:
        convoy.step(now_s)
        for post in posts:
            post.step(now_s)
        collisions += engine.advance()
        if int(now_s) % _SAMPLE_S == 0:
            halting.append((now_s, engine.halting(edges)))
    violations = sum((post.inspector.violations for post in posts), Counter[str]())
    return tuple(halting), collisions, dict(violations), dict(convoy.fates())


class _Post:
    """One signal with its cameras, its stages and its inspector."""

    def __init__(self, signal: Signal, trial: Trial, seed: int) -> None:
        self.signal = signal
        chosen = CONTROLS[trial.control](signal.junction)
        self.window = windowed(signal, chosen) if trial.rescue.priority else None
        self._cameras = Cameras(signal, trial.error, random.Random(f"{seed}{signal.junction.id}"))
        self._machine = _machine(signal.junction, chosen, own=trial.control == "fixed")
        if self.window is not None:
            self._machine = replace(self._machine, junction=self.window.junction, control=self.window)
        self.inspector = Inspector(signal.foes, self._machine.floor_s)
        self._lamps = signal.junction.stages[0]

    def step(self, now_s: float) -> None:
        """Look, decide, show the lamps."""
        self._lamps = self._machine.step(self._cameras.look(now_s, self._lamps))
        engine.show(self.signal.junction.id, self._lamps)
        self.inspector.look(now_s, self._lamps)


def _machine(junction: Junction, control: Control, *, own: bool) -> StageMachine:
    """The local plan keeps its `own` greens; the others keep the minimum green and wait for who is stranded."""
    floor_s = min(MINIMUM_GREEN_S, *junction.greens) if own else MINIMUM_GREEN_S
    return StageMachine(junction, control, floor_s=floor_s, extends=not own)
