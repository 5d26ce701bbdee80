"""`simpang edge run`: the unit beside the cameras."""

from __future__ import annotations

import fcntl
import logging
import os
import signal
import sqlite3
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from contract import ContractError
from contract.base import EARLIEST
from edge.config import UnitConfig, load_unit
from edge.runtime import Unit
from edge.runtime.check import check
from edge.runtime.desk import utc_now
from edge.runtime.notify import Systemd
from edge.runtime.settings import Settings
from models.registry import ResolvedModel

log = logging.getLogger(__name__)


def run(
    config: Annotated[Path, typer.Option(help="unit.toml; a complete example is config/unit.example.toml.")],
    check_only: Annotated[bool, typer.Option("--check", help="Only say whether it can run, and end.")] = False,
) -> None:
    """Watch the cameras of unit.toml, count, and report over MQTT until stopped (SIGTERM or Ctrl-C)."""
    try:
        local = load_unit(config)
        model = check(local)
        if check_only:
            names = ", ".join(camera.id for camera in local.cameras)
            Console().print(f"{config}: {names} with {model.spec.name}: ready", soft_wrap=True, highlight=False)
            return
        with _only_one(local):
            _work(local, model, config)
            _leave()
    except (ContractError, OSError, ImportError, sqlite3.Error) as error:
        Console(stderr=True).print(f"[red]simpang edge:[/] {escape(str(error))}", soft_wrap=True, highlight=False)
        raise typer.Exit(2) from None


def _work(local: UnitConfig, model: ResolvedModel, path: Path) -> None:
    _log_to_stderr()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    settings = Settings(local, path)
    if settings.revision:
        try:
            model = check(settings.config)
        except ContractError as error:
            settings.give_up(error)
    if _clock_is_set(stop):
        Unit(settings, model, stop).run()


def _leave() -> None:
    """All is flushed and closed: end here and now.

    A thread may still wait inside OpenCV for a camera that hangs. Python's own way out would unwind it through C++,
    which aborts the process, and systemd would take an orderly stop for a crash.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _clock_is_set(stop: threading.Event) -> bool:
    """Wait until the clock can be right: a board without a battery starts in 1970. False when stopped meanwhile."""
    if utc_now() >= EARLIEST:
        return True
    systemd = Systemd()
    systemd.ready("waiting for the time")
    log.warning("the clock says %s: waiting until it is set (is chrony running, is the network there?)", utc_now())
    while utc_now() < EARLIEST:
        systemd.alive()
        if stop.wait(1.0):
            return False
    return True


@contextmanager
def _only_one(config: UnitConfig) -> Iterator[None]:
    """Two programs with one outbox would give numbers twice: the second is refused."""
    folder = Path(config.data)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
    except BlockingIOError:
        raise ContractError(
            f"{folder}: another simpang edge run works with this data folder: stop that first"
        ) from None
    except PermissionError as error:
        raise ContractError(f"{error.filename}: no right to write there: give the data folder to this user") from None


def _log_to_stderr() -> None:
    """Levels and names; the time too, unless the journal adds it."""
    stamp = "" if os.environ.get("JOURNAL_STREAM") else "%(asctime)s "
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format=f"{stamp}%(levelname)-7s %(name)s: %(message)s")
