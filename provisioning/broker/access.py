"""Who may say and hear what, in Mosquitto's words (mosquitto.conf(5), ACL file).

A unit is bound to its own topics by a pattern: %u is the common name of its certificate. Everybody else is listed by
name, from the authority's index: the name decides, so a name never changes its role (`authority/index.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from contract import Kind, subscription
from provisioning.authority import Index, Role

_UNIT_SAYS = (
    Kind.STATE,
    Kind.OBSERVATION,
    Kind.EVENT,
    Kind.EVIDENCE,
    Kind.HEALTH,
    Kind.CONFIG_REPORTED,
    Kind.UPDATE_REPORTED,
    Kind.CERTIFICATE_REQUEST,
)
_UNIT_SHOWS = (Kind.CLIP_OFFER, Kind.CLIP_CHUNK)
"""To the console alone: what a recording shows is nobody else's."""
_UNIT_HEARS = (Kind.CONFIG_SET, Kind.UPDATE_SET, Kind.CERTIFICATE_SET, Kind.CLIP_REQUEST, Kind.CLIP_DONE)
_BRIDGE_SAYS = (Kind.STATE, Kind.SIGNAL_REPLY, Kind.SIGNAL_STATUS)
_REPORTS = tuple(dict.fromkeys((*_UNIT_SAYS, *_BRIDGE_SAYS)))

ALERTS = "simpang/alerts/#"
"""Where the collector tells other systems what is wrong (docs/alerts.md); no kind of the contract."""


@dataclass(frozen=True, slots=True)
class Rights:
    """Kinds that a role may publish and receive; `own`: only under its own name."""

    says: tuple[Kind, ...]
    hears: tuple[Kind, ...]
    own: bool


RIGHTS: dict[Role, Rights] = {
    Role.UNIT: Rights(says=(*_UNIT_SAYS, *_UNIT_SHOWS), hears=_UNIT_HEARS, own=True),
    Role.BRIDGE: Rights(says=_BRIDGE_SAYS, hears=(Kind.SIGNAL_REQUEST,), own=True),
    Role.COLLECTOR: Rights(says=(), hears=(*_REPORTS, Kind.SIGNAL_REQUEST), own=False),
    Role.CONSOLE: Rights(says=(*_UNIT_HEARS, Kind.SIGNAL_REQUEST), hears=tuple(Kind), own=False),
    Role.ADVISER: Rights(
        says=(Kind.SIGNAL_REQUEST,), hears=(Kind.OBSERVATION, Kind.SIGNAL_REPLY, Kind.SIGNAL_STATUS), own=False
    ),
    Role.SERVER: Rights(says=(), hears=(), own=True),
}
"""A server's certificate is the broker's own; it calls nobody."""


def access_list(site: str, index: Index, now: datetime) -> str:
    """The ACL file of the broker of `site`: patterns for the units, then a paragraph for each other name."""
    return "\n".join(_lines(site, index, now)) + "\n"


def _lines(site: str, index: Index, now: datetime) -> Iterator[str]:
    yield "# Written by  simpang provision broker. What is not listed is refused."
    yield ""
    yield "# Units: %u is the name in the certificate of whoever speaks."
    unit = RIGHTS[Role.UNIT]
    yield from (f"pattern write {subscription(kind, site=site, unit='%u')}" for kind in unit.says)
    yield from (f"pattern read {subscription(kind, site=site, unit='%u')}" for kind in unit.hears)
    for role in (Role.BRIDGE, Role.COLLECTOR, Role.CONSOLE, Role.ADVISER):
        rights = RIGHTS[role]
        for name in index.names(role, now):
            whose = name if rights.own else "+"
            yield ""
            yield f"# {role}"
            yield f"user {name}"
            yield from (f"topic write {subscription(kind, site=site, unit=whose)}" for kind in rights.says)
            yield from (f"topic read {subscription(kind, site=site, unit=whose)}" for kind in rights.hears)
            if role in {Role.COLLECTOR, Role.CONSOLE}:
                yield f"topic {'write' if role is Role.COLLECTOR else 'read'} {ALERTS}"
