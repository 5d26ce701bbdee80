"""`simpang edge validate --page`: the same count, on a page for a telephone or a screen, instead of in the terminal."""

from __future__ import annotations

import secrets
import string
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from contract import CameraCondition, CameraHealth, ContractError, Zones
from edge.config import Broker, CameraConfig, PageConfig, UnitConfig
from edge.page import Answers, Lookout, Page, RecordingSeat, Standing
from edge.page.by_hand import CountResult
from edge.page.seats import told
from edge.sources import VideoFile
from edge.validation import Passage, Score
from edge.validation.sitting import countable

CAMERA = "rekaman"
_READ_S = 30.0
"""How long a page may take to fetch the result before we hang up."""


@dataclass(frozen=True, slots=True)
class _Recording:
    """An `edge.page.Host` that has only a recording."""

    config: UnitConfig
    drawn: list[Mapping[str, Zones]] = field(default_factory=list)

    def standing(self) -> Standing:
        """As a unit with one camera."""
        health = CameraHealth(camera=CAMERA, condition=CameraCondition.OK, fps=0)
        return Standing(self.config, online=False, cameras=(health,))

    def draw(self, drawn: Mapping[str, Zones]) -> None:
        """Nothing is changed here."""
        self.drawn.append(drawn)


def page_address(text: str) -> PageConfig:
    """An address such as 192.168.1.5:8081 as a page's place; `ContractError` when it is none."""
    host, _, port = text.rpartition(":")
    try:
        config = PageConfig.model_validate({"address": host, "port": int(port)})
    except ValueError:
        raise ContractError(
            f"--page {text}: expected an address of this machine and a port, as 127.0.0.1:8081"
        ) from None
    if config.address is None or not config.address.is_private:
        raise ContractError(f"--page {text}: only a private address: people can be seen in a recording")
    return config


def sit_at_page(
    video: Path,
    zones: Zones,
    place: PageConfig,
    *,
    start_s: float,
    minutes: float,
    judge: Callable[[Sequence[Passage], float], Score],
    out: Path,
    say: Callable[[str], None],
) -> Score:
    """Serve the page until somebody has counted; the score. `judge` lays the marks beside Simpang's count."""
    pin = "".join(secrets.choice(string.digits) for _ in range(8))
    found: list[Score] = []
    fault: list[Exception] = []
    over = threading.Event()

    def finished(marks: Sequence[Passage], seconds: float) -> None:
        try:
            found.append(judge(marks, seconds))
            seat.tell(told(found[0], out))
        except (ContractError, OSError) as error:
            fault.append(error)
            seat.tell(CountResult(ready=True, sentences=(str(error),)))
        over.set()

    seat = RecordingSeat(lambda: VideoFile(video), countable(zones.lines), start_s, finished)
    camera = CameraConfig(id=CAMERA, address=str(video), zones=zones)
    config = UnitConfig(
        site="validasi", unit="validasi", timezone="Asia/Jakarta", broker=Broker(host="127.0.0.1"), cameras=(camera,)
    )
    page = Page(place, config.broker, Answers(_Recording(config), Lookout(), pin, seat=seat))
    page.start()
    say(f"Buka / open  http://{place.address}:{place.port}/hitung#pin={pin}&menit={minutes:g}")
    try:
        over.wait()
        seat.read.wait(_READ_S)
    finally:
        page.stop()
    if fault:
        raise fault[0]
    return found[0]
