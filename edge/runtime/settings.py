"""Configuration from the centre: whether it may be applied, what is kept of it, and the way back.

    config/set ──valid?──▶ waits for the boundary ──▶ on trial ──works──▶ confirmed
                  │ no                                   │ fails, or the unit restarts too often
                  ▼                                      ▼
               refused                               rolled back

What belongs to the card (site, unit, broker, data folder) is never changed from afar: the unit could lose its way home.
A technician who edits unit.toml on the spot is right: what the centre had set is then put aside. What is drawn on the
unit's page goes the same way as the centre's configuration, on trial and back, under the revision in force; the centre
is told what was drawn, and its next revision replaces it.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from contract import ConfigSet, ContractError, Kind, Model, Sha256, Slug, Topic, Zones, decode
from edge.config import UnitConfig, assemble

log = logging.getLogger(__name__)

OF_THE_CARD = ("site", "unit", "broker", "data", "outbox_mb", "page")
"""Keys that only unit.toml sets; the centre may leave them out."""
_MOST_STARTS = 3
"""Restarts during a trial after which it has failed."""

Outcome = Literal["applied", "refused", "rolled_back"]


class Kept(Model):
    """What the unit remembers of the centre's configuration."""

    local: Sha256 = Field(description="Of the unit.toml that was in force; another one puts this aside.")
    revision: int = Field(ge=0)
    config: dict[str, Any]
    confirmed: bool
    starts: int = Field(default=0, ge=0)
    previous_revision: int = Field(default=0, ge=0)
    previous: dict[str, Any] | None = None
    drawn: tuple[Slug, ...] = Field(default=(), description="Cameras whose zones were drawn here since the revision.")
    previous_drawn: tuple[Slug, ...] = ()
    spent: int = Field(default=0, ge=0, description="Revision that was rolled back or put aside; not tried again.")


class Report(Model):
    """What is told of the last configuration; `revision` is what the unit runs with."""

    revision: int
    outcome: Outcome
    reason: str | None = None


class Settings:
    """The configuration in force. `local` is unit.toml as it was read from `path`."""

    def __init__(self, local: UnitConfig, path: Path) -> None:
        self._local = local
        self._folder = path.parent
        self._digest = hashlib.sha256(path.read_bytes()).hexdigest()
        self._file = Path(local.data) / "config.json"
        self.revision = 0
        self.config = local
        self.drawn: frozenset[str] = frozenset()
        """Cameras whose zones were drawn at the unit since the revision."""
        self.report = Report(revision=0, outcome="applied", reason="unit.toml")
        self._kept = self._read()
        if self._kept is not None:
            self._take_up(self._kept)

    @property
    def on_trial(self) -> bool:
        """Whether what is in force has yet to show that it works."""
        return self._kept is not None and not self._kept.confirmed

    def examine(self, payload: bytes) -> tuple[int, UnitConfig] | None:
        """A `config/set` as (revision, configuration); None when it is known already, as after each connection.

        `ContractError` says why it cannot be applied.
        """
        _, message = decode(str(Topic(self._local.site, self._local.unit, Kind.CONFIG_SET)), payload)
        assert isinstance(message, ConfigSet), "the topic says which model it is"
        revision = message.revision
        if revision == self.revision or (self._kept is not None and revision == self._kept.spent):
            return None
        if revision < self.revision:
            raise ContractError(f"revision {revision} is older than {self.revision}, which is in force")
        return revision, self._complete(message.config, f"revision {revision}")

    def redrawn(self, drawn: Mapping[str, Zones]) -> UnitConfig:
        """What is in force, with other lines and zones over these cameras; those that it does not have are left out."""
        cameras = tuple(one.model_copy(update={"zones": drawn.get(one.id, one.zones)}) for one in self.config.cameras)
        return self.config.model_copy(update={"cameras": cameras})

    @property
    def drawn_zones(self) -> dict[str, Zones]:
        """What a technician drew at the unit since the revision, as it is now in force."""
        return {camera.id: camera.zones for camera in self.config.cameras if camera.id in self.drawn}

    def refuse(self, reason: str) -> None:
        """It is not applied, and that is to be told."""
        log.error("configuration refused: %s", reason)
        self.report = Report(revision=self.revision, outcome="refused", reason=reason[:500])

    def apply(self, revision: int, config: UnitConfig, drawn: frozenset[str] = frozenset()) -> None:
        """This is in force from now on, on trial. Kept so that a restart goes on with it.

        `drawn`: the cameras that a technician drew anew, under the revision that was in force.
        """
        before, here = self.config, self.drawn | drawn if drawn else frozenset[str]()
        self._kept = Kept(
            local=self._digest,
            revision=revision,
            config=_plain(config),
            confirmed=False,
            previous_revision=self.revision,
            previous=_plain(before),
            drawn=tuple(sorted(here)),
            previous_drawn=tuple(sorted(self.drawn)),
            spent=self._kept.spent if drawn and self._kept is not None else 0,
        )
        self.revision, self.config, self.drawn = revision, config, here
        self._write(self._kept)
        reason = f"drawn at the unit: {', '.join(sorted(drawn))}" if drawn else None
        self.report = Report(revision=revision, outcome="applied", reason=reason)
        log.info("configuration: revision %d applied%s", revision, f"; {reason}" if reason else "")

    def confirm(self) -> None:
        """It works: there is no way back any more."""
        if self._kept is not None and not self._kept.confirmed:
            done = {"confirmed": True, "starts": 0, "previous": None}
            self._kept = self._kept.model_copy(update=done)
            self._write(self._kept)

    def roll_back(self, reason: str) -> None:
        """It does not work: what was before is in force again."""
        if self._kept is None or self._kept.previous is None:
            return
        failed = self._kept.revision
        of_centre = failed != self._kept.previous_revision
        what = f"revision {failed}" if of_centre else "what was drawn at the unit"
        log.error("configuration: %s rolled back: %s", what, reason)
        previous = Kept(
            local=self._digest,
            revision=self._kept.previous_revision,
            config=self._kept.previous,
            confirmed=True,
            drawn=self._kept.previous_drawn,
            spent=failed if of_centre else self._kept.spent,
        )
        self._write(previous)
        self._kept = previous
        self.revision, self.config = previous.revision, self._complete(previous.config, "the configuration before")
        self.drawn = frozenset(previous.drawn)
        text = f"{what}: {reason}"
        self.report = Report(revision=self.revision, outcome="rolled_back", reason=text[:500])

    def give_up(self, error: ContractError) -> None:
        """What an earlier run kept cannot be used here (any more): unit.toml is in force."""
        log.error("configuration: what was kept cannot be used (%s); unit.toml is in force", error)
        self.revision, self.config, self.drawn = 0, self._local, frozenset()
        self.report = Report(revision=0, outcome="rolled_back", reason=str(error)[:500])
        self._kept = None

    def _complete(self, table: Mapping[str, object], where: str) -> UnitConfig:
        """The centre's table with what belongs to the card; `ContractError` when it would change that."""
        card = self._local.model_dump(mode="json", include=set(OF_THE_CARD))
        config = assemble({**card, "timezone": self._local.timezone, **table}, self._folder, where)
        for key in OF_THE_CARD:
            if getattr(config, key) != getattr(self._local, key):
                raise ContractError(f"{where}: {key} belongs to the card and cannot be changed from the centre")
        return config

    def _take_up(self, kept: Kept) -> None:
        """Go on with what an earlier run kept, unless it never came through its trial."""
        try:
            config = self._complete(kept.config, f"kept revision {kept.revision}")
        except ContractError as error:
            self.give_up(error)
            return
        self.revision, self.config, self.drawn = kept.revision, config, frozenset(kept.drawn)
        self.report = Report(revision=kept.revision, outcome="applied")
        if not kept.confirmed:
            self._kept = kept.model_copy(update={"starts": kept.starts + 1})
            self._write(self._kept)
            if self._kept.starts >= _MOST_STARTS:
                self.roll_back(f"the unit restarted {self._kept.starts} times while it was on trial")

    def _read(self) -> Kept | None:
        try:
            kept = Kept.model_validate_json(self._file.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            log.warning("configuration: %s cannot be used (%s); unit.toml is in force", self._file, error)
            return None
        return kept if kept.local == self._digest else self._put_aside(kept)

    def _put_aside(self, kept: Kept) -> Kept:
        """unit.toml was edited since: it is in force, and what the broker still holds of before is not tried again."""
        log.warning("configuration: unit.toml was changed since; revision %d is put aside", kept.revision)
        spent = max(kept.revision, kept.spent)
        local = Kept(local=self._digest, revision=0, config=_plain(self._local), confirmed=True, spent=spent)
        self._write(local)
        return local

    def _write(self, kept: Kept) -> None:
        """Whole or not at all, also when the power fails; a disk that takes nothing is told, and we go on."""
        part = self._file.with_suffix(".part")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            # It holds the cameras' passwords.
            part.touch(mode=0o600)
            with part.open("wb") as file:
                file.write(kept.model_dump_json().encode())
                file.flush()
                os.fsync(file.fileno())
            part.replace(self._file)
        except OSError as error:
            log.warning("configuration: cannot be kept (%s): a restart will forget it", error)


def _plain(config: UnitConfig) -> dict[str, Any]:
    return config.model_dump(mode="json", exclude=set(OF_THE_CARD), exclude_none=True)
