"""What a camera counted, as line protocol: the hot path of the collector. Pure.

The same text as `line_protocol.lines` makes of `points.points_of`, which a test holds it to, a fifth to a third
faster. The lines of a camera come every minute under the same names: their text, but for the numbers, is made once.
"""

from __future__ import annotations

from functools import lru_cache

from collector.store.line_protocol import lines, slots
from collector.store.points import Where, beside_lines, by_class, points_of, to_us
from collector.store.schema import VOLUME
from contract import CameraObservation, Model, Observation, Topic

_MOST_NAMES = 64
"""Of one camera, to be remembered; one that makes up others every minute shall not fill the memory."""


def lines_of(topic: Topic, message: Model) -> str:
    """The points of one message as lines; empty for what is no series."""
    if not isinstance(message, Observation):
        return lines(points_of(topic, message))
    start = to_us(message.start)
    texts = []
    for camera in message.cameras:
        where = (topic.site, topic.unit, camera.camera)
        counted = _counted(where, start, camera)
        if counted is None:
            return lines(points_of(topic, message))
        if counted:
            texts.append(counted)
        texts.append(lines(beside_lines(where, start, message.interval_s, camera)))
    return "\n".join(texts)


def _counted(where: Where, start: int, camera: CameraObservation) -> str | None:
    """What its lines counted; None where that takes more than filling in numbers."""
    names = [name for x in camera.lines for name in (x.line, x.direction)]
    if camera.quality.grade == "blind" or len(names) > _MOST_NAMES:
        return None
    text = _text(where, tuple(names))
    if text is None:
        return None
    numbers: list[int] = []
    for x in camera.lines:
        numbers += by_class(x.counts)
        numbers.append(start)
    return text % tuple(numbers)


@lru_cache(maxsize=8192)
def _text(where: Where, names: tuple[str, ...]) -> str | None:
    """With a slot for each number; None when a way comes twice, and is to be summed."""
    ways = list(zip(names[::2], names[1::2], strict=True))
    return "\n".join([slots(VOLUME, (*where, *way)) for way in ways]) if len(set(ways)) == len(ways) else None
