"""int8 as it is prepared: 256 steps a tensor, ranges that lose little, settled over pictures as a unit sees them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional

from models.adaptation.weights import incumbent
from models.labelled import Labelled, write_set
from models.registry import resolve
from models.training.augment import PAD
from models.training.network import Network, convolutions
from models.training.pictures import Source
from models.training.quantise import Rounded, as_seen, distance, fitting_range, in_steps, nearest, rounded

_NO_BOXES = np.zeros((0, 4), np.float32)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> None:
    """torch's threads wait by spinning, which a busy machine pays for."""
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def teacher() -> Network:
    return incumbent(resolve("simpang-nano").path)


@pytest.fixture(scope="module")
def pictures() -> list[Tensor]:
    """Two small pictures of coarse patches: edges and colours enough for every layer."""
    random = torch.Generator().manual_seed(39)
    patches = [torch.randint(0, 256, (1, 3, 12, 20), generator=random).float() for _ in range(2)]
    return [functional.interpolate(each, scale_factor=8.0, mode="nearest") for each in patches]


@pytest.fixture(scope="module")
def student(teacher: Network, pictures: list[Tensor]) -> Rounded:
    torch.manual_seed(39)
    return rounded(teacher, pictures)


@given(
    st.lists(st.floats(-150, 150, width=32), min_size=2, max_size=60),
    st.sampled_from([torch.sigmoid, functional.silu, torch.nn.Identity()]),
)
@settings(deadline=None, max_examples=40)
def test_the_fitting_range_holds_zero_and_loses_no_more_than_the_whole(
    values: list[float], through: torch.nn.Module
) -> None:
    seen = torch.tensor(values)
    low, high = fitting_range(seen, through)
    assert low <= 0 <= high
    whole = (min(float(seen.min()), -1e-3), max(float(seen.max()), 1e-3))
    lost, most = (
        float((through(in_steps(seen, ends)) - through(seen)).square().mean()) for ends in ((low, high), whole)
    )
    assert lost <= most


def test_a_silu_spends_no_steps_on_what_it_makes_nothing_of() -> None:
    seen = torch.cat([torch.linspace(-130, 20, 2000), torch.linspace(-2, 20, 8000)])
    assert fitting_range(seen, functional.silu)[0] > -15


def test_every_tensor_has_at_most_256_values(student: Rounded, pictures: list[Tensor]) -> None:
    seen = dict[int, int]()

    def count(_: torch.nn.Module, __: object, out: Tensor) -> None:
        seen[len(seen)] = len(np.unique(out.numpy()))

    hooks = [each.register_forward_hook(count) for each in student.order]
    with torch.no_grad():
        student.network(pictures[0])
    for hook in hooks:
        hook.remove()
    assert max(seen.values()) <= 256
    for conv, _norm in convolutions(student.network)[3:]:
        assert all(len(np.unique(channel)) <= 255 for channel in conv.weight.detach().numpy())


def test_the_first_layers_stay_as_they_are(teacher: Network, student: Rounded) -> None:
    first = zip(convolutions(teacher)[:3], convolutions(student.network)[:3], strict=True)
    assert all(torch.equal(mine.weight, its.weight) for (mine, _), (its, _) in first)


def test_ranges_are_settled_over_whole_pictures_of_every_set(tmp_path: Path) -> None:
    for name, number, grey in (("road", 6, 200), ("render", 4, 50)):
        (tmp_path / name).mkdir()
        image = np.full((30, 60, 3), grey, np.uint8)
        pictures = []
        for place in range(number):
            cv2.imwrite(str(tmp_path / name / f"{place}.png"), image)
            pictures.append(Labelled(f"{place}.png", 60, 30, name, "day", _NO_BOXES, np.zeros(0, np.int64), _NO_BOXES))
        write_set(tmp_path / name, pictures)
    seen = as_seen([Source(tmp_path / "road", 0.75), Source(tmp_path / "render", 0.25)], 8, 64, 48)
    assert [each.shape for each in seen] == [(1, 3, 48, 64)] * 8
    assert [int(each[0, 0, 10, 10]) for each in seen] == [200] * 6 + [50] * 2
    assert all(int(each[0, 0, 40, 10]) == PAD for each in seen), "fitted into the upper part, as a unit does it"


@torch.no_grad()
def test_of_several_draws_the_one_nearest_to_the_float_network_is_kept(
    teacher: Network, pictures: list[Tensor]
) -> None:
    dark = [0.02 * each for each in pictures]
    torch.manual_seed(39)
    # Two draws and their judge: ranges of a dark picture fit no bright one.
    kept = nearest(teacher, [dark[0], pictures[0], pictures[1]], draws=2)
    wanted = teacher(pictures[1])
    torch.manual_seed(39)
    worse = rounded(teacher, dark[:1])
    assert float(distance(kept.network(pictures[1]), wanted)) < float(distance(worse.network(pictures[1]), wanted))
    assert float(distance(wanted, wanted)) == pytest.approx(0, abs=1e-5)


def test_what_is_written_names_every_range_in_the_order_of_running(student: Rounded, tmp_path: Path) -> None:
    student.write(tmp_path / "rounded.npz")
    with np.load(tmp_path / "rounded.npz") as stored:
        assert len(stored["ranges"]) == len(student.order)
        assert (stored["ranges"][:, 0] <= 0).all() and (stored["ranges"][:, 1] > 0).all()
        assert f"kernel_{len(convolutions(student.network)) - 1}" in stored.files
