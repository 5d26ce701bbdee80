"""The store that the configuration names."""

from __future__ import annotations

from collector.config import SqliteSettings, StoreSettings
from collector.store.influx import InfluxStore
from collector.store.ledger_reading import Clock, utc_now
from collector.store.sqlite import SqliteStore
from collector.store.store import Store


def open_store(settings: StoreSettings, clock: Clock = utc_now) -> Store:
    """Open it; `StoreError` when its file cannot be, `ContractError` when a secret is missing."""
    if isinstance(settings, SqliteSettings):
        return SqliteStore(settings.path, clock)
    return InfluxStore(settings.login(), settings.ledger, clock)
