"""A green route for one vehicle over several junctions: when each junction is asked, for how long, until when. Pure.

    now          arrival - LEAD_S         arrival            expires
     |--- waits ------|===== brought to green, held =============|

The bridge brings the approach to green from `not_before` on, under the envelope's rules, which takes up to a minimum
green, pedestrians and an intergreen; it holds the green for at most the presence of its kind, counted from then.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from pydantic import Field

from contract import Model, Slug
from contract.signals import PriorityKind

LEAD_S = 25.0
"""Before the vehicle's arrival: minimum green 10 s, pedestrians some 10 s, yellow and all-red 5 s."""
PATIENCE_S = 60.0
"""The lease outlasts lead and presence by so much: a vehicle in traffic comes late."""
MOST_AHEAD_S = 840.0
"""Bridges take a route up to a quarter of an hour ahead; clocks differ, and sending takes a moment."""
PRESENCE_S: dict[PriorityKind, float] = {
    PriorityKind.FIRE: 60,
    PriorityKind.AMBULANCE: 45,
    PriorityKind.VVIP: 60,
    PriorityKind.CONVOY: 60,
}
"""Green asked for; each bridge cuts it down to its own bound."""


class Leg(Model):
    """One junction of a route: where the vehicle comes from, and in how many seconds."""

    junction: Slug
    approach: Slug
    arrives_in_s: float = Field(ge=0, le=MOST_AHEAD_S)


class Route(Model):
    """A whole route, in the order of driving."""

    kind: PriorityKind
    why: str = Field(min_length=3, max_length=120)
    legs: tuple[Leg, ...] = Field(min_length=1, max_length=12)


class Window(NamedTuple):
    """When a junction's request is good, and the green asked for."""

    not_before: datetime
    expires: datetime
    seconds: float


def window(kind: PriorityKind, arrives_in_s: float, now: datetime) -> Window:
    """The window of one leg."""
    seconds = PRESENCE_S[kind]
    begins = now + timedelta(seconds=max(0.0, arrives_in_s - LEAD_S))
    arrives = now + timedelta(seconds=arrives_in_s)
    return Window(begins, arrives + timedelta(seconds=seconds + PATIENCE_S), seconds)
