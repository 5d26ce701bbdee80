"""`simpang provision card` and `batch` as they are typed, on small images."""

from __future__ import annotations

import json
import lzma
import re
import tarfile
from hashlib import sha256
from pathlib import Path, PurePosixPath

import pytest
from typer.testing import CliRunner

from provisioning.authority.store import read_index
from provisioning.card import device
from provisioning.card.layout import read_layout
from provisioning.cli import app
from provisioning.fleet import System, load_fleet
from provisioning.terminal import PASSPHRASE as VARIABLE
from tests.support import ca
from tests.support.card_depot import lay_out
from tests.support.card_image import make_image

UNIT_TOML = PurePosixPath("etc/simpang/unit.toml")


@pytest.fixture
def workbench(tmp_path: Path) -> Path:
    """A depot with an authority and one image a system; the fleet file knows their hashes."""
    images = ""
    for system in (System.BOOKWORM, System.TRIXIE):
        image = make_image(tmp_path / f"{system}.img", system)
        packed = lzma.compress(image.read_bytes(), preset=0)
        (tmp_path / f"{system}.img.xz").write_bytes(packed)
        images += f'[images.{system}]\nfile = "{system}.img.xz"\nsha256 = "{sha256(packed).hexdigest()}"\n'
    lay_out(tmp_path, extra=images)
    ca.authority(tmp_path / "ca")
    return tmp_path


def simpang(workbench: Path, command: str, *arguments: str | Path, answer: str = "") -> tuple[int, str]:
    where = ("--fleet", str(workbench / "fleet.toml"), "--ca", str(workbench / "ca"))
    words = [command, *map(str, arguments), *where]
    done = CliRunner().invoke(app, words, env={VARIABLE: ca.PASSPHRASE}, input=answer)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output.replace("\n", " ")


def signed(workbench: Path) -> list[str]:
    return [one.name for one in read_index(workbench / "ca").entries]


def unit_on(image: Path) -> str:
    text = read_layout(image).root.read(UNIT_TOML) or b""
    return next(line for line in text.decode().splitlines() if line.startswith("unit = "))


def test_one_command_makes_the_cards_of_a_whole_fleet(workbench: Path) -> None:
    jetson = next(one.id for one in load_fleet(workbench / "fleet.toml").fleet.units if one.system is System.JETSON)
    systems = ("edge-dago", "edge-pasteur")
    chosen = [word for name in (*systems, jetson) for word in ("--only", name)]
    out = workbench / "out"
    code, told = simpang(workbench, "batch", "--out", out, *chosen)
    assert (code, "3 dibuat" in told) == (0, True), told
    assert {name: unit_on(out / f"{name}.img") for name in systems} == {name: f'unit = "{name}"' for name in systems}
    with tarfile.open(out / f"{jetson}.tar") as tar:
        assert "simpang/identity/etc/simpang/tls/unit.key" in tar.getnames()
    assert len(list((out / "labels").glob("*.pdf"))) == 3
    assert sorted(signed(workbench)) == sorted([*systems, jetson])
    code, told = simpang(workbench, "batch", "--out", out, *chosen)
    assert "0 dibuat" in told, "what is there is not made again"
    assert len(signed(workbench)) == 3


def test_a_card_in_a_reader_is_asked_about_written_and_labelled(
    workbench: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The card is a file here; lsblk is made to tell of it."""
    card = workbench / "card"
    card.write_bytes(b"\xff" * 50_000_000)
    disks = {"blockdevices": [{"path": str(card), "type": "disk", "size": 50_000_000, "rm": True, "model": "Reader"}]}
    told_by_lsblk = device.read_disks(json.dumps(disks).encode())
    monkeypatch.setattr(device, "read_disks", lambda _: told_by_lsblk)
    words = ("--unit", "edge-dago", "--device", card, "--label", workbench / "label.pdf")
    code, told = simpang(workbench, "card", *words, answer="n\n")
    assert (code, "nothing was written" in told) == (2, True)
    assert card.read_bytes() == b"\xff" * 50_000_000
    assert signed(workbench) == []
    code, told = simpang(workbench, "card", *words, answer="y\n")
    assert (code, "ready" in told) == (0, True), told
    assert unit_on(card) == 'unit = "edge-dago"'
    assert (workbench / "label.pdf").read_bytes().startswith(b"%PDF")


REFUSALS = [
    (("--unit", "edge-dogo", "--out", "x.img"), "the fleet file has no unit 'edge-dogo'"),
    (("--unit", "edge-dago"), "say where to"),
    (("--unit", "edge-dago", "--out", "x.img", "--boot", "y"), "one of them"),
    (("--unit", "edge-dago", "--out", "x.img", "--image", "{}/raspios-bookworm.img.xz"), "its SHA-256 is"),
    (("--unit", "edge-dago", "--out", "x.img", "--image", "{}/none.img"), "cannot be read"),
    (("--unit", "edge-dago", "--device", "/dev/null"), "there is no such disk"),
    (("--unit", "edge-dago", "--boot", "{}/bundle"), "not the boot partition"),
]


@pytest.mark.parametrize(("arguments", "message"), REFUSALS)
def test_what_is_refused_is_refused_before_anything_is_signed(
    arguments: tuple[str, ...], message: str, workbench: Path
) -> None:
    code, told = simpang(workbench, "card", *(one.format(workbench) for one in arguments))
    assert (code, message in told) == (2, True), told
    assert signed(workbench) == []


def test_a_damaged_bundle_makes_no_card(workbench: Path) -> None:
    (wheel, *_) = (workbench / "bundle/raspios-trixie/wheels").iterdir()
    wheel.write_bytes(b"damaged")
    code, told = simpang(workbench, "card", "--unit", "edge-dago", "--out", workbench / "x.img")
    assert (code, "make the bundle again" in told) == (2, True), told
    assert not (workbench / "x.img").exists()
    assert signed(workbench) == []


def test_the_wrong_system_for_this_unit_leaves_no_half_card(workbench: Path) -> None:
    text = (workbench / "fleet.toml").read_text(encoding="utf-8")
    (bookworm, trixie) = re.findall(r"file = .*\nsha256 = .*", text)
    swapped = text.replace(trixie, "?").replace(bookworm, trixie).replace("?", bookworm)
    (workbench / "fleet.toml").write_text(swapped, encoding="utf-8")
    code, told = simpang(workbench, "card", "--unit", "edge-dago", "--out", workbench / "x.img")
    assert (code, "take the other image" in told) == (2, True), told
    assert not (workbench / "x.img").exists()
    assert signed(workbench) == []
