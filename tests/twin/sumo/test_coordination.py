"""Corridors are found in a network, and their local plans get offsets that are worth something."""

from __future__ import annotations

from pathlib import Path
from statistics import fmean

import pytest

from bench.signal_corridor import build
from signal_bridge.control.plain import cycle_s, starts_s
from signal_bridge.timing import bands
from tests.support.sumo_cross import build as build_cross
from twin.sumo import engine
from twin.sumo.cli import run_all
from twin.sumo.coordination import coordinated, corridors
from twin.sumo.network import Signal, signals
from twin.sumo.run import Trial, scenario

CROSSINGS = 4


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("street"), CROSSINGS, 1, seconds=700)


def read(net: Path) -> tuple[Signal, ...]:
    engine.start(["sumo", "--net-file", str(net), "--no-step-log", "--no-warnings"])
    try:
        return signals(net, 100.0, engine.plan)
    finally:
        engine.close()


def test_a_street_is_one_corridor_with_one_cycle_and_a_band_both_ways(street: Path) -> None:
    net = street / "street.net.xml"
    found = read(net)
    (corridor,) = corridors(net, {one.junction.id: one.junction for one in found})
    names = [name for name, _ in corridor.stops]
    assert sorted(names) == [f"c{number}" for number in range(CROSSINGS)]
    assert names in (sorted(names), sorted(names, reverse=True))
    plans = {one.junction.id: one.junction for one in coordinated(net, found)}
    (common_s,) = {round(cycle_s(plan), 6) for plan in plans.values()}
    begins, greens = [], []
    for name, stage in corridor.stops:
        offset_s = plans[name].offset_s
        assert offset_s is not None
        assert 0 <= offset_s < common_s
        begins.append(offset_s + starts_s(plans[name])[stage])
        greens.append(plans[name].greens[stage])
    for offsets, lengths, travel in (
        (begins, greens, corridor.forth_s),
        (begins[::-1], greens[::-1], corridor.back_s[::-1]),
    ):
        assert bands(common_s, lengths, offsets, travel) > 5


def test_a_crossing_by_itself_keeps_no_clock(tmp_path: Path) -> None:
    net = build_cross(tmp_path) / "cross.net.xml"
    found = read(net)
    assert coordinated(net, found) == found


def delay_s(folder: Path, control: str, seed: int = 1) -> float:
    (outcome,) = run_all(scenario(folder), Trial(control), [seed], 1)
    assert outcome.violations == {}
    return outcome.score.delay_s


def test_offsets_save_time_and_adaptive_control_more(street: Path) -> None:
    found = {control: delay_s(street, control) for control in ("fixed", "coordinated", "adaptive")}
    assert found["adaptive"] < found["coordinated"] < found["fixed"]


@pytest.mark.full
@pytest.mark.parametrize("crossings", [6, 8])
def test_adaptive_control_is_no_worse_than_a_green_wave_or_actuation(crossings: int, tmp_path: Path) -> None:
    """Mean of three streets, driven in two directions."""
    means = {}
    for control in ("coordinated", "actuated", "adaptive"):
        folders = [build(tmp_path / f"{control}{seed}", crossings, seed) for seed in (1, 2, 3)]
        means[control] = fmean(delay_s(folder, control, seed) for seed, folder in enumerate(folders, 1))
    assert means["adaptive"] <= min(means["coordinated"], means["actuated"])
