"""When somebody is told, and when not: tables of looks, and what holds for every sequence of them."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.alerts.alert import Alert, Finding, Notice, What
from collector.alerts.rules import acknowledged, is_quiet, step
from collector.alerts.settings import AlertKind, AlertSettings, Severity

WIB = ZoneInfo("Asia/Jakarta")
NOON = datetime(2026, 3, 12, 5, 0, tzinfo=UTC)
"""12.00 WIB."""
EVENING = datetime(2026, 3, 12, 14, 0, tzinfo=UTC)
"""21.00 WIB; quiet begins at 22.00 and ends at 05.00."""
MINUTE = timedelta(minutes=1)


def settings(**more: object) -> AlertSettings:
    told = {
        "webhook": {"style": "json", "url_file": "url"},
        "quiet_hours": ["22:00-05:00"],
        "remind_hours": 2,
        "limits": {"minutes": {"disk": 2, "unit_down": 2}, "clear_minutes": 3},
    }
    return AlertSettings.model_validate(told | more)


def finding(letter: str) -> Finding:
    kind = {"d": AlertKind.DISK, "u": AlertKind.UNIT_DOWN, "g": AlertKind.GAP}[letter]
    return Finding(kind=kind, subject="kota/edge-1", unit="kota/edge-1", values={"unit": "edge-1"})


class Watch:
    """Looks once a minute: a letter for each finding of a look (`.` none), `?` where its unit is away."""

    def __init__(self, start: datetime, limits: AlertSettings) -> None:
        self.now, self.settings = start, limits
        self.standing: dict[str, Alert] = {}
        self.said: list[tuple[int, str]] = []
        self.notices: list[Notice] = []
        self._start = start

    def look(self, findings: str) -> None:
        found = [finding(letter) for letter in findings if letter not in ".?"]
        done = step(self.standing, found, self.now, self.settings, WIB, unsure=lambda _: "?" in findings)
        # What is kept between looks has been through the file.
        self.standing = {key: Alert.model_validate_json(one.model_dump_json()) for key, one in done.standing.items()}
        minute = (self.now - self._start) // MINUTE
        self.notices += done.notices
        self.said += [(minute, f"{notice.alert.finding.kind} {notice.what}") for notice in done.notices]
        self.now += MINUTE

    def looks(self, findings: list[str]) -> list[tuple[int, str]]:
        for one in findings:
            self.look(one)
        return self.said


TOLD = [
    # looks, one a minute                                  what is said, and in which minute
    ("nothing is said of nothing", ["."] * 9, []),
    ("too short to be told", ["d", "d", ".", ".", ".", "."], []),
    ("told once, however often it is found", ["d"] * 9, [(2, "disk raised")]),
    ("over once it is gone for three minutes", ["d"] * 3 + ["."] * 5, [(2, "disk raised"), (6, "disk cleared")]),
    ("a flutter is one alert", ["d", "d", "d", ".", "d", ".", ".", "d"] * 2, [(2, "disk raised")]),
    ("a flutter does not begin anew", ["d", ".", "d", ".", "d"], [(2, "disk raised")]),
    (
        "what is over may begin again",
        (["d"] * 3 + ["."] * 4) * 2,
        [(2, "disk raised"), (6, "disk cleared"), (9, "disk raised"), (13, "disk cleared")],
    ),
    ("what nobody can know stays", ["d"] * 3 + ["?"] * 9, [(2, "disk raised")]),
    ("and is over when it is known", ["d"] * 3 + ["?"] * 9 + ["."] * 4, [(2, "disk raised"), (15, "disk cleared")]),
    ("the end of a gap is no news", ["g"] * 3 + ["."] * 9, [(0, "gap raised")]),
    ("two at once", ["du"] * 3, [(2, "disk raised"), (2, "unit_down raised")]),
]


@pytest.mark.parametrize(("looks", "said"), [row[1:] for row in TOLD], ids=[row[0] for row in TOLD])
def test_somebody_is_told_once(looks: list[str], said: list[tuple[int, str]]) -> None:
    assert Watch(NOON, settings()).looks(looks) == said


QUIET = [
    # begun at 21.00; quiet from minute 60 (22.00) to minute 480 (05.00)
    ("a warning waits for the morning", ["."] * 90 + ["d"] * 400, [(480, "disk raised")]),
    ("what is critical does not", ["."] * 90 + ["u"] * 5, [(92, "unit_down raised")]),
    ("gone by the morning: nothing is said", ["."] * 90 + ["d"] * 60 + ["."] * 400, []),
    (
        "its end waits too",
        ["d"] * 70 + ["."] * 420,
        [(2, "disk raised"), (480, "disk cleared")],
    ),
    (
        "back before the morning: it never ended",
        ["d"] * 70 + ["."] * 300 + ["d"] * 112,
        [(2, "disk raised"), (480, "disk reminded")],
    ),
]


@pytest.mark.parametrize(("looks", "said"), [row[1:] for row in QUIET], ids=[row[0] for row in QUIET])
def test_at_night_only_what_is_critical_is_said(looks: list[str], said: list[tuple[int, str]]) -> None:
    assert Watch(EVENING, settings()).looks(looks) == said


def test_reminders_come_until_somebody_knows() -> None:
    watch = Watch(NOON, settings())
    watch.looks(["d"] * 250)
    assert watch.said == [(2, "disk raised"), (122, "disk reminded"), (242, "disk reminded")]
    key = finding("d").key
    watch.standing[key] = acknowledged(watch.standing[key], watch.now, "sari")
    assert acknowledged(watch.standing[key], watch.now + MINUTE, "tono").by == "sari"
    watch.said.clear()
    watch.looks(["d"] * 250 + ["."] * 4)
    assert watch.said == [(503, "disk cleared")]
    watch.said.clear()
    watch.looks(["d"] * 3)  # it begins again: nobody knows of that one yet
    assert watch.said == [(506, "disk raised")]
    assert watch.standing[key].acknowledged is None


def test_no_reminders_where_none_are_wanted() -> None:
    assert Watch(NOON, settings(remind_hours=None)).looks(["d"] * 500) == [(2, "disk raised")]


def test_a_kind_can_be_left_out() -> None:
    assert Watch(NOON, settings(without=["disk"])).looks(["du"] * 5) == [(2, "unit_down raised")]


def test_it_is_said_how_long_it_lasted() -> None:
    watch = Watch(NOON, settings())
    watch.looks(["d"] * 60 + ["."] * 4)
    assert [notice.lasted_s for notice in watch.notices] == [120, 3600]


@pytest.mark.parametrize(
    ("local", "hours", "quiet"),
    [
        (time(21, 59), "22:00-05:00", False),
        (time(22, 0), "22:00-05:00", True),
        (time(4, 59), "22:00-05:00", True),
        (time(5, 0), "22:00-05:00", False),
        (time(12, 30), "12:00-13:00", True),
        (time(13, 0), "12:00-13:00", False),
        (time(23, 30), "23:00-24:00", True),
        (time(0, 0), "23:00-24:00", False),
    ],
)
def test_quiet_hours_may_run_over_midnight(local: time, hours: str, quiet: bool) -> None:
    assert is_quiet(local, settings(quiet_hours=[hours]).quiet) is quiet


LOOKS = st.lists(st.sampled_from([".", "d", "u", "du", "?", "g", "d?"]), max_size=200)


@given(LOOKS, st.integers(0, 1439))
def test_every_story_is_told_in_order(looks: list[str], begun: int) -> None:
    """Of one alert: raised, then reminders, then cleared, then nothing until it is raised again."""
    watch = Watch(NOON + begun * MINUTE, settings())
    watch.looks(looks)
    open_now: set[str] = set()
    for notice in watch.notices:
        key = notice.alert.finding.key
        assert (notice.what is What.RAISED) == (key not in open_now)
        if notice.what is What.RAISED:
            open_now.add(key)
        elif notice.what is What.CLEARED:
            open_now.remove(key)
        local = notice.time.astimezone(WIB).time()
        assert notice.alert.severity is Severity.CRITICAL or not is_quiet(local, watch.settings.quiet)
        if not notice.alert.finding.kind.ends:
            open_now.discard(key)
    told = {key for key, alert in watch.standing.items() if alert.told is not None}
    assert open_now <= told


@given(LOOKS)
def test_looking_twice_in_one_minute_says_nothing_twice(looks: list[str]) -> None:
    watch, eager = Watch(NOON, settings()), Watch(NOON, settings())
    for one in looks:
        watch.look(one)
        eager.look(one)
        eager.now -= MINUTE
        eager.look(one)
    assert eager.said == watch.said
