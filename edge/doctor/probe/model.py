"""The detector on this machine: loaded as the unit loads it, and timed on a grey picture."""

from __future__ import annotations

from statistics import median

import numpy as np

from contract import ContractError
from edge.config import UnitConfig
from edge.detection import open_detector
from edge.doctor.readings import ModelReading
from models.registry import resolve

_PICTURES = 5
_SIZE = (360, 640, 3)


def probe_model(config: UnitConfig, *, shared: bool) -> ModelReading:
    """`shared`: the unit is counting beside us, so that the time is longer than it would be."""
    wanted = config.detector
    fps = max((config.fps_of(camera) for camera in config.cameras), default=config.target_fps)
    try:
        detector = open_detector(resolve(wanted.model), wanted.threads, wanted.delegate)
    except (ContractError, OSError, ImportError, ValueError) as error:
        return ModelReading(wanted.model, fault=str(error), wanted_fps=fps)
    picture = np.full(_SIZE, 114, np.uint8)
    spent = []
    for _ in range(_PICTURES):
        detector.detect(picture, 0.5)
        spent.append(detector.inference_s * 1000)
    return ModelReading(wanted.model, picture_ms=median(spent), wanted_fps=fps, shared=shared)
