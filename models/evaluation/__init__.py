"""How well detectors see, on the same pictures and by the same code. Needs the extra `train` (pycocotools)."""

from models.evaluation.measure import Figures, measure
from models.evaluation.report import EvaluationReport, evaluate

__all__ = ["EvaluationReport", "Figures", "evaluate", "measure"]
