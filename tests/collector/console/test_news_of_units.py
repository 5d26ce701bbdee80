"""What the fleet page says of orders and drawings: a table, in both languages."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from collector.console.pages.units import news
from collector.console.words import LANGUAGES, Words
from collector.store.reading import UnitStatus
from contract import ConfigReported, State, UpdateReported, Zones

NOW = datetime(2026, 3, 12, 10, 42, tzinfo=UTC)
BOOT = "0" * 32
STATE = State(boot_id=BOOT, time=NOW, status="online", reason="started", started=NOW, software="0.1.0")


def unit(**reports: object) -> UnitStatus:
    told = UnitStatus(site="bandung", unit="edge-dago", state=STATE, last_seen=NOW)
    return told.model_copy(update=reports)


def config(**told: object) -> UnitStatus:
    report = {"boot_id": BOOT, "time": NOW, "revision": 4, "outcome": "applied", **told}
    return unit(reported=ConfigReported.model_validate(report))


def update(**told: object) -> UnitStatus:
    return unit(update=UpdateReported.model_validate({"boot_id": BOOT, "time": NOW, "number": 3, **told}))


NEWS = [
    ("silent", unit(), []),
    ("in force", config(), []),
    ("drawn at the unit", config(drawn={"dago-2": Zones(), "dago-1": Zones()}), ["dago-1, dago-2"]),
    ("refused", config(outcome="refused", reason="no lines"), ["no lines"]),
    ("taken back", config(outcome="rolled_back", reason="no picture"), ["no picture"]),
    ("no update", update(), []),
    ("fetching", update(candidate=4, phase="fetching", fetched_bytes=2_500_000), ["4"]),
    ("on trial", update(candidate=4, phase="trial"), ["4"]),
    ("failed", update(candidate=4, phase="failed", reason="bad signature"), ["bad signature"]),
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("told", "says"), [row[1:] for row in NEWS], ids=[row[0] for row in NEWS])
def test_what_is_said(told: UnitStatus, says: list[str], language: str) -> None:
    found = list(news(told, Words(language, ZoneInfo("Asia/Jakarta"))))
    assert len(found) == len(says)
    assert all(one in text for one, text in zip(says, found, strict=True)), found
