"""The `[clips]` section of collector.toml: whether operators may fetch recordings, and how long they are kept."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from contract import Model
from contract.clips import MOST_CHUNK_BYTES


class ClipSettings(Model):
    """The connection over which recordings come, and how long they stay."""

    client_id: str = Field(default="clips", min_length=1, max_length=60, description="Another for each console.")
    cert_file: Path | None = Field(default=None, description="Certificate of role `console`; else the collector's.")
    key_file: Path | None = Field(default=None, description="Its private key.")
    days: int = Field(default=30, ge=1, le=366, description="A recording is deleted so many days after it came.")
    chunk_bytes: int = Field(
        default=32_000,
        ge=1000,
        le=MOST_CHUNK_BYTES,
        description="Asked for at once; less for a line that breaks often.",
    )

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if (self.cert_file is None) != (self.key_file is None):
            raise ValueError("cert_file and key_file come together")
        return self

    def beside(self, folder: Path) -> ClipSettings:
        """The same, with the paths that are not absolute taken from `folder`."""
        placed = {name: folder / path for name in ("cert_file", "key_file") if (path := getattr(self, name))}
        return self.model_copy(update=placed)
