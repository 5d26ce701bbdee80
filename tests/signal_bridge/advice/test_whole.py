"""Adaptive control whole: observations, broker, adviser, bridge, serial line, virtual controller with its watchdog.

At each place the north is jammed and the east is empty. Where programs may act, the north's green really lengthens; the
adviser or the bridge is killed (kill -9), and the junction is on its plan. Where people decide, the same wish is a
proposal, and nothing happens until it is approved. Most of the time is the signal's own: the scenes play side by side.
"""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contract import ApproachMeasure, CameraObservation, Kind, Observation, Quality, Topic
from contract.signing import public_hex
from signal_bridge.audit import verify
from signal_bridge.key_file import draw_key
from tests.support.bridge import Place, cli
from tests.support.collecting import Reporter
from tests.support.virtual import wait_until

ALONE_S = 8.0
"""Green of each stage by the plan of the virtual controller."""
_ADVICE = """
[junctions.automatic]
hours = ["00:00-24:00"]
max_seconds = 15

[junctions.adaptive]
units = ["edge-dago"]
cameras = ["dago-1"]
stages = [[1], [2]]
lanes = { utara = 1, timur = 1 }
extend_s = 8
pause_s = 10

[adviser]
who = "penasihat"
key = "penasihat-1"
file = "penasihat.pem"
"""


class AdviserProcess:
    """`simpang bridge advise`, in a process that can be killed."""

    def __init__(self, place: Place) -> None:
        self._config, self._log = place.bridge.config, place.folder / "adviser.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Run it."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(cli("advise", "--config", str(self._config)), stdout=log, stderr=log)

    def kill(self) -> None:
        """SIGKILL, if it runs."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


class Camera:
    """The unit at dago: every second it tells of the last ten, until it is told to stop, or to tell less."""

    def __init__(self, place: Place) -> None:
        self._reporter = Reporter(place.broker.host, place.broker.port, "unit")
        self._stop = threading.Event()
        self.grade = "good"
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        with self._reporter as reporter:
            seq = 0
            while not self._stop.wait(1.0):
                seq += 1
                topic = Topic("bandung", "edge-dago", Kind.OBSERVATION)
                reporter.publish([(topic, observation(datetime.now(UTC), seq, self.grade))])

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stop.set()
        self._thread.join()


def observation(end: datetime, seq: int, grade: str) -> Observation:
    approaches = (
        ApproachMeasure(approach="utara", pcu=4, queue_m=110, queue_veh=17),
        ApproachMeasure(approach="timur", pcu=0, queue_m=0, queue_veh=0),
    )
    quality = Quality.model_validate({"grade": grade, "frames": 100, "fps": 10})
    camera = CameraObservation(camera="dago-1", approaches=approaches, quality=quality)
    return Observation(
        boot_id="ad" * 16, time=end, seq=seq, start=end - timedelta(seconds=10), interval_s=10, cameras=(camera,)
    )


class Greens:
    """When each whole green of phase 1 began and how long it lasted, as the controller itself showed it."""

    def __init__(self, place: Place) -> None:
        self._unit = place.unit
        self.seen: list[tuple[float, float]] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        began, seen_red = 0.0, False
        while not self._stop.wait(0.05):
            green = bool(self._unit.shown.greens & 0b1)
            if green and seen_red and not began:
                began = time.monotonic()
            elif not green:
                if began:
                    self.seen.append((began, time.monotonic() - began))
                began, seen_red = 0.0, True

    def next(self) -> None:
        """Wait until a green that begins from now on is over."""
        now = time.monotonic()
        wait_until(lambda: any(began >= now for began, _ in self.seen), "another whole green")

    def __enter__(self) -> Greens:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


@contextmanager
def advised(folder: Path, authority: str) -> Iterator[tuple[Place, AdviserProcess, Camera]]:
    """A place with an armed bridge, a unit that reports and an adviser that is not started yet."""
    folder.mkdir(exist_ok=True)
    key = draw_key(folder / "penasihat.pem")
    register = f'[[keys]]\nid = "penasihat-1"\nwho = "penasihat"\nrole = "automatic"\npublic = "{public_hex(key)}"\n'
    with Place(folder, authority=authority, register=register, more=_ADVICE) as place:
        adviser, camera = AdviserProcess(place), Camera(place)
        place.bridge.start()
        place.bridge.arm()
        place.operator.listener.wait_until(lambda _: any(one.armed for one in place.operator.statuses()), "status")
        camera.start()
        try:
            yield place, adviser, camera
        finally:
            camera.stop()
            adviser.kill()


def wishes(place: Place, outcome: str) -> list[str]:
    """Requests of the adviser that came to this."""
    return [one.request for one in place.operator.replies_to_all() if one.outcome == outcome]


def on_its_plan(place: Place) -> bool:
    remote = place.unit.remote
    return not (remote.hold or remote.omit or remote.force_off or remote.vehicle_call or remote.pattern)


def lengthen_where_programs_may(folder: Path) -> None:
    with advised(folder, "automatic") as (place, adviser, _), Greens(place) as greens:
        adviser.start()
        wait_until(lambda: any(lasted > ALONE_S + 6 for _, lasted in greens.seen), "the jammed approach's is longer")
        assert place.unit.monitor.tripped is None
        log = place.bridge.state / "audit.jsonl"
        assert place.bridge.call("audit", "verify", str(log)).returncode == 0
        text = log.read_text(encoding="utf-8")
        assert "antrean utara 110 m" in text, "it says what was measured"
        assert '"who":"penasihat"' in text


def ask_nothing_on_degraded_data(folder: Path) -> None:
    with holding(folder) as (place, _, camera), Greens(place) as greens:
        camera.grade = "degraded"
        wait_until(lambda: on_its_plan(place), "what was leased is given out")
        asked = len(place.operator.listener.heard("signal/request"))
        greens.next()
        assert on_its_plan(place)
        assert len(place.operator.listener.heard("signal/request")) == asked


def kill_the_adviser(folder: Path) -> None:
    with holding(folder) as (place, adviser, _):
        adviser.kill()
        wait_until(lambda: on_its_plan(place), "the lease runs out")
        assert not place.unit.remote.backup, "the bridge itself lifted it"
        wait_until(lambda: place.unit.shown.greens == 0b10, "the cycle goes on")
        assert on_its_plan(place)
        assert place.unit.monitor.tripped is None


def kill_the_bridge(folder: Path) -> None:
    with holding(folder) as (place, _, __):
        place.bridge.kill()
        wait_until(lambda: on_its_plan(place), "the watchdog lifts the hold")
        assert place.unit.remote.backup, "it was the watchdog"
        wait_until(lambda: place.unit.shown.greens == 0b10, "the cycle goes on")
        assert place.unit.monitor.tripped is None
        assert verify(place.bridge.state / "audit.jsonl").broken is None


@contextmanager
def holding(folder: Path) -> Iterator[tuple[Place, AdviserProcess, Camera]]:
    """The adviser's wish is in force."""
    with advised(folder, "automatic") as (place, adviser, camera):
        adviser.start()
        wait_until(lambda: place.unit.remote.hold == 0b1, "the green of the jammed approach is held")
        yield place, adviser, camera


def propose_where_people_decide(folder: Path) -> None:
    with advised(folder, "advisory") as (place, adviser, _):
        adviser.start()
        wait_until(lambda: bool(wishes(place, "proposed")), "a proposal")
        proposal = wishes(place, "proposed")[0]
        assert on_its_plan(place)
        wait_until(lambda: bool(place.operator.statuses()[-1].proposals), "it is shown")
        (shown,) = place.operator.statuses()[-1].proposals
        assert shown.why.startswith("antrean utara 110 m (")
        assert shown.remaining_s > 30, "time enough to read it"
        place.operator.ask(action="approve", target=proposal)
        done = place.operator.wait_for(proposal, "completed")
        assert done.granted_s is not None
        assert done.granted_s > 5
        assert len(wishes(place, "proposed")) == 1, "one at a time, and a pause behind it"


SCENES: tuple[Callable[[Path], None], ...] = (
    lengthen_where_programs_may,
    ask_nothing_on_degraded_data,
    kill_the_adviser,
    kill_the_bridge,
    propose_where_people_decide,
)


@pytest.fixture(scope="module")
def playing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[None]]]:
    with ThreadPoolExecutor(len(SCENES)) as pool:
        yield {scene.__name__: pool.submit(scene, tmp_path_factory.mktemp("scene")) for scene in SCENES}


@pytest.mark.parametrize("scene", [scene.__name__ for scene in SCENES])
def test_scene(scene: str, playing: dict[str, Future[None]]) -> None:
    playing[scene].result()
