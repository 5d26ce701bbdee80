"""The bridge at work, and the junction back on its plan whatever breaks.

Real processes, a real broker, a serial line of pseudo-terminals, the virtual controller with its watchdog of 6 s. Most
of the time is the signal's own, so the scenes play side by side, each at a place of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from contract import State, decode
from signal_bridge.audit import verify
from tests.support.bridge import TOPICS, Place, held
from tests.support.virtual import wait_until


def begin(place: Place) -> None:
    """Start the bridge; before it is armed it refuses, then it is armed."""
    operator = place.operator
    place.bridge.start()
    operator.listener.wait_until(lambda _: any(one.mode == "remote" for one in operator.statuses()), "status")
    early = operator.ask(action="extend", phases=(1,), seconds=5)
    assert operator.wait_for(early, "refused").reason == "not_armed"
    place.bridge.arm()
    operator.listener.wait_until(lambda _: any(one.armed for one in operator.statuses()), "status")


def approve_a_proposal(folder: Path) -> None:
    with Place(folder, protocol="modbus") as place:
        begin(place)
        extend_what_a_program_proposed(place)
        assert place.bridge.stop() == 0
        say_goodbye_and_prove_it(place)


def let_an_ambulance_pass(folder: Path) -> None:
    with Place(folder) as place:
        begin(place)
        refuse_what_must_be(place)
        open_a_route(place)


def refuse_what_must_be(place: Place) -> None:
    operator = place.operator
    order = operator.order(action="extend", phases=(1,), seconds=5)
    forged = operator.sign(order).model_copy(update={"seconds": 50.0})
    operator.send(forged)
    assert operator.wait_for(order.id, "refused").reason == "bad_signature"
    elsewhere = operator.ask(action="extend", phases=(1,), seconds=5, junction="pasteur")
    assert operator.wait_for(elsewhere, "refused").reason == "other_junction"
    plan = operator.ask(action="pattern", pattern=1)
    assert operator.wait_for(plan, "refused").reason == "role_may_not"
    first = operator.sign(operator.order(action="extend", phases=(1,), seconds=5))
    operator.send(first)
    operator.wait_for(first.id, "queued")
    copied = operator.sign(operator.order(action="extend", phases=(1,), seconds=5, nonce=first.nonce))
    operator.send(copied)
    assert operator.wait_for(copied.id, "refused").reason == "replayed"
    operator.ask(action="release", target=first.id)
    assert operator.wait_for(first.id, "released").reason == "asked_to"
    operator.listener.client.publish(f"{TOPICS}signal/request", b"not a request", 1)


def extend_what_a_program_proposed(place: Place) -> None:
    operator, program = place.operator, place.program
    proposal = program.ask(action="extend", phases=(1,), seconds=12)
    said = operator.wait_for(proposal, "proposed")
    assert "operator" in said.text_id
    assert on_its_plan(place)
    operator.ask(action="approve", target=proposal)
    operator.wait_for(proposal, "active")
    assert place.unit.remote.hold == 0b1
    done = operator.wait_for(proposal, "completed")
    assert done.reason == "given"
    assert done.granted_s is not None
    assert 9 <= done.granted_s <= 13, "what was really held, not what was asked"
    assert on_its_plan(place)


def open_a_route(place: Place) -> None:
    operator = place.operator
    wait_until(lambda: place.unit.shown.greens == 0b1, "it is the other approach's turn")
    route = operator.ask(action="priority", kind="ambulance", approach="timur", seconds=10, why="ambulans ke RSHS")
    operator.wait_for(route, "active")
    assert place.unit.shown.greens == 0b10
    operator.ask(action="release", target=route)
    assert operator.wait_for(route, "released").granted_s is not None
    wait_until(lambda: not place.unit.remote.hold, "its green is the plan's again")
    assert place.unit.monitor.tripped is None


def say_goodbye_and_prove_it(place: Place) -> None:
    bridge, log = place.bridge, place.bridge.state / "audit.jsonl"
    states = [decode(one.topic, one.payload)[1] for one in place.operator.listener.heard("/state")]
    assert [one.reason for one in states if isinstance(one, State)] == ["started", "stopped"]
    good = bridge.call("audit", "verify", str(log))
    assert good.returncode == 0, good.stderr
    published = next(one.audit for one in reversed(place.operator.replies_to_all()) if one.audit)
    assert bridge.call("audit", "verify", str(log), "--anchor", published).returncode == 0
    text = log.read_text(encoding="utf-8")
    assert '"granted_s":' in text
    log.write_text(text.replace('"who":"budi"', '"who":"siti"', 1), encoding="utf-8")
    bad = bridge.call("audit", "verify", str(log))
    line = next(number for number, one in enumerate(text.splitlines(), 1) if '"who":"budi"' in one)
    assert bad.returncode == 1
    assert f"line {line}:" in bad.stderr
    doctor = bridge.call("doctor", "--config", str(bridge.config))
    assert doctor.returncode == 0, doctor.stdout + doctor.stderr
    assert "baik" in doctor.stdout
    assert "dago" in bridge.call("status", "--config", str(bridge.config)).stdout


def on_its_plan(place: Place) -> bool:
    """No remote control is in force, and it is not because of flash."""
    remote = place.unit.remote
    return not (remote.hold or remote.omit or remote.force_off or remote.vehicle_call or remote.pattern)


def goes_on(place: Place) -> None:
    """The other phase gets its green: the cycle runs, and the monitor never tripped."""
    wait_until(lambda: place.unit.shown.greens == 0b10, "the other phase turns green")
    assert place.unit.monitor.tripped is None


def kill_the_bridge(folder: Path) -> None:
    with held(folder) as (place, id_):
        assert place.unit.remote.hold == 0b1
        place.bridge.kill()
        wait_until(lambda: on_its_plan(place), "the watchdog lifts the hold")
        assert place.unit.remote.backup, "it was the watchdog that lifted it"
        goes_on(place)
        verdict = verify(place.bridge.state / "audit.jsonl")
        assert verdict.broken is None
        assert verdict.lines > 3
        place.bridge.start()
        wait_until(lambda: verify(place.bridge.state / "audit.jsonl").lines > verdict.lines + 1, "the log goes on")
        again = place.operator.sign(place.operator.order(action="extend", phases=(1,), seconds=5, id=id_))
        place.operator.send(again)
        place.operator.wait_for(id_, "queued")


def cut_the_line(folder: Path) -> None:
    with held(folder) as (place, id_):
        place.line.unplug(place.line.bridge)
        wait_until(lambda: on_its_plan(place), "the watchdog lifts the hold")
        assert place.unit.remote.backup
        ended = place.operator.wait_for(id_, "released")
        assert ended.reason in {"status_stale", "line_failed"}
        goes_on(place)
        place.line.plug(place.line.bridge)
        known = len(place.operator.statuses())
        wait_until(
            lambda: any(not one.reasons and one.armed for one in place.operator.statuses()[known:]),
            "the bridge finds the line again, and is still armed",
        )


def take_the_broker_away(folder: Path) -> None:
    with held(folder, seconds=8) as (place, id_):
        place.broker.kill()
        wait_until(lambda: on_its_plan(place), "the lease runs out")
        assert not place.unit.remote.backup, "the bridge itself lifted it"
        place.broker.start()
        goes_on(place)
        assert place.operator.wait_for(id_, "completed").granted_s is not None
        assert place.bridge.running()


SCENES: tuple[Callable[[Path], None], ...] = (
    approve_a_proposal,
    let_an_ambulance_pass,
    kill_the_bridge,
    cut_the_line,
    take_the_broker_away,
)


@pytest.fixture(scope="module")
def playing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[None]]]:
    with ThreadPoolExecutor(len(SCENES)) as pool:
        yield {scene.__name__: pool.submit(scene, tmp_path_factory.mktemp("scene")) for scene in SCENES}


@pytest.mark.parametrize("scene", [scene.__name__ for scene in SCENES])
def test_scene(scene: str, playing: dict[str, Future[None]]) -> None:
    playing[scene].result()
