"""Whether all that a configuration names is there, before anything is started with it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from contract import ContractError
from edge.config import UnitConfig
from edge.detection import open_detector
from edge.frame import SourceError
from edge.publishing.link import check_files
from edge.sources import is_live, open_source
from models.registry import ResolvedModel, resolve


def check(config: UnitConfig) -> ResolvedModel:
    """The verified model of `config`. `ContractError` says all that is missing or wrong, and what to do.

    A camera that does not answer is no fault here: it may come back. A recording that is not there will not.
    """
    models: list[ResolvedModel] = []

    def detector() -> None:
        models.append(resolve(config.detector.model))
        # Opened once here, so that a missing accelerator or a model it cannot run is told at once.
        open_detector(models[0], config.detector.threads, config.detector.delegate)

    # A technician on a ladder mends everything in one go: no fault hides the next.
    faults = [*_fault(lambda: check_files(config.broker)), *_fault(detector)]
    for camera in config.cameras:
        if not is_live(camera.address):
            faults += [f"camera {camera.id!r}: {fault}" for fault in _fault(partial(_open, camera.address))]
    if faults:
        raise ContractError("\n".join(faults))
    return models[0]


def _open(recording: str) -> None:
    open_source(recording).close()


def _fault(step: Callable[[], None]) -> list[str]:
    """What a step of the check says against the configuration: nothing, or its words."""
    try:
        step()
    except (ContractError, SourceError) as error:
        return [str(error)]
    return []
