"""Which cell answers for which road user, and what costs nothing."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.training.loss import Answers, Truth, answers, assign, costs, overlap
from models.training.network import STRIDES, Maps

WIDTH, HEIGHT = 256, 128


def maps(seed: int = 0, batch: int = 1) -> list[Maps]:
    """What an untrained network says of a picture of 256x128."""
    torch.set_num_threads(1)
    random = torch.Generator().manual_seed(seed)

    def noise(depth: int, stride: int) -> torch.Tensor:
        return torch.randn(batch, depth, HEIGHT // stride, WIDTH // stride, generator=random) * 0.3

    return [Maps(noise(4, stride), noise(1, stride), noise(7, stride)) for stride in STRIDES]


def truth(*boxes: tuple[float, float, float, float], ignored: tuple[float, float, float, float] | None = None) -> Truth:
    corners = torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4)
    regions = torch.tensor([ignored] if ignored else [], dtype=torch.float32).reshape(-1, 4)
    return Truth(corners, torch.zeros(len(corners), dtype=torch.long), regions)


def first(given: Answers) -> Answers:
    return Answers(given.boxes[0], given.obj[0], given.cls[0], given.cells)


OVERLAPS = [
    ("the same box", (0, 0, 10, 10), (0, 0, 10, 10), 1.0),
    ("half of it", (0, 0, 10, 10), (0, 0, 10, 5), 0.5),
    ("side by side", (0, 0, 10, 10), (10, 0, 20, 10), 0.0),
    ("turned inside out", (0, 0, 10, 10), (8, 8, 2, 2), 0.0),
]


@pytest.mark.parametrize(("_", "one", "other", "expected"), OVERLAPS)
def test_overlap(_: str, one: tuple[int, int, int, int], other: tuple[int, int, int, int], expected: float) -> None:
    assert float(overlap(torch.tensor(one).float(), torch.tensor(other).float())) == pytest.approx(expected)


def test_cells_lie_where_the_picture_has_them() -> None:
    cells = answers(maps()).cells
    assert len(cells) == sum(WIDTH * HEIGHT // stride**2 for stride in STRIDES)
    assert cells[0].tolist() == [4, 4, 8] and cells[-1].tolist() == [WIDTH - 16, HEIGHT - 16, 32]


box = st.tuples(st.floats(0, 200), st.floats(0, 90), st.floats(6, 56), st.floats(6, 38)).map(
    lambda each: (each[0], each[1], each[0] + each[2], each[1] + each[3])
)


@settings(deadline=None)
@given(boxes=st.lists(box, min_size=1, max_size=8), seed=st.integers(0, 1000))
def test_no_cell_answers_for_two_and_all_are_near(boxes: list[tuple[float, float, float, float]], seed: int) -> None:
    one, wanted = first(answers(maps(seed))), truth(*boxes)
    cells, owners, fits = assign(one, wanted)
    assert len(cells) == len(set(cells.tolist())) == len(owners) == len(fits)
    assert set(owners.tolist()) <= set(range(len(boxes)))
    for cell, owner in zip(cells.tolist(), owners.tolist(), strict=True):
        x, y, stride = one.cells[cell].tolist()
        x0, y0, x1, y1 = boxes[owner]
        in_box = x0 <= x <= x1 and y0 <= y <= y1
        near = abs(x - (x0 + x1) / 2) < 2.5 * stride and abs(y - (y0 + y1) / 2) < 2.5 * stride
        assert in_box or near


def test_an_empty_street_has_nobody_to_answer_for() -> None:
    cells, owners, _ = assign(first(answers(maps())), truth())
    assert not len(cells) and not len(owners)
    cost = costs(answers(maps()), [truth()])
    assert float(cost.box) == float(cost.cls) == 0 and float(cost.obj) > 0


def test_what_was_not_labelled_to_the_end_costs_nothing() -> None:
    assert float(costs(answers(maps()), [truth(ignored=(-1, -1, WIDTH + 1, HEIGHT + 1))]).obj) == 0
    half = costs(answers(maps()), [truth(ignored=(-1, -1, WIDTH / 2, HEIGHT + 1))]).obj
    assert 0 < float(half) < float(costs(answers(maps()), [truth()]).obj)


def test_a_labelled_user_is_taught_inside_an_ignored_region_too() -> None:
    whole = (-1.0, -1.0, WIDTH + 1.0, HEIGHT + 1.0)
    cost = costs(answers(maps()), [truth((40, 40, 90, 80), ignored=whole)])
    assert float(cost.obj) > 0 and float(cost.box) > 0
