"""Fine-tune the detector on a corrected sample, and offer the result only where it is better on what was kept back.

    sample, in the order of time:  ───── learns from these ─────┤ gap ├── tested on these ──

Kept back is the last part by time, behind a gap, so that no vehicle stands on both sides. Only pictures that a person
has checked are used. The figures are of one camera's later minutes: they say what the city gains there, nothing else.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from pydantic import Field

from contract import Model, Sha256
from models.adaptation.review import reviewed
from models.adaptation.weights import between, incumbent, rewritten
from models.evaluation.report import EvaluationReport, ModelReport, evaluate_models
from models.labelled import Labelled, read_set, write_set
from models.registry import ModelError, ModelSpec, ResolvedModel, sha256
from models.training.loop import Settings, train, trained
from models.training.pictures import Source

ENOUGH = 20
"""Boxes of a class that must be kept back before anything is concluded from it: two buses are chance."""
LEAST_GAIN, MOST_LOST = 0.01, 0.03
"""AP50 that a candidate must gain in the mean of those classes, and that none of them may lose."""
FEWEST = 20
"""Pictures from which an adaptation is tried at all."""
_GAP_S = 8.0
_TIME = re.compile(r"_(\d+\.\d+)\.jpg$")


class Wishes(Model):
    """How to adapt."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,59}$", description="Name of the candidate in the register.")
    kept_back: float = Field(default=0.3, gt=0, lt=0.9, description="Share of the time that is tested on.")
    epochs: int = Field(default=6, ge=1, le=1000)
    batches: int = Field(default=50, ge=1, le=100_000, description="Batches of 8 pictures in an epoch.")
    rate: float = Field(default=2e-4, gt=0, le=1e-2, description="Highest learning rate.")
    share: float = Field(
        default=0.5, gt=0, le=1, description="How far from the incumbent to the fine-tuned weights the candidate lies."
    )


class Verdict(Model):
    """What came out, as `report.json` has it."""

    offered: bool
    why: str
    learnt_from: int
    tested_on: int
    person_minutes: float
    cpu_minutes: float
    incumbent: ModelReport
    candidate: ModelReport
    boxes: dict[str, int]
    candidate_sha256: Sha256 | None = None


@dataclass(frozen=True, slots=True)
class Split:
    """Pictures to learn from and pictures to be tested on."""

    learnt: list[Labelled]
    tested: list[Labelled]


def split(pictures: Sequence[Labelled], kept_back: float, gap_s: float = _GAP_S) -> Split:
    """Cut each camera's pictures in two by time, with a gap between. Raises `ModelError` when either side is empty."""
    learnt: list[Labelled] = []
    tested: list[Labelled] = []
    for camera in sorted({picture.camera for picture in pictures}):
        own = sorted((one for one in pictures if one.camera == camera), key=_time_s)
        first, last = _time_s(own[0]), _time_s(own[-1])
        border = last - kept_back * (last - first)
        learnt += [one for one in own if _time_s(one) < border - gap_s / 2]
        tested += [one for one in own if _time_s(one) >= border + gap_s / 2]
    if not learnt or not tested:
        raise ModelError(f"{len(pictures)} pictures cannot be cut in two by time: sample for longer")
    return Split(learnt, tested)


def judge(before: ModelReport, after: ModelReport, boxes: dict[str, int]) -> tuple[bool, str]:
    """Whether a candidate is offered, and why or why not."""
    kinds = [kind for kind in before.ap50 if boxes.get(kind, 0) >= ENOUGH]
    if not kinds:
        return False, f"no class has {ENOUGH} boxes in what was kept back: sample for longer"
    was, now = (sum(one.ap50.get(kind, 0.0) for kind in kinds) / len(kinds) for one in (before, after))
    change = f"AP50 of {', '.join(kinds)} {100 * was:.1f} to {100 * now:.1f}"
    if now - was < LEAST_GAIN:
        return False, f"{change}: no gain of {100 * LEAST_GAIN:.0f}"
    lost = {kind: before.ap50[kind] - after.ap50.get(kind, 0.0) for kind in kinds}
    worse = [f"{kind} by {100 * points:.1f}" for kind, points in lost.items() if points > MOST_LOST]
    if worse:
        return False, f"{change}, but worse for {', '.join(worse)} points"
    return True, change


def adapt(
    folder: Path,
    base: ResolvedModel,
    out: Path,
    wishes: Wishes,
    *,
    also: Sequence[Source] = (),
    clock: Callable[[], float],
) -> Verdict:
    """Fine-tune `base` on the checked pictures of `folder`, test both, and write `out`.

    Resumable: called again with the same `out` it goes on after the last whole epoch. `also`: labelled sets to mix in,
    so that less is forgotten. `clock`: CPU seconds of this process. Raises `ModelError` when there is too little to
    learn from.
    """
    checked = reviewed(folder)
    pictures = [one for one in read_set(folder) if one.file in checked]
    if len(pictures) < FEWEST:
        raise ModelError(f"{folder}: {len(pictures)} pictures are checked, at least {FEWEST} are needed")
    parts = split(pictures, wishes.kept_back)
    for name, part in (("learnt", parts.learnt), ("tested", parts.tested)):
        _copy(folder, part, out / name)
    # Batches this small pay for one thread; a second only burns time in waiting.
    torch.set_num_threads(1)
    begun = clock()
    run = out / "run"
    settings = Settings(epochs=wishes.epochs, batches=wishes.batches, rate=wishes.rate, warmup=20, average=0.98)
    train(run, [Source(out / "learnt", 1.0), *also], incumbent(base.path), settings)
    file = out / f"{wishes.name}.tflite"
    file.write_bytes(rewritten(base.path, between(incumbent(base.path), trained(run), wishes.share)))
    spent_s = clock() - begun
    candidate = ResolvedModel(_entry(base.spec, wishes.name, file, parts), file)
    report = evaluate_models({base.spec.name: base, wishes.name: candidate}, out / "tested")
    verdict = _verdict(report, parts, sum(checked.values()), spent_s)
    return _write(verdict, candidate, out)


def _time_s(picture: Labelled) -> float:
    """Seconds into the recording, as `sample` writes them into a picture's name."""
    found = _TIME.search(picture.file)
    if found is None:
        raise ModelError(f"{picture.file}: its name does not say when it was taken; it is not of a sample")
    return float(found[1])


def _copy(folder: Path, pictures: Sequence[Labelled], out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for one in pictures:
        shutil.copyfile(folder / one.file, out / one.file)
    write_set(out, pictures)


def _entry(base: ModelSpec, name: str, file: Path, parts: Split) -> ModelSpec:
    cameras = ", ".join(sorted({one.camera for one in parts.learnt}))
    origin = f"{base.name}, adapted to {cameras} on {len(parts.learnt)} checked pictures"
    return base.model_copy(
        update={"name": name, "file": file.name, "sha256": sha256(file), "url": None, "origin": origin[:200]}
    )


def _verdict(report: EvaluationReport, parts: Split, person_s: float, cpu_s: float) -> Verdict:
    before, after = report.models
    offered, why = judge(before, after, report.boxes)
    return Verdict(
        offered=offered,
        why=why,
        learnt_from=len(parts.learnt),
        tested_on=len(parts.tested),
        person_minutes=round(person_s / 60, 1),
        cpu_minutes=round(cpu_s / 60, 1),
        incumbent=before,
        candidate=after,
        boxes=report.boxes,
    )


def _write(verdict: Verdict, candidate: ResolvedModel, out: Path) -> Verdict:
    """The report, and the candidate only where it is offered."""
    entry = out / f"{candidate.spec.name}.toml"
    if verdict.offered:
        verdict = verdict.model_copy(update={"candidate_sha256": candidate.spec.sha256})
        entry.write_text(_toml(candidate.spec), encoding="utf-8")
    else:
        candidate.path.unlink()
        entry.unlink(missing_ok=True)
    (out / "report.json").write_text(verdict.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return verdict


def _toml(spec: ModelSpec) -> str:
    """The entry of the register. JSON's strings, numbers and arrays are TOML's too."""
    given = spec.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    return "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in given.items())
