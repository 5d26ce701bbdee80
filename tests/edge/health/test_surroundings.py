"""Supply, restarts, wear and contacts: tables for the rules, copies of the kernel's files for the looks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.config import Contact, ContactsConfig
from edge.health.contacts import Contacts, Settled, read_pin
from edge.health.restart import Cause, Signs, Start, read_signs, started
from edge.health.supply import Supply, read_supply, supply_of, supply_of_ups
from edge.health.surroundings import Surroundings
from edge.health.wear import Written, read_written_gb, worn_percent, written
from edge.outbox import Outbox

GAUGE = {"type": "Battery", "present": "1", "capacity": "87"}
"""A MAX17048 has no status of its own on many boards."""

SUPPLIES = [
    ("nothing is shown", [], Supply()),
    ("a plug alone", [{"type": "Mains", "online": "1"}], Supply()),
    ("a gauge alone", [GAUGE], Supply(None, 87)),
    ("a gauge that says so", [{**GAUGE, "status": "Discharging"}], Supply("battery", 87)),
    ("charging", [{**GAUGE, "status": "Charging"}], Supply("mains", 87)),
    ("full", [{**GAUGE, "capacity": "100", "status": "Full"}], Supply("mains", 100)),
    ("a gauge beside a live plug", [GAUGE, {"type": "Mains", "online": "1"}], Supply("mains", 87)),
    ("a gauge beside a dead plug", [GAUGE, {"type": "USB", "online": "0"}], Supply("battery", 87)),
    ("the emptier of two", [GAUGE, {**GAUGE, "capacity": "20"}], Supply(None, 20)),
    ("a slot without its battery", [{**GAUGE, "present": "0"}], Supply()),
    ("nonsense", [{**GAUGE, "capacity": "a lot"}, {**GAUGE, "capacity": "900"}], Supply()),
]


@pytest.mark.parametrize(("told", "supply"), [row[1:] for row in SUPPLIES], ids=[row[0] for row in SUPPLIES])
def test_what_the_kernel_tells_of_supplies(told: list[dict[str, str]], supply: Supply) -> None:
    assert supply_of(told) == supply


def test_a_supply_is_read_from_the_kernel_and_else_from_nut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    upsc = tmp_path / "bin/upsc"
    put(
        upsc,
        '#!/bin/sh\n[ "$1" = -l ] && echo kotak && exit\necho "battery.charge: 41"; echo "ups.status: OB DISCHRG"\n',
    )
    upsc.chmod(0o755)
    monkeypatch.setenv("PATH", f"{upsc.parent}:/bin")
    assert read_supply(tmp_path) == Supply("battery", 41)
    for name, text in {**GAUGE, "status": "Charging"}.items():
        put(tmp_path / "sys/class/power_supply/max170xx" / name, f"{text}\n")
    assert read_supply(tmp_path) == Supply("mains", 87)


def test_what_nut_tells_on_line() -> None:
    assert supply_of_ups("ups.status: OL CHRG\nbattery.charge: 99\n") == Supply("mains", 99)
    assert supply_of_ups("Error: Data stale") == Supply()


BEFORE = Start(boot="one", traces=1, cause="crash")
STOPPED = BEFORE.model_copy(update={"orderly": True})

STARTS: list[tuple[str, Start | None, Signs, Cause | None]] = [
    ("the first ever", None, Signs("one"), None),
    ("the program alone", BEFORE, Signs("one", 1), "crash"),
    ("asked to stop", STOPPED, Signs("two", 1), "orderly"),
    ("not asked", BEFORE, Signs("two", 1), "power"),
    ("a trace that was not there", STOPPED, Signs("two", 2), "crash"),
    ("traces that were cleared away", STOPPED, Signs("two", 0), "orderly"),
    ("its watchdog", BEFORE, Signs("two", 1, watchdog=True), "watchdog"),
]


@pytest.mark.parametrize(("before", "signs", "cause"), [row[1:] for row in STARTS], ids=[row[0] for row in STARTS])
def test_why_a_board_started(before: Start | None, signs: Signs, cause: Cause | None) -> None:
    assert started(before, signs) == Start(boot=signs.boot, traces=signs.traces, cause=cause)


def test_the_kernels_signs(tmp_path: Path) -> None:
    put(tmp_path / "proc/sys/kernel/random/boot_id", "abc\n")
    put(tmp_path / "sys/fs/pstore/dmesg-ramoops-0", "Oops")
    put(tmp_path / "sys/class/watchdog/watchdog0/bootstatus", "32\n")
    assert read_signs(tmp_path) == Signs("abc", 1, watchdog=True)
    assert read_signs().boot, "this machine tells its own"


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 50)), max_size=40))
def test_what_is_written_adds_up_over_starts(steps: list[tuple[bool, float]]) -> None:
    """Each step writes more, or starts the board anew, after which the kernel counts from nothing."""
    kept: Written | None = None
    boot, since, total = 0, 0.0, 0.0
    for anew, more in steps:
        boot, since = (boot + 1, more) if anew else (boot, since + more)
        total += more
        kept = written(kept, str(boot), since)
    assert (kept.total_gb if kept else 0.0) == pytest.approx(total, abs=1e-3)


def test_the_kernels_count_of_sectors(tmp_path: Path) -> None:
    device = tmp_path.stat().st_dev
    disk = tmp_path / f"sys/dev/block/{os.major(device)}:{os.minor(device)}"
    put(disk / "stat", "  100 0 800 0 50 0 4000000 0 0 0 0\n")
    assert read_written_gb(tmp_path, tmp_path) == 2.048
    put(disk / "stat", "nonsense")
    assert read_written_gb(tmp_path, tmp_path) is None
    assert read_written_gb(tmp_path / "nowhere", tmp_path) is None


def test_an_emmc_tells_its_age(tmp_path: Path) -> None:
    assert worn_percent(tmp_path) is None
    put(tmp_path / "sys/block/mmcblk0/device/life_time", "0x02 0x09\n")
    assert worn_percent(tmp_path) == 90


@given(st.lists(st.sampled_from([True, False, None]), max_size=30))
def test_a_contact_is_believed_once_two_looks_agree(looks: list[bool | None]) -> None:
    settled, last, believed = Settled(), None, None
    for seen in looks:
        believed = seen if seen == last else believed
        last = seen
        assert settled.look(seen) == believed


PINS = {17: True, 27: False}
"""Open circuits; other pins cannot be read."""

BOXES = [
    ("none", ContactsConfig(), (None, None)),
    ("door open", ContactsConfig(door=Contact(line=17)), (True, None)),
    ("a switch that closes with alarm", ContactsConfig(tilt=Contact(line=27, alarm="closed")), (None, True)),
    ("all well", ContactsConfig(door=Contact(line=27), tilt=Contact(line=27)), (False, False)),
    ("a pin that is not there", ContactsConfig(door=Contact(line=5)), (None, None)),
]


@pytest.mark.parametrize(("config", "state"), [row[1:] for row in BOXES], ids=[row[0] for row in BOXES])
def test_door_and_tilt(config: ContactsConfig, state: tuple[bool | None, bool | None]) -> None:
    contacts = Contacts(lambda contact: PINS.get(contact.line))
    contacts.look(config)
    assert contacts.look(config) == state


@pytest.mark.parametrize("chip", ["nowhere", "file"])
def test_a_chip_that_is_none_tells_nothing(tmp_path: Path, chip: str) -> None:
    put(tmp_path / "file", "")
    assert read_pin(Contact(line=1, chip=str(tmp_path / chip))) is None


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    made = Outbox(tmp_path / "outbox.db", cap_bytes=1_000_000)
    yield made
    made.close()


def test_a_power_cut_is_told_by_the_next_start_and_an_orderly_one_is_not(tmp_path: Path, outbox: Outbox) -> None:
    door = ContactsConfig(door=Contact(line=17))

    def run(boot: str, *, stopped: bool) -> Cause | None:
        put(tmp_path / "proc/sys/kernel/random/boot_id", boot)
        around = Surroundings(outbox, tmp_path, tmp_path, lambda contact: PINS.get(contact.line))
        around.look(door, 0.0)
        seen = around.look(door, 10.0)
        assert seen.door_open is True
        if stopped:
            around.stop()
        return seen.restart

    runs = [("a", False), ("a", False), ("b", True), ("c", True), ("c", False), ("d", False)]
    told = [run(boot, stopped=stopped) for boot, stopped in runs]
    assert told == [None, None, "power", "orderly", "orderly", "power"]


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
