"""A scripted shift for operators: what happens when, what the console must show then, and what an operator should do.

Pure: the script as data, and who did what of it by the console's own audit. docs/panduan/latihan-operator.md is the
trainee's sheet; a test holds the two together. Times are seconds since the rendered cameras began.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from collector.console.operators import Entry
from twin.faults import Fault


@dataclass(frozen=True, slots=True)
class Deed:
    """What the machinery does to the city."""

    kind: Literal["fault", "unit_dies", "unit_returns"]
    target: str
    """A camera's scene, or a unit."""
    fault: Fault = Fault.NONE


@dataclass(frozen=True, slots=True)
class Step:
    """One event of the shift. `radio` is said aloud; an event without it is for the trainee to notice."""

    key: str
    at_s: float
    title: str
    deeds: tuple[Deed, ...] = ()
    radio: str = ""
    actions: frozenset[str] = frozenset()
    """Entries of the audit that answer it; none where the console asks for no click."""
    subject: str = ""
    """How their subject begins."""

    @property
    def traced(self) -> bool:
        """Whether the audit can tell that somebody answered."""
        return bool(self.actions)


JAM_SCENE, JAM_S = "samsat", 420.0
"""Where traffic is held, and from when on."""
END_S = 780.0

SHIFT = (
    Step(
        "parking",
        60.0,
        "Kasus parkir masuk / a parking case comes in",
        actions=frozenset({"case.accepted", "case.rejected"}),
    ),
    Step(
        "covered",
        180.0,
        "Kamera Dago tertutup / the camera at Dago is covered",
        deeds=(Deed("fault", "dago", Fault.COVERED),),
        actions=frozenset({"picture.look"}),
        subject="dago-1",
    ),
    Step(
        "dead",
        300.0,
        "Unit Pasteur mati / the unit at Pasteur dies",
        deeds=(Deed("fault", "dago"), Deed("unit_dies", "edge-pasteur")),
    ),
    Step(
        "jam",
        JAM_S,
        "Macet di Samsat / a jam at Samsat",
        deeds=(Deed("unit_returns", "edge-pasteur"),),
        actions=frozenset({"announcement.made"}),
        subject="samsat",
    ),
    Step(
        "ambulance",
        570.0,
        "Ambulans ke Dago / an ambulance for Dago",
        radio="RADIO 118: ambulans menuju Simpang Dago dari selatan, tiba 60 detik lagi. Mohon jalur hijau. / "
        "ambulance to Dago from the south, there in 60 s: please open a green route.",
        actions=frozenset({"signal.route"}),
        subject="dago",
    ),
)
"""In the order in which they happen."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one step: who answered it, and how long after it began. None: nobody, or nothing to trace."""

    step: Step
    by: str = ""
    after: timedelta | None = None


def outcomes(entries: Iterable[Entry], began: datetime, shift: Iterable[Step] = SHIFT) -> Iterator[Outcome]:
    """The first answer to each step in the audit; `began` is when the cameras did."""
    entries = sorted(entries, key=lambda one: one.time)
    for step in shift:
        since = began + timedelta(seconds=step.at_s)
        answers = (one for one in entries if one.time >= since and _answers(step, one))
        first = next(answers, None)
        yield Outcome(step) if first is None else Outcome(step, first.name, first.time - since)


def _answers(step: Step, entry: Entry) -> bool:
    return entry.action in step.actions and entry.subject.startswith(step.subject)


def report(found: Iterable[Outcome]) -> Iterator[str]:
    """One line a step."""
    for one in found:
        if one.after is not None:
            yield f"[v] {one.step.title}: {one.by}, {one.after.total_seconds():.0f} s"
        elif one.step.traced:
            yield f"[ ] {one.step.title}: belum ditanggapi / not answered"
        else:
            yield f"[?] {one.step.title}: lihat lembar jawaban / see the answer sheet"
