"""The view as it should be: learned from the first steady seconds, following the light slowly.

Blocks where the pattern holds are trusted (kerbs, poles, buildings), blocks where it changes all the time are not
(the carriageway), so that traffic weighs little when the view is compared.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.condition.look import STRUCTURE, Look, Thumbnail, shift, standing

LEARN_S = 5.0
"""A view that held this long is the reference."""

_LEARN_SAMPLES = 5
_STEADY = 0.6
"""Share of the structured blocks that must hold from picture to picture while learning."""

_FOLLOW_S = 120.0
"""Time constant with which the reference follows the light."""

_TRUST_S = 60.0
_LEAST_TRUST = 0.05
_FLAT = 0.3
"""A block with less than this part of its contrast shows nothing any more."""

_LEAST_SHIFT = 3
"""Thumbnail pixels, 2 % of the picture's width: a line drawn over the road is then off by half a lane far away."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a picture compares with the reference."""

    held: float
    """Trusted share of the view that stands where it stood, 0..1."""
    flat: float
    """Share of the view that shows nothing any more, 0..1."""
    sharpness: float
    """Against the reference's own, about 1."""
    shifted: bool
    """The same scene, but elsewhere in the picture."""
    standing: NDArray[np.bool_]
    """Which blocks stand where they stood."""


class Reference:
    """The learned view under one kind of light."""

    def __init__(self) -> None:
        self._view: Thumbnail | None = None
        self._started_s = 0.0
        self._samples = 0
        self._sharpness = 0.0
        self._trust = np.ones(0, np.float32)
        self._spread = np.ones(0, np.float32)
        self.learned = False

    def learn(self, seen: Look, time_s: float) -> None:
        """Take one more picture into the view; a picture that does not fit begins it anew."""
        if self._view is None or self._held(standing(seen.thumbnail, self._view)) < _STEADY:
            self._view, self._started_s, self._samples = seen.thumbnail, time_s, 0
            self._sharpness, self._trust = seen.sharpness, np.ones_like(seen.spread)
        self._samples += 1
        self._blend(seen, 1.0 / self._samples)
        self.learned = self._samples >= _LEARN_SAMPLES and time_s - self._started_s >= LEARN_S

    def follow(self, seen: Look, against: Comparison, elapsed_s: float) -> None:
        """Let the reference drift towards a picture that was found in order, `elapsed_s` after the last."""
        part = min(1.0, elapsed_s / _TRUST_S)
        self._trust += part * (against.standing - self._trust)
        self._blend(seen, min(1.0, elapsed_s / _FOLLOW_S))

    def compare(self, seen: Look) -> Comparison:
        """How `seen` stands to the learned view."""
        assert self._view is not None, "compare() comes after learn()"
        stands = standing(seen.thumbnail, self._view)
        held = self._held(stands)
        shown = self._spread >= STRUCTURE
        flat = (seen.spread < _FLAT * self._spread)[shown]
        return Comparison(
            held=held,
            flat=float(flat.mean()) if flat.size else 0.0,
            sharpness=seen.sharpness / max(self._sharpness, 1e-6),
            shifted=held < _STEADY and self._is_shifted(seen.thumbnail, held),
            standing=stands,
        )

    def _is_shifted(self, seen: Thumbnail, held: float) -> bool:
        assert self._view is not None
        dx, dy = shift(seen, self._view)
        if max(abs(dx), abs(dy)) < _LEAST_SHIFT:
            return False
        return self._held(standing(np.roll(seen, (-dy, -dx), axis=(0, 1)), self._view)) > held + 0.25

    def _held(self, stands: NDArray[np.bool_]) -> float:
        """Share of the view that `stands`, each block with the trust in it."""
        weight = np.where(self._spread >= STRUCTURE, np.maximum(self._trust, _LEAST_TRUST), 0.0)
        total = float(weight.sum())
        return float((weight * stands).sum()) / total if total > 0 else 1.0

    def _blend(self, seen: Look, part: float) -> None:
        assert self._view is not None
        self._view = self._view + np.float32(part) * (seen.thumbnail - self._view)
        self._sharpness += part * (seen.sharpness - self._sharpness)
        self._spread = seen.spread if part == 1.0 else self._spread + np.float32(part) * (seen.spread - self._spread)
