"""Small files of /proc and /sys, and small tools: what they say, or None."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

_PATIENCE_S = 3.0


def text(path: Path) -> str | None:
    """The content of a small file without its end of line; None when it cannot be read."""
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return None


def number(path: Path) -> int | None:
    """The same as a whole number."""
    told = text(path)
    try:
        return int(told) if told is not None else None
    except ValueError:
        return None


def run(program: str, *arguments: str) -> str | None:
    """What a small tool prints; None when it is not there, fails or hangs."""
    path = shutil.which(program)
    if path is None:
        return None
    try:
        done = subprocess.run([path, *arguments], capture_output=True, text=True, timeout=_PATIENCE_S, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def disk_of(folder: Path, root: Path = Path("/")) -> Path:
    """Where /sys shows the whole disk that holds `folder`, such as /sys/…/block/mmcblk0."""
    device = folder.stat().st_dev
    shown = (root / "sys/dev/block" / f"{os.major(device)}:{os.minor(device)}").resolve()
    return shown.parent if (shown / "partition").exists() else shown
