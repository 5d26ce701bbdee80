"""What is told before it runs out, and how urgently."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from provisioning.authority import Entry, Grade, Index, Role, standing
from provisioning.authority.standing import due

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
FAR = NOON + timedelta(days=3000)


def entry(name: str, days: float, role: Role = Role.UNIT, serial: str = "a", revoked: datetime | None = None) -> Entry:
    begins, ends = NOON - timedelta(days=800), NOON + timedelta(days=days)
    return Entry(name=name, role=role, serial=serial, begins=begins, ends=ends, revoked=revoked)


@pytest.mark.parametrize(
    ("days", "role", "grade"),
    [
        (61, Role.UNIT, Grade.OK),
        (59, Role.UNIT, Grade.SOON),
        (13, Role.UNIT, Grade.URGENT),
        (-1, Role.UNIT, Grade.URGENT),  # ended
        (121, Role.SERVER, Grade.OK),
        (119, Role.SERVER, Grade.SOON),  # the broker's own silences everybody: earlier
    ],
)
def test_a_certificate_is_told_in_time(days: float, role: Role, grade: Grade) -> None:
    *_, notice = standing(Index(entries=(entry("edge-dago", days, role),)), FAR, FAR, NOON)
    assert (notice.what, notice.grade) == ("edge-dago", grade)


@pytest.mark.parametrize(("days", "grade"), [(46, Grade.OK), (44, Grade.SOON), (13, Grade.URGENT), (-1, Grade.URGENT)])
def test_the_revocation_list_is_told_before_it_refuses_everybody(days: float, grade: Grade) -> None:
    _, crl = standing(Index(), FAR, NOON + timedelta(days=days), NOON)
    assert (crl.what, crl.grade) == ("CRL", grade)


def test_the_newest_certificate_of_a_name_speaks_for_it_and_a_revoked_one_does_not() -> None:
    book = Index(
        entries=(
            entry("edge-dago", 20, serial="a"),
            entry("edge-dago", 700, serial="b"),
            entry("edge-gasibu", 20, serial="c"),
            entry("edge-gasibu", 700, serial="d", revoked=NOON),
            entry("edge-hilang", 20, serial="e", revoked=NOON),
        )
    )
    notices = standing(book, FAR, FAR, NOON)
    assert [(one.what, one.grade) for one in notices[2:]] == [("edge-dago", Grade.OK), ("edge-gasibu", Grade.SOON)]
    assert due(notices, Role.UNIT) == ("edge-gasibu",)
