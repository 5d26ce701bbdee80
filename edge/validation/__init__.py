"""The field's own check: a person counts a recording, and Simpang's count is laid beside it."""

from edge.validation.marks import KEYS, Mark, Marks
from edge.validation.score import Passage, Score, score

__all__ = ["KEYS", "Mark", "Marks", "Passage", "Score", "score"]
