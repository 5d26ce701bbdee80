"""What the socket under paho makes of the broker's bytes, however they are cut; real brokers are in the other tests."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.ingest.buffered import BufferedSocket
from collector.ingest.packets import PacketError, Publish, packet_at

PING_ANSWER = b"\xd0\x00"
PROPERTIES = b"\x02\x01\x01"
"""One: the payload is UTF-8 text (5.0, section 3.3.2.3.2)."""


class Line:
    """A socket that gives `pieces` one at a time, then nothing for now, and takes `room` bytes at each writing."""

    def __init__(self, pieces: list[bytes], room: int = 3, *, ends: bool = False) -> None:
        self.pieces, self.room, self.ends = pieces, room, ends
        self.sent, self.closed = b"", False

    def recv(self, buffer_size: int) -> bytes:
        """The next piece."""
        if self.pieces:
            return self.pieces.pop(0)[:buffer_size]
        if self.ends:
            return b""
        raise BlockingIOError

    def send(self, buffer: bytes | bytearray) -> int:
        """Some of it."""
        if not self.room:
            raise BlockingIOError
        self.sent += buffer[: self.room]
        return min(self.room, len(buffer))

    def close(self) -> None:
        """Done."""
        self.closed = True

    def fileno(self) -> int:
        """None of the kernel's."""
        return -1

    def setblocking(self, flag: bool) -> None:
        """It never blocks."""


def varint(value: int) -> bytes:
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])


def packed(one: Publish, properties: bytes) -> bytes:
    """A PUBLISH as MQTT 5.0, section 3.3, has it."""
    number = one.mid.to_bytes(2, "big") if one.qos else b""
    body = len(one.topic).to_bytes(2, "big") + one.topic + number + properties + one.payload
    return bytes([0x30 | one.qos << 1 | one.retain]) + varint(len(body)) + body


def published() -> st.SearchStrategy[Publish]:
    sizes = st.sampled_from((0, 1, 100, 127, 128, 5000, 20_000))
    numbered = st.integers(1, 65_535).map(lambda mid: (1, mid))
    return st.builds(
        lambda topic, size, retain, numbers: Publish(topic, b"{" * size, numbers[0], retain, numbers[1]),
        st.binary(min_size=1, max_size=60),
        sizes,
        st.booleans(),
        st.just((0, 0)) | numbered,
    )


@given(
    messages=st.lists(published(), max_size=6),
    cuts=st.lists(st.integers(1, 300), min_size=1, max_size=40),
    properties=st.sampled_from((b"\x00", PROPERTIES, b"")),
)
def test_packets_come_out_as_they_went_in_however_they_were_cut(
    messages: list[Publish], cuts: list[int], properties: bytes
) -> None:
    stream = b"".join(packed(one, properties) + PING_ANSWER for one in messages)
    pieces, turn = [], 0
    while stream:
        size = cuts[turn % len(cuts)]
        pieces.append(stream[:size])
        stream, turn = stream[size:], turn + 1
    under = BufferedSocket(Line(pieces), properties=bool(properties))
    for one in messages:
        assert under.next_packet() == one
        assert under.next_packet() == PING_ANSWER[0]
        assert under.recv(1) + under.recv(1) == PING_ANSWER
    assert under.next_packet() is None
    assert not under.ready
    assert not under.ended


def test_paho_gets_nothing_that_has_not_come() -> None:
    under = BufferedSocket(Line([]), properties=True)
    with pytest.raises(BlockingIOError):
        under.recv(1)


def test_an_end_is_noticed_after_what_came_before_it() -> None:
    under = BufferedSocket(Line([PING_ANSWER[:1]], ends=True), properties=True)
    assert under.next_packet() is None
    assert under.ended


def test_acknowledgements_leave_together_and_wait_while_the_line_is_full() -> None:
    line = Line([], room=3)
    under = BufferedSocket(line, properties=True)
    assert [under.send(b"\x40\x02"), under.send(b"\x00\x07")] == [2, 2]
    assert line.sent == b""
    under.flush()
    assert line.sent == b"\x40\x02\x00\x07"
    line.room = 0
    under.send(PING_ANSWER)
    under.flush()
    assert under.wants_to_send
    line.room = 1
    under.close()
    assert line.sent.endswith(PING_ANSWER)
    assert line.closed


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(b"\x30\xff\xff\xff\xff\x01", id="a length of five bytes"),
        pytest.param(b"\x32\x03\x00\x09a", id="a topic longer than the packet"),
        pytest.param(b"\x30\x04\x00\x01a\x7f", id="properties longer than the packet"),
        pytest.param(b"\x30\x00", id="nothing in it"),
    ],
)
def test_what_is_not_mqtt_ends_the_connection(bad: bytes) -> None:
    under = BufferedSocket(Line([bad]), properties=True)
    with pytest.raises(PacketError):
        under.next_packet()


def test_a_packet_is_not_there_before_its_last_byte() -> None:
    whole = packed(Publish(b"t", b"{}" * 100, 1, retain=False, mid=7), b"\x00")
    assert [packet_at(whole[:size], 0) for size in range(len(whole))] == [None] * len(whole)
    assert packet_at(whole, 0) == (3, len(whole))
