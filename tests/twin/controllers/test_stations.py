"""Whatever bytes arrive: a station answers what is meant for it, takes nothing from noise, and never fails."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymodbus.framer import FramerRTU

from signal_bridge.controller import RefusedError
from signal_bridge.drivers.ntcip_objects import ASC, oid
from signal_bridge.drivers.pmpp import Decoder, Frame
from signal_bridge.drivers.pmpp import encode as framed
from signal_bridge.drivers.snmp import Binding, ErrorStatus, Message, Oid, Pdu, decode, encode
from twin.controllers.agent import Agent
from twin.controllers.controller import PhaseController
from twin.controllers.direct import DirectController
from twin.controllers.plan import dual_ring
from twin.controllers.registers import ModbusStation
from twin.controllers.serving import NtcipStation

HOLD = oid(f"{ASC}.1.5.1.4", 1)


def untouched(unit: PhaseController) -> bool:
    """Nothing has been commanded."""
    remote = unit.remote
    controls = (remote.hold, remote.force_off, remote.omit, remote.vehicle_call, remote.pedestrian_call)
    return not any((*controls, remote.preempt, remote.pattern)) and remote.backup_time_s == unit.plan.backup_time_s


@given(st.lists(st.binary(max_size=300), max_size=5))
def test_noise_commands_nothing(pieces: list[bytes]) -> None:
    unit = PhaseController(dual_ring())
    ntcip, modbus = NtcipStation(unit, 1), ModbusStation(unit, 1)
    for piece in pieces:
        ntcip.feed(piece)
        modbus.feed(piece)
    assert untouched(unit)


@given(st.binary(max_size=200))
def test_a_whole_frame_of_garbage_commands_nothing(garbage: bytes) -> None:
    unit = PhaseController(dual_ring())
    NtcipStation(unit, 1).feed(framed(Frame(1, garbage)))
    assert untouched(unit)


@given(st.binary(min_size=2, max_size=60))
def test_any_modbus_request_with_a_good_check_is_answered_or_not(body: bytes) -> None:
    request = bytes((1,)) + body
    request += FramerRTU.compute_CRC(request).to_bytes(2, "big")
    answers = ModbusStation(PhaseController(dual_ring()), 1).feed(request)
    assert all(answer[0] == 1 for answer in answers)


def ask(agent: Agent, pdu: Pdu, *bindings: Binding, community: str = "administrator") -> Message:
    answer = agent.answer(encode(Message(pdu, 7, bindings, community.encode())))
    assert answer is not None
    return decode(answer)


def test_a_set_is_whole_or_nothing() -> None:
    unit = PhaseController(dual_ring())
    answer = ask(Agent(unit), Pdu.SET, Binding(HOLD, 3), Binding((1, 3, 99), 1))
    assert (answer.error_status, answer.error_index) == (ErrorStatus.NO_SUCH_NAME, 2)
    assert untouched(unit)


def test_an_answer_that_is_too_long_for_the_line_says_so() -> None:
    names = [Binding(HOLD)] * 30
    answer = ask(Agent(PhaseController(dual_ring())), Pdu.GET, *names)
    assert (answer.error_status, answer.error_index) == (ErrorStatus.TOO_BIG, 0)


def test_a_walk_ends_with_no_such_name_and_goes_up() -> None:
    agent, walked = Agent(PhaseController(dual_ring())), list[Oid]()
    name: Oid = (1, 3)
    while True:
        answer = ask(agent, Pdu.GET_NEXT, Binding(name), community="public")
        if answer.error_status:
            break
        name = answer.bindings[0].oid
        walked.append(name)
    assert answer.error_status == ErrorStatus.NO_SUCH_NAME
    assert walked == sorted(set(walked))
    assert HOLD in walked


def test_a_station_hears_only_its_own_address() -> None:
    station = NtcipStation(PhaseController(dual_ring()), 5)
    request = encode(Message(Pdu.GET, 7, (Binding(HOLD),), b"public"))
    assert station.feed(framed(Frame(4, request))) == []
    (answer,) = station.feed(framed(Frame(5, request)))
    assert Decoder().feed(answer)[0].address == 5


def test_a_response_is_not_answered() -> None:
    """Two stations on a line must not talk to each other for ever."""
    response = encode(Message(Pdu.RESPONSE, 7, (Binding(HOLD, 1),), b"public"))
    assert Agent(PhaseController(dual_ring())).answer(response) is None


def test_the_direct_way_refuses_what_the_line_refuses() -> None:
    direct = DirectController(PhaseController(dual_ring()), lambda: 0.0)
    with pytest.raises(RefusedError, match="no pattern 99"):
        direct.select_pattern(99)
    with pytest.raises(RefusedError, match="no pre-emption 9"):
        direct.preempt(9, on=True)
    direct.preempt(2, on=True)
    direct.release_all()
    assert direct.read_status().preempts == frozenset()
