"""Who gets in: the PIN, sessions that end, and how often anybody may ask."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import ContractError
from edge.page.access import SESSION_S, Allowance, Sessions
from edge.page.pin import ALPHABET, LENGTH, agrees, read_pin


def test_without_a_file_a_pin_is_drawn_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    pin = read_pin(None, tmp_path / "data")
    assert len(pin) == LENGTH
    assert set(pin) <= set(ALPHABET)
    assert read_pin(None, tmp_path / "data") == pin
    assert (tmp_path / "data/page.pin").stat().st_mode & 0o077 == 0
    assert read_pin(None, tmp_path / "other") != pin, "no two units share one"


@pytest.mark.parametrize("content", [None, b"", b"1234\n", b"\xff\xfe\n"])
def test_a_pin_file_that_is_no_good_is_refused(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "pin").write_bytes(content)
    with pytest.raises(ContractError, match="pin"):
        read_pin(tmp_path / "pin", tmp_path)


def test_a_pin_is_known_however_it_is_typed() -> None:
    assert all(agrees(typed, "abcd-2345") for typed in ("abcd2345", "ABCD 2345", "abcd-2345 "))
    assert not any(agrees(typed, "abcd-2345") for typed in ("", "abcd234", "abcd23456", "ümlaut"))


def test_a_session_ends_when_nobody_uses_it_or_when_it_is_ended() -> None:
    sessions = Sessions()
    one, other = sessions.begin(0.0), sessions.begin(0.0)
    assert sessions.holds(one, SESSION_S - 1)
    assert not sessions.holds(other, SESSION_S + 1)
    assert sessions.holds(one, SESSION_S + 1), "used, so it lasts"
    sessions.end(one)
    assert not sessions.holds(one, SESSION_S + 2)
    assert not sessions.holds("", 0.0)


def test_only_so_many_at_once() -> None:
    sessions = Sessions()
    tokens = [sessions.begin(0.0) for _ in range(17)]
    assert [sessions.holds(token, 1.0) for token in tokens] == [False] + [True] * 16


@given(st.lists(st.floats(0, 5), max_size=60))
def test_nobody_does_more_than_the_allowance(pauses: list[float]) -> None:
    allowance, now_s, done = Allowance(burst=5, per_s=0.5), 0.0, 0
    for pause_s in pauses:
        now_s += pause_s
        done += allowance.takes("10.0.0.7", now_s)
        assert done <= 5 + now_s * 0.5 + 1e-6
    assert allowance.takes("10.0.0.8", now_s), "another is not hindered"
