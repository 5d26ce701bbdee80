"""What may be set about the console. Everything has a default that is safe on a public network."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from collector.console.judging import Thresholds
from contract import Model, Slug


class ConsoleSettings(Model):
    """Settings of the console, bounded and described."""

    data: Path = Field(description="Folder of the console's own data: operators, sessions, verdicts, audit.")
    language: str = Field(default="id", pattern="^(id|en)$", description="Language before anybody chooses one.")
    open_views: bool = Field(
        default=False,
        description="Show the map and the junction pages without sign-in. For a demonstration; never for live pictures "
        "of real cameras.",
    )
    https: bool = Field(default=False, description="Served over HTTPS: the session cookie is then never sent without.")
    session_hours: float = Field(default=12, gt=0, le=72, description="A shift and its hand-over.")
    poll_s: float = Field(default=5, ge=0.2, le=300, description="Seconds between two looks at the store.")
    tiles: str | None = Field(
        default=None,
        max_length=300,
        description="Address of map tiles, {z}/{x}/{y}, from a server of your own. Without it the map is drawn from "
        "the site file alone.",
    )
    tiles_credit: str = Field(default="", max_length=200, description="Whom the tiles' licence wants named.")
    pictures: dict[Slug, str] = Field(
        default_factory=dict,
        max_length=1000,
        description="Snapshot address (JPEG over HTTP) by camera, for a look on demand; without one there is none.",
    )
    thresholds: Thresholds = Thresholds()
    contact: str = Field(
        default="", max_length=200, description="Where citizens may ask and complain; shown on the public page."
    )
