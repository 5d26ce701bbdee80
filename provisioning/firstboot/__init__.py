"""What a card carries besides its identity: scripts for the first start, systemd units, settings of the system.

Plain files, so that shellcheck, systemd-analyze and nft can judge them as they are. `OVERLAY` says where each belongs.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import PurePosixPath

SCRIPTS = ("prepare.sh", "install.sh", "zram.sh", "readonly.sh")
"""Lie beside each other in the card's folder `simpang`."""

OVERLAY: dict[str, PurePosixPath] = {
    name: PurePosixPath(path)
    for name, path in {
        "simpang-edge.service": "etc/systemd/system/simpang-edge.service",
        "simpang-install.service": "etc/systemd/system/simpang-install.service",
        "simpang-again.service": "etc/systemd/system/simpang-again.service",
        "simpang-again.timer": "etc/systemd/system/simpang-again.timer",
        "simpang-confirm.service": "etc/systemd/system/simpang-confirm.service",
        "simpang-confirm.timer": "etc/systemd/system/simpang-confirm.timer",
        "simpang-update.service": "etc/systemd/system/simpang-update.service",
        "simpang-update.timer": "etc/systemd/system/simpang-update.timer",
        "simpang-readonly.service": "etc/systemd/system/simpang-readonly.service",
        "simpang-clock.service": "etc/systemd/system/simpang-clock.service",
        "chrony.conf": "etc/chrony/conf.d/simpang.conf",
        "simpang-zram.service": "etc/systemd/system/simpang-zram.service",
        "nftables.conf": "etc/nftables.conf",
        "journald.conf": "etc/systemd/journald.conf.d/simpang.conf",
        "watchdog.conf": "etc/systemd/system.conf.d/simpang.conf",
        "sshd.conf": "etc/ssh/sshd_config.d/10-simpang.conf",
        "sysctl.conf": "etc/sysctl.d/90-simpang.conf",
    }.items()
}
"""File here -> place below the root of the unit."""


def content(name: str) -> bytes:
    """A file of this folder."""
    return (files(__name__) / name).read_bytes()
