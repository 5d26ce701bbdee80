"""The tables of the ledger, and those of the series where SQLite keeps them too.

Instants are microseconds since 1970, UTC. Models are kept as the JSON of the contract.
"""

from __future__ import annotations

from collector.store.schema import LEVELS, MEASUREMENTS, RAW, Kind, Level, Measurement

LEDGER = """
CREATE TABLE IF NOT EXISTS unit (
    site TEXT, unit TEXT,
    state TEXT NOT NULL,            -- contract.State
    last_seen INTEGER NOT NULL,     -- arrival, by the collector's clock
    interval_s REAL NOT NULL,       -- of its last observation
    skew_s REAL,                    -- unit's clock minus the collector's
    health TEXT,                    -- contract.Health
    reported TEXT,                  -- contract.ConfigReported
    PRIMARY KEY (site, unit)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS software ( -- what each unit runs, and what is coming
    site TEXT, unit TEXT,
    reported TEXT NOT NULL,         -- contract.UpdateReported
    PRIMARY KEY (site, unit)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS boot (   -- starts of a unit: which outbox they numbered in, and whether another followed
    site TEXT, unit TEXT, boot_id TEXT, outbox INTEGER, former INTEGER NOT NULL,
    PRIMARY KEY (site, unit, boot_id)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS outbox ( -- everything from low to high has arrived, but the holes
    site TEXT, unit TEXT, number INTEGER, low INTEGER NOT NULL, high INTEGER NOT NULL, lost INTEGER NOT NULL,
    PRIMARY KEY (site, unit, number)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS hole (
    site TEXT, unit TEXT, outbox INTEGER, first INTEGER, last INTEGER NOT NULL, noticed INTEGER NOT NULL,
    PRIMARY KEY (site, unit, outbox, first)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS occurrence ( -- parking cases, incidents, camera troubles, as their last event left them
    site TEXT, unit TEXT, "case" TEXT,
    opened INTEGER NOT NULL, closed INTEGER, phase INTEGER NOT NULL, time INTEGER NOT NULL, event TEXT NOT NULL,
    verdict TEXT, verdict_reason TEXT, verdict_by TEXT, verdict_time INTEGER,
    PRIMARY KEY (site, unit, "case")
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS occurrence_opened ON occurrence (opened);

CREATE TABLE IF NOT EXISTS picture (
    site TEXT, unit TEXT, sha256 TEXT, "case" TEXT NOT NULL, moment TEXT NOT NULL, time INTEGER NOT NULL,
    jpeg BLOB NOT NULL,
    PRIMARY KEY (site, unit, sha256)
);
CREATE INDEX IF NOT EXISTS picture_case ON picture (unit, "case", time);
CREATE INDEX IF NOT EXISTS picture_time ON picture (time);

CREATE TABLE IF NOT EXISTS signal_request ( -- what was asked of a bridge
    site TEXT, unit TEXT, id TEXT, junction TEXT NOT NULL, arrived INTEGER NOT NULL,
    request TEXT NOT NULL,              -- contract.SignalRequest
    PRIMARY KEY (site, unit, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS signal_request_arrived ON signal_request (arrived);

CREATE TABLE IF NOT EXISTS signal_reply (   -- every word of the bridge on it
    site TEXT, unit TEXT, request TEXT, time INTEGER, outcome TEXT, junction TEXT NOT NULL, arrived INTEGER NOT NULL,
    reply TEXT NOT NULL,                -- contract.SignalReply
    PRIMARY KEY (site, unit, request, time, outcome)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS signal_reply_arrived ON signal_reply (arrived);

CREATE TABLE IF NOT EXISTS letter (     -- what could not be taken
    digest TEXT PRIMARY KEY, topic TEXT NOT NULL, payload BLOB NOT NULL, size INTEGER NOT NULL, reason TEXT NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL, times INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS letter_age ON letter (last, size);

CREATE TABLE IF NOT EXISTS dirty (      -- quarters of an hour whose coarser points are out of date
    start INTEGER PRIMARY KEY, version INTEGER NOT NULL
);

CREATE TABLE IF NOT EXISTS tally (name TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;
"""

_TYPES = {Kind.INTEGER: "INTEGER", Kind.FLOAT: "REAL", Kind.BOOLEAN: "INTEGER", Kind.STRING: "TEXT"}


def table_name(measurement: Measurement, level: Level) -> str:
    """`volume`, `volume_m15`, `volume_h1`."""
    return measurement.name if level is RAW else f"{measurement.name}_{level.name}"


def _series(measurement: Measurement, level: Level) -> str:
    fields = measurement.fields if level is RAW else measurement.folded
    columns = ["time INTEGER", *(f'"{tag}" TEXT' for tag in measurement.tags)]
    columns += [f'"{field.name}" {_TYPES[field.kind]}' for field in fields]
    key = ", ".join(("time", *(f'"{tag}"' for tag in measurement.tags)))
    name = table_name(measurement, level)
    return f'CREATE TABLE IF NOT EXISTS "{name}" ({", ".join(columns)}, PRIMARY KEY ({key})) WITHOUT ROWID;'


SERIES = "\n".join(_series(m, level) for m in MEASUREMENTS for level in LEVELS if level is RAW or m.folded)
"""Time first in the key: a span is read, and the oldest is dropped, without touching the rest."""
