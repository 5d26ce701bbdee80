"""The main job through all its real parts: a clip, the unit, Mosquitto, the collector, the store; and all of them fail.

The unit is killed twice while the broker is away, the collector once in the middle of what follows. What the camera saw
is then in the store, every interval once.
"""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from collector.store.reading import Span
from collector.store.sqlite import SqliteStore
from tests.support.collecting import Collecting, wait_until
from tests.support.data import FOOTAGE
from tests.support.edge_process import EdgeProcess, camera, unit_toml
from tests.support.mosquitto import Mosquitto

TOLL = FOOTAGE / "toll_noon.mp4"
TOLD = "edge.runtime.desk: "
"""Begins the log line of each interval."""


def collector_toml(folder: Path, port: int) -> Path:
    path = folder / "collector.toml"
    path.write_text(
        f'site = "bandung.toml"\n[broker]\nport = {port}\nclient_id = "centre"\n'
        '[batches]\nmessages = 5\nseconds = 0.05\n[store]\nkind = "sqlite"\npath = "centre.sqlite"\n'
    )
    return path


def test_what_the_camera_saw_is_in_the_store_once(tmp_path: Path) -> None:
    begun = datetime.now(UTC) - timedelta(minutes=1)
    day = Span(begun, begun + timedelta(hours=1))
    with Mosquitto(tmp_path / "broker") as broker, closing(SqliteStore(tmp_path / "centre.sqlite")) as store:
        centre = Collecting(collector_toml(tmp_path, broker.port))
        centre.start()
        (tmp_path / "unit.toml").write_text(unit_toml(broker.port, camera("dago-1", TOLL)))
        with EdgeProcess(tmp_path) as unit:
            wait_until(lambda: len(store.quality(day)) >= 2, "the first intervals")
            broker.stop()
            unit.wait_for_log("the connection broke off")
            unit.wait_for_log(TOLD, 5)
            unit.kill()
        with EdgeProcess(tmp_path) as unit:
            unit.wait_for_log(TOLD, 3)
            unit.kill()
        with EdgeProcess(tmp_path) as unit:
            unit.wait_for_log(TOLD, 3)
            broker.start()
            unit.wait_for_log("connected")
            centre.kill()
            centre.start()
            assert unit.stop() == 0, unit.log
        wait_until(lambda: not store.units()[0].online, "the unit's goodbye")
        centre.stop()
        intervals = Counter((row.camera, row.time) for row in store.quality(day))
        assert set(intervals.values()) == {1}, "every interval once"
        assert len(intervals) >= 9
        assert store.units()[0].missing == 0, "no number of the unit's outbox is a hole"
        assert sum(one.count for one in store.volumes(day, 3600)) > 0
