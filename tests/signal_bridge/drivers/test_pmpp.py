"""PMPP frames: byte-exact, and found again after anything."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signal_bridge.drivers.pmpp import LONGEST, Decoder, Frame, crc, encode

# An SNMP set by another implementation of PMPP (mbta/tablespoon, its test of messages "from the old software").
FOREIGN = bytes.fromhex(
    "7e 05 13 c1 3047 020100 040d 61646d696e6973747261746f72 a333 020100 020100 020100 3028 3026"
    "060d 2b0601040189360402 0b020500 0415 f120202020202020202020202020 33383235020002 0909 7e"
)

frames = st.builds(Frame, st.integers(1, 8191), st.binary(max_size=200))
flagless = st.binary(max_size=60).map(lambda noise: noise.replace(b"\x7e", b""))


def test_the_check_value_of_crc_16_x_25() -> None:
    assert crc(b"123456789") == 0x906E


@pytest.mark.parametrize(
    ("frame", "wire"),
    [
        (Frame(1, FOREIGN[4:-3]), FOREIGN),
        # Addresses: the last of one byte, the first and last of two, low seven bits of zero.
        (Frame(63, b""), "7e fd 13c1 fbdd 7e"),
        (Frame(64, b""), "7e 0081 13c1 92c2 7e"),
        (Frame(128, b""), "7e 0401 13c1 92bc 7e"),
        (Frame(8191, b""), "7e fcff 13c1 4eb2 7e"),
        # Flags and escapes inside, also in the check.
        (Frame(1, b"\x7e\x7d"), "7e 05 13c1 7d5e 7d5d bf9d 7e"),
    ],
    ids=["a foreign set", "63", "64", "128", "8191", "escapes"],
)
def test_byte_for_byte(frame: Frame, wire: str | bytes) -> None:
    expected = wire if isinstance(wire, bytes) else bytes.fromhex(wire)
    assert encode(frame).hex(" ") == expected.hex(" ")
    assert Decoder().feed(expected) == [frame]


@pytest.mark.parametrize("address", [-1, 0, 8192])
def test_an_address_there_cannot_be(address: int) -> None:
    with pytest.raises(ValueError, match="1 to 8191"):
        encode(Frame(address, b"x"))


def framed(body: str) -> bytes:
    raw = bytes.fromhex(body)
    raw += crc(raw).to_bytes(2, "little")
    return b"\x7e" + raw + b"\x7e"


@pytest.mark.parametrize(
    ("name", "wire"),
    [
        ("all stations", framed("ff 13 c1 78")),
        ("a group of stations", framed("07 13 c1 78")),
        ("a second address byte that promises a third", framed("0402 13 c1 78")),
        ("address 0", framed("01 13 c1 78")),
        ("another control", framed("05 33 c1 78")),
        ("another protocol (STMP)", framed("05 13 c0 78")),
        ("no protocol", framed("05 13")),
        ("nothing but a check", framed("")),
        ("a changed byte", FOREIGN.replace(b"3825", b"3826")),
        ("given up in the middle", FOREIGN[:20] + b"\x7d\x7e"),
    ],
)
def test_what_is_no_frame_for_one_station(name: str, wire: bytes) -> None:
    decoder = Decoder()
    assert decoder.feed(wire) == []
    assert decoder.damaged == 1
    assert decoder.feed(FOREIGN) == [Frame(1, FOREIGN[4:-3])], "the next whole frame is found"


def test_frames_may_share_a_flag() -> None:
    one, two = encode(Frame(1, b"one")), encode(Frame(2, b"two"))
    assert Decoder().feed(one + two[1:]) == [Frame(1, b"one"), Frame(2, b"two")]


def test_a_line_that_never_rests_fills_no_memory() -> None:
    decoder = Decoder()
    decoder.feed(b"\x7e")
    for _ in range(100):
        assert decoder.feed(b"\x55" * LONGEST) == []
    assert decoder.damaged == 1
    assert decoder.feed(FOREIGN) == [Frame(1, FOREIGN[4:-3])]


@given(st.lists(frames, max_size=5), st.data())
def test_any_frames_in_any_pieces(sent: list[Frame], data: st.DataObject) -> None:
    wire = b"".join(map(encode, sent))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(wire)), max_size=8)))
    decoder = Decoder()
    pieces = [wire[a:b] for a, b in zip([0, *cuts], [*cuts, len(wire)], strict=True)]
    assert [frame for piece in pieces for frame in decoder.feed(piece)] == sent
    assert decoder.damaged == 0


@given(st.lists(st.tuples(flagless, frames), max_size=5))
def test_noise_between_frames_takes_none_of_them(line: list[tuple[bytes, Frame]]) -> None:
    decoder = Decoder()
    wire = b"".join(noise + encode(frame) for noise, frame in line)
    assert decoder.feed(wire) == [frame for _, frame in line]


@given(frames, st.data())
def test_a_frame_with_one_flipped_bit_is_never_taken_for_another(frame: Frame, data: st.DataObject) -> None:
    wire = bytearray(encode(frame))
    bit = data.draw(st.integers(0, len(wire) * 8 - 1))
    wire[bit // 8] ^= 1 << bit % 8
    assert set(Decoder().feed(bytes(wire))) <= {frame}


@given(st.binary(max_size=400), frames)
def test_after_any_garbage_the_second_whole_frame_is_found(garbage: bytes, frame: Frame) -> None:
    decoder = Decoder()
    decoder.feed(garbage)
    assert frame in decoder.feed(encode(frame) * 2)
