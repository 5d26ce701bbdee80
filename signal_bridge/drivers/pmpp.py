"""PMPP framing of NTCIP 2101: how an SNMP message travels over an RS-232 or RS-485 line, to one of many stations.

    7E | address 1-2 | control 13 | IPI C1 | information ... | FCS low, high | 7E

HDLC in its byte-oriented form (ISO/IEC 3309, as RFC 1662 writes it out): between flags, 7E and 7D are sent as 7D and
the byte xor 20; the FCS is CRC-16/X-25 over everything before it. An address is `a << 2 | 1` in one byte up to 63, and
in two bytes up to 8191: six bits with bit 0 clear, then seven bits with bit 0 set. Bit 1 of the first byte marks a
group of stations, which Simpang neither commands nor answers as. IPI C1 is SNMP without a transport (NTCIP 2201).
"""

from __future__ import annotations

import binascii
from dataclasses import dataclass

FLAG = 0x7E
ESCAPE = 0x7D
CONTROL = 0x13
"""An unnumbered information frame with the poll or final bit; 03 is the same without."""
IPI_SNMP = 0xC1
HIGHEST_ADDRESS = 8191
LONGEST = 2048
"""More bytes than this between two flags are noise: NTCIP asks for 500 or so."""

_CONTROLS = {0x03, CONTROL}
_SHORTEST = 5  # address, control, IPI, FCS


@dataclass(frozen=True, slots=True)
class Frame:
    """A whole frame that passed its check: the station it is to or from, and what it carries."""

    address: int
    information: bytes


_MIRROR = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def crc(data: bytes) -> int:
    """CRC-16/X-25 (ISO/IEC 3309): 0x906E over `123456789`.

    It is the standard library's CRC-CCITT with bits mirrored on the way in and out, begun and ended with ones.
    """
    mirrored = binascii.crc_hqx(data.translate(_MIRROR), 0xFFFF) ^ 0xFFFF
    return int.from_bytes(mirrored.to_bytes(2, "big").translate(_MIRROR), "little")


def encode(frame: Frame) -> bytes:
    """The bytes of a frame, flags included. Raises `ValueError` for an address that there cannot be."""
    body = _address(frame.address) + bytes((CONTROL, IPI_SNMP)) + frame.information
    body += crc(body).to_bytes(2, "little")
    escaped = body.replace(b"\x7d", b"\x7d\x5d").replace(b"\x7e", b"\x7d\x5e")
    return bytes((FLAG,)) + escaped + bytes((FLAG,))


def _address(address: int) -> bytes:
    if not 1 <= address <= HIGHEST_ADDRESS:
        raise ValueError(f"a PMPP address is 1 to {HIGHEST_ADDRESS}, not {address}")
    if address < 64:
        return bytes((address << 2 | 1,))
    return bytes((address >> 7 << 2, (address & 0x7F) << 1 | 1))


class Decoder:
    """Finds frames in whatever bytes arrive, in whatever pieces; after damage it finds the next frame by its flag.

    `damaged` counts what stood between two flags and was no frame for a single station.
    """

    def __init__(self) -> None:
        self.damaged = 0
        self._since_flag: bytearray | None = None

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that `data` completes."""
        frames = []
        head, *rest = data.split(b"\x7e")
        self._keep(head)
        for piece in rest:
            if self._since_flag:
                frame = _parse(bytes(self._since_flag))
                if frame:
                    frames.append(frame)
                else:
                    self.damaged += 1
            self._since_flag = bytearray()
            self._keep(piece)
        return frames

    def _keep(self, piece: bytes) -> None:
        """Bytes before the first flag, or beyond any frame's length, are the rest of something else."""
        if self._since_flag is None:
            return
        self._since_flag += piece
        if len(self._since_flag) > 2 * LONGEST:
            self.damaged += 1
            self._since_flag = None


def _parse(escaped: bytes) -> Frame | None:
    body = _unescape(escaped)
    if body is None or len(body) < _SHORTEST or crc(body[:-2]) != int.from_bytes(body[-2:], "little"):
        return None
    if body[0] & 1:
        address, rest = body[0] >> 2, body[1:-2]
    else:
        address, rest = body[0] >> 2 << 7 | body[1] >> 1, body[2:-2]
    is_single = not body[0] & 2 and (body[0] & 1 or body[1] & 1) and address
    if not is_single or len(rest) < 2 or rest[0] not in _CONTROLS or rest[1] != IPI_SNMP:
        return None
    return Frame(address, rest[2:])


def _unescape(data: bytes) -> bytes | None:
    first, *rest = data.split(b"\x7d")
    if not all(rest):
        return None  # two escapes together, or one before the flag: the sender gave up
    return first + b"".join(bytes((piece[0] ^ 0x20,)) + piece[1:] for piece in rest)
