"""From an image to a unit that counts, on the processor that a unit has: `make arm64`.

A Debian 12 for arm64 stands for Raspberry Pi OS (its kernel and firmware do nothing here). `simpang provision card`
prepares an image of it with the real offline bundle; every file is read back; its systemd is then process 1 of
namespaces of its own, under qemu, without any network: the first start as cmdline.txt asks for it, and the second one,
in which the software installs itself and counts the twin's clip, whose truth is known. Some ten minutes.

Needs Debian, root and Linux 6.7. Neither name nor registry of the machine itself is touched (namespaces.py). What qemu
takes says nothing of a Pi.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from provisioning.bundle.building import build_bundle
from provisioning.fleet import System
from provisioning.terminal import PASSPHRASE
from tests.arm64.namespaces import run_apart
from tests.arm64.reading_back import Card, read_back
from tests.arm64.verdict import compared, off
from tests.support import ca
from tests.support.card_depot import lay_out
from tests.support.card_image import lay_image

HERE = Path(__file__).parent
SOURCE = HERE.parents[1]
UNIT = "edge-pasteur"
"""The one of the example fleet that runs bookworm."""
PACKAGES = ("systemd-sysv", "dbus", "python3", "sudo", "openssh-server", "nftables", "chrony", "tzdata", "rfkill")
"""What Raspberry Pi OS Lite has of what the first start asks for."""
BOOT_MIB, ROOT_MIB = 256, 1600
SCENE, SECONDS, FPS = "dago", 24, 5
"""Under qemu a picture takes some ten seconds."""
_CHECK = Path("srv/check")
_LIMIT_S = 3600.0
_MAY_BE_OFF = 0.15
"""Share of the crossings: the twin's own benchmark is the place for finer judgement."""


class Log:
    """What was done, and how long it took: on the terminal and in a file that is kept."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._console = Console(highlight=False, markup=False, soft_wrap=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("", encoding="utf-8")

    def say(self, text: str) -> None:
        """A line, or several."""
        self._console.print(text)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(text + "\n")

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """One thing that is done."""
        self._console.print(f"… {what}")
        begun_s = time.monotonic()
        yield
        self.say(f"{what} ({time.monotonic() - begun_s:.0f} s)")

    def quote(self, title: str, text: str) -> None:
        """What somebody else said."""
        self.say("\n".join([f"--- {title}", *(f"    {line}" for line in text.strip().splitlines())]))


def main(
    folder: Annotated[Path, typer.Option(help="What is made on the way; the root file system is kept there.")] = Path(
        "build/arm64"
    ),
    log: Annotated[Path, typer.Option(help="The log that is kept.")] = Path("docs/logs/first-boot-arm64.txt"),
) -> None:
    """Exit code 1 when a file is not as it was meant, the software does not run, or the counts are wrong."""
    if os.geteuid() != 0 or sys.platform != "linux":
        raise SystemExit("this needs root on Linux: it makes file systems with their owners, and namespaces")
    # Asked first: the log itself, begun anew, makes the tree another than the commit.
    version, name = _version(), socket.gethostname()
    told = Log(log)
    told.say(f"make arm64: Simpang at {version}")
    install_tools()
    with tempfile.TemporaryDirectory(dir=_made(folder)) as scratch:
        failures = walk(folder, Path(scratch), told)
    if socket.gethostname() != name:
        failures.append("the machine itself was renamed")
    told.say("FAILED: " + "; ".join(failures) if failures else "all as it must be")
    raise typer.Exit(1 if failures else 0)


def walk(folder: Path, scratch: Path, log: Log) -> list[str]:
    """Image, card, two starts and a count; what was not as it must be."""
    base, clip = folder / "root.tar", scratch / "clip"
    if not base.exists():
        with log.step("a Debian 12 for arm64, by mmdebstrap under qemu"):
            make_root(base, scratch)
    with log.step("the offline bundle: simpang provision bundle --system raspios-bookworm"):
        bundle = build_bundle(scratch / "bundle", System.BOOKWORM, SOURCE)
    with log.step(f"the clip: simpang twin render --scene {SCENE} --seconds {SECONDS} --fps {FPS}"):
        render = ("twin", "render", "--scene", SCENE, "--seconds", SECONDS, "--fps", FPS, "--out", clip)
        simpang(*render)
    root = scratch / "root"
    with log.step("a bootable image of it: FAT and ext4"):
        unpack(base, root)
        image = lay_image(scratch / "base.img", System.BOOKWORM, root, BOOT_MIB, ROOT_MIB)
        shutil.rmtree(root)
    card = Card(scratch / "unit.img", scratch / "depot", scratch / "ca", UNIT)
    with log.step(f"simpang provision card --unit {UNIT} --image … --out …"):
        prepare(card, bundle, image)
    with log.step("every file read back from the card, beside what it must hold"):
        number, wrong = read_back(card, root)
    log.say(f"files on the card: {number}, {len(wrong)} wrong")
    failures = [f"{path} is not as it was meant" for path in wrong]
    log.say(f"first start: {start(root, log, scratch)}")
    log.quote("simpang-firstrun.log, from the boot partition", _read(root / "boot/firmware/simpang-firstrun.log"))
    lay_check(root, clip)
    log.say(f"second start: {start(root, log, scratch)}")
    for file in ("told.txt", "replay.txt", "counted/crossings.csv", "journal.txt"):
        log.quote(file, _read(root / _CHECK / file))
    return failures + judge(root / _CHECK, clip, log)


def judge(check: Path, clip: Path, log: Log) -> list[str]:
    """The counts of the unit beside the twin's truth, and beside this machine's."""
    summary = check / "counted/summary.json"
    if not summary.exists():
        return ["nothing was counted"]
    replay = ("edge", "replay", clip / "clip.mp4", "--zones", clip / "zones.toml", "--out", clip / "here")
    simpang(*replay, "--threads", 1)
    unit, here = (json.loads(path.read_text())["counts"] for path in (summary, clip / "here/summary.json"))
    truth = json.loads((clip / "truth.json").read_text())["clip.mp4"]["counts"]
    log.quote("crossings (synthetic)", compared(truth, unit, here))
    wrong, crossed = off(truth, unit), off(truth, {})
    told = _read(check / "told.txt")
    failures = [] if wrong <= crossed * _MAY_BE_OFF else [f"{wrong} of {crossed} crossings off"]
    expected = ("machine      aarch64", "tflite-runtime", "simpang-install: active", "simpang-edge: active")
    return failures + [f"the unit does not say {words!r}" for words in expected if words not in told]


def install_tools() -> None:
    """Debian's packages, where they are missing."""
    wanted = {"mmdebstrap": "mmdebstrap", "qemu-aarch64-static": "qemu-user-static"}
    missing = [package for program, package in wanted.items() if shutil.which(program) is None]
    if missing:
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing], check=True)


def make_root(out: Path, scratch: Path) -> None:
    """Minimal Debian for arm64, as a tar."""
    packages = f"--include={','.join(PACKAGES)}"
    made = out.with_suffix(".part.tar")
    strap = ["mmdebstrap", "--arch=arm64", "--variant=minbase", "--mode=root", "--skip=check/qemu", packages]
    said = scratch / "mmdebstrap.log"
    with said.open("wb") as log:
        ended = run_apart(["sh", HERE / "foreign.sh", *strap, "bookworm", made], log, _LIMIT_S, network=True)
    if ended != 0:
        raise SystemExit(f"mmdebstrap ended with {ended}:\n{_read(said)[-2000:]}")
    made.rename(out)


def unpack(tar: Path, root: Path) -> None:
    """With the owners that the tar names."""
    (root / "boot/firmware").mkdir(parents=True)
    subprocess.run(["tar", "--numeric-owner", "-C", root, "-xf", tar], check=True)


def prepare(card: Card, bundle: Path, image: Path) -> None:
    """The card, as it is made at the depot."""
    fleet = lay_out(card.depot)
    shutil.rmtree(card.depot / "bundle" / System.BOOKWORM)
    shutil.copytree(bundle, card.depot / "bundle" / System.BOOKWORM)
    ca.authority(card.authority)
    words = ("--unit", card.unit, "--image", image, "--out", card.image, "--fleet", fleet, "--ca", card.authority)
    simpang("provision", "card", *words)


def start(root: Path, log: Log, scratch: Path) -> str:
    """Start the system with the words of its cmdline.txt; what came of it."""
    words = (root / "boot/firmware/cmdline.txt").read_text(encoding="ascii").split()
    said = scratch / "console.log"
    asked = " ".join(word for word in words if word.startswith("systemd.")) or "no more words"
    with log.step(f"systemd for aarch64 with {asked}"), said.open("wb") as console:
        ended = run_apart(["sh", HERE / "foreign.sh", "sh", HERE / "boot.sh", root, *words], console, _LIMIT_S)
    # A pid namespace whose process 1 calls reboot(2) ends by SIGHUP, by SIGINT where it powers off.
    return {-1: "restarted itself", -2: "switched itself off"}.get(ended, f"ended with {ended}:\n{_read(said)[-2000:]}")


def lay_check(root: Path, clip: Path) -> None:
    """A service that looks at the unit once everything of its own has started, and switches it off."""
    shutil.copytree(clip, root / _CHECK)
    shutil.copy(HERE / "check.sh", root / _CHECK)
    units = root / "etc/systemd/system"
    shutil.copy(HERE / "check.service", units)
    (units / "multi-user.target.wants/check.service").symlink_to("../check.service")


def simpang(*words: object) -> None:
    """The command line, as people type it."""
    environment = {**os.environ, PASSPHRASE: ca.PASSPHRASE, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [Path(sys.executable).with_name("simpang"), *map(str, words)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"simpang {' '.join(map(str, words[:2]))}: {done.stderr[-2000:]}")


def _version() -> str:
    described = ["git", "-C", str(SOURCE), "describe", "--always", "--dirty"]
    return subprocess.run(described, capture_output=True, text=True, check=False).stdout.strip()


def _read(path: Path) -> str:
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else "(there is none)"
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


if __name__ == "__main__":
    typer.run(main)
