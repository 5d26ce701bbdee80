"""`simpang demo training`: the demo's city, in which a shift happens, and who answered what of it."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

from rich.console import Console

from collector.console.operators import Operators
from collector.console.users_cli import BOOK
from twin.children import Children
from twin.demo import Demo, enter_operator, plan, start, unit_job, write_files
from twin.training import END_S, JAM_S, JAM_SCENE, SHIFT, Deed, Step, outcomes, report

_MOST_ENTRIES = 1000


def train(data: Path | None, console: Console) -> None:
    """Start the city, let the shift happen, and print who answered. Ctrl-C ends the shift early."""
    with tempfile.TemporaryDirectory(prefix="simpang-latihan-") as scratch:
        demo = replace(plan(data or Path(scratch)), jam=(JAM_SCENE, JAM_S))
        write_files(demo)
        password = enter_operator(demo)
        began, tick = datetime.now(UTC), threading.Event()

        def pause(seconds: float) -> None:
            tick.wait(seconds)

        with Children(demo.folder / "log") as children:
            start(demo, children, pause, lambda title: console.print(f"… {title}", highlight=False))
            _say(console, f"[bold green]{demo.url}[/]  demo  {password}")
            _say(console, "Lembar latihan / the trainee's sheet: docs/panduan/latihan-operator.md")
            try:
                happen(demo, children, began, tick, console)
            except KeyboardInterrupt:
                _say(console, "Giliran diakhiri lebih awal / the shift was ended early.")
        book = Operators(demo.folder / "console" / BOOK)
        entries = [entry for _, entry in book.audit(limit=_MOST_ENTRIES)]
        book.close()
        for line in report(outcomes(entries, began)):
            console.print(line, highlight=False, soft_wrap=True, markup=False)


def happen(
    demo: Demo,
    children: Children,
    began: datetime,
    tick: threading.Event,
    console: Console,
    *,
    shift: Sequence[Step] = SHIFT,
    end_s: float = END_S,
) -> None:
    """Do what the script says at its times, until `end_s`. Raises `ChildError` when a program ends unasked."""

    def wait_until(at_s: float) -> None:
        while (left_s := at_s - (datetime.now(UTC) - began).total_seconds()) > 0:
            children.check()
            tick.wait(min(1.0, left_s))

    for step in shift:
        wait_until(step.at_s)
        for deed in step.deeds:
            do(demo, children, deed)
        if step.radio:
            _say(console, f"{time.strftime('%H:%M:%S')}  [bold]{step.radio}[/]")
    wait_until(end_s)


def do(demo: Demo, children: Children, deed: Deed) -> None:
    """One deed of the script."""
    match deed.kind:
        case "fault":
            address = f"http://127.0.0.1:{demo.twin_port}/{deed.target}/fault/{deed.fault}"
            try:
                urlopen(Request(address, method="POST"), timeout=10).close()
            except (URLError, OSError) as error:
                raise OSError(f"{address}: {error}") from None
        case "unit_dies":
            children.kill(deed.target)
        case "unit_returns":
            children.start(unit_job(demo, deed.target))


def _say(console: Console, text: str) -> None:
    console.print(text, highlight=False, soft_wrap=True)
