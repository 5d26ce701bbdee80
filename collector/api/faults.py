"""What the API answers when it cannot: for people, not for parsers."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field


class Fault(BaseModel):
    """Why there is no answer."""

    error: str = Field(description="What happened.")
    advice: str = Field(description="What to do, Indonesian and English.")
    time: datetime
