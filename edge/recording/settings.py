"""[recording] of unit.toml: how much is kept, where, for how long, and how fast it may leave."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from contract import Model


class RecordingConfig(Model):
    """The ring of the last minutes, and what is pinned of it. Without this table nothing is recorded."""

    ring_mb: int = Field(
        default=48,
        title="Ring",
        ge=4,
        le=20_000,
        description="MB of the last minutes of all cameras together; some 7 MB a minute and camera at 5 pictures/s.",
    )
    ring: Literal["memory", "card"] = Field(
        default="memory",
        title="Where",
        description="memory: nothing is written to the card until a case is pinned, and a power cut takes the ring. "
        "card: longer, at some 10 GB of writing a day and camera.",
    )
    pins_mb: int = Field(
        default=400,
        title="Pins",
        ge=10,
        le=50_000,
        description="MB of pinned recordings on the card, of some 7 MB each. When full, nothing new is pinned: "
        "what is kept is never given up early.",
    )
    pins_hours: int = Field(
        default=72, title="Kept for", ge=1, le=720, description="Hours after which a pinned recording is deleted."
    )
    fps: float = Field(default=5, title="Pictures a second", gt=0, le=10, description="Of those that are looked at.")
    width: int = Field(default=640, title="Width", ge=160, le=1920, description="Pixels of a recorded picture at most.")
    quality: int = Field(default=40, title="Quality", ge=10, le=90, description="Of the JPEG pictures.")
    kbit_s: int = Field(
        default=200,
        title="Pace",
        ge=8,
        le=100_000,
        description="How fast a clip may leave, in kbit/s; counts and events go before it.",
    )
