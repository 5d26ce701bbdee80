"""`simpang model evaluate`: detectors over a labelled set, as a table and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import Field
from rich.table import Table

from contract import Model
from edge.detection import Detector, open_detector
from models.evaluation.failures import write_worst
from models.evaluation.measure import Figures, Found, measure
from models.labelled import CLASSES, Labelled, read_image, read_set
from models.registry import ModelSpec, ResolvedModel, resolve

_LEAST = 0.03
"""Score from which boxes go into the average precision."""


class ModelReport(Model):
    """The figures of one detector; shares 0..1."""

    name: str
    inference_ms: float = Field(ge=0, description="The network alone, quickest of all pictures, one thread.")
    threshold: float
    map50: float
    map50_95: float
    ap50: dict[str, float]
    recall: dict[str, dict[str, float]]
    precision: dict[str, float]
    map50_fine: float | None = Field(description="With angkot apart from car; none for COCO's classes.")


class EvaluationReport(Model):
    """What was measured, on what."""

    dataset: str
    pictures: int
    boxes: dict[str, int]
    models: tuple[ModelReport, ...]


@dataclass(frozen=True, slots=True)
class _Run:
    found: list[Found]
    inference_ms: float


def evaluate(
    names: Sequence[str], dataset: Path, progress: Callable[[str], None] | None = None, failures: Path | None = None
) -> EvaluationReport:
    """Let each registered model, or file of one, look at every picture of `dataset`."""
    return evaluate_models({name: resolve(name) for name in names}, dataset, progress, failures)


def evaluate_models(
    models: Mapping[str, ResolvedModel],
    dataset: Path,
    progress: Callable[[str], None] | None = None,
    failures: Path | None = None,
) -> EvaluationReport:
    """Let each of the named models look at every picture of `dataset`; draw the worst into `failures`/NAME."""
    pictures = read_set(dataset)
    reports = []
    for name, model in models.items():
        if progress is not None:
            progress(name)
        run = _look(open_detector(model), dataset, pictures)
        figures = measure(pictures, run.found, model.spec.threshold)
        if failures is not None:
            write_worst(dataset, pictures, run.found, model.spec.threshold, failures / Path(name).name)
        knows_angkot = model.spec.labels == "simpang"
        fine = measure(pictures, run.found, model.spec.threshold, fine=True) if knows_angkot else None
        reports.append(_report(name, model.spec, run, figures, fine))
    kinds = np.concatenate([picture.classes for picture in pictures]) if pictures else np.zeros(0, np.int64)
    return EvaluationReport(dataset=dataset.name, pictures=len(pictures), boxes=_counts(kinds), models=tuple(reports))


def _look(detector: Detector, dataset: Path, pictures: Sequence[Labelled]) -> _Run:
    found, times = [], []
    for picture in pictures:
        seen = detector.detect(read_image(dataset / picture.file), _LEAST)
        found.append(Found(seen.boxes, seen.scores, seen.classes))
        times.append(detector.inference_s)
    return _Run(found, round(1000 * min(times, default=0), 1))


def _report(name: str, spec: ModelSpec, run: _Run, figures: Figures, fine: Figures | None) -> ModelReport:
    return ModelReport(
        name=name,
        inference_ms=run.inference_ms,
        threshold=spec.threshold,
        map50=figures.map50,
        map50_95=figures.map50_95,
        ap50=figures.ap50,
        recall=figures.recall,
        precision=figures.precision,
        map50_fine=fine.map50 if fine is not None else None,
    )


def _counts(kinds: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> dict[str, int]:
    return {CLASSES[kind].value: int((kinds == kind).sum()) for kind in np.unique(kinds)}


def tables(report: EvaluationReport) -> list[Table]:
    """For people: one row a model; then recall by class and size, at each model's own threshold."""
    boxes = ", ".join(f"{number} {kind}" for kind, number in report.boxes.items())
    kinds = sorted({kind for model in report.models for kind in model.ap50})
    title = f"{report.dataset}: {report.pictures} pictures, {boxes}"
    whole = Table("model", "mAP50", "mAP50-95", *kinds, "ms", title=title)
    recall = Table(
        "model", "class", "precision", "recall", "small", "medium", "large", title="at the model's threshold"
    )
    for model in report.models:
        by_class = [_share(model.ap50.get(kind)) for kind in kinds]
        whole.add_row(model.name, _share(model.map50), _share(model.map50_95), *by_class, f"{model.inference_ms:.1f}")
        for kind in kinds:
            sizes = model.recall.get(kind, {})
            shares = [_share(sizes.get(size)) for size in ("all", "small", "medium", "large")]
            recall.add_row(model.name, kind, _share(model.precision.get(kind)), *shares)
        recall.add_section()
    return [whole, recall]


def _share(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f}"
