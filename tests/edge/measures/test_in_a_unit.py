"""The measures of an approach in what a unit really sends, from real footage over a real Mosquitto."""

from __future__ import annotations

from pathlib import Path

from contract import ApproachMeasure
from tests.support.data import FOOTAGE
from tests.support.edge_process import EdgeProcess, camera, unit_toml
from tests.support.mosquitto import Mosquitto
from tests.support.mqtt import Heard, Listener
from tests.support.unit import EVERYTHING, observations

ZONES = """
[[lines]]
id = "main"
a = [0.02, 0.60]
b = [0.98, 0.60]
right = "down"
left = "up"
approach = "utara"

[[zones]]
kind = "queue"
id = "antre"
approach = "utara"
polygon = [[0.0, 0.3], [1.0, 0.3], [1.0, 0.95], [0.0, 0.95]]

[calibration]
image = [[0.3, 0.3], [0.7, 0.3], [1.0, 0.95], [0.0, 0.95]]
metres = [[0, 0], [20, 0], [20, 60], [0, 60]]
"""


def approaches(heard: list[Heard]) -> list[ApproachMeasure]:
    return [one for told in observations(heard) for camera in told.cameras for one in camera.approaches]


def test_a_unit_tells_what_moves_on_an_approach(tmp_path: Path) -> None:
    (tmp_path / "zones.toml").write_text(ZONES)
    source = camera("dago-1", FOOTAGE / "toll_noon.mp4", tmp_path / "zones.toml")
    with Mosquitto(tmp_path / "broker") as broker, Listener(broker.host, broker.port, EVERYTHING) as centre:
        (tmp_path / "unit.toml").write_text(unit_toml(broker.port, source))
        with EdgeProcess(tmp_path) as unit:
            heard = centre.wait_until(
                lambda heard: any(one.speed_kmh and one.density_veh_km for one in approaches(heard)), "/observation"
            )
            assert unit.stop() == 0, unit.log
    assert {one.approach for one in approaches(heard)} == {"utara"}
    assert all(one.occupancy is None or 0 <= one.occupancy <= 1 for one in approaches(heard))
