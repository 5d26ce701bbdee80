"""Carry out what the centre ordered: fetch, verify, install beside what runs, and report each step. Run by root.

<data>/update/order.json     what the unit heard (contract.UpdateSet); written by the unit, so not believed
<data>/update/report.json    what became of it (contract.UpdateStanding); the unit passes it on
/opt/simpang/bundles/<n>/    what was fetched; the one in force stays, as a source for the next
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from contract import UpdateSet, UpdateStanding
from provisioning.files import PUBLIC, write
from provisioning.update.applying import Install, apply
from provisioning.update.fetching import Server, fetch
from provisioning.update.signing import NUMBER, UpdateError
from provisioning.update.slots import Slots, State, begin

ORDER, REPORT = "order.json", "report.json"
_ORDER_MOST = 4096
_TELL_EVERY = 2_000_000
"""Bytes fetched between two reports."""
CARD_BUNDLES = (
    Path("/usr/local/lib/simpang/bundle"),
    Path("/boot/firmware/simpang/bundle"),
    Path("/boot/simpang/bundle"),
)
"""What the card was made with: the first update takes most of its wheels from there."""


@dataclass(frozen=True, slots=True)
class Unit:
    """Where things lie on one unit."""

    letters: Path
    """The folder `update` of the unit's data folder."""
    slots: Slots
    public: Path
    card_bundles: tuple[Path, ...] = CARD_BUNDLES

    @property
    def bundles(self) -> Path:
        """What was fetched."""
        return self.slots.folder / "bundles"


def carry_out(unit: Unit, connect: Callable[[str], Server], install: Install) -> bool:
    """Do what is ordered, if anything is to be done; True when the unit is to be restarted.

    Whatever keeps it from being done for good is reported, and is no error here. `OSError`: try again later.
    """
    with _alone(unit.slots.folder):
        order = due(unit)
        if order is None:
            report(unit)
            return False
        state = unit.slots.read()
        try:
            begin(state, unit.slots.current, order.number)
            return _bring(unit, order, connect(order.address), install)
        except (UpdateError, ValueError) as error:
            _tell(unit, state, candidate=order.number, phase="failed", reason=str(error))
            return False


def due(unit: Unit) -> UpdateSet | None:
    """What is ordered and still to be done."""
    state, order = unit.slots.read(), read_order(unit.letters)
    if order is None or state.phase == "trial" or order.number <= state.number or _given_up(unit, order):
        return None
    return order


def report(unit: Unit) -> None:
    """Tell how things stand; called now and then, because a trial ends without us."""
    if not unit.letters.is_dir():
        return
    state, order = unit.slots.read(), read_order(unit.letters)
    before = _told(unit)
    if state.phase == "trial":
        _tell(unit, state, candidate=state.candidate, phase="trial", fetched=before.fetched_bytes)
    elif order is not None and order.number <= state.spent:
        # Said once for all: why it failed at its install or start is in the journal.
        reason = before.reason if before.phase == "failed" and before.candidate == order.number else None
        _tell(
            unit, state, candidate=order.number, phase="failed", reason=reason or "it did not keep running: gone back"
        )
    elif before.phase not in {"fetching", "failed"} or before.candidate <= state.number:
        _tell(unit, state, fetched=before.fetched_bytes)


def read_order(letters: Path) -> UpdateSet | None:
    """What is ordered; None when nothing is, or nothing that can be understood.

    The folder belongs to the unit's own user: a link there would make us read, and tell, what that user may not see.
    """
    try:
        handle = os.open(letters / ORDER, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as file:
            return UpdateSet.model_validate_json(file.read(_ORDER_MOST))
    except (OSError, ValidationError):
        return None


def _bring(unit: Unit, order: UpdateSet, server: Server, install: Install) -> bool:
    state = unit.slots.read()
    place = unit.bundles / str(order.number)
    teller = _Teller(unit, state, order.number)
    older = [one for one in unit.bundles.glob("*") if one != place] if unit.bundles.is_dir() else []
    teller.tell()
    try:
        fetch(server, place, unit.public, [*older, *unit.card_bundles], teller.count)
    except OSError as error:
        teller.tell(f"waits for the line: {error}")
        raise
    teller.tell()
    if (place / NUMBER).read_text(encoding="ascii").strip() != str(order.number):
        shutil.rmtree(place, ignore_errors=True)
        raise UpdateError(f"{order.address} holds another update than {order.number}")
    try:
        apply(place, unit.public, unit.slots, install)
    except UpdateError:
        shutil.rmtree(place, ignore_errors=True)
        raise
    _tell(unit, unit.slots.read(), candidate=order.number, phase="trial", fetched=teller.fetched)
    for one in older:
        # The bundle in force stays: the way back may lead there, and the next update takes from it.
        if one.name != str(state.number):
            shutil.rmtree(one, ignore_errors=True)
    return True


@dataclass(slots=True)
class _Teller:
    """Reports how much has come, not too often."""

    unit: Unit
    state: State
    candidate: int
    fetched: int = 0
    _told: int = 0

    def count(self, piece: int) -> None:
        self.fetched += piece
        if self.fetched - self._told >= _TELL_EVERY:
            self._told = self.fetched
            self.tell()

    def tell(self, reason: str | None = None) -> None:
        _tell(self.unit, self.state, candidate=self.candidate, phase="fetching", fetched=self.fetched, reason=reason)


def _given_up(unit: Unit, order: UpdateSet) -> bool:
    """Whether this very order has failed for good: it is not tried again before it is sent again."""
    told = _told(unit)
    if told.phase != "failed" or told.candidate != order.number:
        return False
    return (unit.letters / REPORT).stat().st_mtime_ns >= (unit.letters / ORDER).stat().st_mtime_ns


def _told(unit: Unit) -> UpdateStanding:
    try:
        return UpdateStanding.model_validate_json((unit.letters / REPORT).read_bytes())
    except (OSError, ValidationError):
        return UpdateStanding(number=0)


def _tell(
    unit: Unit, state: State, *, candidate: int = 0, phase: str = "idle", fetched: int = 0, reason: str | None = None
) -> None:
    said = {"number": state.number, "candidate": candidate, "phase": phase, "fetched_bytes": fetched}
    standing = UpdateStanding.model_validate({**said, "reason": reason[:500] if reason else None})
    if standing != _told(unit) or not (unit.letters / REPORT).exists():
        write(unit.letters / REPORT, standing.model_dump_json(exclude_none=True).encode(), PUBLIC)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two at once would write into one slot."""
    with (folder / "update.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
