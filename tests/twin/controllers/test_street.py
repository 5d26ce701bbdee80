"""A SUMO junction under the virtual controller, commanded by the bridge over a serial line: the loop closed."""

from __future__ import annotations

import importlib
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from signal_bridge.drivers.bits import mask
from signal_bridge.drivers.ntcip import NtcipController, NtcipSettings
from signal_bridge.drivers.pmpp_line import PmppLine, PmppLineSettings
from signal_bridge.envelope import Ask, Clock, Limits, PhaseLimits
from signal_bridge.guard import Guard
from tests.support.pty_pair import pty_pair
from tests.support.virtual import served, wait_until
from twin.controllers.controller import PhaseController
from twin.controllers.monitor import Indications
from twin.controllers.serving import NtcipStation
from twin.controllers.street import Street, junction_of

NODES = """<nodes>
  <node id="c" x="0" y="0" type="traffic_light"/>
  <node id="n" x="0" y="200"/><node id="s" x="0" y="-200"/><node id="e" x="200" y="0"/><node id="w" x="-200" y="0"/>
</nodes>"""
EDGES = "<edges>{}</edges>".format(
    "".join(f'<edge id="{a}{b}" from="{a}" to="{b}"/>' for arm in "nsew" for a, b in [(arm, "c"), ("c", arm)])
)
ROUTES = """<routes>
  <flow id="ns" from="nc" to="cs" begin="0" end="400" vehsPerHour="700"/>
  <flow id="we" from="wc" to="ce" begin="0" end="400" vehsPerHour="200"/>
</routes>"""


@pytest.fixture(name="files", scope="module")
def fixture_files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A crossing of two roads: network and routes."""
    folder = tmp_path_factory.mktemp("sumo")
    for name, text in [("n.nod.xml", NODES), ("e.edg.xml", EDGES), ("r.rou.xml", ROUTES)]:
        (folder / name).write_text(text, encoding="utf-8")
    netconvert = Path(importlib.import_module("sumo").SUMO_HOME) / "bin" / "netconvert"
    command = [str(netconvert), "-n", "n.nod.xml", "-e", "e.edg.xml", "-o", "net.xml"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder / "net.xml", folder / "r.rou.xml"


def test_a_program_becomes_a_plan_and_lamps() -> None:
    plan, lamps = junction_of([("GGrr", 30), ("yyrr", 3), ("rrGg", 5), ("rryy", 3)])
    assert plan.patterns[1].splits == {1: 35, 2: 15}
    shown = [Indications(0b01, 0), Indications(0, 0b01), Indications(0, 0), Indications(0b10, 0), Indications(0, 0b10)]
    assert [lamps.state(one) for one in shown] == ["GGrr", "yyrr", "rrrr", "rrGg", "rryy"]
    with pytest.raises(ValueError, match="1 stages"):
        junction_of([("GG", 30), ("yy", 3)])


def test_traffic_obeys_the_virtual_controller_and_cameras_count_it(files: tuple[Path, Path]) -> None:
    with Street(*files, "c") as street:
        unit = PhaseController(street.plan)
        departed = arrived = crossed = 0
        longest_m = 0.0
        while street.now < 600:
            unit.advance(street.now)
            street.step(unit)
            out, through = street.loaded_and_arrived()
            departed, arrived = departed + out, arrived + through
            crossed += sum(seen.crossed for seen in street.seen.values())
            longest_m = max(longest_m, *(seen.queue_m for seen in street.seen.values()))
            if not unit.shown.greens and not unit.shown.yellows and street.now > 10:
                assert all(seen.crossed <= 1 for seen in street.seen.values()), "nobody drives off at red"
    assert unit.monitor.tripped is None
    assert departed == arrived == crossed > 90, "whoever set out was counted once and came through"
    assert 20 < longest_m <= 80


def test_the_bridge_lengthens_a_green_in_the_street_over_its_serial_line(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    """Twenty times as fast as the street: SUMO, virtual controller, PMPP on a pty, driver, envelope."""
    begun = time.monotonic()

    def fast() -> float:
        return (time.monotonic() - begun) * 20

    with Street(*files, "c") as street, pty_pair(tmp_path) as pair:
        unit = PhaseController(street.plan)
        busy = next(phase for phase in unit.plan.phases if any("nc" in lane for lane in street.lanes_of(phase)))
        longer_s = unit.plan.patterns[1].splits[busy] - 5 + 10
        greens: list[tuple[float, bool]] = []

        def drive() -> None:
            while street.now < unit.now:
                street.step(unit)
                greens.append((street.now, bool(unit.shown.greens & mask({busy}))))

        with served(unit, NtcipStation(unit, 1), pair.controller, clock=fast, on_tick=drive):
            guard = guarded(unit, pair.bridge, fast)

            def lengthened() -> bool:
                guard.tick()
                if guard.state.lease is None:
                    guard.ask(Ask("r1", "operator", "extend", fast() + 240, frozenset({busy}), seconds=70.0))
                return max(lengths(greens), default=0.0) > longer_s

            wait_until(lengthened, "a green in the street that is longer than its plan")
            guard.give_up()
            wait_until(lambda: not guard.tick() and not guard.state.controls, "the hold is lifted")
            assert unit.remote.hold == 0
            guard.controller.close()
    assert unit.monitor.tripped is None


def guarded(unit: PhaseController, port: Path, clock: Callable[[], float]) -> Guard:
    """The bridge's end: driver and envelope, by the same fast clock."""
    line = PmppLine(PmppLineSettings(port=str(port), baud=115200))
    driver = NtcipController(line, NtcipSettings(phases=frozenset(unit.plan.phases)), clock=clock)
    limits = Limits(
        phases=tuple(PhaseLimits(phase=number, max_green_s=120) for number in unit.plan.phases),
        plan_checksum=unit.checksum,
        status_max_age_s=10,
        step_s=2,
        cycle_max_s=240,
    )
    return Guard(driver, limits, lambda: Clock(clock(), 1.8e9 + clock()), armed=True)


def lengths(greens: list[tuple[float, bool]]) -> list[float]:
    """How long each whole green lasted in the street, in seconds."""
    found, began = [], None
    for now, is_green in greens:
        if is_green and began is None:
            began = now
        elif not is_green and began is not None:
            found.append(now - began)
            began = None
    return found
