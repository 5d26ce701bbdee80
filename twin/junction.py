"""A scene in motion with its witness: everything between two looks is simulated step by step and observed."""

from __future__ import annotations

from collections.abc import Sequence

from twin.pose import Pose
from twin.scene import Scene
from twin.signals import Aspect
from twin.staged import Staged, extras
from twin.traffic import STEP_S, Traffic
from twin.truth import ClipTruth, Observer
from twin.walkers import walkers
from twin.zones import zones_of


class Junction:
    """Traffic, people and truth of one scene; the same seed tells the same story, however often one looks."""

    def __init__(self, scene: Scene, seed: int, staged: Sequence[Staged] = ()) -> None:
        self.scene, self.seed = scene, seed
        self.zones = zones_of(scene)
        self._staged = tuple(staged)
        self._traffic = Traffic(scene, seed, self._staged)
        self._observer = Observer(scene, self.zones)
        self._steps = 0

    @property
    def observer(self) -> Observer:
        """The witness, up to the last look."""
        return self._observer

    def advance(self, time_s: float) -> None:
        """Let everything up to `time_s` happen, under the eyes of the witness."""
        while self._steps * STEP_S <= time_s + 1e-9:
            moment = self._steps * STEP_S
            self._observer.step(self._traffic.poses(moment), moment)
            self._steps += 1

    def poses(self, time_s: float) -> list[Pose]:
        """Everyone at `time_s`, which never falls from call to call."""
        self.advance(time_s)
        others = walkers(self.scene, self.seed, time_s) + extras(self._staged, time_s)
        return self._traffic.poses(time_s) + others

    def aspect(self, group: str) -> Aspect:
        """What a signal group shows."""
        return self._traffic.aspect(group)

    def truth(self, *, light: str, fps: float) -> ClipTruth:
        """Truth so far."""
        return self._observer.as_clip(light=light, fps=fps, seed=self.seed)
