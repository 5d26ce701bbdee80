"""Signed updates on real files: what is refused, and the power cut at any moment."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
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
from tests.support.card_power_cut import install, software

PASSPHRASE = "empat kata di sini"
SLOTS = Path(__file__).parents[3] / "provisioning/update/slots.py"


@pytest.fixture
def depot(tmp_path: Path) -> Path:
    """A key, and a unit with software 0 in slot a."""
    make_key(tmp_path / "update.key", tmp_path / "update.pub", PASSPHRASE)
    unit = tmp_path / "unit"
    software(unit / "a", "0")
    Slots(unit).point("a")
    return tmp_path


def bundle(depot: Path, number: int) -> Path:
    folder = depot / f"bundle-{number}"
    (folder / "wheels").mkdir(parents=True)
    (folder / "wheels/simpang.whl").write_text(str(number))
    sign(folder, number, depot / "update.key", PASSPHRASE)
    return folder


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


NEVER = 10**9


def update(depot: Path, folder: Path, unit: Path, moment: int) -> int | None:
    """Update the unit, cut off at `moment`; None when it was, else how many moments there were."""
    words = [sys.executable, "-m", "tests.support.card_power_cut", folder, depot / "update.pub", unit, moment]
    root = Path(__file__).parents[3]
    done = subprocess.run([*map(str, words)], cwd=root, capture_output=True, text=True, check=False)
    if done.returncode == -signal.SIGKILL:
        return None
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def street(depot: Path, moments: list[Callable[[int], int]]) -> set[str]:
    """Update after update is cut off at one of `moments` and the unit started again; returns what became of them.

    Each is asked of how many there are, which a copy of the unit shows first. After each cut the unit runs what was in
    force, or the whole of what is new; and from both it takes the next update.
    """
    unit, twin, force, fates = depot / "unit", depot / "twin", 0, set()
    for number, moment in enumerate(moments, start=1):
        folder = bundle(depot, number)
        shutil.copytree(unit, twin, symlinks=True)
        there_are = update(depot, folder, twin, NEVER)
        shutil.rmtree(twin)
        assert there_are is not None
        chosen = moment(there_are)
        assert update(depot, folder, unit, chosen) is None
        said = start(unit)
        assert said in {str(force), str(number)}, f"cut at {chosen} of {there_are}: {said}, {Slots(unit).read()}"
        fates.add("old" if said == str(force) else "new")
        force = int(said)
        hold(unit)
    assert update(depot, bundle(depot, 9999), unit, NEVER) is not None
    assert start(unit) == "9999"
    return fates


def hold(unit: Path) -> None:
    """It ran for an hour: what is on trial is the one in force."""
    start(unit)
    slots, state = Slots(unit), Slots(unit).read()
    slots.confirm(state.boot, state.since_s + 3600)


def before_the_end(back: int) -> Callable[[int], int]:
    """The moment `back` before the last one."""
    return lambda there_are: there_are - back


def test_a_power_cut_around_the_switch_leaves_the_old_or_the_new(depot: Path) -> None:
    """The last moments are those of the states and of the switch."""
    assert street(depot, [before_the_end(back) for back in range(9)]) == {"old", "new"}


def test_a_power_cut_during_the_installation_leaves_the_old(depot: Path) -> None:
    assert street(depot, [lambda _: 1, lambda there_are: there_are // 3, lambda there_are: there_are // 2]) == {"old"}


@pytest.mark.full
def test_two_hundred_power_cuts_at_random_moments(depot: Path) -> None:
    """Half of them fall among the last twelve moments, which an even draw would seldom meet."""
    draw = random.Random(8)

    def anywhere(there_are: int) -> int:
        return draw.randint(1, there_are)

    def late(there_are: int) -> int:
        return there_are - draw.randrange(12)

    assert street(depot, [anywhere, late] * 100) == {"old", "new"}


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
