"""One unit, then five, then all: orders from the centre that stop where the first unit suffers."""

from provisioning.rollout.judging import Verdict, View, judge_configuration, judge_update
from provisioning.rollout.stages import Rollout

__all__ = ["Rollout", "Verdict", "View", "judge_configuration", "judge_update"]
