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
from signal_bridge.control.junction import Control
from twin.sumo import engine
from twin.sumo.ambulance import Convoy, Rescue, draw, windowed
from twin.sumo.camera import REACH_M, Cameras
from twin.sumo.coordination import coordinated
from twin.sumo.corridor import Corridor, corridor
from twin.sumo.inspector import Inspector
from twin.sumo.network import Signal, ends, signals
from twin.sumo.score import Score, score

_SAMPLE_S = 10
LOCAL = frozenset({"fixed", "coordinated"})
"""Controls that are the local controller's own plan."""
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
    lost_s: dict[str, float]
    """Seconds that all ambulances lost within 150 m of a lamp: "red" and "green"."""
    left_alone: tuple[str, ...]
    """Signals that run whatever SUMO runs there, having no two stages to choose from."""


def scenario(folder: Path) -> Scenario:
    """Read a scenario folder; `ScenarioError` says what is wrong with it."""
    configs = sorted(folder.glob("*.sumocfg"))
    if len(configs) != 1:
        raise ScenarioError(f"{folder}: expected one .sumocfg, found {len(configs)}")
    try:
        root = ET.parse(configs[0]).getroot()
    except ET.ParseError as error:
        raise ScenarioError(f"{configs[0]}: not readable as XML: {error}") from None
    values = {node.tag: node.get("value", node.get("v", "")) for node in root.iter()}
    named = _option(values, "net-file", "net", "n")
    net = folder / named
    if not named or not net.is_file():
        raise ScenarioError(f"{configs[0]}: names no net-file that exists")
    end = _option(values, "end", "e")
    if not end:
        raise ScenarioError(f"{configs[0]}: has no <end>: say until when to simulate")
    try:
        return Scenario(folder.name, configs[0], net, _seconds(end))
    except ValueError:
        raise ScenarioError(f"{configs[0]}: <end> is {end!r}; give seconds, or hours:minutes:seconds") from None


def _option(values: dict[str, str], *names: str) -> str:
    """An option by any of the names that SUMO takes; empty if it is not there."""
    return next((values[name] for name in names if values.get(name)), "")


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
            posts = [_Post(signal, trial, seed) for signal in _signals(where, trial.control)]
            convoy = _convoy(where, posts, seed, trial.rescue.ambulances)
            neighbours = corridor(where.net, [post.signal for post in posts], REACH_M)
            left_alone = tuple(sorted(set(engine.lights()) - {post.signal.junction.id for post in posts}))
            halting, collisions = _drive(where.end_s, posts, convoy, neighbours)
        finally:
            engine.close()
        violations = sum((post.inspector.violations for post in posts), Counter[str]())
        told = score(trips, where.end_s)
    return Outcome(told, halting, collisions, dict(violations), dict(convoy.fates()), dict(convoy.lost_s), left_alone)


def _signals(where: Scenario, control: str) -> tuple[Signal, ...]:
    """Those of the network; with offsets where the local plans are to give a green wave."""
    found = signals(where.net, REACH_M, engine.plan)
    return coordinated(where.net, found) if control == "coordinated" else found


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
    end_s: float, posts: Sequence[_Post], convoy: Convoy, neighbours: Corridor
) -> tuple[tuple[tuple[float, int], ...], int]:
    """(time, vehicles standing) every 10 s, and collisions."""
    halting: list[tuple[float, int]] = []
    collisions = 0
    edges = engine.edges()
    while (now_s := engine.time_s()) < end_s:
        convoy.step(now_s)
        neighbours.step(now_s)
        for post in posts:
            post.step(now_s, neighbours)
        collisions += engine.advance()
        if int(now_s) % _SAMPLE_S == 0:
            halting.append((now_s, engine.halting(edges)))
    return tuple(halting), collisions


class _Post:
    """One signal with its cameras, its stages and its inspector."""

    def __init__(self, signal: Signal, trial: Trial, seed: int) -> None:
        self.signal = signal
        chosen = CONTROLS[trial.control](signal.junction)
        self.window = windowed(signal, chosen) if trial.rescue.priority else None
        self._cameras = Cameras(signal, trial.error, random.Random(f"{seed}{signal.junction.id}"))
        self._machine = _machine(signal, chosen, own=trial.control in LOCAL)
        if self.window is not None:
            self._machine = replace(self._machine, junction=self.window.junction, control=self.window)
        self.inspector = Inspector(signal.foes, self._machine.floor_s)
        self._lamps = signal.junction.stages[self._machine.stage]

    def step(self, now_s: float, neighbours: Corridor) -> None:
        """Look, decide, show the lamps."""
        view = replace(self._cameras.look(now_s, self._lamps), coming=neighbours.coming(self.signal, now_s))
        self._lamps = self._machine.step(view)
        engine.show(self.signal.junction.id, self.signal.state(self._lamps))
        self.inspector.look(now_s, self._lamps)


def _machine(signal: Signal, control: Control, *, own: bool) -> StageMachine:
    """The local plan keeps its `own` greens and goes on where it is, so that its offset to its neighbours stays.

    The others keep the minimum green and wait for who is stranded.
    """
    junction = signal.junction
    if not own:
        return StageMachine(junction, control, floor_s=MINIMUM_GREEN_S)
    stage, green_s = signal.begun
    machine = StageMachine(junction, control, floor_s=min(MINIMUM_GREEN_S, *junction.greens), extends=False)
    machine.resume(stage, engine.time_s() - green_s)
    return machine
