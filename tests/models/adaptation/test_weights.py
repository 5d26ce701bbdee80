"""The weights of the bundled file, read into torch and put back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from edge.detection.runtime import open_interpreter
from models.adaptation.weights import incumbent, rewritten
from models.registry import ModelError, default_name, resolve
from models.training.network import Network
from tests.support.data import DATA

BUNDLED = resolve(default_name()).path
_PICTURE = np.random.default_rng(4).integers(0, 255, (1, 384, 640, 3)).astype(np.float32)


def outputs_of_file(path: Path) -> list[np.ndarray[tuple[int, ...], np.dtype[np.float32]]]:
    interpreter = open_interpreter(path, 1)
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], _PICTURE)
    interpreter.invoke()
    found = [interpreter.get_tensor(one["index"]).astype(np.float32) for one in interpreter.get_output_details()]
    return sorted(found, key=lambda one: one.shape)


@torch.no_grad()
def outputs_of_network(network: Network) -> list[np.ndarray[tuple[int, ...], np.dtype[np.float32]]]:
    maps = network(torch.from_numpy(_PICTURE.transpose(0, 3, 1, 2).copy()))
    parts = [part for one in maps for part in (one.reg, one.obj.sigmoid(), one.cls.sigmoid())]
    return sorted((part.numpy().transpose(0, 2, 3, 1) for part in parts), key=lambda one: one.shape)


def test_the_network_computes_what_the_file_does() -> None:
    for mine, its in zip(outputs_of_network(incumbent(BUNDLED)), outputs_of_file(BUNDLED), strict=True):
        assert np.abs(mine - its).max() < 0.02


def test_what_is_put_back_unchanged_is_the_same_file() -> None:
    assert rewritten(BUNDLED, incumbent(BUNDLED)) == BUNDLED.read_bytes()


def test_changed_weights_are_what_the_file_then_computes(tmp_path: Path) -> None:
    network = incumbent(BUNDLED)
    with torch.no_grad():
        for part in network.heads.parameters():
            part.mul_(1.1)
    file = tmp_path / "other.tflite"
    file.write_bytes(rewritten(BUNDLED, network))
    for mine, its, old in zip(
        outputs_of_network(network), outputs_of_file(file), outputs_of_file(BUNDLED), strict=True
    ):
        assert np.abs(mine - its).max() < 0.02
        assert np.abs(its - old).max() > 0.02


@pytest.mark.parametrize("name", ["nanodet_m_416_float16.tflite", "yolox_nano_416_heads_float16.tflite", "README.md"])
def test_another_file_is_refused(name: str) -> None:
    file = DATA / "models" / name if name.endswith("tflite") else DATA / name
    with pytest.raises(ModelError, match="simpang-nano"):
        incumbent(file)
