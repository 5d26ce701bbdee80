"""`simpang twin` refuses bad input in one line and exits 2."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from twin.cli import app


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["render", "--scene", "nowhere"], "no scene 'nowhere'"),
        (["render", "--scene", "dago", "--light", "disco"], "no light 'disco'"),
        (["serve", "--scene", "nowhere"], "no scene 'nowhere'"),
    ],
)
def test_bad_input(tmp_path: Path, arguments: list[str], told: str) -> None:
    out = ["--out", str(tmp_path)] if arguments[0] == "render" else []
    result = CliRunner().invoke(app, [*arguments, *out])
    assert result.exit_code == 2
    assert told in result.output


def test_render_writes_a_clip(tmp_path: Path) -> None:
    wanted = ["render", "--scene", "dago", "--seconds", "1", "--fps", "4", "--out", str(tmp_path)]
    result = CliRunner().invoke(app, wanted)
    assert result.exit_code == 0, result.output
    assert {path.name for path in tmp_path.iterdir()} == {"clip.mp4", "zones.toml", "truth.json"}
