"""The book of the authority: every certificate that was ever signed, for whom, until when, and whether it still counts.

A name has one role for ever. The broker's access list goes by names, so a unit that could be called like the collector
would have the collector's rights.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from contract import ContractError, Model, Slug, UtcTime

Serial = Annotated[
    str,
    Field(pattern=r"^[0-9a-f]{1,40}$", description="Serial number of a certificate, hexadecimal (RFC 5280: 20 bytes)."),
]


class Role(StrEnum):
    """What the holder of a certificate may do at the broker; `broker/access.py` says it in topics."""

    UNIT = "unit"
    BRIDGE = "bridge"
    COLLECTOR = "collector"
    CONSOLE = "console"
    ADVISER = "adviser"
    SERVER = "server"


class Reason(StrEnum):
    """Why a certificate counts no more (RFC 5280, 5.3.1, those that happen to a unit)."""

    STOLEN = "stolen"
    """Card or unit is gone: keyCompromise."""
    REPLACED = "replaced"
    """There is a newer one: superseded."""
    RETIRED = "retired"
    """The unit was taken down: cessationOfOperation."""


class Entry(Model):
    """One certificate."""

    name: Slug = Field(description="Common name: unit, bridge, collector or server.")
    role: Role
    serial: Serial
    begins: UtcTime
    ends: UtcTime
    revoked: UtcTime | None = None
    reason: Reason | None = None

    def counts(self, now: datetime) -> bool:
        """Whether it is good for a connection at `now`."""
        return self.revoked is None and self.begins <= now < self.ends


class Index(Model):
    """The whole book, oldest first. `crl` is the number of the last revocation list."""

    crl: int = Field(default=0, ge=0)
    entries: tuple[Entry, ...] = ()

    def holding(self, name: str, now: datetime) -> tuple[Entry, ...]:
        """The certificates of `name` that count at `now`, the one that lasts longest last."""
        return tuple(sorted((one for one in self.of(name) if one.counts(now)), key=lambda one: one.ends))

    def of(self, name: str) -> Iterator[Entry]:
        """All that `name` ever had."""
        return (one for one in self.entries if one.name == name)

    def role_of(self, name: str) -> Role | None:
        """The role of `name`; None for a name that never had a certificate."""
        return next((one.role for one in self.of(name)), None)

    def names(self, role: Role, now: datetime) -> tuple[str, ...]:
        """Who has a certificate of `role` that counts at `now`, in alphabetical order."""
        return tuple(sorted({one.name for one in self.entries if one.role is role and one.counts(now)}))

    def with_entry(self, entry: Entry) -> Index:
        """With one more; `ContractError` when the name belongs to another role."""
        before = self.role_of(entry.name)
        if before not in {None, entry.role}:
            raise ContractError(f"{entry.name} is the name of a {before}: choose another name for this {entry.role}")
        return self.model_copy(update={"entries": (*self.entries, entry)})

    def with_revoked(self, name: str, serial: str | None, when: datetime, reason: Reason) -> Index:
        """With what `name` holds revoked: all of it, or only `serial`. `ContractError` when there is nothing."""
        hit = {
            one.serial
            for one in self.of(name)
            if one.revoked is None and one.ends > when and serial in {None, one.serial}
        }
        if not hit:
            which = f"certificate {serial}" if serial else "certificate"
            known = ", ".join(sorted({one.name for one in self.entries})) or "none"
            raise ContractError(f"{name} has no {which} that could be revoked; names in the index: {known}")
        mark = {"revoked": when, "reason": reason}
        entries = tuple(one.model_copy(update=mark) if one.serial in hit else one for one in self.entries)
        return self.model_copy(update={"entries": entries})
