"""A junction of a SUMO network under a virtual controller, with what its cameras would see.

The controller decides what is lit; SUMO drives. One stage of the junction's SUMO program becomes one phase, in a single
ring, with the project's yellow and all-red between. The street tells the controller's detectors who stands near a stop
line, and the cameras who crossed it and how far back the queue reaches, no further than they see.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from signal_bridge.drivers.bits import mask, phases
from twin.controllers.controller import PhaseController
from twin.controllers.monitor import Indications
from twin.controllers.plan import ControllerPlan, Pattern, Phase, Preemption

SIGHT_M = 80.0
"""How far a camera sees queueing vehicles."""
DETECTOR_M = 30.0
STANDS_MS = 5 / 3.6
"""Slower than 5 km/h is queueing."""


@dataclass(frozen=True, slots=True)
class Lamps:
    """Phase -> SUMO's letters, one a link, while it is green."""

    green: Mapping[int, str]

    def state(self, shown: Indications) -> str:
        """SUMO's letters for what is lit."""
        size = len(next(iter(self.green.values())))
        letters = ["r"] * size
        for number in sorted(phases(shown.greens | shown.yellows)):
            is_yellow = shown.yellows >> (number - 1) & 1
            for link, letter in enumerate(self.green[number]):
                if letter in "Gg":
                    letters[link] = "y" if is_yellow else letter
        return "".join(letters)


def junction_of(program: Iterable[tuple[str, float]], *, minimum_green_s: float = 10) -> tuple[ControllerPlan, Lamps]:
    """A plan and its lamps from a SUMO program: pairs of state and seconds.

    Stages are the states with green and without yellow. Raises `ValueError` when there are fewer than two.
    """
    stages = [(state, seconds) for state, seconds in program if set(state) & set("Gg") and not set(state) & set("yYu")]
    if not 2 <= len(stages) <= 16:
        raise ValueError(f"a program of {len(stages)} stages: a controller has 2 to 16")
    timing = Phase(minimum_green_s=minimum_green_s)
    clearance_s = timing.yellow_s + timing.all_red_s
    splits = {
        number: max(seconds, minimum_green_s) + clearance_s for number, (_, seconds) in enumerate(stages, start=1)
    }
    plan = ControllerPlan(
        groups=tuple(((number,),) for number in splits),
        phases=dict.fromkeys(splits, timing),
        patterns={1: Pattern(cycle_s=sum(splits.values()), splits=splits)},
        local_pattern=1,
        preempts={number: Preemption(dwell=frozenset({number})) for number in splits},
    )
    return plan, Lamps({number: state for number, (state, _) in enumerate(stages, start=1)})


@dataclass(frozen=True, slots=True)
class Seen:
    """One lane with a stop line, as its camera saw it in the last step."""

    crossed: int
    queue_m: float


class Street:
    """SUMO with one of its signals taken over. libsumo runs one simulation in a process: use it as a context."""

    def __init__(self, network: Path, routes: Path, signal: str, *, seed: int = 1, step_s: float = 1.0) -> None:
        self._sumo = importlib.import_module("libsumo")
        options = {"-n": network, "-r": routes, "--seed": seed, "--step-length": step_s, "--no-step-log": "true"}
        self._sumo.start(["sumo", *(str(word) for pair in options.items() for word in pair), "--no-warnings", "true"])
        self._signal = signal
        self._step_s = step_s
        logic = self._sumo.trafficlight.getAllProgramLogics(signal)[0]
        self.plan, self._lamps = junction_of([(phase.state, phase.duration) for phase in logic.phases])
        self.lanes = tuple(dict.fromkeys(self._sumo.trafficlight.getControlledLanes(signal)))
        self._links = [links[0][0] for links in self._sumo.trafficlight.getControlledLinks(signal)]
        self._on_lane: dict[str, frozenset[str]] = dict.fromkeys(self.lanes, frozenset())
        self.seen: dict[str, Seen] = {}
        self.now = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._sumo.close()

    def step(self, unit: PhaseController) -> None:
        """Show what `unit` shows, let the traffic go one step, and tell detectors and cameras."""
        self._sumo.trafficlight.setRedYellowGreenState(self._signal, self._lamps.state(unit.shown))
        self._sumo.simulationStep()
        self.now += self._step_s
        self.seen = {lane: self._look(lane) for lane in self.lanes}
        unit.detect(mask(number for number in self._lamps.green if any(map(self._is_near, self.lanes_of(number)))))

    def lanes_of(self, phase: int) -> tuple[str, ...]:
        """Lanes that go in a phase."""
        letters = self._lamps.green[phase]
        return tuple(dict.fromkeys(lane for lane, letter in zip(self._links, letters, strict=True) if letter in "Gg"))

    def loaded_and_arrived(self) -> tuple[int, int]:
        """Vehicles that set out, and those that have come through, in the last step."""
        return self._sumo.simulation.getDepartedNumber(), self._sumo.simulation.getArrivedNumber()

    def _look(self, lane: str) -> Seen:
        vehicles = self._sumo.lane.getLastStepVehicleIDs(lane)
        gone = self._on_lane[lane] - set(vehicles)
        self._on_lane[lane] = frozenset(vehicles)
        ends = [
            self._behind_m(lane, vehicle) + self._sumo.vehicle.getLength(vehicle)
            for vehicle in vehicles
            if self._sumo.vehicle.getSpeed(vehicle) < STANDS_MS and self._behind_m(lane, vehicle) < SIGHT_M
        ]
        return Seen(len(gone), min(max(ends, default=0.0), SIGHT_M))

    def _is_near(self, lane: str) -> bool:
        return any(self._behind_m(lane, vehicle) < DETECTOR_M for vehicle in self._on_lane[lane])

    def _behind_m(self, lane: str, vehicle: str) -> float:
        return float(self._sumo.lane.getLength(lane) - self._sumo.vehicle.getLanePosition(vehicle))
