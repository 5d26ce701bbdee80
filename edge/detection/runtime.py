"""The one place that knows which TFLite runtime is installed, and what may run a model: CPU, Edge TPU or GPU."""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Protocol, TypedDict, cast

import numpy as np
from numpy.typing import NDArray

from contract import ContractError

Delegate = Literal["cpu", "edgetpu", "gpu"]
"""cpu: XNNPACK on some threads. edgetpu: a Coral stick or card. gpu: TFLite's GPU delegate (OpenCL)."""

Tensor = NDArray[np.float32] | NDArray[np.uint8] | NDArray[np.int8]


class TensorDetails(TypedDict):
    """What an interpreter tells of one tensor (the part we use)."""

    index: int
    shape: NDArray[np.int32]
    dtype: type[np.generic]
    quantization: tuple[float, int]


class Interpreter(Protocol):
    """The part of TFLite's interpreter that we use."""

    def allocate_tensors(self) -> None: ...
    def get_input_details(self) -> list[TensorDetails]: ...
    def get_output_details(self) -> list[TensorDetails]: ...
    def set_tensor(self, tensor_index: int, value: Tensor) -> None: ...
    def get_tensor(self, tensor_index: int) -> Tensor: ...
    def invoke(self) -> None: ...


class _Open(Protocol):
    """A runtime's class of interpreters."""

    def __call__(self, *, model_path: str, num_threads: int, experimental_delegates: list[object]) -> Interpreter: ...


class _Load(Protocol):
    """A runtime's way to an accelerator's library."""

    def __call__(self, library: str) -> object: ...


class DelegateError(ContractError):
    """An accelerator that is configured and not there, or that refuses the model; the text says what to do."""


_RUNTIMES = ("tflite_runtime", "ai_edge_litert")
"""In order of preference: the first has wheels up to Python 3.11, the second is its successor."""

_LIBRARIES: Mapping[Delegate, tuple[str, str]] = {
    "edgetpu": (
        "libedgetpu.so.1",
        "install libedgetpu1-std, plug the Coral device in, and use a model compiled for it (*_edgetpu.tflite)",
    ),
    "gpu": (
        "libtensorflowlite_gpu_delegate.so",
        "build it from TensorFlow for this board, put it where the loader finds it, and install the OpenCL driver",
    ),
}
"""Delegate -> its library, and what to do when it is missing."""


def open_interpreter(path: Path, threads: int, delegate: Delegate = "cpu") -> Interpreter:
    """Load a .tflite file on `threads` CPU threads, or on an accelerator.

    Raises `ImportError` when no runtime is installed, `DelegateError` when the accelerator is missing.
    """
    open_model, load = _runtime()
    delegates = [] if delegate == "cpu" else [_accelerator(load, delegate)]
    try:
        interpreter = open_model(model_path=str(path), num_threads=threads, experimental_delegates=delegates)
        interpreter.allocate_tensors()
    except (RuntimeError, ValueError) as error:
        if delegate == "cpu":
            raise DelegateError(f"{path}: the TFLite runtime cannot load it: {error}") from None
        raise DelegateError(f"{path.name} cannot run on delegate {delegate!r}: {error}") from None
    return interpreter


def _runtime() -> tuple[_Open, _Load]:
    for package in _RUNTIMES:
        if importlib.util.find_spec(package):
            module = importlib.import_module(f"{package}.interpreter")
            return cast(_Open, module.Interpreter), cast(_Load, module.load_delegate)
    raise ImportError(f"no TFLite runtime ({' or '.join(_RUNTIMES)}): pip install -e '.[edge]' in Simpang's folder")


def _accelerator(load: _Load, delegate: Delegate) -> object:
    library, remedy = _LIBRARIES[delegate]
    try:
        ctypes.CDLL(
            library
        )  # the runtime's own attempt leaves a half-made object that complains when it is thrown away
        return load(library)
    except (OSError, ValueError) as error:
        raise DelegateError(
            f"delegate {delegate!r} is configured, but {library} cannot be used here ({error}): {remedy}; "
            'or set delegate = "cpu"'
        ) from None
