"""Seats for whoever counts by hand: before the live street, and before a recording.

The live seat counts with the tracks of the unit's own pipeline, as `Trying` does; the recording is counted by whoever
opened it, in a thread that begins when the person is done.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from contract import TRAFFIC, Line
from edge.counting import LineCounter
from edge.frame import Frame, Image, Source
from edge.page.by_hand import MOST_MARKS, CountBegun, CountResult, CountRow, CountWanted, HandMark, Marked, SeatError
from edge.page.lookout import for_telephone
from edge.tracking import Track
from edge.validation import Passage, Score, score
from edge.validation.report import class_rows, verdict, write
from edge.validation.sitting import countable

log = logging.getLogger(__name__)

EVERY_S = 3600.0
Finished = Callable[[Sequence[Passage], float], None]
"""Gets what a person marked, and of how many seconds."""


@dataclass(slots=True)
class _Hand:
    """The person's own count."""

    lines: Sequence[Line]
    marks: list[HandMark] = field(default_factory=list)

    def mark(self, mark: HandMark) -> Marked:
        line = next((line for line in self.lines if line.id == mark.line), None)
        if line is None or mark.direction not in {line.right, line.left} or mark.vehicle not in TRAFFIC:
            raise SeatError("no such line, direction or class", "garis, arah atau kelas tidak dikenal")
        if len(self.marks) >= MOST_MARKS:
            raise SeatError("too many marks", "terlalu banyak tanda")
        self.marks.append(mark)
        return Marked(marks=len(self.marks))

    def unmark(self) -> Marked:
        if self.marks:
            self.marks.pop()
        return Marked(marks=len(self.marks))

    @property
    def passages(self) -> list[Passage]:
        return [(one.time_s, one.line, one.direction, one.vehicle) for one in self.marks]


def told(result: Score, folder: Path) -> CountResult:
    """A score for the page."""
    rows = tuple(CountRow.model_validate(row._asdict()) for row in class_rows(result))
    return CountResult(ready=True, rows=rows, sentences=tuple(verdict(result)), files=str(folder))


@dataclass(slots=True)
class _Street:
    """One count of the live street."""

    camera: str
    hand: _Hand
    counters: list[LineCounter]
    began_s: float | None = None
    now_s: float = 0.0
    """Seconds of the count; a camera that comes back goes on with them."""
    image: Image | None = None
    crossed: list[Passage] = field(default_factory=list)

    def look(self, frame: Frame, tracks: Sequence[Track]) -> None:
        if self.began_s is None or frame.time_s < self.began_s + self.now_s:
            self.began_s = frame.time_s - self.now_s
        height, width = frame.image.shape[:2]
        self.now_s, self.image = frame.time_s - self.began_s, frame.image
        traffic = [track for track in tracks if track.vehicle in TRAFFIC]
        for counter in self.counters:
            for one in counter.step(traffic, width, height, frame.time_s, frame.index):
                self.crossed.append((max(0.0, one.time_s - self.began_s), one.line, one.direction, one.vehicle))


class StreetSeat:
    """Counts what the unit sees now. `lines_of` gives the lines that are in force by camera."""

    def __init__(self, lines_of: Callable[[], Mapping[str, Sequence[Line]]], folder: Path, model: str) -> None:
        self._lines_of, self._folder, self._model = lines_of, folder, model
        self._lock = threading.Lock()
        self._street: _Street | None = None
        self._result = CountResult(ready=False)

    def looked(self, camera: str, frame: Frame, tracks: Sequence[Track]) -> None:
        """An `edge.runtime.desk.Onlooker`; costs nothing while nobody counts."""
        with self._lock:
            if self._street is not None and self._street.camera == camera:
                self._street.look(frame, tracks)

    def begin(self, wanted: CountWanted) -> CountBegun:
        """Begin with the next picture."""
        lines = tuple(countable(self._lines_of().get(wanted.camera, ())))
        if not lines:
            raise SeatError("this camera has no line: draw one first", "kamera ini belum punya garis: gambar dulu")
        with self._lock:
            self._street = _Street(wanted.camera, _Hand(lines), [LineCounter(line) for line in lines])
            self._result = CountResult(ready=False)
        return CountBegun(seconds=wanted.minutes * 60, held=False, lines=lines)

    def picture(self, camera: str, _from_s: float, /) -> tuple[bytes, float] | None:
        """The newest."""
        with self._lock:
            street = self._street
            if street is None or street.camera != camera or street.image is None:
                return None
            image, now_s = street.image, street.now_s
        return for_telephone(image), now_s

    def mark(self, mark: HandMark) -> Marked:
        """One vehicle."""
        with self._lock:
            return self._counting().hand.mark(mark)

    def unmark(self) -> Marked:
        """Take the last one back."""
        with self._lock:
            return self._counting().hand.unmark()

    def finish(self, seconds: float) -> None:
        """Lay both counts side by side."""
        with self._lock:
            street, self._street = self._counting(), None
        until_s = min(seconds, street.now_s)
        result = score(street.hand.passages, street.crossed, until_s, EVERY_S)
        folder = self._folder / f"{street.camera}-{datetime.now(UTC):%Y%m%d-%H%M%S}"
        try:
            write(result, folder, recording=street.camera, model=self._model, seconds=until_s)
        except OSError as error:
            log.warning("page: the count by hand cannot be kept: %s", error)
        self._result = told(result, folder)

    def result(self) -> CountResult:
        """Both counts, once they are there."""
        return self._result

    def _counting(self) -> _Street:
        if self._street is None:
            raise SeatError("nobody is counting", "tidak sedang menghitung")
        return self._street


class RecordingSeat:
    """Counts a recording from `start_s` on, which waits for the person."""

    def __init__(self, open_: Callable[[], Source], lines: Sequence[Line], start_s: float, finished: Finished) -> None:
        """`finished` is called in a thread of its own; what it finds out it tells with `tell`."""
        self._open, self._lines, self._start_s = open_, tuple(lines), start_s
        self._finished = finished
        self._lock = threading.Lock()
        self._hand: _Hand | None = None
        self._source: Source | None = None
        self._last: Frame | None = None
        self._answer = CountResult(ready=False)
        self.read = threading.Event()
        """Set once somebody was told the result."""

    def begin(self, wanted: CountWanted) -> CountBegun:
        """From the beginning."""
        with self._lock:
            if self._source is not None:
                self._source.close()
            self._source = self._open()
            self._frames = self._source.frames()
            self._hand, self._last = _Hand(self._lines), None
        return CountBegun(seconds=wanted.minutes * 60, held=True, lines=self._lines)

    def picture(self, _camera: str, from_s: float, /) -> tuple[bytes, float] | None:
        """The first from `from_s` on; the same again where that has been shown."""
        with self._lock:
            if self._source is None:
                return None
            while self._last is None or self._last.time_s - self._start_s < from_s:
                frame = next(self._frames, None)
                if frame is None:
                    return None
                self._last = frame
            image, time_s = self._last.image, self._last.time_s - self._start_s
        return for_telephone(image), max(0.0, time_s)

    def mark(self, mark: HandMark) -> Marked:
        """One vehicle."""
        with self._lock:
            return self._counting().mark(mark)

    def unmark(self) -> Marked:
        """Take the last one back."""
        with self._lock:
            return self._counting().unmark()

    def finish(self, seconds: float) -> None:
        """Let Simpang count the same; that takes its time."""
        with self._lock:
            hand, self._hand = self._counting(), None
        threading.Thread(target=self._finished, args=(hand.passages, seconds), name="count", daemon=True).start()

    def result(self) -> CountResult:
        """Both counts, once they are there."""
        answer = self._answer
        if answer.ready:
            self.read.set()
        return answer

    def tell(self, result: CountResult) -> None:
        """Both counts are there."""
        self._answer = result

    def _counting(self) -> _Hand:
        if self._hand is None:
            raise SeatError("nobody is counting", "tidak sedang menghitung")
        return self._hand
