"""A junction at work: it heeds its arm file, keeps its latch, answers a second delivery as it did the first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from contract import SignalReply, SignalRequest, SignalStatus
from signal_bridge.arming import Armory
from signal_bridge.audit import AuditError, Value
from signal_bridge.junction import Junction
from signal_bridge.settings import JunctionSettings
from tests.support import junction as street
from tests.support.orders import order


class Post:
    """A junction between a street that obeys blindly and somebody who listens."""

    def __init__(self, folder: Path, **settings: object) -> None:
        # noon of 2 March 2026 in Bandung, where the orders of the tests are
        self.time = street.Time(wall=1_772_427_600.0)
        self.street = street.Junction(self.time)
        self.armory = Armory(folder, "dago")
        self.said: list[SignalReply | SignalStatus] = []
        self.log: list[str] = []
        self.disk_full = False
        wanted = {
            "id": "dago",
            "line": "s",
            "controller": {"protocol": "ntcip"},
            "limits": street.LIMITS.model_dump(),
        }
        self.junction = Junction(
            JunctionSettings.model_validate(wanted | settings),
            self.street,
            self.armory,
            self.record,
            self.said.append,
            boot_id="0f" * 16,
            zone=ZoneInfo("Asia/Jakarta"),
            now=self.time,
        )

    def record(self, kind: str, _data: Mapping[str, Value]) -> str:
        if self.disk_full:
            raise AuditError("no space left")
        self.log.append(kind)
        return "0" * 64

    def arm(self) -> None:
        self.armory.arm(street.LIMITS.digest, "teknisi")

    def step(self, seconds: float = 0.5) -> SignalStatus:
        for _ in range(round(seconds * 2)):
            self.time.pass_(0.5)
            self.junction.step()
        return self.junction.status(self.time())

    def replies(self, id_: str) -> list[str]:
        return [one.outcome for one in self.said if isinstance(one, SignalReply) and one.request == id_]


def request(**fields: Any) -> SignalRequest:
    return SignalRequest(**order(**fields).model_dump(), signature="00" * 64)


def test_the_arm_file_is_heeded(tmp_path: Path) -> None:
    post = Post(tmp_path)
    status = post.step()
    assert not status.armed
    assert status.reasons == ("not_armed",)
    post.arm()
    assert post.step().armed
    post.armory.disarm()
    assert not post.step().armed
    assert [kind for kind in post.log if "armed" in kind] == ["armed", "disarmed"]


def test_an_arm_file_for_other_bounds_arms_nothing(tmp_path: Path) -> None:
    post = Post(tmp_path)
    post.armory.arm("0" * 64, "teknisi")
    assert post.step().reasons == ("not_armed", "config_changed")


def test_observing_is_never_armed(tmp_path: Path) -> None:
    post = Post(tmp_path, authority="observe")
    post.arm()
    assert not post.step().armed


def test_a_latch_takes_the_arm_file_with_it_and_only_a_new_one_clears_it(tmp_path: Path) -> None:
    post = Post(tmp_path)
    post.arm()
    assert post.step().armed
    post.street.checksum = 1
    assert set(post.step().reasons) >= {"latched", "plan_changed"}
    assert post.armory.armed() is None
    latch = post.armory.latched()
    assert latch is not None
    assert latch.reason == "plan_changed"
    post.street.checksum = street.CHECKSUM
    assert not post.step(5).armed
    heir = Post(tmp_path)
    assert set(heir.step().reasons) >= {"not_armed", "latched", "plan_changed"}
    post.arm()
    assert post.step().armed
    assert post.armory.latched() is None


def test_a_latch_that_cannot_be_written_does_not_arm_itself_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = Post(tmp_path)
    post.arm()
    post.step()
    monkeypatch.setattr(Armory, "latch", lambda *_: None)  # the arm file stays where it is
    post.street.checksum = 1
    post.step()
    post.street.checksum = street.CHECKSUM
    assert not post.step(5).armed


def test_a_second_delivery_gets_the_first_ones_answer(tmp_path: Path) -> None:
    post = Post(tmp_path)
    post.arm()
    post.step()
    one = request(phases=(2, 6))
    post.junction.put(one, None)
    post.step()
    post.junction.put(one, None)
    post.step()
    assert post.junction.known(one)
    assert post.replies(one.id) == ["queued", "queued"]
    assert post.log.count("request") == 1


def test_the_status_tells_the_phases_and_who_owns_them(tmp_path: Path) -> None:
    post = Post(tmp_path)
    post.arm()
    post.step(4)
    one = request(phases=(2, 6))
    post.junction.put(one, None)
    status = post.step()
    assert {phase.phase: phase.aspect for phase in status.phases} == {2: "green", 4: "red", 6: "green", 8: "red"}
    assert status.lease is not None
    assert (status.lease.request, status.lease.outcome, status.lease.why) == (one.id, "queued", "antrean panjang")
    assert status.lease.waits_for == "minimum_green"
    assert any(isinstance(said, SignalStatus) for said in post.said)


def test_the_status_tells_of_priorities_and_their_routes(tmp_path: Path) -> None:
    post = Post(tmp_path)
    post.arm()
    post.step(4)
    post.junction.put(request(action="priority", kind="fire", approach="arm-4", phases=(), route="ke-rshs"), None)
    (priority,) = post.step().priorities
    assert (priority.approach, priority.phases, priority.route) == ("arm-4", (4,), "ke-rshs")
    assert priority.stage == "requested"


def test_a_flooded_inbox_says_so(tmp_path: Path) -> None:
    post = Post(tmp_path)
    taken = [post.junction.put(request(), None) for _ in range(70)]
    assert taken == [True] * 64 + [False] * 6


def test_what_cannot_be_logged_is_lifted(tmp_path: Path) -> None:
    post = Post(tmp_path)
    post.arm()
    post.step(161)
    one = request(phases=(2, 6), seconds=40, expires=order().expires + timedelta(seconds=200))
    post.junction.put(one, None)
    post.step(12)
    assert post.street.hold_set == {2, 6}
    post.disk_full = True
    post.junction.put(request(phases=(4,)), None)
    with pytest.raises(AuditError):
        post.junction.run(Event())
    assert not post.street.hold_set
