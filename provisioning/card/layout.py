"""What is on an image or a card: its two partitions, and which system it carries."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from provisioning.card.places import CardError, ExtPartition, FatPartition, Place, run
from provisioning.fleet import System

CMDLINE = PurePosixPath("cmdline.txt")
_OS_RELEASE = (PurePosixPath("usr/lib/os-release"), PurePosixPath("etc/os-release"))
_FAT = {
    "b",
    "c",
    "e",
    "0b",
    "0c",
    "0e",
    "ef",
    "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7",
    "C12A7328-F81F-11D2-BA4B-00A0C93EC93B",
}
_LINUX = {"83", "0FC63DAF-8483-4772-8E79-3D69D8477DE4", "B921B045-1DF0-41C3-AF44-4C6F280D3FAE"}
_CODENAMES = {"bookworm": System.BOOKWORM, "trixie": System.TRIXIE}


class _Partition(BaseModel):
    """As `sfdisk --json` tells it; there is more that does not matter here."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    start: Annotated[int, Field(ge=1)]
    size: Annotated[int, Field(ge=1)]
    type: str


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    sectorsize: int = 512
    partitions: tuple[_Partition, ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """The boot partition and the root file system of one image."""

    boot: FatPartition
    root: ExtPartition

    @property
    def system(self) -> System:
        """Which Raspberry Pi OS it is, by its own word."""
        for path in _OS_RELEASE:
            for line in (self.root.read(path) or b"").decode(errors="replace").splitlines():
                key, _, value = line.partition("=")
                if key == "VERSION_CODENAME" and value.strip('"') in _CODENAMES:
                    return _CODENAMES[value.strip('"')]
        raise CardError(
            f"{self.boot.image}: bukan Raspberry Pi OS bookworm atau trixie; ambil citra Lite 64-bit"
            " / neither Raspberry Pi OS bookworm nor trixie is on it: "
            "take the Lite image (64 bit) from raspberrypi.com"
        )


def read_layout(image: Path) -> Layout:
    """Find both partitions of `image`, a file or a device; `CardError` when it is no image for a Raspberry Pi."""
    done = run(["sfdisk", "--json", str(image)])
    try:
        table = _Table.model_validate(json.loads(done.stdout)["partitiontable"])
    except (ValueError, KeyError, ValidationError):
        raise CardError(
            f"{image}: tidak ada tabel partisi; apakah ini citra .img?"
            " / there is no partition table on it: is this an unpacked image (.img)?"
        ) from None
    fat = next((one for one in table.partitions if one.type in _FAT), None)
    ext = next((one for one in table.partitions if one.type in _LINUX), None)
    if fat is None or ext is None:
        raise CardError(
            f"{image}: bukan citra Raspberry Pi (tanpa partisi FAT dan Linux)"
            " / a Raspberry Pi image has a FAT and a Linux partition, this one has not"
        )
    return Layout(FatPartition(image, fat.start * table.sectorsize), ExtPartition(image, ext.start * table.sectorsize))


def system_of_boot(boot: Place) -> System:
    """The system of a card that only shows its boot partition: trixie brings cloud-init's files, bookworm does not."""
    if boot.read(CMDLINE) is None:
        raise CardError(
            "tidak ada cmdline.txt; ini bukan partisi boot kartu Raspberry Pi"
            " / there is no cmdline.txt: this is not the boot partition of a Raspberry Pi card"
        )
    seeded = any(boot.read(PurePosixPath(name)) is not None for name in ("meta-data", "user-data"))
    return System.TRIXIE if seeded else System.BOOKWORM
