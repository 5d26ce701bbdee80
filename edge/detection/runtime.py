"""The one place that knows which TFLite runtime is installed."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from typing import Protocol, TypedDict, cast

import numpy as np
from numpy.typing import NDArray


class TensorDetails(TypedDict):
    """What an interpreter tells of one tensor (the part we use)."""

    index: int
    shape: NDArray[np.int32]


class Interpreter(Protocol):
    """The part of TFLite's interpreter that we use."""

    def allocate_tensors(self) -> None: ...
    def get_input_details(self) -> list[TensorDetails]: ...
    def get_output_details(self) -> list[TensorDetails]: ...
    def set_tensor(self, tensor_index: int, value: NDArray[np.float32]) -> None: ...
    def get_tensor(self, tensor_index: int) -> NDArray[np.float32]: ...
    def invoke(self) -> None: ...


_RUNTIMES = ("tflite_runtime", "ai_edge_litert")
"""In order of preference: the first has wheels up to Python 3.11, the second is its successor."""


def open_interpreter(path: Path, threads: int) -> Interpreter:
    """Load a .tflite file on `threads` CPU threads (XNNPACK); `ImportError` says how to get a runtime."""
    for package in _RUNTIMES:
        if importlib.util.find_spec(package):
            module = importlib.import_module(f"{package}.interpreter")
            interpreter = cast(Interpreter, module.Interpreter(model_path=str(path), num_threads=threads))
            interpreter.allocate_tensors()
            return interpreter
    raise ImportError(f"no TFLite runtime ({' or '.join(_RUNTIMES)}): pip install 'simpang[edge]'")
