"""Networks as others write them: whatever SUMO can run is driven, and what cannot be controlled is left to its plan."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from typer.testing import CliRunner

from twin.sumo import engine
from twin.sumo.camera import Cameras
from twin.sumo.cli import app, run_all
from twin.sumo.corridor import corridor
from twin.sumo.network import signals
from twin.sumo.run import Outcome, Trial, scenario

END_S = 200
_FLOWS = {("left0A0", "B0right0"): 600, ("right0B0", "A0left0"): 500, ("top0A0", "A0bottom0"): 300}
_FLOWS |= {("bottom1B0", "B0top1"): 300, ("top1B0", "A0left0"): 100, ("bottom0A0", "B0right0"): 100}


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Two signals in a row, A0 and B0, with sidewalks and crossings; made by netgenerate."""
    file = tmp_path_factory.mktemp("network") / "net.net.xml"
    grid = "--grid --grid.x-number=2 --grid.y-number=1 --grid.x-length=150 --grid.attach-length=150"
    more = "--default-junction-type=traffic_light --sidewalks.guess --crossings.guess --default.lanenumber=2"
    netgenerate = Path(sys.executable).parent / "netgenerate"
    subprocess.run([netgenerate, *grid.split(), *more.split(), "-o", file], check=True, capture_output=True)
    return file.read_text()


def write(folder: Path, net: str, *, more: str = "", begin: str = "0") -> Path:
    """A scenario folder around a network."""
    flows = "".join(
        f'<flow id="{a}{b}" begin="0" end="{END_S}" vehsPerHour="{rate}" from="{a}" to="{b}" departLane="best"/>'
        for (a, b), rate in _FLOWS.items()
    )
    (folder / "net.net.xml").write_text(net)
    (folder / "rou.xml").write_text(f"<routes>{flows}</routes>")
    (folder / "one.sumocfg").write_text(
        '<configuration><input><net-file value="net.net.xml"/><route-files value="rou.xml"/>'
        f'{more}</input><time><begin value="{begin}"/><end value="0:03:20"/></time></configuration>'
    )
    return folder


def drive(folder: Path, control: str = "adaptive") -> Outcome:
    return next(iter(run_all(scenario(folder), Trial(control), [1], 1)))


def plan_of(net: str, signal: str) -> str:
    """The signal's program, as it stands in the file."""
    found = re.search(rf'<tlLogic id="{signal}".*?</tlLogic>', net, re.DOTALL)
    assert found is not None
    return found[0]


def one_phase(lamp: str) -> Callable[[str], str]:
    """A's plan shows the same for ever."""

    def edit(net: str) -> str:
        plan = plan_of(net, "A0")
        count = len(re.findall(r'state="(\w+)"', plan)[0])
        phase = f'<phase duration="90" state="{lamp * count}"/>'
        return net.replace(plan, f'<tlLogic id="A0" type="static" programID="0" offset="0">{phase}</tlLogic>')

    return edit


def second_program(net: str) -> str:
    plan = plan_of(net, "A0")
    return net.replace(plan, plan + plan.replace('programID="0"', 'programID="night"'))


VARIANTS: list[tuple[str, Callable[[str], str], tuple[str, ...]]] = [
    # what, how the network is changed, signals that are left alone
    ("as made", lambda net: net, ()),
    ("blinks", one_phase("o"), ("A0",)),
    ("one stage for ever", one_phase("g"), ("A0",)),
    ("two programs", second_program, ()),
    ("actuated", lambda net: net.replace('type="static"', 'type="actuated"'), ()),
    ("states longer than the links", lambda net: re.sub(r'( duration="\d+" +state="\w+)"', r'\1rr"', net), ()),
]


@pytest.mark.parametrize(("edit", "alone"), [row[1:] for row in VARIANTS], ids=[row[0] for row in VARIANTS])
def test_whatever_runs_in_sumo_is_driven(
    network: str, edit: Callable[[str], str], alone: tuple[str, ...], tmp_path: Path
) -> None:
    outcome = drive(write(tmp_path, edit(network)))
    assert outcome.violations == {}
    assert outcome.left_alone == alone
    assert outcome.score.arrived > 40


def test_a_plan_from_an_additional_file_is_the_local_plan(network: str, tmp_path: Path) -> None:
    """What SUMO loads last runs: here a plan with 90 s of green for all stages instead of the network's own."""
    longer = re.sub(r'duration="\d+"( state="[^y]+")', r'duration="90"\1', plan_of(network, "A0"))
    longer = longer.replace('programID="0"', 'programID="x"')
    (tmp_path / "more.xml").write_text(f"<additional>{longer}</additional>")
    changed = drive(write(tmp_path, network, more='<additional-files value="more.xml"/>', begin="0:00:10.5"), "fixed")
    own = drive(write(tmp_path, network), "fixed")
    assert changed.violations == own.violations == {}
    assert changed.score.delay_s > own.score.delay_s


def test_what_sumo_refuses_is_told(network: str, tmp_path: Path) -> None:
    folder = write(tmp_path, network)
    (folder / "rou.xml").write_text('<routes><vehicle id="v" depart="1"><route edges="nowhere"/></vehicle></routes>')
    options = ["--scenario", str(folder), "--control", "adaptive", "--seeds", "1", "--out", str(tmp_path / "out")]
    told = CliRunner().invoke(app, ["simulate", *options])
    assert told.exit_code == 2
    assert "SUMO cannot load the scenario: The edge 'nowhere'" in " ".join(told.stderr.split())


def test_neighbours_foretell_who_comes(network: str, tmp_path: Path) -> None:
    """Of 150 m between two signals cameras see 50: who left A0 for B0 is told of before B0 sees him, in each lane."""
    folder = write(tmp_path, network)
    engine.start(["sumo", "--net-file", str(folder / "net.net.xml"), "--no-step-log", "--no-warnings"])
    try:
        here = {one.junction.id: one for one in signals(folder / "net.net.xml", 50.0, engine.plan)}
        roads = corridor(folder / "net.net.xml", list(here.values()), 50.0)
        roads.step(0.0)
        engine.new_type("car", "passenger", 5.0)
        engine.send("one", "car", ("A0B0", "B0right0"))
        engine.advance()
        roads.step(1.0)
        told = {lane: coming for lane, coming in roads.coming(here["B0"], 2.0).items() if lane.startswith("A0B0_")}
        for coming in told.values():
            assert 5 < coming.arrivals[0][0] < coming.covers_s < 15
        assert sum(coming.arrivals[0][1] for coming in told.values()) == pytest.approx(1.0)
        assert roads.coming(here["B0"], 30.0)["A0B0_1"].arrivals == ()
    finally:
        engine.close()


def test_cameras_see_who_waits_to_cross(network: str, tmp_path: Path) -> None:
    folder = write(tmp_path, network)
    walk = '<person id="walker" depart="0"><walk from="top0A0" to="A0bottom0"/></person>'
    (folder / "rou.xml").write_text(f"<routes>{walk}</routes>")
    engine.start(["sumo", "--configuration-file", str(folder / "one.sumocfg"), "--no-step-log", "--no-warnings"])
    try:
        here = next(one for one in signals(folder / "net.net.xml", 50.0, engine.plan) if one.junction.id == "A0")
        cameras = Cameras(here, 0.0, Random(1))
        red = "r" * len(here.junction.streams)
        engine.show("A0", here.state(red))
        seen = set()
        for second in range(180):
            engine.advance()
            engine.show("A0", here.state(red))
            seen |= {lane for lane, there in cameras.look(float(second), red).lanes.items() if there}
        assert seen
        assert all(lane.startswith(":A0_w") for lane in seen)
    finally:
        engine.close()
