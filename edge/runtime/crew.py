"""The workers of all cameras: started, stopped, started again when one fails, and looked after."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable

from contract import CameraHealth
from edge.config import UnitConfig
from edge.runtime.camera import CameraWorker, Task
from edge.runtime.desk import Desk
from edge.runtime.restarts import Restarts
from models.registry import ResolvedModel

log = logging.getLogger(__name__)

_STOP_S = 5.0
"""How long workers may take to end together; a thread inside a driver cannot be interrupted and is left behind."""
_STUCK_S = 60.0
"""No picture takes this long: whoever does hangs in native code, and only a new process helps."""


def tasks_of(config: UnitConfig, model: ResolvedModel) -> list[Task]:
    """What there is to do for a configuration."""
    return [Task(camera, config.fps_of(camera), model, config.detector, config.local_zone) for camera in config.cameras]


class Crew:
    """One worker a camera. Used by the main thread."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._workers: dict[str, CameraWorker] = {}
        self._restarts: dict[str, Restarts] = {}
        self._share = 1.0

    def assign(self, tasks: Iterable[Task]) -> frozenset[str]:
        """See to it that exactly these tasks are done; who already does the same goes on. Returns who was changed."""
        wanted = {task.camera.id: task for task in tasks}
        leaving = [name for name, worker in self._workers.items() if wanted.get(name) != worker.task]
        self._dismiss(leaving)
        for name in leaving:
            if name not in wanted:
                self._desk.removed(name)
        joining = [name for name in wanted if name not in self._workers]
        for name in joining:
            self._restarts[name] = Restarts()
            self._begin(wanted[name])
        return frozenset(joining)

    def supervise(self) -> None:
        """Start again what has failed, within bounds."""
        for name, worker in list(self._workers.items()):
            if worker.ended and self._restarts[name].allows(time.monotonic()):
                log.warning("camera %s: starting again after: %s", name, worker.failure)
                self._begin(worker.task)

    def ease(self, share: float) -> None:
        """Let all look at this share of the wanted pictures a second."""
        if share != self._share:
            log.warning("looking at %.0f %% of the wanted pictures a second, because of heat", share * 100)
        self._share = share
        for worker in self._workers.values():
            worker.ease(share)

    def health(self) -> tuple[CameraHealth, ...]:
        """How each camera is doing."""
        return tuple(worker.health() for worker in self._workers.values())

    @property
    def failures(self) -> dict[str, str]:
        """Cameras whose worker ended by itself, and why."""
        return {name: worker.failure for name, worker in self._workers.items() if worker.failure is not None}

    @property
    def delivering(self) -> frozenset[str]:
        """Cameras from which pictures come."""
        return frozenset(name for name, worker in self._workers.items() if worker.delivers)

    @property
    def stuck(self) -> str | None:
        """A camera whose worker hangs inside a picture."""
        now_s = time.monotonic()
        for name, worker in self._workers.items():
            since_s = worker.busy_since
            if since_s is not None and now_s - since_s > _STUCK_S:
                return name
        return None

    def stop(self) -> None:
        """End all, in bounded time."""
        self._dismiss(list(self._workers))

    def _begin(self, task: Task) -> None:
        worker = CameraWorker(task, self._desk)
        worker.ease(self._share)
        self._workers[task.camera.id] = worker
        worker.start()

    def _dismiss(self, names: list[str]) -> None:
        leaving = [self._workers.pop(name) for name in names]
        for worker in leaving:
            worker.stop()
        until_s = time.monotonic() + _STOP_S
        for worker in leaving:
            if not worker.join(max(0.1, until_s - time.monotonic())):
                log.warning("camera %s: its worker hangs and is left behind", worker.task.camera.id)
