"""Controls in a real SUMO: a crossing of our own making, and the shared scenarios whole under `full`."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import fmean

import pytest
from typer.testing import CliRunner

from signal_bridge.control import CONTROLS
from tests.support.data import DATA
from tests.support.sumo_cross import build
from twin.sumo.cli import app, run_all
from twin.sumo.run import Outcome, Trial, scenario


@pytest.fixture(scope="module")
def cross(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("cross"))


@pytest.fixture(scope="module")
def outcomes(cross: Path) -> dict[str, Outcome]:
    """One run under each control."""
    return {name: next(iter(run_all(scenario(cross), Trial(name), [1], 1))) for name in CONTROLS}


@pytest.mark.parametrize("name", CONTROLS)
def test_every_control_drives_everybody_safely(outcomes: dict[str, Outcome], name: str) -> None:
    outcome = outcomes[name]
    assert outcome.violations == {}
    assert outcome.collisions == 0
    assert outcome.score.loaded == outcome.score.inserted > 100
    assert outcome.score.arrived == outcome.score.loaded


def test_adaptive_beats_the_local_plan(outcomes: dict[str, Outcome]) -> None:
    assert outcomes["adaptive"].score.delay_s < outcomes["fixed"].score.delay_s


def test_a_run_repeats(cross: Path, outcomes: dict[str, Outcome]) -> None:
    again = next(iter(run_all(scenario(cross), Trial("adaptive"), [1], 1)))
    assert again == outcomes["adaptive"]


def test_the_command_writes_summary_and_plot(cross: Path, tmp_path: Path) -> None:
    options = ["--scenario", str(cross), "--control", "actuated", "--seeds", "2", "--error", "0.1"]
    told = CliRunner().invoke(app, ["simulate", *options, "--out", str(tmp_path / "out")])
    assert told.exit_code == 0, told.output
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["envelope_violations"] == 0
    assert summary["mean_delay_s"] == pytest.approx(fmean(run["delay_s"] for run in summary["runs"]), abs=0.01)
    assert [run["seed"] for run in summary["runs"]] == [1, 2]
    assert (tmp_path / "out" / "halting.png").stat().st_size > 1000


@pytest.mark.parametrize(
    ("files", "fault"),
    [
        ({}, "expected one .sumocfg, found 0"),
        ({"a.sumocfg": "<configuration/>", "b.sumocfg": "<configuration/>"}, "expected one .sumocfg, found 2"),
        ({"a.sumocfg": '<configuration><net-file value="no.net.xml"/></configuration>'}, "no net-file that exists"),
        ({"a.sumocfg": "<configuration>"}, "not readable as XML"),
        (
            {"a.sumocfg": '<configuration><net-file value="a.net.xml"/></configuration>', "a.net.xml": "<net/>"},
            "has no <end>",
        ),
        (
            {"a.sumocfg": '<configuration><n v="a.net.xml"/><e v="soon"/></configuration>', "a.net.xml": "<net/>"},
            "<end> is 'soon'",
        ),
    ],
)
def test_a_scenario_that_cannot_run_is_refused(tmp_path: Path, files: dict[str, str], fault: str) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    told = CliRunner().invoke(
        app, ["simulate", "--scenario", str(tmp_path), "--control", "fixed", "--out", str(tmp_path / "out")]
    )
    assert told.exit_code == 2
    assert fault in " ".join(told.stderr.split())


@pytest.mark.full
@pytest.mark.parametrize(("name", "bound_s"), [("cologne1", 24.7), ("cologne3", 35.8), ("ingolstadt1", 17.3)], ids=str)
def test_adaptive_on_the_shared_scenarios(name: str, bound_s: float) -> None:
    """Below what a quick max-pressure with the same clearance reaches, and below fixed and actuated."""
    where = scenario(DATA / "sumo" / name)
    delay_s = {
        control: fmean(one.score.delay_s for one in run_all(where, Trial(control), [1, 2, 3], 2))
        for control in ("fixed", "actuated", "adaptive")
    }
    assert delay_s["adaptive"] < min(bound_s, delay_s["fixed"], delay_s["actuated"])
