"""The operators' book: nobody gets in who should not, what they did stays, and nothing of it can be changed."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest

from collector.console.accounts import Role, draw_password, draw_totp_secret, totp_step
from collector.console.operators import TRIES, WITHIN, OperatorError, Operators
from collector.store.reading import CaseRow
from contract import ParkingEvent, VehicleClass

NOW = datetime(2026, 3, 12, 10, 42, tzinfo=UTC)
SHIFT = timedelta(hours=12)
PASSWORD = "satu-dua-tiga"
CASE = CaseRow(
    site="bandung",
    unit="edge-bip",
    event=ParkingEvent(
        boot_id="0" * 32,
        time=NOW,
        seq=1,
        case="parkir-1",
        phase="opened",
        camera="bip-1",
        opened=NOW,
        zone="dilarang-parkir",
        vehicle=VehicleClass.CAR,
    ),
)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book with two operators: hashing is slow on purpose, and done once."""
    path = tmp_path_factory.mktemp("book") / "operators.sqlite3"
    book = Operators(path)
    book.add("sari", Role.OPERATE, PASSWORD, NOW)
    book.add("tono", Role.VIEW, PASSWORD, NOW)
    book.close()
    return path


@pytest.fixture
def book(tmp_path: Path, written: Path) -> Iterator[Operators]:
    path = tmp_path / "operators.sqlite3"
    path.write_bytes(written.read_bytes())
    book = Operators(path)
    yield book
    book.close()


def sign_in(book: Operators, name: str, password: str = PASSWORD, code: str = "", now: datetime = NOW) -> str:
    return book.sign_in(name, password, code, address="127.0.0.1", now=now, lasting=SHIFT)


def test_the_file_is_for_its_owner_alone_and_opens_no_session(book: Operators, written: Path, tmp_path: Path) -> None:
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    token, path = sign_in(book, "sari"), tmp_path / "operators.sqlite3"
    kept = path.read_bytes() + path.with_name(path.name + "-wal").read_bytes()
    assert b"sari" in kept
    assert PASSWORD.encode() not in kept
    assert token.encode() not in kept


def test_a_wall_stays_signed_in_while_it_is_looked_at(book: Operators) -> None:
    token = sign_in(book, "tono")
    now = NOW
    for _ in range(10):
        now += SHIFT * 0.7
        assert book.person(token, now) is not None
    assert book.person(token, now + SHIFT + timedelta(seconds=1)) is None


def test_a_session_lasts_a_shift_and_ends_when_it_is_ended(book: Operators) -> None:
    token = sign_in(book, "sari")
    person = book.person(token, NOW + SHIFT)
    assert person is not None
    assert (person.name, person.role) == ("sari", Role.OPERATE)
    assert book.person(token, NOW + SHIFT + timedelta(seconds=1)) is None
    book.sign_out(token, NOW)
    assert book.person(token, NOW) is None
    assert book.person(None, NOW) is None
    assert book.person("guessed", NOW) is None


@pytest.mark.parametrize(
    ("name", "password"),
    [("sari", "wrong-password"), ("nobody", PASSWORD), ("sari", ""), ("' OR 1=1 --", PASSWORD), ("SARI", PASSWORD)],
)
def test_a_wrong_name_or_password_is_refused_and_noted(book: Operators, name: str, password: str) -> None:
    with pytest.raises(OperatorError) as refused:
        sign_in(book, name, password)
    assert refused.value.key == "wrong"
    assert book.audit()[0][1].action == "session.refused"


def test_guessing_has_to_wait(book: Operators) -> None:
    for _ in range(TRIES):
        with pytest.raises(OperatorError, match="wrong"):
            sign_in(book, "sari", "guess")
    with pytest.raises(OperatorError) as refused:
        sign_in(book, "sari")
    assert refused.value.key == "too_often"
    # From the same address under another name, neither; after a while, again.
    with pytest.raises(OperatorError):
        sign_in(book, "tono")
    assert sign_in(book, "sari", now=NOW + WITHIN + timedelta(seconds=1))


def test_a_one_time_code_is_good_once(book: Operators) -> None:
    secret = draw_totp_secret()
    book.change("sari", NOW, totp=secret)
    code = pyotp.TOTP(secret).at(NOW)
    with pytest.raises(OperatorError):
        sign_in(book, "sari")
    with pytest.raises(OperatorError):
        sign_in(book, "sari", code="000000" if code != "000000" else "000001")
    assert sign_in(book, "sari", code=code)
    with pytest.raises(OperatorError):
        sign_in(book, "sari", code=code)
    later = NOW + timedelta(seconds=30)
    assert sign_in(book, "sari", code=pyotp.TOTP(secret).at(later), now=later)


@pytest.mark.parametrize(("away_s", "fits"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_clock_may_be_half_a_minute_off(away_s: int, fits: bool) -> None:
    secret = draw_totp_secret()
    code = pyotp.TOTP(secret).at(NOW + timedelta(seconds=away_s))
    assert (totp_step(secret, code, NOW, after=0) is not None) is fits


def test_another_role_ends_the_sessions(book: Operators) -> None:
    token = sign_in(book, "sari")
    book.change("sari", NOW, role=Role.VIEW)
    assert book.person(token, NOW) is None


def test_a_removed_operator_is_out_and_stays_in_the_audit(book: Operators) -> None:
    token = sign_in(book, "sari")
    book.judge(token, CASE, NOW, verdict="accepted")
    book.remove("sari", NOW)
    assert book.person(token, NOW) is None
    assert any(entry.name == "sari" and entry.action == "case.accepted" for _, entry in book.audit())


def test_a_verdict_is_kept_and_measured(book: Operators) -> None:
    token = sign_in(book, "sari")
    book.judge(token, CASE, NOW, verdict="rejected", reason="  mengantre ")
    assert book.verdicts(NOW)["edge-bip", "parkir-1"].reason == "mengantre"
    assert (book.precision("parking", NOW).accepted, book.precision("parking", NOW).judged) == (0, 1)
    # The last word counts; the audit keeps both.
    book.judge(token, CASE, NOW, verdict="accepted")
    assert book.precision("parking", NOW).share == 1
    assert book.precision("incident", NOW).share is None
    assert [entry.action for _, entry in book.audit(limit=2)] == ["case.accepted", "case.rejected"]


def test_who_may_not_judge_does_not(book: Operators) -> None:
    with pytest.raises(OperatorError) as refused:
        book.judge(sign_in(book, "tono"), CASE, NOW, verdict="accepted")
    assert refused.value.key == "role"
    with pytest.raises(OperatorError) as refused:
        book.judge(None, CASE, NOW, verdict="accepted")
    assert refused.value.key == "signed_out"
    with pytest.raises(OperatorError) as refused:
        book.judge(sign_in(book, "sari"), CASE, NOW, verdict="rejected", reason=" ")
    assert refused.value.key == "no_reason"
    assert not book.verdicts(NOW)
    assert any(entry.action == "refused" for _, entry in book.audit())


@pytest.mark.parametrize("change", ["DELETE FROM audit", "UPDATE audit SET name = 'tono'"])
def test_the_audit_is_only_added_to(book: Operators, tmp_path: Path, change: str) -> None:
    with (
        sqlite3.connect(tmp_path / "operators.sqlite3") as stranger,
        pytest.raises(sqlite3.IntegrityError, match="audit"),
    ):
        stranger.execute(change)
    stranger.close()


def test_the_audit_pages_on(book: Operators) -> None:
    for number in range(5):
        book.note("sari", "picture.look", f"camera-{number}", NOW)
    first = book.audit(limit=3)
    rest = book.audit(limit=3, before=first[-1][0])
    subjects = [entry.subject for _, entry in (*first, *rest)][:5]
    assert subjects == [f"camera-{number}" for number in (4, 3, 2, 1, 0)]


@pytest.mark.parametrize(("held", "needed", "may"), [("view", "operate", False), ("manage", "operate", True)])
def test_a_level_includes_those_below(held: str, needed: str, may: bool) -> None:
    assert Role(held).may(Role(needed)) is may


def test_a_short_password_is_none(book: Operators) -> None:
    with pytest.raises(ValueError, match="at least"):
        book.add("budi", Role.VIEW, "pendek", NOW)
    with pytest.raises(OperatorError, match="already"):
        book.add("sari", Role.VIEW, PASSWORD, NOW)
    assert len(draw_password()) == 23
