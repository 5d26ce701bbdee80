"""Orders for new software, passed on to whoever may install it, and what became of them, passed back.

The unit itself may write to its data folder only. It leaves the order there; a service of the system takes it up,
fetches and checks the bundle, installs it beside what runs (docs/decisions/0132) and leaves its report. Files, nothing
else, lie between the two.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path

from pydantic import ValidationError

from contract import ContractError, Kind, Topic, UpdateSet, UpdateStanding, decode

log = logging.getLogger(__name__)

ORDER, REPORT = "order.json", "report.json"


class Updating:
    """One unit's letter box, in the folder `update` of its data folder."""

    def __init__(self, data: Path, site: str, unit: str) -> None:
        self._folder = data / "update"
        self._topic = str(Topic(site, unit, Kind.UPDATE_SET))
        self._seen_ns = -1

    def take(self, payload: bytes) -> None:
        """An `update/set`: leave it, unless it lies there already, as after each connection."""
        if not payload:
            return
        try:
            _, order = decode(self._topic, payload)
            assert isinstance(order, UpdateSet), "the topic says which model it is"
            self._leave(order)
        except (ContractError, OSError) as error:
            log.warning("update: the order is not taken: %s", error)

    def news(self) -> UpdateStanding | None:
        """What is to be reported, if that has changed since it was asked last."""
        path = self._folder / REPORT
        try:
            told_ns = path.stat().st_mtime_ns
            if told_ns == self._seen_ns:
                return None
            self._seen_ns = told_ns
            return UpdateStanding.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            log.warning("update: %s cannot be used: %s", path, error)
            return None

    def _leave(self, order: UpdateSet) -> None:
        path = self._folder / ORDER
        content = order.model_dump_json().encode()
        if path.exists() and path.read_bytes() == content:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        log.info("update %d is ordered, from %s", order.number, order.address)
