"""The technician's guide says only what the commands know."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from provisioning.cli import app

GUIDE = Path(__file__).parents[2] / "docs/panduan/menyiapkan-unit.md"
COMMANDS = sorted(set(re.findall(r"simpang provision ([a-z][^`\n;]*)", GUIDE.read_text(encoding="utf-8"))))


def test_the_guide_has_commands_and_an_invented_one_would_be_found() -> None:
    assert len(COMMANDS) > 10
    assert CliRunner().invoke(app, ["card", "--unitt", "edge-dago", "--help"]).exit_code == 2


@pytest.mark.parametrize("line", COMMANDS)
def test_each_command_of_the_guide_is_one(line: str) -> None:
    """With --help at its end it does nothing, and still refuses a command or an option that it does not know."""
    done = CliRunner().invoke(app, [*shlex.split(line.rstrip(", ")), "--help"])
    assert done.exit_code == 0, done.output
