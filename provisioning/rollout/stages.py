"""Who gets an order when: a canary, five more, all the rest; and no further once a unit suffers. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from provisioning.rollout.judging import Judgement, Verdict, View

STAGES = (1, 5)
"""Sizes of the first stages; the last is all that are left."""

Judge = Callable[[View, View, float, float], Judgement]
"""Before the order, now, when it was ordered, and the time."""


def staged(units: Sequence[str], online: frozenset[str], sizes: Sequence[int] = STAGES) -> tuple[tuple[str, ...], ...]:
    """`units` in stages. Those online come first: whoever is away is nobody's canary."""
    order = sorted(units, key=lambda unit: unit not in online)
    stages, begin = [], 0
    for size in (*sizes, len(order)):
        stages.append(tuple(order[begin : begin + size]))
        begin += size
    return tuple(stage for stage in stages if stage)


@dataclass(slots=True)
class Rollout:
    """One order on its way through the stages."""

    stages: tuple[tuple[str, ...], ...]
    judge: Judge
    patience_s: float
    """A unit that has not answered by then is unhealthy."""
    verdicts: dict[str, Judgement] = field(default_factory=dict)
    stopped: str = ""
    """Why it goes no further."""
    _stage: int = -1
    _ordered_s: float = 0.0
    _before: Mapping[str, View] = field(default_factory=dict)

    @property
    def done(self) -> bool:
        """Whether every unit had its turn."""
        return not self.stopped and self._stage >= len(self.stages)

    @property
    def stage(self) -> tuple[str, ...]:
        """Whose turn it is."""
        return self.stages[self._stage] if 0 <= self._stage < len(self.stages) else ()

    def step(self, views: Mapping[str, View], now_s: float) -> tuple[str, ...]:
        """Look at the units whose turn it is; returns whom to give the order now."""
        if self.stopped or self.done:
            return ()
        for unit in self.stage:
            self.verdicts[unit] = self._judged(unit, views, now_s)
        told = [(unit, self.verdicts[unit]) for unit in self.stage]
        for unit, one in told:
            if one.verdict is Verdict.UNHEALTHY:
                self.stopped = f"{unit}: {one.reason}"
                return ()
        if any(one.verdict is Verdict.WAITING for _, one in told):
            return ()
        if told and all(one.verdict is Verdict.ABSENT for _, one in told) and self._stage < len(self.stages) - 1:
            self.stopped = f"{', '.join(self.stage)}: nobody answers, so nobody shows that it works"
            return ()
        return self._next(views, now_s)

    def _judged(self, unit: str, views: Mapping[str, View], now_s: float) -> Judgement:
        before = self._before.get(unit, View())
        found = self.judge(before, views.get(unit, View()), self._ordered_s, now_s)
        if found.verdict is Verdict.WAITING and now_s - self._ordered_s > self.patience_s:
            return Judgement(Verdict.UNHEALTHY, f"{found.reason} after {self.patience_s / 60:.0f} minutes")
        return found

    def _next(self, views: Mapping[str, View], now_s: float) -> tuple[str, ...]:
        self._stage += 1
        self._ordered_s = now_s
        self._before = {unit: views.get(unit, View()) for unit in self.stage}
        return self.stage
