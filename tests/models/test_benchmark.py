"""`simpang model bench` times every model on every number of threads, in one run."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from models.benchmark import measure, street
from models.cli import app
from models.registry import registry, resolve
from tests.support.data import DATA

SMALL = str(DATA / "models" / registry()["fastestdet"].file)


def test_every_model_and_number_of_threads_is_timed() -> None:
    told: list[tuple[int, int]] = []
    model = resolve(SMALL)
    timings = measure([model, model], [1, 2], street(), turns=2, progress=lambda done, of: told.append((done, of)))
    assert [(one.name, one.threads) for one in timings] == [("fastestdet", n) for n in (1, 1, 2, 2)]
    assert all(one.inference > 0 and one.decode > 0 for one in timings)
    assert all(len(one.inference_ms) == 2 for one in timings)
    assert told[-1] == (4, 4)


def test_the_command_prints_a_ratio_to_the_first() -> None:
    result = CliRunner().invoke(app, ["bench", SMALL, SMALL, "--threads", "1", "--turns", "1"])
    assert result.exit_code == 0, result.output
    assert result.stdout.count("fastestdet") == 2
    assert "1.00" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["bench", "yolo-99"], "neither a file nor one of"),
        (["bench", SMALL, "--picture", "missing.jpg"], "not a picture"),
        (["bench", SMALL, "--delegate", "edgetpu"], "libedgetpu"),
    ],
)
def test_what_cannot_be_measured_is_told(arguments: list[str], says: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert says in result.stderr.replace("\n", " ")
