"""What a unit spends besides inference, and beside rivals, on one core: `make bench-edge`.

Forty vehicles move over a 640x360 picture (synthetic), and the network runs on real frames; its answer is replaced by
one that says those forty, each in three cells as a real one does. All is measured in turns in one run, in CPU time of
one thread, so that a busy machine changes no ratio; of the whole unit the means over the pictures, for parking and the
camera's condition look at some of them only; of the rivals the medians.

`pipeline` is everything but video decoding and inference: camera condition, fitting the picture, decoding the heads,
suppression, tracking, counting on two lines, turning movements, parking. The rivals are timed from the same boxes to
the same crossings, as is Simpang's own `track and count`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import fmean, median
from time import thread_time
from typing import Annotated

import cv2
import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from bench.clips import FOOTAGE
from bench.rivals import Rival, rivals
from contract import TRAFFIC, AreaZone, Line, NoParkingZone, Zones
from edge.counting import LineCounter
from edge.detection import Detections, Detector
from edge.detection.detections import CLASSES, Floats
from edge.detection.runtime import Interpreter, Tensor, TensorDetails, open_interpreter
from edge.frame import Frame, Image
from edge.journal import Journal
from edge.pipeline import Pipeline
from edge.tracking import Tracker
from models.registry import ModelSpec, resolve

VEHICLES = 40
FPS = 10.0
SIZE = (640, 360)
_CAR = 2
"""Index of a car among COCO's classes."""

ZONES = Zones(
    lines=(
        Line(id="north", a=(0.0, 0.35), b=(1.0, 0.35), right="down", left="up"),
        Line(id="south", a=(0.0, 0.65), b=(1.0, 0.65), right="down", left="up"),
    ),
    zones=(
        NoParkingZone(kind="no_parking", id="kerb", polygon=((0.8, 0.1), (1.0, 0.1), (1.0, 0.9), (0.8, 0.9))),
        AreaZone(kind="entry", id="in", polygon=((0.0, 0.0), (1.0, 0.0), (1.0, 0.3), (0.0, 0.3))),
        AreaZone(kind="exit", id="out", polygon=((0.0, 0.7), (1.0, 0.7), (1.0, 1.0), (0.0, 1.0))),
    ),
)


def traffic(moment: int) -> Floats:
    """(40, 4) boxes at picture number `moment`: eight lanes, those on the left drive down and the others up."""
    lane, place = np.divmod(np.arange(VEHICLES), VEHICLES // 8)
    pace = (2.0 + lane) * np.where(lane < 4, 1, -1)
    y = (place * SIZE[1] / 5 + 13 * lane + pace * moment) % SIZE[1]
    x = 40 + 75.0 * lane
    return np.asarray(np.stack([x - 18, y - 14, x + 18, y + 14], axis=1), np.float32)


@dataclass(slots=True)
class Staged:
    """An interpreter that does its work and then answers what it is told: `heads` in place of its outputs."""

    real: Interpreter
    heads: dict[int, Tensor] = field(default_factory=dict)
    spent_s: float = 0.0
    """CPU time of the network so far, from being given its input to having its outputs."""
    _begun_s: float = 0.0

    def allocate_tensors(self) -> None:
        self.real.allocate_tensors()

    def get_input_details(self) -> list[TensorDetails]:
        return self.real.get_input_details()

    def get_output_details(self) -> list[TensorDetails]:
        return self.real.get_output_details()

    def set_tensor(self, tensor_index: int, value: Tensor) -> None:
        self._begun_s = thread_time()
        self.real.set_tensor(tensor_index, value)

    def get_tensor(self, tensor_index: int) -> Tensor:
        # Not timed: asking for the CPU time costs more here than taking out a head, and would be charged to the rest.
        return self.heads[tensor_index]

    def invoke(self) -> None:
        self.real.invoke()
        self.spent_s += thread_time() - self._begun_s


def stage(staged: Staged, spec: ModelSpec, boxes: Floats) -> None:
    """Make the YOLOX heads say `boxes`, in the pixels of the input: each in a cell of stride 8 and its neighbours."""
    tensors = {one["index"]: np.zeros(one["shape"], np.float32) for one in staged.get_output_details()}
    rows, columns = spec.height // 8, spec.width // 8
    finest = {tensor.shape[3]: tensor for tensor in tensors.values() if tensor.shape[1:3] == (rows, columns)}
    for number, (x0, y0, x1, y1) in enumerate(boxes.tolist()):
        for step, score in ((0, 0.9), (1, 0.7), (-1, 0.6)):
            column = min(max(int((x0 + x1) / 16) + step, 0), columns - 1)
            row = min(max(int((y0 + y1) / 16), 0), rows - 1)
            centre = ((x0 + x1) / 16 - column + 0.02 * (number % 3), (y0 + y1) / 16 - row)
            finest[4][0, row, column] = (*centre, np.log((x1 - x0) / 8), np.log((y1 - y0) / 8))
            finest[1][0, row, column] = score
            finest[max(finest)][0, row, column, _CAR] = 0.95
    staged.heads = dict(tensors)


def frames(number: int) -> list[Image]:
    """Real pictures of a toll road, again and again."""
    capture = cv2.VideoCapture(str(FOOTAGE / "toll_noon.mp4"))
    clip = [np.asarray(image, np.uint8) for there, image in (capture.read() for _ in range(100)) if there]
    capture.release()
    return [clip[index % len(clip)] for index in range(number)]


def whole(spec: ModelSpec, staged: Staged, pictures: Sequence[Image]) -> tuple[list[float], list[float]]:
    """CPU seconds of (inference, all else) for each picture that goes through a unit."""
    pipeline = Pipeline(Detector(spec, staged), ZONES)
    began = datetime(2026, 1, 1, tzinfo=UTC)
    journal = Journal(ZONES, began)
    inference, rest = [], []
    for index, image in enumerate(pictures):
        stage(staged, spec, traffic(index) * (spec.width / SIZE[0]))
        time_s = index / FPS
        frame = Frame(image, index, time_s, began + timedelta(seconds=time_s))
        staged.spent_s = 0.0
        begun = thread_time()
        tracks, _ = pipeline.step(frame)
        journal.step(frame, tracks, pipeline.condition)
        inference.append(staged.spent_s)
        rest.append(thread_time() - begun - staged.spent_s)
    return inference, rest


def beside(number: int) -> dict[str, list[float]]:
    """CPU seconds a picture from boxes to crossings: Simpang and both rivals, in turns."""
    tracker = Tracker()
    counters = [LineCounter(line) for line in ZONES.lines]
    others: list[Rival] = rivals(ZONES, SIZE, FPS, 0.25)
    spent: dict[str, list[float]] = {"Simpang": [], **{rival.name: [] for rival in others}}
    car = np.full(VEHICLES, CLASSES.index(TRAFFIC[1]), np.int64)
    for index in range(number):
        found = Detections(traffic(index), np.full(VEHICLES, 0.9, np.float32), car)
        begun = thread_time()
        tracks = tracker.step(found, index / FPS, SIZE)
        for counter in counters:
            counter.step(tracks, *SIZE, index / FPS, index)
        spent["Simpang"].append(thread_time() - begun)
        for rival in others:
            begun = thread_time()
            rival.step(found)
            spent[rival.name].append(thread_time() - begun)
    return spent


def main(
    models: Annotated[list[str], typer.Argument(help="Registered YOLOX models.")],
    pictures: Annotated[int, typer.Option(min=20, max=100_000)] = 200,
) -> None:
    """Print both tables."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    cv2.setNumThreads(1)
    console = Console()
    shares = Table(
        "model", "inference ms", "pipeline ms", "pipeline / inference", title=f"{VEHICLES} vehicles, one core"
    )
    for name in models:
        model = resolve(name)
        inference, rest = whole(model.spec, Staged(open_interpreter(model.path, 1)), frames(pictures))
        on, off = fmean(inference[10:]), fmean(rest[10:])
        shares.add_row(name, f"{1000 * on:.1f}", f"{1000 * off:.2f}", f"{off / on:.1%}")
    console.print(shares)
    table = Table("track and count", "µs a picture", "against Simpang", title=f"{VEHICLES} vehicles, the same boxes")
    spent = {name: median(times[10:]) for name, times in beside(pictures).items()}
    for name, seconds in spent.items():
        table.add_row(name, f"{1e6 * seconds:.0f}", f"{seconds / spent['Simpang']:.1f} x")
    console.print(table)


if __name__ == "__main__":
    typer.run(main)
