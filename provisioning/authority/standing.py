"""What runs out when, and how bad that is. Pure; the clock is passed in.

A certificate that ends silences one unit. The broker's silences all of them, and so does a revocation list past its
next update (seen with Mosquitto 2.0): those are told early.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from provisioning.authority.index import Entry, Index, Role

EARLY = timedelta(days=60)
"""A unit's certificate is renewed when less than this is left: time for a visit by day."""
LATE = timedelta(days=14)
CRL_EARLY = timedelta(days=45)
CA_EARLY = timedelta(days=3 * 365)
"""Every unit must get to know a new authority before the old one ends; a certificate lives two years."""


class Grade(IntEnum):
    """How urgent; the worst is the greatest."""

    OK = 0
    SOON = 1
    """Renew it now: there is time to do so in order."""
    URGENT = 2
    """It has ended, or does within days."""


@dataclass(frozen=True, slots=True)
class Notice:
    """How one thing stands. `what` is a name, or `CA`, or `CRL`; `ends` is None for what was revoked."""

    what: str
    grade: Grade
    ends: datetime
    kind: str
    entry: Entry | None = None


def standing(index: Index, ca_ends: datetime, crl_ends: datetime, now: datetime) -> tuple[Notice, ...]:
    """Authority and revocation list first, then the newest certificate of each name that still has one, by name."""
    notices = [
        Notice("CA", _grade(ca_ends, now, CA_EARLY, CA_EARLY / 3), ca_ends, "ca"),
        Notice("CRL", _grade(crl_ends, now, CRL_EARLY, LATE), crl_ends, "crl"),
    ]
    newest: dict[str, Entry] = {}
    for entry in index.entries:
        if entry.revoked is None and (entry.name not in newest or newest[entry.name].ends < entry.ends):
            newest[entry.name] = entry
    for name, entry in sorted(newest.items()):
        early = EARLY * 2 if entry.role is Role.SERVER else EARLY
        notices.append(Notice(name, _grade(entry.ends, now, early, LATE), entry.ends, entry.role.value, entry))
    return tuple(notices)


def due(notices: tuple[Notice, ...], role: Role) -> tuple[str, ...]:
    """Whose certificate of `role` is to be renewed."""
    return tuple(
        one.what for one in notices if one.entry is not None and one.entry.role is role and one.grade is not Grade.OK
    )


def _grade(ends: datetime, now: datetime, early: timedelta, late: timedelta) -> Grade:
    left = ends - now
    if left < late:
        return Grade.URGENT
    return Grade.SOON if left < early else Grade.OK
