"""What was numbered is kept until it is acknowledged, through kill -9, a full disk and a broken file."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract import CameraCondition, CameraEvent, CameraObservation, Evidence, Kind, Observation, Quality, decode
from contract.messages import Kept
from edge.outbox import Draft, Entry, Outbox

BOOT = "0" * 32
NOW = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
ROOMY = 10_000_000


def observation(seq: int) -> Kept:
    camera = CameraObservation(camera="dago-1", quality=Quality(grade="good", frames=600, fps=10))
    return Observation(boot_id=BOOT, time=NOW, seq=seq, start=NOW, interval_s=60, cameras=(camera,))


def event(seq: int) -> Kept:
    return CameraEvent(
        boot_id=BOOT,
        time=NOW,
        seq=seq,
        case="c1",
        phase="opened",
        camera="a",
        opened=NOW,
        condition=CameraCondition.LOST,
    )


def evidence(size: int) -> Draft:
    def build(seq: int) -> Kept:
        fields = {"case": "p1", "camera": "a", "moment": "opened", "sha256": "a" * 64, "jpeg": b"QUJD" * (size // 4)}
        return Evidence.model_validate({"boot_id": BOOT, "time": NOW, "seq": seq} | fields)

    return build


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "outbox.db"


def opened(path: Path, cap_bytes: int = ROOMY) -> Outbox:
    return Outbox(path, cap_bytes=cap_bytes)


def seqs(entries: list[Entry]) -> list[int]:
    return [entry.seq for entry in entries]


def test_what_waits_is_the_message_with_its_number(path: Path) -> None:
    outbox = opened(path)
    outbox.append([observation, event, evidence(400)])
    entries = outbox.waiting()
    assert [entry.kind for entry in entries] == [Kind.OBSERVATION, Kind.EVENT, Kind.EVIDENCE]
    for entry in entries:
        _, message = decode(f"simpang/v1/bandung/u1/{entry.kind}", entry.payload)
        assert isinstance(message, Kept)
        assert message.seq == entry.seq
    assert seqs(entries) == [1, 2, 3]
    assert seqs(outbox.waiting(after=1, limit=1)) == [2]


def test_numbers_go_on_after_a_restart_even_when_all_was_acknowledged(path: Path) -> None:
    first = opened(path)
    first.append([observation] * 3)
    first.acknowledge([1, 2, 3])
    first.close()
    second = opened(path)
    assert second.depth == 0
    second.append([observation])
    assert seqs(second.waiting()) == [4]


def test_a_note_changes_with_the_message_or_not_at_all(path: Path) -> None:
    outbox = opened(path)
    outbox.append([event], {"parking/a": b"open"})

    def fails(seq: int) -> Kept:
        raise ValueError("no such message")

    with pytest.raises(ValueError, match="no such message"):
        outbox.append([event, fails], {"parking/a": b"closed"})
    assert outbox.noted("parking/a") == b"open"
    assert outbox.depth == 1
    outbox.append([event], {"parking/a": None})
    assert outbox.noted("parking/a") is None
    assert seqs(outbox.waiting()) == [1, 2]


WRITER = """
    import sys
    from pathlib import Path
    from tests.edge.outbox.test_outbox import event, observation, opened

    outbox = opened(Path(sys.argv[1]))
    while True:
        outbox.append([observation, event], {"written": str(outbox.depth + 2).encode()})
        print(outbox.depth, flush=True)
"""


def test_every_message_that_was_kept_survives_kill_9(path: Path) -> None:
    """The writer says how many it has kept; killed in full flight, at least those are there, whole and in order."""
    for _ in range(2):
        with subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(WRITER), str(path)], stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout is not None
            for _ in range(25):
                told = int(writer.stdout.readline())
            writer.send_signal(signal.SIGKILL)
            rest = writer.stdout.read().split()
        told = int(rest[-1]) if rest else told
        outbox = opened(path)
        assert outbox.depth >= told
        assert outbox.depth % 2 == 0, "half of a transaction was kept"
        assert outbox.noted("written") == str(outbox.depth).encode()
        assert seqs(outbox.waiting(limit=100_000)) == list(range(1, outbox.depth + 1))
        outbox.close()


def test_above_the_cap_evidence_goes_first_then_the_oldest_counts_and_events_last(path: Path) -> None:
    outbox = opened(path, cap_bytes=6_000)
    outbox.append([event, evidence(2_000), observation, evidence(2_000), observation])
    assert outbox.dropped == 0
    outbox.append([event] * 9)
    assert [entry.kind for entry in outbox.waiting(limit=4)] == [
        Kind.EVENT,
        Kind.OBSERVATION,
        Kind.EVIDENCE,
        Kind.OBSERVATION,
    ]
    outbox.append([event] * 20)
    kinds = [entry.kind for entry in outbox.waiting(limit=100)]
    assert Kind.EVIDENCE not in kinds
    assert kinds[0] is Kind.EVENT
    assert outbox.dropped == 34 - outbox.depth
    outbox.close()
    assert opened(path).dropped == outbox.dropped


def test_a_full_disk_takes_the_least_valuable_and_says_so(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """SQLite's own limit of pages stands for the disk: the same error from the same place."""
    outbox = opened(path)
    outbox.append([evidence(40_000)])
    database = outbox._db
    (pages,) = database.execute("PRAGMA page_count").fetchone()
    database.execute(f"PRAGMA max_page_count={pages + 2}")
    outbox.append([evidence(80_000)])
    outbox.append([observation])
    assert Kind.OBSERVATION in {entry.kind for entry in outbox.waiting()}
    assert outbox.dropped >= 1
    assert "full" in caplog.text
    assert outbox.depth + outbox.dropped == 3


def test_on_a_nearly_full_disk_it_grows_no_more_and_pictures_make_room_for_counts(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox = opened(path)
    outbox.append([evidence(40_000), observation, evidence(40_000)])
    monkeypatch.setattr("edge.outbox.RESERVE_BYTES", 2**62)
    outbox.append([observation])
    outbox.append([event])
    assert [entry.kind for entry in outbox.waiting()] == [Kind.OBSERVATION, Kind.OBSERVATION, Kind.EVENT]
    assert outbox.dropped == 2


def garbage(path: Path) -> None:
    path.write_bytes(b"this is no database, whatever its name says" * 200)


def torn(path: Path) -> None:
    """A page in the middle went bad, as cards do."""
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xa5" * (len(data) - 4096)
    path.write_bytes(data)


@pytest.mark.parametrize("spoil", [garbage, torn])
def test_a_broken_file_is_set_aside_and_the_unit_goes_on(
    path: Path, caplog: pytest.LogCaptureFixture, spoil: Callable[[Path], None]
) -> None:
    outbox = opened(path)
    outbox.append([evidence(20_000), observation])
    outbox.close()
    spoil(path)
    spoilt = path.read_bytes()
    again = opened(path)
    assert again.depth == 0
    assert "set aside" in caplog.text
    (aside,) = path.parent.glob("outbox.db.broken-*")
    assert aside.read_bytes() == spoilt
    again.append([observation])
    assert seqs(again.waiting()) == [1]


def test_a_file_that_breaks_while_it_runs_does_not_turn_the_numbers_back(path: Path) -> None:
    outbox = opened(path)
    outbox.append([observation] * 5)
    with outbox._lock:
        outbox._recover(sqlite3.DatabaseError("database disk image is malformed"))
    outbox.append([observation])
    assert seqs(outbox.waiting()) == [6]
    assert outbox.dropped == 5


@settings(max_examples=30, deadline=None)
@given(st.lists(st.one_of(st.integers(1, 4), st.sets(st.integers(1, 40)), st.just("restart")), max_size=25))
def test_whatever_is_appended_acknowledged_and_restarted_each_number_is_given_once(
    tmp_path_factory: pytest.TempPathFactory, steps: list[int | set[int] | str]
) -> None:
    path = tmp_path_factory.mktemp("outbox") / "outbox.db"
    outbox = opened(path)
    given_out, gone = 0, set[int]()
    for step in steps:
        if isinstance(step, int):
            outbox.append([observation] * step)
            given_out += step
        elif isinstance(step, set):
            outbox.acknowledge(step)
            gone |= {seq for seq in step if seq <= given_out}
        else:
            outbox.close()
            outbox = opened(path)
        left = sorted(set(range(1, given_out + 1)) - gone)
        assert seqs(outbox.waiting(limit=1000)) == left
        assert outbox.depth == len(left)
    outbox.close()
