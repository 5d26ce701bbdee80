"""The adviser in traffic: SUMO, virtual controller, bridge with its desk and envelope, and only what cameras tell.

In simulated time, without lines and broker (those are in `test_whole`). The local plan gives both roads the same green;
the traffic does not share it so. The figures are of this crossing and of nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from contract import ApproachMeasure, CameraObservation, Observation, Quality, SignalReply, SignalStatus
from signal_bridge.advice.adviser import Adviser
from signal_bridge.arming import Armory
from signal_bridge.audit import Value
from signal_bridge.envelope import Clock
from signal_bridge.junction import Junction
from signal_bridge.settings import JunctionSettings
from tests.support.advice import SIGNER
from tests.support.sumo_cross import build
from twin.controllers.controller import START_UP_S, PhaseController
from twin.controllers.direct import DirectController
from twin.controllers.street import Street

START = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
INTERVAL_S = 10
LONG_S = 1500
CLEARANCE_S = 5
_FLOWS = {("n", "s"): 700, ("s", "n"): 600, ("e", "w"): 150, ("w", "e"): 100}
_SHARED_OUT = {("n", "s"): 450, ("s", "n"): 400, ("e", "w"): 450, ("w", "e"): 400}
"""Traffic for which the plan's equal greens are right."""


@pytest.fixture(scope="module")
def cross(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = build(tmp_path_factory.mktemp("sumo"))
    for name, rates in (("cross", _FLOWS), ("even", _SHARED_OUT)):
        flows = "".join(
            f'<flow id="{a}{b}" begin="0" end="{LONG_S - 300}" vehsPerHour="{rate}" from="{a}_in" to="{b}_out" '
            f'departLane="best"/>'
            for (a, b), rate in rates.items()
        )
        (folder / f"{name}.rou.xml").write_text(f"<routes>{flows}</routes>", encoding="utf-8")
    return folder


@dataclass
class Ride:
    """One run: vehicle-seconds on the road, vehicles that came through, and what the bridge gave."""

    on_road_s: float = 0.0
    through: int = 0
    completed: list[SignalReply] = field(default_factory=list)
    longest_s: float = 0.0


def ride(cross: Path, folder: Path, *, advised: bool, seen: str = "nesw", routes: str = "cross") -> Ride:
    """The same traffic once more; `seen` are the arms that have a camera."""
    with Street(cross / "cross.net.xml", cross / f"{routes}.rou.xml", "c") as street:
        return _Drive(street, folder, advised=advised, seen=seen).run()


class _Drive:
    """Everything between the street and the adviser, a second at a time."""

    def __init__(self, street: Street, folder: Path, *, advised: bool, seen: str) -> None:
        self._street, self._advised, self._seen = street, advised, seen
        self._unit = PhaseController(street.plan)
        self._arms = {phase: sorted({lane[0] for lane in street.lanes_of(phase)}) for phase in street.plan.phases}
        settings = self._settings()
        assert settings.adaptive is not None
        armory = Armory(folder, "dago")
        armory.arm(settings.limits.digest, "teknisi")
        self._adviser = Adviser(settings, settings.adaptive, SIGNER)
        self._ride, self._crossed, self._green_s = Ride(), dict.fromkeys("nesw", 0), 0.0
        self._junction = Junction(
            settings,
            DirectController(self._unit, lambda: self._clock().mono),
            armory,
            self._record,
            self._hear,
            boot_id="0f" * 16,
            zone=ZoneInfo("Asia/Jakarta"),
            now=self._clock,
        )

    def _settings(self) -> JunctionSettings:
        phases = [
            {"phase": phase, "approaches": arms, "max_green_s": 70, "pedestrians": False}
            for phase, arms in self._arms.items()
        ]
        return JunctionSettings.model_validate(
            {
                "id": "dago",
                "line": "s",
                "controller": {"protocol": "ntcip"},
                "authority": "automatic",
                "automatic": {"actions": ["extend", "cut"]},
                "limits": {"plan_checksum": self._unit.checksum, "conflicts": [[1, 2]], "phases": phases},
                "adaptive": {
                    "units": ["edge-dago"],
                    "cameras": ["dago-1"],
                    "stages": [[phase] for phase in self._arms],
                    "lanes": dict.fromkeys("nesw", 2),
                    "plan_s": [self._street.plan.patterns[1].splits[phase] - CLEARANCE_S for phase in self._arms],
                    "actions": ["extend", "cut"],
                },
            }
        )

    def _clock(self) -> Clock:
        return Clock(self._street.now, START.timestamp() + self._street.now)

    def _now(self) -> datetime:
        return START + timedelta(seconds=self._street.now)

    def run(self) -> Ride:
        """From the first vehicle to the last."""
        on_road = 0
        while self._street.now < LONG_S:
            self._unit.advance(self._street.now + START_UP_S)
            self._street.step(self._unit)
            out, through = self._street.loaded_and_arrived()
            on_road += out - through
            self._ride.on_road_s += on_road
            self._ride.through += through
            self._green_s = self._green_s + 1 if self._unit.shown.greens & 0b1 else 0.0
            self._ride.longest_s = max(self._ride.longest_s, self._green_s)
            self._junction.step()
            self._watch()
        assert self._unit.monitor.tripped is None
        return self._ride

    def _watch(self) -> None:
        for lane, seen in self._street.seen.items():
            self._crossed[lane[0]] += seen.crossed
        if self._street.now % INTERVAL_S == 0:
            self._adviser.hear_observation("edge-dago", self._observation(), self._now())
            self._crossed = dict.fromkeys("nesw", 0)
        asked = self._adviser.tick(self._now()) if self._advised else None
        if asked is not None:
            assert self._junction.put(asked, None)

    def _observation(self) -> Observation:
        """The longest queue of either lane of an arm, and what crossed its line."""
        arms = {arm: [seen.queue_m for lane, seen in self._street.seen.items() if lane[0] == arm] for arm in "nesw"}
        camera = CameraObservation(
            camera="dago-1",
            approaches=tuple(
                ApproachMeasure(approach=arm, pcu=self._crossed[arm], queue_m=max(queues))
                for arm, queues in arms.items()
                if arm in self._seen
            ),
            quality=Quality(grade="good", frames=100, fps=10),
        )
        now = self._now()
        start = now - timedelta(seconds=INTERVAL_S)
        return Observation(
            boot_id="ad" * 16,
            time=now,
            seq=int(self._street.now),
            start=start,
            interval_s=INTERVAL_S,
            cameras=(camera,),
        )

    def _hear(self, message: SignalReply | SignalStatus) -> None:
        if isinstance(message, SignalStatus):
            self._adviser.hear_status(message, self._now())
            return
        self._adviser.hear_reply(message, self._now())
        if message.outcome == "completed":
            self._ride.completed.append(message)

    @staticmethod
    def _record(_kind: str, _data: Mapping[str, Value]) -> str:
        return "0" * 64


def test_whoever_was_shut_out_by_the_plan_comes_through_sooner(cross: Path, tmp_path: Path) -> None:
    alone = ride(cross, tmp_path / "alone", advised=False)
    advised = ride(cross, tmp_path / "advised", advised=True)
    assert alone.through == advised.through > 400, "the same vehicles, all of them"
    assert alone.completed == []
    assert len(advised.completed) > 10
    assert advised.longest_s <= 70, "never beyond the maximum green"
    assert advised.on_road_s < 0.9 * alone.on_road_s


@pytest.mark.parametrize(
    ("routes", "seen", "most"),
    [
        # traffic, arms with a camera, most vehicle-seconds on the road, as a part of the plan's
        ("cross", "ew", 0.92),  # the empty road is seen, and gives its green to the busy one that is not
        ("cross", "nes", 1.01),
        ("even", "nes", 1.01),
        ("even", "ns", 1.01),
    ],
)
def test_with_unseen_arms_it_is_no_worse_than_the_plan(
    cross: Path, tmp_path: Path, routes: str, seen: str, most: float
) -> None:
    """Whatever is not seen keeps what the plan was made for, whether the plan shares out the green rightly or not."""
    alone = ride(cross, tmp_path / "alone", advised=False, routes=routes)
    advised = ride(cross, tmp_path / "advised", advised=True, seen=seen, routes=routes)
    assert alone.through == advised.through > 400
    assert len(advised.completed) > 10
    assert advised.on_road_s <= most * alone.on_road_s
