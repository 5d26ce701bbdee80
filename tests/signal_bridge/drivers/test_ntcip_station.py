"""What a station refuses, and what is made of it: absent objects, too big a request, answers that do not fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signal_bridge.controller import LineError, Mode, RefusedError
from signal_bridge.drivers.ntcip import NtcipController, NtcipSettings
from signal_bridge.drivers.ntcip_objects import mode
from signal_bridge.drivers.ntcip_station import Station
from signal_bridge.drivers.pmpp_line import PmppLine, PmppLineSettings
from signal_bridge.drivers.snmp import Binding, ErrorStatus, Message, Oid, Pdu, Value

Answer = Callable[[Message], Message]
OBJECTS: list[Oid] = [(1, 3, number) for number in range(1, 11)]


class ScriptedLine(PmppLine):
    """A line whose station answers by a function. `asked` is every request."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(PmppLineSettings(port="none", addresses=frozenset({1})))
        self.asked: list[Message] = []
        self._script = answer

    def exchange(self, address: int, pdu: Pdu, bindings: tuple[Binding, ...], community: str) -> Message:
        """The answer of the script."""
        assert address == 1
        request = Message(pdu, len(self.asked), bindings, community.encode())
        self.asked.append(request)
        return self._script(request)


def station(line: PmppLine) -> Station:
    return Station(line, 1, read_community="public", write_community="administrator", bindings=8, tries=2)


def granted(request: Message) -> Message:
    """Every object holds its own last number."""
    bindings = tuple(Binding(one.oid, one.oid[-1]) for one in request.bindings)
    return replace(request, pdu=Pdu.RESPONSE, bindings=bindings)


def refused(request: Message, status: int, index: int) -> Message:
    return replace(request, pdu=Pdu.RESPONSE, error_status=status, error_index=index)


def lacking(*missing: int) -> Answer:
    """A station without some objects."""

    def answer(request: Message) -> Message:
        for index, one in enumerate(request.bindings, start=1):
            if one.oid[-1] in missing:
                return refused(request, ErrorStatus.NO_SUCH_NAME, index)
        return granted(request)

    return answer


def test_many_objects_go_in_few_requests() -> None:
    line = ScriptedLine(granted)
    assert station(line).read(OBJECTS) == ({oid: oid[-1] for oid in OBJECTS}, None)
    assert [len(request.bindings) for request in line.asked] == [8, 2]


def test_absent_objects_are_left_out_and_not_asked_for_again() -> None:
    line = ScriptedLine(lacking(1, 5, 10))
    asking = station(line)
    expected = {oid: oid[-1] for oid in OBJECTS if oid[-1] not in {1, 5, 10}}
    assert asking.read(OBJECTS) == (expected, None)
    line.asked.clear()
    assert asking.read(OBJECTS) == (expected, None)
    assert len(line.asked) == 1


def test_a_station_that_takes_only_few_objects_is_asked_for_few() -> None:
    def small(request: Message) -> Message:
        return granted(request) if len(request.bindings) <= 3 else refused(request, ErrorStatus.TOO_BIG, 0)

    line = ScriptedLine(small)
    read, failure = station(line).read(OBJECTS)
    assert set(read) == set(OBJECTS)
    assert failure is None


def test_a_station_that_does_not_say_which_object_it_lacks_is_asked_one_by_one() -> None:
    def vague(request: Message) -> Message:
        answer = lacking(5)(request)
        return replace(answer, error_index=0)

    read, failure = station(ScriptedLine(vague)).read(OBJECTS)
    assert set(read) == {oid for oid in OBJECTS if oid[-1] != 5}
    assert failure is None


def test_a_failing_object_is_unknown_this_time_only() -> None:
    fails = True

    def sometimes(request: Message) -> Message:
        return refused(request, ErrorStatus.GEN_ERR, 2) if fails and len(request.bindings) == 8 else granted(request)

    asking = station(ScriptedLine(sometimes))
    assert OBJECTS[1] not in asking.read(OBJECTS)[0]
    fails = False
    assert OBJECTS[1] in asking.read(OBJECTS)[0]


def test_a_read_is_tried_again_and_a_set_is_not() -> None:
    lost = {0, 2}

    def losing(request: Message) -> Message:
        if request.request_id in lost:
            raise LineError("lost")
        return granted(request) if request.pdu is Pdu.GET else replace(request, pdu=Pdu.RESPONSE)

    line = ScriptedLine(losing)
    asking = station(line)
    assert asking.read(OBJECTS[:1]) == ({OBJECTS[0]: 1}, None)
    with pytest.raises(LineError):
        asking.set((Binding(OBJECTS[0], 7),))
    assert [request.pdu for request in line.asked] == [Pdu.GET, Pdu.GET, Pdu.SET]


def test_what_was_read_before_the_line_fell_silent_is_kept() -> None:
    def falling_silent(request: Message) -> Message:
        if request.request_id > 0:
            raise LineError("silent")
        return granted(request)

    read, failure = station(ScriptedLine(falling_silent)).read(OBJECTS)
    assert set(read) == set(OBJECTS[:8])
    assert str(failure) == "silent"


@pytest.mark.parametrize(
    ("what", "answer"),
    [
        ("another value", lambda request: replace(request, bindings=(Binding(OBJECTS[0], 8),))),
        ("another object", lambda request: replace(request, bindings=(Binding(OBJECTS[1], 7),))),
        ("nothing", lambda request: replace(request, bindings=())),
    ],
)
def test_a_set_that_is_confirmed_otherwise_may_not_have_arrived(what: str, answer: Answer) -> None:
    with pytest.raises(LineError, match="confirmed something else"):
        station(ScriptedLine(answer)).set((Binding(OBJECTS[0], 7),))


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (ErrorStatus.BAD_VALUE, "refused to set 1.3.2 to 7: bad_value"),
        (ErrorStatus.GEN_ERR, "gen_err"),
        (77, "error-status 77"),
    ],
)
def test_a_refusal_names_the_object_and_the_reason(status: int, expected: str) -> None:
    line = ScriptedLine(lambda request: refused(request, status, 2))
    with pytest.raises(RefusedError, match=expected):
        station(line).set((Binding(OBJECTS[0], 7), Binding(OBJECTS[1], 7)))


def test_a_refusal_that_cannot_be_looked_into() -> None:
    def answer(request: Message) -> Message:
        if request.pdu is Pdu.GET:
            raise LineError("silent")
        return refused(request, ErrorStatus.NO_SUCH_NAME, 1)

    with pytest.raises(RefusedError, match="could not be read"):
        station(ScriptedLine(answer)).set((Binding(OBJECTS[0], 7),))


values = st.one_of(st.integers(-300, 300), st.integers(-(2**31), 2**31 - 1), st.binary(max_size=4), st.none())


@given(st.lists(values, min_size=7, max_size=7), st.integers(0, 3))
def test_whatever_the_objects_hold_the_status_is_sensible_or_unknown(held: list[Value], refusing: int) -> None:
    def answer(request: Message) -> Message:
        if refusing and request.request_id % 4 == refusing:
            return refused(request, ErrorStatus.NO_SUCH_NAME, 1)
        filled = (Binding(one.oid, held[sum(one.oid) % len(held)]) for one in request.bindings)
        return replace(request, pdu=Pdu.RESPONSE, bindings=tuple(filled))

    settings = NtcipSettings(phases=frozenset({1, 9}), preempts=frozenset({1}))
    status = NtcipController(ScriptedLine(answer), settings).read_status()
    assert {1, 9} <= set(status.phases) <= set(range(1, 17))
    assert status.held is None or status.held <= set(range(1, 17))
    assert status.pattern is None or 0 <= status.pattern <= 255
    assert status.plan_checksum is None or 0 <= status.plan_checksum <= 65535
    assert status.unit_backup_time_s is None or 0 <= status.unit_backup_time_s <= 65535


def test_phases_that_the_junction_has_not_are_refused_without_a_word_to_it() -> None:
    line = ScriptedLine(granted)
    controller = NtcipController(line, NtcipSettings(phases=frozenset({2, 6})))
    with pytest.raises(RefusedError, match="without phases above 8"):
        controller.hold(frozenset({2, 9}))
    assert not line.asked


@pytest.mark.parametrize(
    ("control", "flash", "preempts", "alarms", "expected"),
    [
        (2, 2, set(), set(), Mode.REMOTE),
        (3, 2, set(), None, Mode.REMOTE),
        (4, 2, set(), set(), Mode.REMOTE),  # backup: it would obey
        (6, 2, set(), {"low_battery"}, Mode.REMOTE),
        (5, 2, set(), set(), Mode.LOCAL),
        (2, 2, set(), {"stop_time"}, Mode.LOCAL),
        (2, 2, {1}, set(), Mode.PREEMPTED),
        (2, 8, set(), set(), Mode.PREEMPTED),
        (2, 3, set(), set(), Mode.FLASH),
        (2, 7, {1}, {"stop_time"}, Mode.FLASH),
        (5, 6, None, None, Mode.FLASH),
        (None, 6, None, None, Mode.FLASH),
        (1, 2, set(), set(), Mode.UNKNOWN),
        (2, 1, set(), set(), Mode.UNKNOWN),
        (2, None, set(), set(), Mode.UNKNOWN),
        (None, 2, set(), set(), Mode.UNKNOWN),
        (2, 2, None, set(), Mode.UNKNOWN),
        (9, 2, set(), set(), Mode.UNKNOWN),
        (0, 0, set(), set(), Mode.UNKNOWN),
    ],
)
def test_who_decides(
    *, control: int | None, flash: int | None, preempts: set[int] | None, alarms: set[str] | None, expected: Mode
) -> None:
    running = None if preempts is None else frozenset(preempts)
    standing = None if alarms is None else frozenset(alarms)
    assert mode(control, flash, running, standing) is expected
