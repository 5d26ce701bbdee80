"""Golden counts of real clips: what `make bench-counting` prints may improve, not get worse unnoticed."""

from __future__ import annotations

import pytest

from bench.clips import clips
from bench.counting import count
from edge.detection import open_detector
from models.registry import registry, resolve
from tests.support.data import DATA

MODEL = "yolox-nano-640x384"

GOLDEN = [
    # clip                          off at most, of as many
    ("top_view.mp4", 0, 4),
    pytest.param("boulevard_motorcycles.mp4", 1, 10, marks=pytest.mark.full),
    pytest.param("street_cars.mp4", 1, 8, marks=pytest.mark.full),
    pytest.param("stop_line_queue.mp4", 1, 7, marks=pytest.mark.full),
    pytest.param("toll_noon.mp4", 3, 123, marks=pytest.mark.full),
]
"""dual_carriageway is held, class by class, by tests/edge/replay."""


@pytest.mark.parametrize(("clip", "most", "hand"), GOLDEN)
def test_counts_of_real_clips(clip: str, most: int, hand: int) -> None:
    detector = open_detector(resolve(str(DATA / "models" / registry()[MODEL].file)))
    counted = count(clip, clips()[clip], detector, with_rivals=False)
    assert counted.hand.total() == hand
    assert counted.off("Simpang")[0] <= most
    assert not counted.seen, "the borrowed model was trained on none of these"
