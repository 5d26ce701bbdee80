"""`simpang model evaluate`: a table and a file for people who give it the right thing, a sentence for the others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from models.cli import app
from models.labelled import read_image, write_set
from models.training import sources
from tests.support.data import DATA


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Two pictures of the toll camera at noon."""
    folder = tmp_path / "two"
    chosen = [(path, one) for path, one in sources.toll(DATA / "datasets") if path.stem.startswith("noon")][:2]
    write_set(folder, [one for _, one in chosen])
    for path, _ in chosen:
        (folder / path.name).write_bytes(path.read_bytes())
        assert read_image(folder / path.name).shape == (360, 640, 3)
    return folder


def test_it_prints_a_table_and_writes_json(dataset: Path, tmp_path: Path) -> None:
    out = tmp_path / "figures.json"
    run = CliRunner().invoke(app, ["evaluate", "simpang-nano", "--dataset", str(dataset), "--json", str(out)])
    assert run.exit_code == 0, run.output
    assert "mAP50" in run.output and "simpang-nano" in run.output
    written = json.loads(out.read_text())
    assert written["pictures"] == 2 and written["boxes"]["car"] > 0
    [model] = written["models"]
    assert 0.5 < model["recall"]["car"]["all"] <= 1


REFUSED = [
    ("no such set", ["evaluate", "simpang-nano", "--dataset", "nowhere"], "there is no such folder"),
    ("no such model", ["evaluate", "yolo-99", "--dataset", "{set}"], "neither a file nor one of"),
]


@pytest.mark.parametrize(("_", "arguments", "said"), REFUSED, ids=[row[0] for row in REFUSED])
def test_bad_input_gets_a_sentence(dataset: Path, _: str, arguments: list[str], said: str) -> None:
    run = CliRunner().invoke(app, [each.format(set=dataset) for each in arguments])
    assert run.exit_code == 2 and said in run.output


def test_a_set_that_is_not_one_is_named(dataset: Path) -> None:
    (dataset / "annotations.json").write_text('{"images": [{"id": "x"}]}')
    run = CliRunner().invoke(app, ["evaluate", "simpang-nano", "--dataset", str(dataset)])
    assert run.exit_code == 2 and "annotations.json" in run.output


def test_a_missing_picture_is_named(dataset: Path) -> None:
    gone = next(dataset.glob("*.jpg"))
    gone.unlink()
    run = CliRunner().invoke(app, ["evaluate", "simpang-nano", "--dataset", str(dataset)])
    assert run.exit_code == 2 and gone.name in run.output.replace("\n", "")
