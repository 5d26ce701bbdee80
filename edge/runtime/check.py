"""Whether all that a configuration names is there, before anything is started with it."""

from __future__ import annotations

from contract import ContractError
from edge.config import UnitConfig
from edge.detection import open_detector
from edge.frame import SourceError
from edge.publishing.link import check_files
from edge.sources import is_live, open_source
from models.registry import ResolvedModel, resolve


def check(config: UnitConfig) -> ResolvedModel:
    """The verified model of `config`. `ContractError` says what is missing or wrong, and what to do.

    A camera that does not answer is no fault here: it may come back. A recording that is not there will not.
    """
    check_files(config.broker)
    model = resolve(config.detector.model)
    # Opened once here, so that a missing accelerator or a model it cannot run is told at once.
    open_detector(model, config.detector.threads, config.detector.delegate)
    for camera in config.cameras:
        if not is_live(camera.address):
            try:
                open_source(camera.address).close()
            except SourceError as error:
                raise ContractError(f"camera {camera.id!r}: {error}") from None
    return model
