"""What `make arm64` is made of, on small cards and without another processor."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest
from typer.testing import CliRunner

from provisioning.card.contents import CardFile
from provisioning.card.layout import read_layout
from provisioning.cli import app
from provisioning.fleet import System
from provisioning.terminal import PASSPHRASE
from tests.arm64.namespaces import run_apart
from tests.arm64.reading_back import Card, read_back
from tests.arm64.verdict import Counts, compared, off
from tests.support import ca
from tests.support.card_depot import lay_out
from tests.support.card_image import make_image

HERE = Path(__file__).parent
TRUTH: Counts = {"main": {"in": {"car": 3, "bus": 1}, "out": {}}}

FOUND: list[tuple[str, Counts, int]] = [
    ("the same", TRUTH, 0),
    ("another class", {"main": {"in": {"truck": 4}, "out": {}}}, 0),
    ("one missed and one too many", {"main": {"in": {"car": 3}, "out": {"car": 1}}}, 2),
    ("nothing", {}, 4),
    ("a line that is not there", {"main": {"in": {"car": 4}}, "other": {"in": {"car": 2}}}, 2),
]


@pytest.mark.parametrize(("found", "wrong"), [row[1:] for row in FOUND], ids=[row[0] for row in FOUND])
def test_how_far_counts_are_off(found: Counts, wrong: int) -> None:
    assert off(TRUTH, found) == wrong
    assert "main" in compared(TRUTH, found, TRUTH)


@pytest.fixture
def card(tmp_path: Path) -> Card:
    """Made by the command, on a small image."""
    made = Card(tmp_path / "unit.img", tmp_path / "depot", tmp_path / "ca", "edge-pasteur")
    image = make_image(tmp_path / "base.img", System.BOOKWORM)
    ca.authority(made.authority)
    where = ("--fleet", str(lay_out(made.depot)), "--ca", str(made.authority))
    words = ["card", "--unit", made.unit, "--image", str(image), "--out", str(made.image), *where]
    done = CliRunner().invoke(app, words, env={PASSPHRASE: ca.PASSPHRASE})
    assert done.exit_code == 0, done.output
    return made


def test_every_file_of_a_card_is_read_back_as_it_was_meant(card: Card, tmp_path: Path) -> None:
    number, wrong = read_back(card, tmp_path / "root")
    assert number > 30
    assert wrong == []


def spoil_script(card: Card) -> None:
    read_layout(card.image).boot.put(CardFile(PurePosixPath("simpang/install.sh"), b"exit 0\n"))


def spoil_mode(card: Card) -> None:
    """Readable by everybody."""
    root = read_layout(card.image).root
    path = PurePosixPath("etc/simpang/tls/unit.key")
    root.put(CardFile(path, root.read(path) or b"", 0o644))


def spoil_authority(card: Card) -> None:
    """Signed by somebody who calls himself the same."""
    for file in card.authority.iterdir():
        file.unlink()
    ca.authority(card.authority)


SPOILT = [
    (spoil_script, "boot/firmware/simpang/install.sh"),
    (spoil_mode, "etc/simpang/tls/unit.key"),
    (spoil_authority, "the certificate is not the authority's"),
]


@pytest.mark.parametrize(("spoil", "told"), SPOILT, ids=["script", "mode", "authority"])
def test_what_is_not_as_it_was_meant_is_named(card: Card, tmp_path: Path, spoil: object, told: str) -> None:
    assert callable(spoil)
    spoil(card)
    _, wrong = read_back(card, tmp_path / "root")
    assert told in wrong


def test_shellcheck_finds_nothing() -> None:
    scripts = sorted(HERE.glob("*.sh"))
    assert len(scripts) == 3
    done = subprocess.run(["shellcheck", *scripts], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_what_runs_apart_renames_nobody_else_and_reaches_no_network(tmp_path: Path) -> None:
    """As root, which owns the numbers of all accounts."""
    name = os.uname().nodename
    look = "import os, socket; print(os.getpid(), os.getuid(), [name for _, name in socket.if_nameindex()])"
    with (tmp_path / "log").open("wb") as log:
        code = run_apart(["sh", "-c", f'hostname elsewhere; exec {sys.executable} -c "{look}"'], log, 60)
    assert (code, (tmp_path / "log").read_text()) == (0, "1 0 ['lo']\n")
    assert os.uname().nodename == name


def test_what_takes_too_long_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as log, pytest.raises(subprocess.TimeoutExpired):
        run_apart(["sh", "-c", f"sleep 600 & echo $! > {tmp_path}/started; wait"], log, 2)
    groups = list(Path("/sys/fs/cgroup").glob(f"**/simpang-arm64-{os.getpid()}"))
    assert groups == []
