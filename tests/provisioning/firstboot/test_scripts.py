"""The scripts of the first start, run: on a folder that stands for the root file system, as the unit would run them.

Accounts and services are the machine's; stand-ins in front of the real programs write down what was asked of them.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from provisioning import firstboot
from provisioning.authority import Role
from provisioning.bundle import read_bundle
from provisioning.card.contents import contents
from provisioning.card.places import Folder
from provisioning.card.writing import prepare_boot, prepare_tarball
from provisioning.fleet import System
from tests.support import ca
from tests.support.card_bundle import small_bundle
from tests.support.card_depot import KEY
from tests.support.card_depot import depot as lay_depot
from tests.support.card_image import CMDLINE

STOOD_IN = ("groupadd", "useradd", "passwd", "chown", "systemctl", "hostname", "rfkill", "getent", "install")
"""`install` only loses its -o, which needs the account."""


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, str]:
    """Environment of a machine whose root is `tmp_path / "root"`, and whose programs write to `tmp_path / "asked"`."""
    programs, home = tmp_path / "bin", tmp_path / "root/home/teknisi"
    programs.mkdir()
    home.mkdir(parents=True)
    for name in STOOD_IN:
        script = f'#!/bin/sh\necho "{name} $*" >> {tmp_path}/asked\n'
        if name == "getent":
            script += (
                f'[ "$2" = teknisi ] && [ -e {tmp_path}/made ] && echo "t:x:1:1::{home}:/bin/sh" && exit 0; exit 2\n'
            )
        if name == "useradd":
            script += f"touch {tmp_path}/made\n"
        if name == "install":
            script = "#!/bin/sh\nfor a; do shift; "
            script += (
                'if [ "$a" = -o ]; then skip=1; elif [ "${skip:-}" ]; then skip=; else set -- "$@" "$a"; fi; done\n'
            )
            script += 'exec /usr/bin/install "$@"\n'
        (programs / name).write_text(script)
        (programs / name).chmod(0o755)
    root = tmp_path / "root"
    for folder in ("etc/sudoers.d", "etc", "opt"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    (root / "etc/hosts").write_text("127.0.0.1 localhost\n127.0.1.1 raspberrypi\n")
    return {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "SIMPANG_ROOT": str(root)}


def sh(script: Path, machine: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["sh", script, *arguments], env=machine, capture_output=True, text=True, check=False)


def boot_card(tmp_path: Path, unit: str = "edge-gasibu") -> Path:
    """A card's boot partition as a folder, prepared for bookworm."""
    depot = lay_depot(tmp_path / "depot")
    boot = tmp_path / "boot"
    boot.mkdir()
    (boot / "cmdline.txt").write_text(CMDLINE)
    identity = ca.authority(tmp_path / "ca").issue(unit, Role.UNIT, ca.now())
    bundle = read_bundle(depot.bundle, System.BOOKWORM)
    prepare_boot(Folder(boot), contents(depot, depot.unit(unit), identity, System.BOOKWORM, bundle, pin="kkkk2345"))
    return boot


def test_the_first_start_makes_the_card_a_unit_and_wipes_its_secrets(tmp_path: Path, machine: dict[str, str]) -> None:
    boot, root = boot_card(tmp_path), tmp_path / "root"
    key = (boot / "simpang/identity/etc/simpang/tls/unit.key").read_bytes()
    done = sh(boot / "firstrun.sh", machine)
    assert done.returncode == 0, (boot / "simpang-firstrun.log").read_text()
    again = sh(boot / "simpang/prepare.sh", machine)
    assert again.returncode == 0, again.stderr
    assert (root / "etc/hostname").read_text() == "edge-gasibu\n"
    assert "127.0.1.1\tedge-gasibu" in (root / "etc/hosts").read_text()
    assert (root / "etc/simpang/tls/unit.key").read_bytes() == key
    assert not (boot / "simpang/identity").exists()
    assert not any(key in one.read_bytes() for one in boot.rglob("*") if one.is_file())
    keyfile = root / "etc/NetworkManager/system-connections/simpang.nmconnection"
    assert keyfile.stat().st_mode & 0o777 == 0o600
    assert (root / "home/teknisi/.ssh/authorized_keys").read_text().strip() == KEY
    for place in firstboot.OVERLAY.values():
        assert (root / place).exists(), place
    assert (root / "usr/local/lib/simpang/install.sh").stat().st_mode & 0o777 == 0o755
    asked = (tmp_path / "asked").read_text()
    assert "passwd --lock teknisi" in asked
    for service in ("ssh", "nftables", "simpang-install", "simpang-edge", "simpang-clock"):
        assert f"systemctl enable {service}.service" in asked
    assert "simpang-readonly" not in asked, "only where the fleet file asks for it"
    assert (boot / "cmdline.txt").read_text().split() == [*CMDLINE.split(), "cfg80211.ieee80211_regdom=ID"]


def test_a_fleet_that_asks_for_it_gets_a_root_that_is_not_written_to(tmp_path: Path, machine: dict[str, str]) -> None:
    depot = lay_depot(tmp_path / "depot")
    depot = replace(depot, fleet=depot.fleet.model_copy(update={"read_only": True}))
    identity = ca.authority(tmp_path / "ca").issue("edge-dago", Role.UNIT, ca.now())
    card = contents(depot, depot.unit("edge-dago"), identity, System.JETSON, (), pin="kkkk2345")
    prepare_tarball(tmp_path / "unit.tar", card, lambda *_: None)
    subprocess.run(["tar", "-xf", "unit.tar"], cwd=tmp_path, check=True)
    assert sh(tmp_path / "simpang/prepare.sh", machine).returncode == 0
    assert "systemctl enable simpang-readonly.service" in (tmp_path / "asked").read_text()


def test_only_our_folders_can_be_written_to_until_somebody_lifts_it(tmp_path: Path) -> None:
    """In a mount namespace of its own, where the folder is a file system and the script mounts for real."""
    root, script = tmp_path / "root", Path(firstboot.__file__).parent / "readonly.sh"
    for folder in ("etc", "opt/simpang", "tmp", "var/tmp", "var/log"):
        (root / folder).mkdir(parents=True)
    steps = f"""
        mount --bind {root} {root}
        sh {script} on && sh {script} on
        for f in etc opt/simpang var/lib/simpang tmp var/log; do touch {root}/$f/new 2>/dev/null && echo "$f"; done
        sh {script} off && touch {root}/etc/new && echo lifted
    """
    environment = {**os.environ, "SIMPANG_ROOT": str(root)}
    command = ["unshare", "--mount", "sh", "-c", steps]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    said = [line for line in done.stdout.splitlines() if not line.startswith("simpang:")]
    assert said == ["opt/simpang", "var/lib/simpang", "tmp", "var/log", "lifted"], done.stderr
    kept = {one.relative_to(root).as_posix() for one in root.rglob("new")}
    assert kept == {"etc/new", "opt/simpang/new", "var/lib/simpang/new"}, "what is in memory is gone"


def test_a_first_start_that_fails_leaves_an_ordinary_start_and_a_log(tmp_path: Path, machine: dict[str, str]) -> None:
    boot = boot_card(tmp_path)
    (boot / "simpang/card.env").unlink()
    assert sh(boot / "firstrun.sh", machine).returncode != 0
    assert "systemd.run" not in (boot / "cmdline.txt").read_text()
    assert "card.env" in (boot / "simpang-firstrun.log").read_text()
    assert (boot / "firstrun.sh").exists(), "it can be called by hand"


def test_a_jetson_unpacks_runs_and_may_delete_the_tarball(tmp_path: Path, machine: dict[str, str]) -> None:
    depot = lay_depot(tmp_path / "depot")
    unit = next(one for one in depot.fleet.units if one.system is System.JETSON)
    identity = ca.authority(tmp_path / "ca").issue(unit.id, Role.UNIT, ca.now())
    bundle = read_bundle(depot.bundle, System.JETSON)
    prepare_tarball(tmp_path / "unit.tar", contents(depot, unit, identity, System.JETSON, bundle, pin="kkkk2345"))
    subprocess.run(["tar", "-xf", "unit.tar"], cwd=tmp_path, check=True)
    done = sh(tmp_path / "simpang/prepare.sh", machine, "now")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "root/usr/local/lib/simpang/bundle/SHA256SUMS").exists()
    assert "systemctl start --no-block" in (tmp_path / "asked").read_text()


@pytest.fixture
def offline(tmp_path: Path, machine: dict[str, str]) -> dict[str, str]:
    """With this Python as the unit's, and no index to ask."""
    (tmp_path / "bin/python3").symlink_to(Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}")
    return {key: value for key, value in machine.items() if not key.startswith(("PIP_", "PYTHON", "VIRTUAL_ENV"))}


def test_the_software_is_installed_from_the_card_alone(tmp_path: Path, offline: dict[str, str]) -> None:
    bundle = small_bundle(tmp_path / "root/boot/firmware/simpang/bundle")
    # What a power cut during an earlier start left behind.
    (tmp_path / "root/opt/simpang/a/half").mkdir(parents=True)
    done = sh(Path(firstboot.__file__).parent / "install.sh", offline)
    assert done.returncode == 0, done.stderr
    program = tmp_path / "root/opt/simpang/current/bin/simpang"
    assert subprocess.check_output([program], text=True) == "simpang 0.1.0\n"
    assert not (tmp_path / "root/opt/simpang/a/half").exists()
    assert bundle.exists()
    assert "systemctl enable --now nftables.service" in (tmp_path / "asked").read_text()


@pytest.mark.parametrize("harm", ["flip", "remove", "empty"])
def test_a_damaged_bundle_is_not_installed(harm: str, tmp_path: Path, offline: dict[str, str]) -> None:
    bundle = small_bundle(tmp_path / "root/boot/firmware/simpang/bundle")
    wheel = bundle / "wheels/simpang-0.1.0-py3-none-any.whl"
    if harm == "flip":
        content = bytearray(wheel.read_bytes())
        content[100] ^= 1
        wheel.write_bytes(content)
    elif harm == "remove":
        wheel.unlink()
    else:
        (bundle / "SHA256SUMS").write_bytes(b"")
    done = sh(Path(firstboot.__file__).parent / "install.sh", offline)
    assert done.returncode == 1
    assert "damaged" in done.stderr
    assert not (tmp_path / "root/opt/simpang/current").exists()


def test_the_sums_are_those_of_sha256sum(tmp_path: Path) -> None:
    bundle = small_bundle(tmp_path / "bundle")
    subprocess.run(["sha256sum", "--strict", "--quiet", "-c", "SHA256SUMS"], cwd=bundle, check=True)
    first = (bundle / "SHA256SUMS").read_text().split()[0]
    assert first in {hashlib.sha256(one.read_bytes()).hexdigest() for one in (bundle / "wheels").iterdir()}


CONDITION = [
    ("ordered just now", {"order.json": "{}"}, True),
    ("being fetched", {"order.json": "{}", "report.json": '{"number":0,"candidate":1,"phase":"fetching"}'}, True),
    ("carried out", {"order.json": "{}", "report.json": '{"number":1,"phase":"idle"}'}, False),
]


@pytest.mark.parametrize(("files", "runs"), [row[1:] for row in CONDITION], ids=[row[0] for row in CONDITION])
def test_the_update_service_wakes_only_for_an_order_that_is_open(
    files: Mapping[str, str], runs: bool, tmp_path: Path
) -> None:
    (line,) = [
        line
        for line in firstboot.content("simpang-update.service").decode().splitlines()
        if line.startswith("ExecCondition=")
    ]
    script = line.partition("sh -c ")[2].strip("'").replace("/var/lib/simpang/update", str(tmp_path))
    for number, (name, text) in enumerate(files.items()):
        (tmp_path / name).write_text(text)
        os.utime(tmp_path / name, (1000 + number, 1000 + number))
    assert (subprocess.run(["sh", "-c", script], check=False).returncode == 0) is runs
    if not runs:
        os.utime(tmp_path / "order.json", (2000, 2000))
        assert subprocess.run(["sh", "-c", script], check=False).returncode == 0, "ordered anew"
