"""A unit in the ledger's tables: loaded whole, saved as far as it changed."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from collector.store.points import from_us, to_us
from collector.units.gaps import Outbox, Run
from collector.units.unit import Name, Unit
from contract import State

_MOST_BOOTS = 50
"""Starts remembered of a unit: one that restarts every minute for a year must not fill the ledger."""


def load(connection: sqlite3.Connection, name: Name) -> Unit:
    """What the tables know of a unit; a new one where they know nothing."""
    unit = Unit(name)
    row = connection.execute(
        "SELECT state, last_seen, interval_s, skew_s, health, reported FROM unit WHERE site=? AND unit=?", name
    ).fetchone()
    if row is None:
        return unit
    state, last_seen, unit.interval_s, unit.skew_s, unit.health, unit.reported = row
    unit.state, unit.last_seen = State.model_validate_json(state), from_us(last_seen)
    for boot_id, outbox, former in connection.execute(
        "SELECT boot_id, outbox, former FROM boot WHERE site=? AND unit=?", name
    ):
        if outbox:
            unit.boots[boot_id] = outbox
        if former:
            unit.former.add(boot_id)
    for number, low, high, lost in connection.execute(
        "SELECT number, low, high, lost FROM outbox WHERE site=? AND unit=?", name
    ):
        unit.outboxes[number] = Outbox(low, high, list(_holes(connection, name, number)), lost)
    return unit


def save(connection: sqlite3.Connection, unit: Unit, changed: set[int], now: datetime) -> None:
    """Write `unit` back; `changed` names the outboxes that are not as they were loaded."""
    if unit.state is None or unit.last_seen is None:
        return
    state, last_seen = unit.state.model_dump_json(exclude_none=True), to_us(unit.last_seen)
    connection.execute(
        "INSERT OR REPLACE INTO unit VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (*unit.name, state, last_seen, unit.interval_s, unit.skew_s, unit.health, unit.reported),
    )
    for number in changed:
        _save_outbox(connection, unit, number, to_us(now))
    if unit.new_boots:
        _save_boots(connection, unit)
        unit.new_boots = False


def _save_boots(connection: sqlite3.Connection, unit: Unit) -> None:
    boots = {**dict.fromkeys(unit.former), **unit.boots}
    for boot_id in list(boots)[:-_MOST_BOOTS]:
        unit.boots.pop(boot_id, None)
        unit.former.discard(boot_id)
    connection.execute("DELETE FROM boot WHERE site=? AND unit=?", unit.name)
    connection.executemany(
        "INSERT INTO boot VALUES (?, ?, ?, ?, ?)",
        [
            (*unit.name, boot_id, unit.boots.get(boot_id), boot_id in unit.former)
            for boot_id in {**dict.fromkeys(unit.former), **unit.boots}
        ],
    )


def _holes(connection: sqlite3.Connection, name: Name, number: int) -> list[Run]:
    rows = connection.execute(
        "SELECT first, last FROM hole WHERE site=? AND unit=? AND outbox=? ORDER BY first", (*name, number)
    )
    return [Run(first, last) for first, last in rows]


def _save_outbox(connection: sqlite3.Connection, unit: Unit, number: int, now_us: int) -> None:
    outbox, key = unit.outboxes[number], (*unit.name, number)
    connection.execute(
        "INSERT OR REPLACE INTO outbox VALUES (?, ?, ?, ?, ?, ?)", (*key, outbox.low, outbox.high, outbox.lost)
    )
    known = {
        Run(first, last): noticed
        for first, last, noticed in connection.execute(
            "SELECT first, last, noticed FROM hole WHERE site=? AND unit=? AND outbox=?", key
        )
    }
    now_open = set(outbox.holes)
    connection.executemany(
        "DELETE FROM hole WHERE site=? AND unit=? AND outbox=? AND first=?",
        [(*key, hole.first) for hole in known.keys() - now_open],
    )
    for hole in now_open - known.keys():  # new, or the rest of one that was filled in part
        noticed = next((since for whole, since in known.items() if whole.first <= hole.first <= whole.last), now_us)
        connection.execute("INSERT INTO hole VALUES (?, ?, ?, ?, ?, ?)", (*key, *hole, noticed))
