"""A point that is read while its fields are still being written makes no row, and no error."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from collector.store.reading import Span
from collector.store.schema import APPROACH, QUALITY, Measurement, Point, Value
from collector.store.sqlite import SqliteStore
from tests.support.traffic import DAWN

DAY = Span(DAWN, DAWN + timedelta(days=1))
WHOLE: dict[str, Value] = {
    "grade": "good",
    "fps": 5.0,
    "light": "day",
    "condition": "ok",
    "interval_s": 60.0,
    "pcu": 3.0,
}


def point(measurement: Measurement, *, without: str = "") -> Point:
    tags = ("bandung", "edge-1", "dago-1", "utara")[: len(measurement.tags)]
    values = tuple(None if field.name == without else WHOLE.get(field.name) for field in measurement.fields)
    return Point(measurement, int((DAWN + timedelta(minutes=1)).timestamp() * 1e6), tags, values)


@pytest.mark.parametrize(
    ("without", "rows"),
    [("", 1), ("occlusion", 1), ("grade", 0), ("light", 0), ("condition", 0), ("fps", 0), ("interval_s", 0)],
)
def test_a_half_quality_is_left_out(tmp_path: Path, without: str, rows: int) -> None:
    with closing(SqliteStore(tmp_path / "s.sqlite")) as store:
        store.series.put([point(QUALITY, without=without)])
        assert len(store.quality(DAY)) == rows


@pytest.mark.parametrize(("without", "rows"), [("", 1), ("queue_m", 1), ("pcu", 0), ("interval_s", 0)])
def test_a_half_approach_is_left_out(tmp_path: Path, without: str, rows: int) -> None:
    with closing(SqliteStore(tmp_path / "s.sqlite")) as store:
        store.series.put([point(APPROACH, without=without)])
        assert len(store.approaches(DAY)) == rows
