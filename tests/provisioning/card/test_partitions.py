"""Whole small images: what was put on them is read back with tools of our own choice, not with what wrote it."""

from __future__ import annotations

import subprocess
from pathlib import Path, PurePosixPath

import pytest

from provisioning.authority import Role
from provisioning.bundle import read_bundle
from provisioning.card.contents import CardFile, Contents, contents
from provisioning.card.layout import Layout, read_layout, system_of_boot
from provisioning.card.places import CardError, Folder
from provisioning.card.writing import prepare_boot, prepare_partitions, prepare_tarball
from provisioning.fleet import Depot, System
from tests.support import ca
from tests.support.card_depot import depot as lay_depot
from tests.support.card_image import CMDLINE, PATH, make_image

PI = [System.BOOKWORM, System.TRIXIE]


@pytest.fixture
def depot(tmp_path: Path) -> Depot:
    return lay_depot(tmp_path / "depot")


def card_of(depot: Depot, tmp_path: Path, system: System, unit: str = "edge-gasibu") -> Contents:
    identity = ca.authority(tmp_path / "ca").issue(unit, Role.UNIT, ca.now())
    return contents(depot, depot.unit(unit), identity, system, read_bundle(depot.bundle, system), pin="kkkk2345")


def unpacked(image: Path, layout: Layout, folder: Path) -> dict[str, bytes]:
    """Every file of the boot partition, by mcopy, and of the root file system, by debugfs's rdump."""
    for name in ("boot", "root"):
        (folder / name).mkdir(parents=True)
    fat = f"{image}@@{layout.boot.offset}"
    subprocess.run(["mcopy", "-s", "-n", "-i", fat, "::/*", str(folder / "boot")], check=True, env=PATH)
    order = f"rdump / {folder / 'root'}"
    subprocess.run(
        ["debugfs", "-R", order, f"{image}?offset={layout.root.offset}"], check=True, env=PATH, capture_output=True
    )
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


@pytest.mark.parametrize("system", PI)
def test_an_image_carries_every_file_and_no_secret_on_its_open_half(
    system: System, depot: Depot, tmp_path: Path
) -> None:
    image = make_image(tmp_path / "raspios.img", system)
    layout = read_layout(image)
    assert layout.system is system
    card = card_of(depot, tmp_path, system)
    prepare_partitions(layout, card)
    found = unpacked(image, layout, tmp_path / "unpacked")
    for half, files in (("boot", card.boot), ("root", card.root)):
        for file in files:
            assert found[f"{half}/{file.path}"] == file.read(), file.path
    assert found["root/etc/hostname"] == b"raspberrypi\n", "what the image had is still there"
    assert {layout.root.mode_of(file.path) for file in card.root} == {0o600}
    secrets = (b"PRIVATE KEY", b"ganti-kata-sandi", depot.secrets.cameras["gasibu-1"].encode())
    for name, content in found.items():
        if name.startswith("boot/"):
            assert not any(secret in content for secret in secrets), name


@pytest.mark.parametrize("system", PI)
def test_a_card_is_prepared_again_for_the_same_unit_and_for_no_other(
    system: System, depot: Depot, tmp_path: Path
) -> None:
    image = make_image(tmp_path / "raspios.img", system)
    layout = read_layout(image)
    prepare_partitions(layout, card_of(depot, tmp_path / "first", system))
    second = card_of(depot, tmp_path / "second", system)
    prepare_partitions(layout, second)
    with pytest.raises(CardError, match="prepared for edge-gasibu"):
        prepare_partitions(layout, card_of(depot, tmp_path / "third", system, "edge-dago"))
    found = unpacked(image, layout, tmp_path / "unpacked")
    assert all(found[f"boot/{file.path}"] == file.read() for file in second.boot)
    assert found["boot/cmdline.txt"].decode() == second.command_line(CMDLINE)


@pytest.mark.parametrize("system", PI)
def test_a_boot_folder_takes_the_secret_half_too(system: System, depot: Depot, tmp_path: Path) -> None:
    boot = tmp_path / "boot"
    boot.mkdir()
    (boot / "cmdline.txt").write_text(CMDLINE)
    if system is System.TRIXIE:
        (boot / "meta-data").touch()
    assert system_of_boot(Folder(boot)) is system
    card = card_of(depot, tmp_path, system)
    prepare_boot(Folder(boot), card)
    for file in card.all_on_boot():
        assert (boot / file.path).read_bytes() == file.read()
    assert (boot / "simpang/identity/etc/simpang/tls/unit.key").exists()


def test_a_jetson_gets_the_same_in_a_tarball(depot: Depot, tmp_path: Path) -> None:
    card = card_of(depot, tmp_path, System.JETSON)
    prepare_tarball(tmp_path / "unit.tar", card)
    subprocess.run(["tar", "-xf", "unit.tar"], cwd=tmp_path, check=True)
    for file in card.all_on_boot():
        there = tmp_path / file.path
        assert (there.read_bytes(), there.stat().st_mode & 0o777) == (file.read(), file.mode)


def test_an_image_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "no.img").write_bytes(b"\0" * 1024 * 1024)
    with pytest.raises(CardError, match="no partition table"):
        read_layout(tmp_path / "no.img")


def test_a_folder_that_is_no_boot_partition_is_refused(depot: Depot, tmp_path: Path) -> None:
    with pytest.raises(CardError, match=r"cmdline\.txt"):
        system_of_boot(Folder(tmp_path))


def test_a_full_boot_partition_is_told(depot: Depot, tmp_path: Path) -> None:
    layout = read_layout(make_image(tmp_path / "raspios.img", System.TRIXIE))
    with pytest.raises(CardError, match="does not fit"):
        layout.boot.put(CardFile(PurePosixPath("big"), b"x" * 20_000_000))


def test_a_root_file_system_that_is_not_whole_is_refused_before_anything_is_written(
    depot: Depot, tmp_path: Path
) -> None:
    image = make_image(tmp_path / "raspios.img", System.TRIXIE)
    layout = read_layout(image)
    with image.open("r+b") as file:
        # The block bitmaps and inode tables: e2fsck finds it, the superblock does not.
        file.seek(layout.root.offset + 64 * 1024)
        file.write(b"\xff" * 256 * 1024)
    before = image.read_bytes()
    with pytest.raises(CardError, match="not whole"):
        prepare_partitions(layout, card_of(depot, tmp_path, System.TRIXIE))
    assert image.read_bytes() == before
