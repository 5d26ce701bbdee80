"""Who is ordered when, and when it stops: tables of what was heard, and an invented city."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import CameraCondition, CameraHealth, ConfigReported, Health, State, UpdateReported
from provisioning.rollout import Rollout, Verdict, View, judge_configuration, judge_update
from provisioning.rollout.judging import CAMERA_S, SETTLE_S, Judgement
from provisioning.rollout.stages import staged

NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
BOOT = {"boot_id": "a" * 32, "time": NOON}
WAITING, HEALTHY, UNHEALTHY, ABSENT = Verdict.WAITING, Verdict.HEALTHY, Verdict.UNHEALTHY, Verdict.ABSENT
ORDERED_S = 1000.0


def config(revision: int, outcome: str = "applied", reason: str | None = None) -> ConfigReported:
    return ConfigReported.model_validate({**BOOT, "revision": revision, "outcome": outcome, "reason": reason})


def update(number: int, candidate: int = 0, phase: str = "idle", reason: str | None = None) -> UpdateReported:
    told = {"number": number, "candidate": candidate, "phase": phase, "reason": reason}
    return UpdateReported.model_validate({**BOOT, **told})


BEFORE = View(online=True, seeing=frozenset({"c1", "c2"}), health_s=990.0, config=config(4), update=update(1))
AWAY = View(online=False)

CONFIGURED: list[tuple[str, View, View, float, Verdict, str]] = [
    ("nothing yet", BEFORE, BEFORE, 5, WAITING, "no report"),
    ("the old one said again", BEFORE, replace(BEFORE, config_s=1003.0), 5, WAITING, "no report"),
    ("on trial", BEFORE, replace(BEFORE, config=config(5), config_s=1010.0), 20, WAITING, "on trial"),
    (
        "settled, and sees",
        BEFORE,
        replace(BEFORE, config=config(5), config_s=1010.0, health_s=1090.0),
        11 + SETTLE_S,
        HEALTHY,
        "",
    ),
    (
        "settled, no word since",
        BEFORE,
        replace(BEFORE, config=config(5), config_s=1010.0),
        11 + SETTLE_S,
        WAITING,
        "no sign of health",
    ),
    (
        "blind with one camera",
        BEFORE,
        replace(BEFORE, config=config(5), config_s=1010.0, health_s=1400.0, seeing=frozenset({"c1"})),
        10 + CAMERA_S,
        UNHEALTHY,
        "sees nothing with c2",
    ),
    (
        "blind as it was before",
        replace(BEFORE, seeing=frozenset({"c1"})),
        replace(BEFORE, config=config(5), config_s=1010.0, health_s=1400.0, seeing=frozenset({"c1"})),
        10 + CAMERA_S,
        HEALTHY,
        "",
    ),
    (
        "refused",
        BEFORE,
        replace(BEFORE, config=config(4, "refused", "revision 5: bad zone"), config_s=1001.0),
        2,
        UNHEALTHY,
        "refused: revision 5: bad zone",
    ),
    (
        "rolled back",
        BEFORE,
        replace(BEFORE, config=config(4, "rolled_back", "revision 5: no picture"), config_s=1070.0),
        75,
        UNHEALTHY,
        "rolled_back",
    ),
    (
        "an old refusal said again",
        replace(BEFORE, config=config(4, "refused", "old")),
        replace(BEFORE, config=config(4, "refused", "old"), config_s=1002.0),
        5,
        WAITING,
        "no report",
    ),
    ("in force already", replace(BEFORE, config=config(5)), replace(BEFORE, config=config(5)), 5, WAITING, "on trial"),
    ("away since before", AWAY, AWAY, 5, ABSENT, "offline since before"),
    ("fell silent", BEFORE, replace(BEFORE, online=False), 5, WAITING, "no report"),
]


@pytest.mark.parametrize(
    ("before", "after", "later_s", "verdict", "says"),
    [row[1:] for row in CONFIGURED],
    ids=[row[0] for row in CONFIGURED],
)
def test_what_became_of_a_configuration(before: View, after: View, later_s: float, verdict: Verdict, says: str) -> None:
    found = judge_configuration(before, after, 5, ORDERED_S, ORDERED_S + later_s)
    assert (found.verdict, says in found.reason) == (verdict, True), found


UPDATED: list[tuple[str, View, View, float, Verdict, str]] = [
    ("nothing yet", BEFORE, BEFORE, 5, WAITING, "no report"),
    ("fetching", BEFORE, replace(BEFORE, update=update(1, 2, "fetching"), update_s=1001.0), 5, WAITING, "fetching"),
    ("on trial", BEFORE, replace(BEFORE, update=update(1, 2, "trial"), update_s=1001.0), 5, WAITING, "trial"),
    ("in force", BEFORE, replace(BEFORE, update=update(2), update_s=1300.0, health_s=1301.0), 310, HEALTHY, ""),
    (
        "fell",
        BEFORE,
        replace(BEFORE, update=update(1, 2, "failed", "gone back"), update_s=1300.0),
        310,
        UNHEALTHY,
        "gone back",
    ),
    (
        "fell long ago, and is ordered anew",
        BEFORE,
        replace(BEFORE, update=update(1, 2, "failed", "gone back")),
        5,
        WAITING,
        "no report",
    ),
    (
        "in force, and away since",
        BEFORE,
        replace(BEFORE, update=update(2), update_s=1300.0, online=False),
        301 + CAMERA_S,
        UNHEALTHY,
        "offline since",
    ),
    ("newer already", BEFORE, replace(BEFORE, update=update(3), health_s=1030.0), 40, HEALTHY, ""),
    ("away since before", AWAY, AWAY, 5, ABSENT, "offline"),
]


@pytest.mark.parametrize(
    ("before", "after", "later_s", "verdict", "says"), [row[1:] for row in UPDATED], ids=[row[0] for row in UPDATED]
)
def test_what_became_of_an_update(before: View, after: View, later_s: float, verdict: Verdict, says: str) -> None:
    found = judge_update(before, after, 2, ORDERED_S, ORDERED_S + later_s)
    assert (found.verdict, says in found.reason) == (verdict, True), found


def test_what_is_heard() -> None:
    state = {**BOOT, "started": NOON, "software": "0"}
    view = View().heard(State.model_validate({**state, "status": "online", "reason": "started"}), 5.0, kept=True)
    assert (view.online, view.known) == (True, False)
    cameras = (
        CameraHealth(camera="c1", condition=CameraCondition.OK, fps=9),
        CameraHealth(camera="c2", condition=CameraCondition.COVERED, fps=9),
    )
    health = Health.model_validate(
        {**BOOT, "uptime_s": 1, "disk_free_mb": 1, "memory_mb": 1, "outbox_depth": 0, "cameras": cameras}
    )
    view = view.heard(health, 6.0, kept=False)
    assert view.seeing == {"c1"}
    assert view.known
    view = view.heard(config(5), 7.0, kept=False).heard(config(5), 9.0, kept=False)
    assert view.config_s == 7.0, "it counts from the first time"
    view = view.heard(State.model_validate({**state, "status": "offline", "reason": "stopped"}), 8.0, kept=False)
    assert view.online is False


UNITS = tuple(f"edge-{number}" for number in range(9))


def test_one_then_five_then_all_and_who_is_away_comes_last() -> None:
    stages = staged(UNITS, frozenset(UNITS) - {"edge-0"})
    assert [len(stage) for stage in stages] == [1, 5, 3]
    assert (stages[0], stages[-1][-1]) == (("edge-1",), "edge-0")
    assert staged(UNITS[:1], frozenset()) == (("edge-0",),)


@given(st.dictionaries(st.sampled_from(UNITS), st.sampled_from([HEALTHY, UNHEALTHY, ABSENT]), min_size=9))
def test_nobody_is_ordered_after_somebody_suffered(fates: dict[str, Verdict]) -> None:
    ordered: list[str] = []

    def judge(_before: View, after: View, _ordered_s: float, _now_s: float) -> Judgement:
        return Judgement(fates[str(after.config.reason)] if after.config else WAITING)

    rollout = Rollout(staged(UNITS, frozenset(UNITS)), judge, 100.0)
    views: dict[str, View] = {}
    for turn in range(20):
        for unit in rollout.step(views, float(turn)):
            ordered.append(unit)
            views[unit] = View(config=config(1, reason=unit))
    sick = [unit for unit in UNITS if fates[unit] is UNHEALTHY]
    if sick:
        assert rollout.stopped
        first = next(
            stage for stage in rollout.stages if set(stage) & set(sick) or rollout.stopped.startswith(stage[0])
        )
        assert set(ordered) <= {unit for stage in rollout.stages[: rollout.stages.index(first) + 1] for unit in stage}
    elif fates["edge-0"] is ABSENT:
        assert (ordered, rollout.done) == (["edge-0"], False), "nobody shows that it works"
    elif any(all(fates[unit] is ABSENT for unit in stage) for stage in rollout.stages[:-1]):
        assert not rollout.done
    else:
        assert rollout.done
        assert sorted(ordered) == sorted(UNITS)


def test_a_unit_that_never_answers_stops_it_too() -> None:
    rollout = Rollout(staged(UNITS, frozenset()), lambda *_: Judgement(WAITING, "no report"), 100.0)
    assert rollout.step({}, 0.0) == ("edge-0",)
    assert rollout.step({}, 99.0) == ()
    rollout.step({}, 101.0)
    assert rollout.stopped == "edge-0: no report after 2 minutes"
