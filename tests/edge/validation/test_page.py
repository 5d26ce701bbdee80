"""A person counts on the page: a headless Chromium of a telephone's size, before a street that the twin rendered."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait
from typer.testing import CliRunner

from edge.cli import app
from models.registry import registry
from tests.support.browser import chromium, complaints
from tests.support.data import DATA
from tests.support.mosquitto import free_port
from twin.clip import write_clip
from twin.scenes import SCENES

MODEL = DATA / "models" / registry()["nanodet-m-320"].file
KEYS = {"motorcycle": "m", "car": "c", "angkot": "a", "bus": "b", "truck": "t", "bicycle": "s"}
_PATIENCE_S = 120.0


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("street")
    write_clip(SCENES["dago"], folder, seconds=12, fps=8, seed=3)
    return folder


@pytest.fixture
def phone() -> Iterator[Chrome]:
    with chromium(390, 844) as driver:
        yield driver


class Counter:
    """Whoever holds the telephone."""

    def __init__(self, driver: Chrome) -> None:
        self.driver = driver

    def until(self, script: str, what: str) -> Any:
        """Wait until a piece of JavaScript is true; returns it."""
        return WebDriverWait(self.driver, _PATIENCE_S, 0.05).until(
            lambda driver: driver.execute_script(f"return {script}"), what
        )

    def said(self) -> str:
        """What the page says of the last mark."""
        return self.driver.find_element(By.ID, "said").text

    def marks(self, number: int) -> None:
        """Wait until the unit has so many."""
        self.until(f"document.getElementById('said').textContent.startsWith('{number} ')", f"mark {number}")

    def taps(self, vehicle: str, direction: str) -> None:
        self.driver.find_element(By.CSS_SELECTOR, f'[data-mark="{vehicle} {direction}"]').click()

    def presses(self, key: str) -> None:
        ActionChains(self.driver).send_keys(key).perform()

    def shot(self, name: str) -> None:
        """Keep what is seen, where somebody asked for it."""
        folder = os.environ.get("SIMPANG_SHOTS")
        if folder:
            self.driver.save_screenshot(f"{folder}/{name}.png")


def crossed(street: Path) -> list[tuple[float, str, str]]:
    """What really crossed: seconds, direction, class."""
    truth = json.loads((street / "truth.json").read_text())["clip.mp4"]
    return [(one["time_s"], one["direction"], one["kind"]) for one in truth["crossed"]]


def test_taps_and_keys_are_laid_beside_simpangs_count(street: Path, tmp_path: Path, phone: Chrome) -> None:
    port, out, person = free_port(), tmp_path / "out", Counter(phone)
    command = [
        *(sys.executable, "-m", "simpang", "edge", "validate", str(street / "clip.mp4")),
        *("--zones", str(street / "zones.toml"), "--out", str(out), "--model", str(MODEL)),
        *("--page", f"127.0.0.1:{port}", "--threads", "1"),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        assert program.stderr is not None
        told = next(found for line in program.stderr if (found := re.search(r"http://\S+", line)))
        phone.get(told[0])
        person.until("!document.getElementById('start').hidden", "the start")
        assert "pin" not in phone.current_url
        person.shot("count-1-start")
        phone.find_element(By.CSS_SELECTOR, "#start .main").click()
        seen = [one for one in crossed(street) if one[0] > 0.5]
        for number, (time_s, direction, kind) in enumerate(seen):
            person.until(f"Number(window.position ?? 0) >= {time_s}", f"the picture of {time_s} s")
            if number % 2:
                person.taps(kind, direction)
            else:
                person.presses(KEYS[kind] if direction == "masuk" else KEYS[kind].upper())
            person.marks(number + 1)
        person.shot("count-2-counting")
        person.presses("b")
        person.marks(len(seen) + 1)
        person.presses("u")
        person.marks(len(seen))
        person.presses(" ")
        person.until("document.getElementById('hold').classList.contains('busy')", "that it holds")
        person.presses(" ")
        person.until("!document.getElementById('rows').hidden", "the result")
        person.shot("count-3-result")
        rows = [one.text.split() for one in phone.find_elements(By.CSS_SELECTOR, "#rows tbody tr")]
        assert complaints(phone) == []
        shown = phone.execute_script("return document.documentElement.scrollWidth <= window.innerWidth")
        assert shown, "nothing sticks out to the side"
        printed, trouble = program.communicate(timeout=_PATIENCE_S)
        assert program.returncode == 0, trouble
    whole = json.loads((out / "validation.json").read_text())
    assert whole["hand"] == len(seen) == sum(int(row[2]) for row in rows)
    assert whole["simpang"] == sum(int(row[3]) for row in rows) > 0
    assert whole["recording"] == "clip.mp4"
    assert "tangan" in printed
    with (out / "validation.csv").open(newline="") as file:
        assert sum(int(row["hand"]) for row in csv.DictReader(file)) == len(seen)
    assert len(seen) - len(whole["missed"]) >= len(seen) // 2, "marks have the time of the picture that was seen"


@pytest.mark.parametrize(
    ("page", "says"),
    [("8081", "expected an address"), ("somewhere:80", "expected an address"), ("8.8.8.8:8081", "private address")],
)
def test_a_page_is_served_on_a_private_address_only(street: Path, tmp_path: Path, page: str, says: str) -> None:
    given = ["--zones", str(street / "zones.toml"), "--out", str(tmp_path), "--model", str(MODEL), "--page", page]
    result = CliRunner().invoke(app, ["validate", str(street / "clip.mp4"), *given])
    assert result.exit_code == 2
    assert says in result.output
