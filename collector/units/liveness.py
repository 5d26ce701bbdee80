"""Is a unit there? By births and deaths that carry `boot_id`, by signs of life, and by silence.

A birth says online; the broker publishes the last will as the death. Order holds only within one topic and one broker,
so a will can overtake a rebirth, and a retained death can greet a collector long after. A state of a boot that was
already followed by another is stale. Whatever a unit says after its death, under the same boot, shows that it is back
(the will came from a connection that broke); a unit that says nothing for three intervals is silent, whatever its
state.
"""

from __future__ import annotations

from collections.abc import Container
from datetime import datetime, timedelta

from contract import State

PATIENCE = 3
"""Intervals without any message before a unit counts as silent."""

DEFAULT_INTERVAL_S = 60.0
"""Until a unit's first observation has told its own."""


def after(current: State | None, heard: State, *, former: Container[str]) -> State:
    """The state that holds once `heard` has come; `former` are boots that were followed by another."""
    if current is None:
        return heard
    if heard.boot_id in former:
        return current
    if heard.status == "offline" and heard.boot_id != current.boot_id:
        return heard if heard.started > current.started else current
    return heard


def after_sign_of_life(current: State, boot_id: str, time: datetime) -> State:
    """The state that holds once a message of `boot_id` has come that only a living unit sends."""
    if current.status == "offline" and current.reason == "connection_lost" and current.boot_id == boot_id:
        return current.model_copy(update={"status": "online", "reason": "started", "time": time})
    return current


def silent(last_seen: datetime, interval_s: float, now: datetime) -> bool:
    """Whether a unit that was last heard at `last_seen` should have been heard again."""
    return now - last_seen > timedelta(seconds=PATIENCE * interval_s)
