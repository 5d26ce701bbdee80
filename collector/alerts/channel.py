"""What every way out has in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from collector.alerts.alert import Notice
from collector.alerts.wording import Text


class ChannelError(Exception):
    """It was not taken; the text says why, without passwords."""


class Letter(NamedTuple):
    """A message on its way. `id`: the same at every try; `notices`: what `text` says, each with its sentence."""

    id: str
    text: Text
    notices: Sequence[tuple[Notice, str]] = ()


class Channel(Protocol):
    """A way out."""

    def send(self, letter: Letter) -> None:
        """Returns once the other side has it; `ChannelError` when it does not."""
        ...
