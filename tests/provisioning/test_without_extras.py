"""A machine with the demo alone: help is printed, what needs no more works, and the rest says what to install."""

from __future__ import annotations

import subprocess
import sys

import pytest

BARE = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"fpdf", "segno", "packaging", "yaml", "grafana_foundation_sdk", "grafana_api"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
import simpang
simpang.main()
"""

ASKED = [
    ("provision --help", 0, "Siapkan satu kartu"),
    ("provision card --help", 0, "--unit"),
    ("provision ca init --help", 0, "--ca"),
    ("grafana --help", 0, "pip install -e '.[grafana]'"),
    ("grafana push --config none.toml", 3, "pip install -e '.[grafana]'"),
]


@pytest.mark.parametrize(("words", "code", "says"), ASKED, ids=[row[0] for row in ASKED])
def test_what_is_said(words: str, code: int, says: str) -> None:
    command = [sys.executable, "-c", BARE, *words.split()]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, says in done.stdout + done.stderr) == (code, True), done.stdout + done.stderr
    assert "Traceback" not in done.stderr
