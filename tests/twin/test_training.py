"""The shift is told by its sheet, happens to the demo's programs, and is judged by the console's audit."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from collector.console.operators import Entry
from twin.children import Children
from twin.demo import plan, stages, unit_job
from twin.faults import Fault
from twin.scenes import SCENES
from twin.training import END_S, JAM_SCENE, SHIFT, Deed, Step, outcomes, report
from twin.training_cli import happen

BEGAN = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
SHEET = Path(__file__).parents[2] / "docs/panduan/latihan-operator.md"
SLEEPS = (sys.executable, "-c", "import threading; threading.Event().wait()")


def entry(seconds: float, action: str, subject: str = "") -> Entry:
    return Entry(BEGAN + timedelta(seconds=seconds), "budi", action, subject)


ANSWERS = [
    entry(100, "case.accepted", "edge-dago/p1"),
    entry(200, "picture.look", "dago-1"),
    entry(500, "announcement.made", "samsat"),
    entry(600, "signal.route", "dago/selatan"),
]

SHIFTS = [
    ("all answered", ANSWERS, {"parking": 40, "covered": 20, "jam": 80, "ambulance": 30}),
    ("nobody there", [], {}),
    ("a case may be rejected", [entry(400, "case.rejected")], {"parking": 340}),
    ("looked before it happened", [entry(100, "picture.look", "dago-1")], {}),
    ("another camera", [entry(200, "picture.look", "pasteur-1")], {}),
    ("a message for the whole city", [entry(500, "announcement.made", "*")], {}),
    (
        "the first answer counts",
        [entry(700, "signal.route", "dago"), entry(650, "signal.route", "dago")],
        {"ambulance": 80},
    ),
]


@pytest.mark.parametrize(("entries", "answered"), [row[1:] for row in SHIFTS], ids=[row[0] for row in SHIFTS])
def test_who_answered_what(entries: list[Entry], answered: dict[str, int]) -> None:
    found = list(outcomes(entries, BEGAN))
    assert {one.step.key: one.after.total_seconds() for one in found if one.after is not None} == answered
    marks = [line[:3] for line in report(found)]
    assert (len(marks), marks.count("[v]"), marks.count("[?]")) == (len(SHIFT), len(answered), 1)


def test_the_shift_is_in_order_and_names_what_the_demo_has() -> None:
    times = [step.at_s for step in SHIFT]
    assert times == sorted(times)
    assert times[-1] < END_S
    for deed in (deed for step in SHIFT for deed in step.deeds):
        assert deed.target.removeprefix("edge-") in SCENES
    assert JAM_SCENE in SCENES


def test_the_sheet_tells_every_step() -> None:
    sheet = SHEET.read_text(encoding="utf-8")
    rows = [line for line in sheet.splitlines() if line.startswith("| ") and "**" in line]
    for step in SHIFT:
        (row,) = [line for line in rows if f"**{step.key}**" in line]
        minute = row.split("|")[1].strip().replace("½", ".5")
        assert float(minute) * 60 == step.at_s


@contextmanager
def twin() -> Iterator[tuple[int, list[str]]]:
    """What the twin's server is asked to do."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.path)
            body = json.dumps({}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1], asked
    server.shutdown()
    server.server_close()


def test_what_the_script_does_to_the_city(tmp_path: Path) -> None:
    shift = (
        Step("covered", 0.0, "", deeds=(Deed("fault", "dago", Fault.COVERED),)),
        Step("dead", 0.1, "", deeds=(Deed("fault", "dago"), Deed("unit_dies", "edge-pasteur"))),
        Step("back", 0.2, "", deeds=(Deed("unit_returns", "edge-pasteur"),), radio="RADIO 118"),
    )
    said = Console(file=StringIO())
    with twin() as (port, asked), Children(tmp_path / "log") as children:
        demo = replace(plan(tmp_path, simpang=SLEEPS), twin_port=port)
        children.start(unit_job(demo, "edge-pasteur"))
        (before,) = children.ids()
        happen(demo, children, datetime.now(UTC), threading.Event(), said, shift=shift, end_s=0.3)
        (after,) = children.ids()
    assert asked == ["/dago/fault/covered", "/dago/fault/none"]
    assert before != after
    assert isinstance(said.file, StringIO)
    assert "RADIO 118" in said.file.getvalue()


def test_the_jam_is_asked_of_the_cameras(tmp_path: Path) -> None:
    demo = replace(plan(tmp_path, simpang=SLEEPS), jam=(JAM_SCENE, 420.0))
    (cameras, *_) = stages(demo)
    command = list(cameras.jobs[0].command)
    assert command[command.index("--jam") :][:4] == ["--jam", JAM_SCENE, "--jam-from", "420"]
