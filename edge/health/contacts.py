"""Door and tilt switches on the board's pins: read by libgpiod, believed when two looks agree.

A switch between a pin and ground with the board's own pull-up: closed it reads low, open high. Lorries shake a pole,
and a contact bounces: one look alone says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module

from edge.config import Contact, ContactsConfig

Reader = Callable[[Contact], bool | None]
"""Whether the contact's circuit is open; None when the pin cannot be read."""


@dataclass(slots=True)
class Settled:
    """One contact over time."""

    state: bool | None = None
    _last: bool | None = None

    def look(self, seen: bool | None) -> bool | None:
        """What is believed after one more look."""
        if seen == self._last:
            self.state = seen
        self._last = seen
        return self.state


@dataclass(slots=True)
class Contacts:
    """The door and the tilt switch of a unit, where it has them; True: the door is open, the box has tilted."""

    reader: Reader
    _settled: Mapping[str, Settled] = field(default_factory=lambda: {"door": Settled(), "tilt": Settled()})

    def look(self, config: ContactsConfig) -> tuple[bool | None, bool | None]:
        """Door and tilt, after one more look at both."""
        door, tilt = (
            self._settled[name].look(None if contact is None else self._alarm(contact))
            for name, contact in (("door", config.door), ("tilt", config.tilt))
        )
        return door, tilt

    def _alarm(self, contact: Contact) -> bool | None:
        is_open = self.reader(contact)
        return None if is_open is None else is_open == (contact.alarm == "open")


def read_pin(contact: Contact) -> bool | None:
    """Look at the pin now, and let go of it, so that the doctor may look too. Never raises."""
    try:
        # Only Linux has it, and only units with contacts need it.
        gpiod = import_module("gpiod")
    except ImportError:
        return None
    settings = gpiod.LineSettings(direction=gpiod.line.Direction.INPUT, bias=gpiod.line.Bias.PULL_UP)
    try:
        with gpiod.request_lines(contact.chip, consumer="simpang", config={contact.line: settings}) as pins:
            return bool(pins.get_value(contact.line) is gpiod.line.Value.ACTIVE)
    except (OSError, ValueError):
        return None
