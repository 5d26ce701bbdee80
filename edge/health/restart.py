"""Why the board started last: told from what the run before left behind, and from what the kernel kept.

The kernel keeps the trace of a crash in pstore, from where systemd-pstore takes it to /var/lib/systemd/pstore; a
watchdog says so in its bootstatus (Linux, Documentation/watchdog/watchdog-api: WDIOF_CARDRESET). Where none of them
speaks and Simpang was not asked to stop, the power went.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from contract import Model
from edge.health.reading import number, text

Cause = Literal["power", "orderly", "watchdog", "crash"]
_CARD_RESET = 0x20


class Start(Model):
    """What a run leaves behind for the next one."""

    boot: str
    """The kernel's random id of this start of the board."""
    traces: int
    """Traces of crashes that lay there."""
    cause: Cause | None
    orderly: bool = False
    """The run was asked to stop."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What the kernel shows."""

    boot: str
    traces: int = 0
    watchdog: bool = False


def started(before: Start | None, signs: Signs) -> Start:
    """This start of the program, after the one that left `before`."""
    cause: Cause | None
    if before is None:
        cause = None
    elif before.boot == signs.boot:
        cause = before.cause
    elif signs.traces > before.traces:
        cause = "crash"
    elif signs.watchdog:
        cause = "watchdog"
    else:
        cause = "orderly" if before.orderly else "power"
    return Start(boot=signs.boot, traces=signs.traces, cause=cause)


def read_signs(root: Path = Path("/")) -> Signs:
    """Look now. Never raises."""
    traces = [one for folder in ("sys/fs/pstore", "var/lib/systemd/pstore") for one in (root / folder).glob("*")]
    states = [number(one) or 0 for one in (root / "sys/class/watchdog").glob("*/bootstatus")]
    boot = text(root / "proc/sys/kernel/random/boot_id") or ""
    return Signs(boot, len(traces), any(state & _CARD_RESET for state in states))
