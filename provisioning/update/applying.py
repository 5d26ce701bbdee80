"""Install a signed update beside the software in force, and put it on trial."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from provisioning.update.signing import UpdateError, verify
from provisioning.update.slots import Slots, begin, installed

Install = Callable[[Path, Path], None]
"""From a bundle into a slot that does not exist yet."""


def apply(bundle: Path, public: Path, slots: Slots, install: Install) -> int:
    """Verify, install into the other slot, and switch; the unit is restarted by the caller. Returns the number.

    `UpdateError` when it is not to be installed, or cannot be: then all is as before. Cut off anywhere, the next start
    of the unit runs what was in force, or the whole of what is new.
    """
    number = verify(bundle, public)
    before = slots.read()
    try:
        state = begin(before, slots.current, number)
    except ValueError as error:
        raise UpdateError(str(error)) from None
    slots.write(state)
    place = slots.folder / state.slot
    shutil.rmtree(place, ignore_errors=True)
    try:
        install(bundle, place)
    except (OSError, UpdateError) as error:
        slots.write(before)
        shutil.rmtree(place, ignore_errors=True)
        raise UpdateError(f"update {number} cannot be installed, all is as before: {error}") from None
    os.sync()
    slots.write(installed(state))
    slots.point(state.slot)
    return number


def install_wheels(bundle: Path, place: Path) -> None:
    """A virtual environment at `place` with the bundle's software, without the network; it has to say its version."""
    pip = next((bundle / "wheels").glob("pip-*.whl"), None)
    if pip is None:
        raise UpdateError(f"{bundle}: no pip in it: make the bundle again")
    python = place / "bin/python"
    # -B: nothing is written beside what was signed.
    options = ("--isolated", "--quiet", "--disable-pip-version-check", "--no-cache-dir", "--no-index", "--find-links")
    steps = (
        [sys.executable, "-m", "venv", "--without-pip", str(place)],
        [str(python), "-B", "-m", "pip", "install", *options, str(bundle / "wheels"), "simpang[edge]"],
        [str(place / "bin/simpang"), "--version"],
    )
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(pip)}
    for step in steps:
        done = subprocess.run(step, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            said = " ".join(done.stderr.strip().splitlines()[-2:])
            raise UpdateError(f"{' '.join(step[:4])}: {said[:400]}")
