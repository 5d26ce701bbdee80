"""An accelerator that is not there is named, with what to do about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.detection import Delegate, DelegateError
from edge.detection.runtime import open_interpreter
from tests.support.data import DATA

MODEL = DATA / "models" / "fastestdet_heads_float16.tflite"


@pytest.mark.parametrize(
    ("delegate", "says"),
    [("edgetpu", "libedgetpu.so.1"), ("gpu", "libtensorflowlite_gpu_delegate.so")],
)
def test_a_missing_accelerator(delegate: Delegate, says: str) -> None:
    with pytest.raises(DelegateError, match=says) as raised:
        open_interpreter(MODEL, 1, delegate)
    assert 'set delegate = "cpu"' in str(raised.value)


def test_a_file_that_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "model.tflite").write_bytes(b"not a model")
    with pytest.raises(DelegateError, match=r"model\.tflite"):
        open_interpreter(tmp_path / "model.tflite", 1)
