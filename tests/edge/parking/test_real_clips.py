"""Parking on real footage, from detector to journal: parked cars are cases, a standing queue is none."""

from __future__ import annotations

import pytest

from bench.clips import FOOTAGE
from contract import parse_zones
from edge.detection import open_detector
from edge.journal import Journal
from edge.pipeline import Pipeline
from edge.sources import VideoFile
from models.registry import registry, resolve
from tests.support.data import DATA

MODEL = DATA / "models" / registry()["yolox-nano-640x384"].file


def cases(clip: str, every: int) -> tuple[dict[str, dict[str, int]], int]:
    """Confirmed cases by zone, and all events of the journal, from one picture in `every`."""
    zones = parse_zones((FOOTAGE / f"{clip}.toml").read_text(), clip)
    source = VideoFile(FOOTAGE / f"{clip}.mp4")
    pipeline = Pipeline(open_detector(resolve(str(MODEL))), zones)
    journal = Journal(zones, source.began)
    for frame in source.frames():
        if frame.index % every == 0:
            tracks, _ = pipeline.step(frame)
            journal.step(frame, tracks, pipeline.condition)
    source.close()
    journal.finish()
    return journal.cases(), len(journal.lines())


def test_a_row_of_parked_cars() -> None:
    """Six stand there before the start; the third leaves within the grace period: five cases or six, each once."""
    found, events = cases("car_park", every=3)
    assert found["front_row"]["cases"] in {5, 6}
    assert events >= found["front_row"]["cases"]


@pytest.mark.full
def test_a_queue_in_the_rain_is_no_parking() -> None:
    found, _ = cases("toll_rain_queue", every=1)
    assert found == {"right_lanes": {"cases": 0}}
