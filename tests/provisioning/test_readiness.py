"""What a fleet file lacks before the first card is told by `simpang provision fleet`, one line each."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from provisioning.cli import app
from provisioning.fleet import load_fleet
from provisioning.readiness import lacking
from tests.support.card_depot import KEY, lay_out

IMAGES = "".join(
    f'[images.{system}]\nfile = "{system}.img.xz"\nsha256 = "{"0" * 64}"\n'
    for system in ("raspios-bookworm", "raspios-trixie")
)
EXAMPLES = (
    ("fleet.toml", "mqtt.atcs.example", "mqtt.atcs.bandung.go.id"),
    ("fleet.secrets.toml", "ganti-kata-sandi", "rahasia-gasibu"),
    ("fleet.secrets.toml", "pengguna:sandi@", "simpang:rahasia@"),
)


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    """A fleet that lacks nothing."""
    fleet = lay_out(tmp_path, extra=IMAGES)
    for system in ("raspios-bookworm", "raspios-trixie"):
        (tmp_path / f"{system}.img.xz").touch()
    for file, example, own in EXAMPLES:
        replace(tmp_path / file, example, own)
    return fleet


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_a_whole_fleet_is_good(whole: Path) -> None:
    done = CliRunner().invoke(app, ["fleet", str(whole)])
    assert done.exit_code == 0, done.output
    assert "baik / good" in done.output


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        *((file, own, example, says) for (file, example, own), says in zip(
            EXAMPLES, ("hanya contoh", "[wifi] ATCS-Gasibu", "dan 24 lainnya"), strict=True)),
        ("fleet.toml", "[images.raspios-trixie]", "[images.jetson]", "[images.raspios-trixie] belum ada"),
        ("fleet.toml", "raspios-trixie.img.xz", "lain.img.xz", "lain.img.xz tidak ada"),
        ("fleet.toml", f'"{KEY}",', "", "tidak akan dapat masuk lewat SSH"),
    ],
)  # fmt: skip
def test_what_lacks_is_told_alone(whole: Path, file: str, old: str, new: str, says: str) -> None:
    replace(whole.parent / file, old, new)
    (told,) = lacking(load_fleet(whole))
    assert says in told
    assert " / " in told, "in both languages"


def test_software_that_was_not_made_is_asked_for_by_its_command(whole: Path) -> None:
    shutil.rmtree(whole.parent / "bundle" / "jetson")
    done = CliRunner().invoke(app, ["fleet", str(whole)])
    assert done.exit_code == 1
    assert "BELUM LENGKAP / NOT COMPLETE YET" in done.output
    assert "simpang provision bundle --system jetson --out bundle" in done.output


def test_the_examples_as_they_come_are_not_called_good(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["fleet", str(lay_out(tmp_path))])
    assert done.exit_code == 1
    assert done.output.count("  - ") == 5, done.output
