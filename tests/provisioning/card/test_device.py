"""Which disks are written to, and the proof that what was written is there."""

from __future__ import annotations

import json
import lzma
from hashlib import sha256
from pathlib import Path

import pytest

from provisioning.card.device import flash, read_disks, refusal
from provisioning.card.places import CardError
from provisioning.card.source import ImageSource, copy_image

GB = 10**9


def disk(path: str, **more: object) -> dict[str, object]:
    return {"path": path, "type": "disk", "size": 32 * GB, "rm": True, "model": "Reader", "mountpoints": [None], **more}


def part(path: str, *mountpoints: str | None) -> dict[str, object]:
    return {"path": path, "type": "part", "size": 16 * GB, "mountpoints": list(mountpoints)}


COMPUTER = read_disks(
    json.dumps(
        {
            "blockdevices": [
                disk("/dev/sda", rm=False, tran="sata", children=[part("/dev/sda1", "/"), part("/dev/sda2", "[SWAP]")]),
                disk("/dev/nvme0n1", rm=False, tran="nvme", model="Data"),
                disk("/dev/sdb", children=[part("/dev/sdb1", "/media/kartu"), part("/dev/sdb2", None)]),
                disk("/dev/sdc", children=[part("/dev/sdc1", None)]),
                disk("/dev/sdd", size=2 * GB),
                disk("/dev/sde", ro=True),
                disk("/dev/mmcblk0", rm=False, children=[part("/dev/mmcblk0p1", "/boot/firmware")]),
                disk("/dev/mmcblk1", rm=False),
                {"path": "/dev/sr0", "type": "rom", "size": GB, "rm": True},
            ]
        }
    ).encode()
)

RULES = [
    ("/dev/sda", "holds the system of this computer"),
    ("/dev/mmcblk0", "holds the system of this computer"),  # preparing cards on a Raspberry Pi
    ("/dev/nvme0n1", "built in"),
    ("/dev/sdb", r"is mounted \(/media/kartu\)"),
    ("/dev/sdc1", "is a partition: give the whole card, /dev/sdc"),
    ("/dev/sdd", "too small: the image needs 4.0 GB"),
    ("/dev/sde", "write-protected"),
    ("/dev/sr0", "is no disk but a rom"),
    ("/dev/sdz", "there is no such disk; kartu / cards: /dev/sdb"),
    ("/dev/sdc", None),
    ("/dev/mmcblk1", None),
]


@pytest.mark.parametrize(("path", "message"), RULES)
def test_only_a_free_card_that_is_large_enough_is_written_to(path: str, message: str | None) -> None:
    why = refusal(path, COMPUTER, 4 * GB)
    if message is None:
        assert why is None
    else:
        assert why is not None
        with pytest.raises(CardError, match=message):
            raise CardError(why)


@pytest.mark.parametrize("told", [b"", b"[]", b'{"blockdevices": 3}', b'{"blockdevices": [{"path": "/dev/sda"}]}'])
def test_what_lsblk_never_says_writes_nothing(told: bytes) -> None:
    with pytest.raises(CardError, match="lsblk"):
        read_disks(told)


def silent(_done: int, _total: int) -> None:
    """Nobody looks."""


@pytest.fixture
def image(tmp_path: Path) -> bytes:
    return bytes(range(256)) * 40_000


@pytest.mark.parametrize("name", ["raspios.img", "raspios.img.xz"])
def test_an_image_is_checked_written_and_read_back_whether_packed_or_not(
    name: str, image: bytes, tmp_path: Path
) -> None:
    packed = lzma.compress(image, preset=0) if name.endswith(".xz") else image
    (tmp_path / name).write_bytes(packed)
    device = tmp_path / "device"
    device.write_bytes(b"\xff" * (len(image) + 5000))
    counted: list[tuple[int, int]] = []
    source = ImageSource.check(tmp_path / name, sha256(packed).hexdigest(), silent)
    assert source.size == len(image)
    flash(source, device, lambda done, total: counted.append((done, total)), silent)
    assert device.read_bytes() == image + b"\xff" * 5000
    assert counted[-1] == (len(image), len(image))
    copy_image(source, tmp_path / "copy.img", silent)
    assert (tmp_path / "copy.img").read_bytes() == image
    assert (tmp_path / "copy.img").stat().st_mode & 0o777 == 0o600


def test_an_image_with_another_hash_is_refused(image: bytes, tmp_path: Path) -> None:
    (tmp_path / "raspios.img").write_bytes(image)
    with pytest.raises(CardError, match="its SHA-256 is"):
        ImageSource.check(tmp_path / "raspios.img", "0" * 64, silent)


def test_a_card_that_forgets_is_found(image: bytes, tmp_path: Path) -> None:
    """A false card takes everything and returns something else: here the file changes once it was written."""
    (tmp_path / "raspios.img").write_bytes(image)
    device = tmp_path / "device"
    device.touch()
    source = ImageSource.check(tmp_path / "raspios.img", None, silent)

    def forget(done: int, total: int) -> None:
        if done == total:
            with device.open("r+b") as file:
                file.seek(1000)
                file.write(b"?")

    with pytest.raises(CardError, match="worn out or false"):
        flash(source, device, forget, silent)


@pytest.mark.parametrize("content", [b"not xz at all", lzma.compress(bytes(100_000))[:-40]])
def test_a_packed_image_that_is_cut_short_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "raspios.img.xz").write_bytes(content)
    with pytest.raises(CardError, match="cut short"):
        ImageSource.check(tmp_path / "raspios.img.xz", None, silent)


def test_a_copy_replaces_nothing(image: bytes, tmp_path: Path) -> None:
    (tmp_path / "raspios.img").write_bytes(image)
    source = ImageSource.check(tmp_path / "raspios.img", None, silent)
    with pytest.raises(CardError, match="is there already"):
        copy_image(source, tmp_path / "raspios.img", silent)
