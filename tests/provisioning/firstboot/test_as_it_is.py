"""The files of the first start, judged by the programs that will read them."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from provisioning import firstboot
from provisioning.authority import Role
from provisioning.bundle import read_bundle
from provisioning.card.contents import contents
from provisioning.fleet import System
from provisioning.label import PAGE_PORT
from tests.support import ca
from tests.support.card_depot import depot as lay_depot

HERE = Path(firstboot.__file__).parent
PATH = {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"}
ACCOUNTED = {*firstboot.SCRIPTS, *firstboot.OVERLAY, "firstrun.sh"}


def test_every_file_of_the_folder_goes_somewhere() -> None:
    there = {one.name for one in HERE.iterdir() if one.is_file() and one.suffix != ".py"}
    assert there == ACCOUNTED


def test_shellcheck_finds_nothing() -> None:
    scripts = sorted(HERE.glob("*.sh"))
    assert len(scripts) == 5
    done = subprocess.run(["shellcheck", *scripts], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_systemd_understands_every_unit(tmp_path: Path) -> None:
    """`systemd-analyze verify`; what it starts is not installed here, so a stand-in takes its place."""
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    units = []
    for file in (*HERE.glob("*.service"), *HERE.glob("*.timer")):
        text = re.sub(r"^(Exec\w+)=/(opt|usr/local)/\S+", rf"\1={program}", file.read_text(), flags=re.MULTILINE)
        (tmp_path / file.name).write_text(text)
        units.append(tmp_path / file.name)
    assert len(units) == 11
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True, check=False
    )
    complaints = [line for line in done.stderr.splitlines() if "simpang" in line]
    assert (done.returncode, complaints) == (0, [])


def test_the_edge_service_watches_restarts_and_holds_back() -> None:
    told = firstboot.content("simpang-edge.service").decode().splitlines()
    for line in (
        "Type=notify",
        "WatchdogSec=60",
        "Restart=always",
        "StartLimitBurst=6",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "CapabilityBoundingSet=",
        "User=simpang",
        "ExecStart=/opt/simpang/current/bin/simpang edge run --config /etc/simpang/unit.toml",
    ):
        assert line in told


def test_systemd_thinks_the_edge_service_is_little_exposed(tmp_path: Path) -> None:
    service = tmp_path / "simpang-edge.service"
    service.write_bytes(firstboot.content(service.name))
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=30", "--no-pager", service],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-300:] + done.stderr


def test_the_firewall_loads_and_lets_in_ssh_and_the_page_only() -> None:
    rules = HERE / "nftables.conf"
    done = subprocess.run(["nft", "--check", "--file", rules], capture_output=True, text=True, check=False, env=PATH)
    assert done.returncode == 0, done.stderr
    assert set(re.findall(r"tcp dport (\d+)", rules.read_text())) == {"22", str(PAGE_PORT)}
    assert "hook input priority filter; policy drop;" in rules.read_text()


KNOWN_KEYS = {"hostname", "timezone", "ssh_pwauth", "users", "runcmd"}


def test_cloud_init_understands_its_files(tmp_path: Path) -> None:
    depot = lay_depot(tmp_path / "depot")
    identity = ca.authority(tmp_path / "ca").issue("edge-dago", Role.UNIT, ca.now())
    bundle = read_bundle(depot.bundle, System.TRIXIE)
    card = contents(depot, depot.unit("edge-dago"), identity, System.TRIXIE, bundle, pin="kkkk2345")
    files = {str(one.path): one.read().decode() for one in card.boot}
    (tmp_path / "user-data").write_text(files["user-data"])
    done = subprocess.run(
        ["cloud-init", "schema", "--config-file", tmp_path / "user-data"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    # Its own check misses unknown keys at the top.
    assert set(json.loads(files["user-data"].partition("\n")[2])) <= KNOWN_KEYS
    assert json.loads(files["network-config"])["version"] == 2
    assert json.loads(files["meta-data"])["local-hostname"] == "edge-dago"


@pytest.mark.parametrize("system", System)
def test_no_value_on_a_card_means_anything_to_a_shell(system: System, tmp_path: Path) -> None:
    depot = lay_depot(tmp_path / "depot")
    identity = ca.authority(tmp_path / "ca").issue("edge-dago", Role.UNIT, ca.now())
    card = contents(depot, depot.unit("edge-dago"), identity, system, (), pin="kkkk2345")
    (env,) = [one.read().decode() for one in card.boot if one.path.name == "card.env"]
    for line in env.splitlines():
        assert re.fullmatch(r"[A-Z_]+='[A-Za-z0-9/_-]+'", line), line
