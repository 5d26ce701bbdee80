"""Run a program where it can rename, mount, register and switch off without anybody else noticing.

The user namespace keeps the numbers of all accounts (0..65535), so that a root file system has its real owners. Needs
root, util-linux's `unshare`, and Linux 6.7, which gives each user namespace its own registry of foreign programs.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

_ACCOUNTS = "0 0 65536"
_CGROUPS = Path("/sys/fs/cgroup")
_SPACES = ("user", "mount", "pid", "uts", "ipc")
_PATIENCE_S = 10.0


def run_apart(command: Sequence[str | Path], log: IO[bytes], limit_s: float, *, network: bool = False) -> int:
    """Run `command` as process 1 of its own namespaces, its words into `log`; the exit status as `Popen` tells it.

    It is killed after `limit_s`, and `subprocess.TimeoutExpired` raised. It reaches no `network` unless it may.
    """
    group = _cgroup()
    group.mkdir()
    try:
        spaces = [f"--{name}" for name in (_SPACES if network else (*_SPACES, "net"))]
        # The shell waits until its accounts are there and it is in its control group.
        waiting = ["sh", "-c", 'read -r _ && exec unshare --cgroup "$@"', "sh", *map(str, command)]
        unshare = ["unshare", *spaces, "--fork", *waiting]
        with subprocess.Popen(unshare, stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT) as child:
            assert child.stdin is not None
            _await_namespace(child.pid)
            for numbers in ("uid_map", "gid_map"):
                Path(f"/proc/{child.pid}/{numbers}").write_text(_ACCOUNTS, encoding="ascii")
            for pid in (child.pid, *_children(child.pid)):
                (group / "cgroup.procs").write_text(str(pid), encoding="ascii")
            child.stdin.write(b"go\n")
            child.stdin.close()
            try:
                return child.wait(limit_s)
            except BaseException:
                child.kill()
                (group / "cgroup.kill").write_text("1", encoding="ascii")
                raise
    finally:
        _remove(group)


def _cgroup() -> Path:
    """A control group of our own below the unified hierarchy, wherever that is mounted."""
    top = _CGROUPS if (_CGROUPS / "cgroup.procs").exists() else _CGROUPS / "unified"
    return top / f"simpang-arm64-{os.getpid()}"


def _await_namespace(pid: int) -> None:
    ours, deadline_s = Path("/proc/self/ns/user").readlink(), time.monotonic() + _PATIENCE_S
    while Path(f"/proc/{pid}/ns/user").readlink() == ours or not _children(pid):
        if time.monotonic() > deadline_s:
            raise TimeoutError("unshare made no user namespace: this needs root, and a kernel that allows it")
        time.sleep(0.01)


def _children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(word) for word in text.split()]


def _remove(group: Path) -> None:
    """The system inside made groups of its own; they are empty once its process 1 has ended."""
    deadline_s = time.monotonic() + _PATIENCE_S
    while group.exists() and time.monotonic() < deadline_s:
        for folder in sorted((one for one in group.rglob("*") if one.is_dir()), reverse=True):
            with suppress(OSError):
                folder.rmdir()
        with suppress(OSError):
            group.rmdir()
        time.sleep(0.05)
