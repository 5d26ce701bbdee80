"""Take a sample of a camera's pictures for training: hard ones only, by consent, blurred, within a size cap."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import Timer

import cv2
from pydantic import Field

from contract import Model, Slug, UtcTime
from edge.detection import Detector
from edge.frame import SourceError
from edge.sources import is_live, open_source, shown
from models.adaptation.privacy import anonymous
from models.adaptation.sampling import Candidate, Sampler, hardness
from models.labelled import Labelled, Light, write_set
from models.registry import ModelError

CONSENT = "consent.json"
_UNSURE = 0.1
_JPEG_QUALITY = 90


class Consent(Model):
    """Who allowed that pictures of a public street are kept, for what and how long; lies beside them."""

    camera: Slug
    allowed_by: str = Field(min_length=3, max_length=200, description="Office and person, as they signed for it.")
    purpose: str = Field(default="training the detector of this city's cameras", max_length=200)
    taken: UtcTime
    delete_by: UtcTime = Field(description="When the pictures must be gone.")


class Wish(Model):
    """What to sample."""

    most: int = Field(default=200, ge=1, le=5000, description="Pictures; a person corrects 200 in about an hour.")
    stretch_s: float = Field(default=4.0, gt=0, le=3600, description="At most one picture of each such stretch.")
    duration_s: float = Field(default=3600, gt=0, le=7 * 86400, description="How long a live camera is watched.")
    cap_mb: float = Field(default=60, gt=0, le=4000)
    light: Light = "day"


def sample(
    address: str,
    detector: Detector,
    consent: Consent,
    wish: Wish,
    *,
    out: Path,
    progress: Callable[[float, int], None],
) -> list[Labelled]:
    """Watch a camera or recording and write its hard pictures, with what was found in them, as a labelled set.

    `progress` is told (seconds watched, pictures looked at). Raises `ModelError` when `out` holds something already,
    `SourceError` when the camera is not there. The labels are the detector's own: guesses, to be taught and corrected.
    """
    if out.exists() and any(out.iterdir()):
        raise ModelError(f"{out}: not empty; a sample is never mixed with another: give a new folder")
    sampler = Sampler(wish.most, wish.stretch_s)
    source = open_source(address)
    over = Timer(wish.duration_s, source.close)
    over.daemon = True
    if is_live(address):
        # A camera that sends nothing has no clock of its own to end by.
        over.start()
    number = 0
    try:
        for number, frame in enumerate(source.frames(), 1):
            found = detector.detect(frame.image, _UNSURE)
            worth = hardness(found, detector.spec.threshold)
            sampler.offer(Candidate(worth, frame.time_s, frame.image.copy(), found))
            progress(frame.time_s, number)
            if frame.time_s >= wish.duration_s:
                break
    finally:
        over.cancel()
        source.close()
    if not number:
        late = f"sent no picture in {wish.duration_s:.0f} s: check power, cable and address"
        raise SourceError(f"{shown(address)}: {late}")
    return _write(sampler.chosen(), consent, wish, out, detector.spec.threshold)


def _write(chosen: list[Candidate], consent: Consent, wish: Wish, out: Path, threshold: float) -> list[Labelled]:
    out.mkdir(parents=True, exist_ok=True)
    (out / CONSENT).write_text(consent.model_dump_json(indent=1) + "\n", encoding="utf-8")
    room = wish.cap_mb * 1e6
    taken = []
    for one in sorted(chosen, reverse=True):
        done, jpeg = cv2.imencode(".jpg", anonymous(one.image, one.found), [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
        if not done or len(jpeg) > room:
            continue
        room -= len(jpeg)
        name = f"{consent.camera}_{one.time_s:09.2f}.jpg"
        (out / name).write_bytes(jpeg.tobytes())
        height, width = one.image.shape[:2]
        sure = one.found.only(one.found.scores >= threshold)
        doubtful = one.found.only(one.found.scores < threshold)
        taken.append(
            Labelled(name, width, height, consent.camera, wish.light, sure.boxes, sure.classes, doubtful.boxes)
        )
    taken.sort(key=lambda one: one.file)
    write_set(out, taken)
    return taken


def now() -> datetime:
    """This instant; a consent is dated by it."""
    return datetime.now(UTC)
