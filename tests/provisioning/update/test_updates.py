"""Signed updates on real files: what is refused, and the power cut at any moment."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from provisioning.bundle import write_sums
from provisioning.cli import app
from provisioning.terminal import PASSPHRASE as VARIABLE
from provisioning.update import Slots, UpdateError, apply, install_wheels, make_key, sign, verify
from provisioning.update.slots import MOST_STARTS
from tests.support.card_bundle import small_bundle

PASSPHRASE = "empat kata di sini"
SLOTS = Path(__file__).parents[3] / "provisioning/update/slots.py"
FILES = 300
"""Of an update here; enough that a cut often falls into its installation."""


@pytest.fixture
def depot(tmp_path: Path) -> Path:
    """A key, and a unit with software 0 in slot a."""
    make_key(tmp_path / "update.key", tmp_path / "update.pub", PASSPHRASE)
    unit = tmp_path / "unit"
    software(unit / "a", "0")
    Slots(unit).point("a")
    return tmp_path


def software(place: Path, says: str, *, works: bool = True) -> None:
    """A program in many files that only runs when every one of them is there."""
    (place / "bin").mkdir(parents=True)
    for number in range(FILES):
        (place / f"part-{number}").write_text(says)
    check = f'[ "$(cat {place}/part-* | wc -c)" = {FILES * len(says)} ] || exit 1\n'
    (place / "bin/simpang").write_text(f"#!/bin/sh\n{check}{'' if works else 'exit 1'}\necho {says}\n")
    (place / "bin/simpang").chmod(0o755)


def bundle(depot: Path, number: int) -> Path:
    folder = depot / f"bundle-{number}"
    (folder / "wheels").mkdir(parents=True)
    (folder / "wheels/simpang.whl").write_text(str(number))
    sign(folder, number, depot / "update.key", PASSPHRASE)
    return folder


def install(source: Path, place: Path) -> None:
    software(place, (source / "wheels/simpang.whl").read_text())


def install_broken(source: Path, place: Path) -> None:
    software(place, (source / "wheels/simpang.whl").read_text(), works=False)


def start(unit: Path) -> str | None:
    """As the service does: choose the slot, run what is in force. None when that falls."""
    subprocess.run([sys.executable, "-I", SLOTS, "start", unit], check=True)
    done = subprocess.run([unit / "current/bin/simpang"], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None


def test_an_update_is_installed_beside_and_runs_from_the_next_start(depot: Path) -> None:
    unit = depot / "unit"
    assert start(unit) == "0"
    assert apply(bundle(depot, 1), depot / "update.pub", Slots(unit), install) == 1
    assert start(unit) == "1"
    assert Slots(unit).current == "b"


def test_one_that_falls_at_every_start_is_left(depot: Path) -> None:
    unit = depot / "unit"
    folder = bundle(depot, 1)
    apply(folder, depot / "update.pub", Slots(unit), install_broken)
    assert [start(unit) for _ in range(MOST_STARTS + 1)] == [None] * MOST_STARTS + ["0"]
    with pytest.raises(UpdateError, match="failed here before"):
        apply(folder, depot / "update.pub", Slots(unit), install)


def tamper_sums(folder: Path, depot: Path) -> None:
    (folder / "wheels/simpang.whl").write_text("evil")
    write_sums(folder)


def other_key(folder: Path, depot: Path) -> None:
    make_key(depot / "other.key", depot / "other.pub", PASSPHRASE)
    sign(folder, 1, depot / "other.key", PASSPHRASE)


def flip(folder: Path, depot: Path) -> None:
    (folder / "wheels/simpang.whl").write_text("evil")


def stranger(folder: Path, depot: Path) -> None:
    (folder / "wheels/numpy-99-py3-none-any.whl").write_text("evil")


def cut_short(folder: Path, depot: Path) -> None:
    (folder / "wheels/simpang.whl").unlink()


def unsigned(folder: Path, depot: Path) -> None:
    (folder / "SHA256SUMS.sig").unlink()


def renumber(folder: Path, depot: Path) -> None:
    (folder / "UPDATE").write_text("99\n")


Harm = Callable[[Path, Path], None]
HARMS: list[tuple[Harm, str]] = [
    (tamper_sums, "not signed by"),
    (other_key, "not signed by"),
    (flip, "damaged"),
    (stranger, "not part of the signed update"),
    (cut_short, "missing"),
    (unsigned, "not a signed update"),
    (renumber, "damaged"),
]


@pytest.mark.parametrize(("harm", "message"), HARMS)
def test_what_was_not_signed_as_it_is_changes_nothing(harm: Harm, message: str, depot: Path) -> None:
    unit, folder = depot / "unit", bundle(depot, 1)
    assert verify(folder, depot / "update.pub") == 1
    harm(folder, depot)
    with pytest.raises(UpdateError, match=message):
        apply(folder, depot / "update.pub", Slots(unit), install)
    assert (sorted(one.name for one in unit.iterdir()), start(unit)) == (["a", "current"], "0")


def test_an_installation_that_fails_leaves_all_as_before(depot: Path) -> None:
    def fail(source: Path, place: Path) -> None:
        place.mkdir()
        raise UpdateError("no space left")

    unit = depot / "unit"
    folder = bundle(depot, 1)
    with pytest.raises(UpdateError, match="all is as before: no space left"):
        apply(folder, depot / "update.pub", Slots(unit), fail)
    assert start(unit) == "0"
    assert apply(folder, depot / "update.pub", Slots(unit), install) == 1


def cut(depot: Path, times: int, seed: int) -> tuple[int, int]:
    """Update again and again, killed at a random moment each time; returns how often it was cut, and what runs."""
    draw, unit, cuts, force = random.Random(seed), depot / "unit", 0, 0
    script = depot / "child.py"
    script.write_text(
        textwrap.dedent(f"""
            import sys
            from importlib.util import module_from_spec, spec_from_file_location
            from pathlib import Path
            spec = spec_from_file_location("updates", {str(Path(__file__))!r})
            updates = module_from_spec(spec)
            spec.loader.exec_module(updates)
            print("go", flush=True)
            updates.apply(Path(sys.argv[1]), Path(sys.argv[2]), updates.Slots(Path(sys.argv[3])), updates.install)
        """)
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    for number in range(1, times + 1):
        folder = bundle(depot, number)
        command = [sys.executable, *map(str, (script, folder, depot / "update.pub", unit))]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(draw.uniform(0, 0.06))
        child.kill()
        cuts += child.wait() != 0
        child.stdout.close()
        said = start(unit)
        assert said in {str(force), str(number)}, f"after cut {number}: {said!r}, {Slots(unit).read()}"
        # It held: an hour later it is the one in force.
        slots = Slots(unit)
        slots.confirm(slots.read().boot, slots.read().since_s + 3600)
        force = int(said)
        shutil.rmtree(folder)
    return cuts, force


def test_a_power_cut_at_any_moment_leaves_the_old_or_the_new_and_never_half(depot: Path) -> None:
    cuts, _ = cut(depot, times=6, seed=8)
    assert cuts > 0


@pytest.mark.full
def test_two_hundred_power_cuts(depot: Path) -> None:
    cuts, force = cut(depot, times=200, seed=88)
    assert cuts > 50
    assert force > 0


def test_the_commands_from_the_key_to_the_check(depot: Path) -> None:
    env = {VARIABLE: PASSPHRASE}
    keys = ("--key", str(depot / "k"), "--public", str(depot / "p"))
    folder = bundle(depot, 3)
    runner = CliRunner()
    assert runner.invoke(app, ["update", "key", *keys], env=env).exit_code == 0
    assert runner.invoke(app, ["update", "verify", str(folder), *keys[2:]]).exit_code == 2, "another key signed it"
    assert runner.invoke(app, ["update", "sign", str(folder), "--number", "4", *keys[:2]], env=env).exit_code == 0
    told = runner.invoke(app, ["update", "verify", str(folder), *keys[2:]])
    assert (told.exit_code, "pembaruan 4" in told.output) == (0, True)
    refused = runner.invoke(app, ["update", "sign", str(folder), "--number", "5", *keys[:2]], env={VARIABLE: "salah"})
    assert (refused.exit_code, "wrong passphrase" in refused.output) == (2, True)


def test_real_wheels_become_a_slot_that_runs(depot: Path) -> None:
    unit, folder = depot / "unit", small_bundle(depot / "bundle", "0.2.0")
    sign(folder, 1, depot / "update.key", PASSPHRASE)
    words = ["update", "apply", str(folder), "--public", str(depot / "update.pub"), "--folder", str(unit)]
    done = CliRunner().invoke(app, words)
    assert (done.exit_code, "restart simpang-edge" in done.output) == (0, True), done.output
    assert start(unit) == "simpang 0.2.0"
    assert verify(folder, depot / "update.pub") == 1, "installing wrote nothing into what was signed"


def test_a_wheel_that_is_none_leaves_all_as_before(depot: Path) -> None:
    unit, folder = depot / "unit", small_bundle(depot / "bundle")
    (folder / "wheels/simpang-0.1.0-py3-none-any.whl").write_bytes(b"no zip")
    sign(folder, 1, depot / "update.key", PASSPHRASE)
    with pytest.raises(UpdateError, match="all is as before"):
        apply(folder, depot / "update.pub", Slots(unit), install_wheels)
    assert start(unit) == "0"


def test_a_unit_needs_nothing_of_the_workbench_to_update_itself() -> None:
    blocked = "import sys; sys.modules.update(fpdf=None, segno=None, packaging=None); import provisioning.update.cli"
    subprocess.run([sys.executable, "-c", blocked], check=True, cwd=Path(__file__).parents[3])
