"""A run learns, stops and goes on; whole under `make test-full`, a step or two otherwise."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from models.labelled import Labelled, write_set
from models.training.loop import Settings, train, trained
from models.training.network import Network
from models.training.pictures import Batches, Source


def street(folder: Path) -> Source:
    """Four pictures, each with one white car on a dark road."""
    folder.mkdir()
    pictures = []
    for number in range(4):
        image = np.full((180, 320, 3), 50, np.uint8)
        x = 40 + 50 * number
        cv2.rectangle(image, (x, 70), (x + 60, 110), (240, 240, 240), -1)
        cv2.imwrite(str(folder / f"{number}.png"), image)
        pictures.append(
            Labelled(
                file=f"{number}.png",
                width=320,
                height=180,
                camera=f"mast{number}",
                light="day",
                boxes=np.array([[x, 70, x + 60, 110]], np.float32),
                classes=np.array([1]),
                ignored=np.zeros((0, 4), np.float32),
            )
        )
    write_set(folder, pictures)
    return Source(folder, 1.0)


@pytest.fixture
def source(tmp_path: Path) -> Source:
    torch.set_num_threads(1)
    torch.manual_seed(1)
    return street(tmp_path / "set")


def losses(run: Path) -> list[float]:
    rows = (run / "log.csv").read_text().splitlines()[1:]
    return [sum(float(part) for part in row.split(",")[2:]) for row in rows]


def test_the_same_seed_draws_the_same_pictures(source: Source) -> None:
    one, other = (Batches([source], [(64, 64)], batch=2, number=2) for _ in range(2))
    one.seed = other.seed = (3, 1)
    assert torch.equal(one[1][0], other[1][0]) and not torch.equal(one[0][0], one[1][0])


def test_a_run_goes_on_after_its_last_whole_epoch(source: Source, tmp_path: Path) -> None:
    run = tmp_path / "run"
    train(run, [source], Network(7), Settings(epochs=1, batches=1, batch=1, warmup=0))
    before = trained(run).state_dict()
    train(run, [source], Network(7), Settings(epochs=2, batches=1, batch=1, warmup=0))
    assert len(losses(run)) == 2
    assert (run / "curves.png").stat().st_size > 1000
    changed = [name for name, value in trained(run).state_dict().items() if not torch.equal(value, before[name])]
    assert changed and not any(name.startswith("backbone.stem") and "running" not in name for name in changed)


@pytest.mark.full
def test_a_run_learns(source: Source, tmp_path: Path) -> None:
    train(tmp_path / "run", [source], Network(7), Settings(epochs=4, batches=12, batch=4, warmup=6, rate=2e-3))
    first, *_, last = losses(tmp_path / "run")
    assert last < 0.8 * first
