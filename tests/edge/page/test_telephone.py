"""A telephone below the mast: a headless Chromium of its size, touched with a finger, at a real unit on a real road."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

from edge.runtime.settings import Settings
from tests.support.browser import chromium, complaints
from tests.support.data import FOOTAGE
from tests.support.edge_process import camera, unit_in_thread, unit_toml
from tests.support.mosquitto import Mosquitto, free_port

WIDTH, HEIGHT = 390, 844
_PATIENCE_S = 60.0


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def unit(tmp_path: Path, port: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """A unit whose lines are still to be drawn."""
    (tmp_path / "empty.toml").write_text("")
    with Mosquitto(tmp_path / "broker") as broker:
        text = unit_toml(broker.port, camera("dago-1", FOOTAGE / "toll_noon.mp4", "empty.toml"))
        page = f'page = {{ address = "127.0.0.1", port = {port} }}\ndetector ='
        (tmp_path / "unit.toml").write_text(text.replace("detector =", page, 1))
        with unit_in_thread(tmp_path, monkeypatch) as settings:
            yield settings


class Finger:
    """Somebody with a telephone in the hand."""

    def __init__(self, driver: Chrome) -> None:
        self.driver = driver
        driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})

    def sees(self, selector: str, holds: Callable[[str], bool] = bool) -> str:
        """Wait until what is shown there holds; returns it."""

        def shown(driver: Chrome) -> list[str]:
            found = driver.find_elements(By.CSS_SELECTOR, selector)
            text = found[0].text if found and found[0].is_displayed() else ""
            return [text] if holds(text) else []

        waiting = WebDriverWait(self.driver, _PATIENCE_S, 0.1, [StaleElementReferenceException])
        return waiting.until(shown, f"{selector} never came to that")[0]

    def touches(self, selector: str) -> None:
        """A button, where it is on the screen."""
        self.driver.find_element(By.CSS_SELECTOR, selector).click()

    def strokes(self, *way: tuple[float, float]) -> None:
        """Over the picture, from point to point (parts of it); a single point is a tap."""
        box = self.driver.execute_script(
            "scrollTo(0, 0); const b = document.getElementById('overlay').getBoundingClientRect();"
            "return [b.left, b.top, b.width, b.height]"
        )
        points = [{"x": box[0] + x * box[2], "y": box[1] + y * box[3]} for x, y in way]
        self._touch("touchStart", points[:1])
        for point in points[1:]:
            self._touch("touchMove", [point])
        self._touch("touchEnd", [])

    def _touch(self, kind: str, points: list[dict[str, float]]) -> None:
        self.driver.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def shot(self, name: str) -> None:
        """Keep what is seen, where somebody asked for it."""
        folder = os.environ.get("SIMPANG_SHOTS")
        if folder:
            self.driver.save_screenshot(f"{folder}/{name}.png")

    def fills(self, name: str, text: str) -> None:
        """A field of the form."""
        field = self.driver.find_element(By.NAME, name)
        field.clear()
        field.send_keys(text)


def sign_in(finger: Finger, port: int, pin: str) -> None:
    driver = finger.driver
    driver.get(f"http://127.0.0.1:{port}/")
    finger.sees("#sign-in h1", lambda text: text.startswith("Masuk"))
    finger.shot("1-sign-in")
    driver.get(f"http://127.0.0.1:{port}/#pin={pin}")
    driver.refresh()
    finger.sees("#unit", lambda text: text == "edge-dago")
    assert pin not in driver.current_url
    WebDriverWait(driver, _PATIENCE_S).until(lambda _: not driver.find_element(By.ID, "no-picture").is_displayed())
    finger.shot("2-aim")


def draw_a_line(finger: Finger) -> None:
    finger.touches("[data-tab=draw]")
    finger.touches("#new-line")
    finger.strokes((0.08, 0.62), (0.3, 0.63), (0.6, 0.65), (0.95, 0.66))
    finger.sees("#form", lambda text: "Arah panah" in text)
    finger.shot("3-line")
    finger.fills("right", "keluar")
    finger.sees("#refusals", lambda text: "kedua arah bernama keluar" in text)
    finger.shot("4-refused")
    finger.fills("right", "masuk")
    finger.sees("#refusals", lambda text: not text)


def draw_a_zone(finger: Finger) -> None:
    finger.touches("#new-zone")
    for corner in ((0.2, 0.5), (0.8, 0.5), (0.9, 0.9), (0.1, 0.9)):
        finger.strokes(corner)
    finger.touches("#close-zone")
    Select(finger.driver.find_element(By.NAME, "kind")).select_by_value("queue")
    finger.sees("#form", lambda text: "Pendekat" in text)
    finger.shot("5-zone")


def calibrate(finger: Finger) -> None:
    finger.touches("[data-tab=calibrate]")
    for spot in ((0.3, 0.4), (0.7, 0.4), (0.9, 0.9), (0.1, 0.9)):
        finger.strokes(spot)
    finger.sees("#refusals", lambda text: "kalibrasi" in text)
    metres = finger.driver.find_elements(By.CSS_SELECTOR, "#points input")
    for field, value in zip(metres, ("0", "30", "8", "30", "8", "0", "0", "0"), strict=True):
        field.clear()
        field.send_keys(value)
    finger.sees("#residual", lambda text: "0.00 m" in text)
    finger.shot("8-calibrated")
    finger.touches("#discard")


def test_a_line_drawn_by_touch_counts_and_is_saved(tmp_path: Path, unit: Settings, port: int) -> None:
    with chromium(WIDTH, HEIGHT) as driver:
        finger = Finger(driver)
        sign_in(finger, port, (tmp_path / "data/page.pin").read_text().strip())
        draw_a_line(finger)
        draw_a_zone(finger)
        finger.touches("[data-tab=try]")
        finger.touches("#try")
        finger.sees("#tried tr td:last-child", lambda text: text.isdecimal() and int(text) >= 1)
        finger.shot("6-tried")
        finger.touches("#save")
        finger.sees("#notice", lambda text: text.startswith("Berlaku"))
        finger.shot("7-saved")
        calibrate(finger)
        finger.touches("[data-tab=done]")
        finger.sees("#findings", lambda text: "Kamera dago-1: " in text and "hal harus dilihat" in text)
        finger.shot("9-done")
        assert [one for one in complaints(driver) if "401" not in one] == []
    (drawn,) = unit.drawn_zones.values()
    assert [line.id for line in drawn.lines] == ["garis-1"]
    assert drawn.lines[0].a == pytest.approx((0.08, 0.62), abs=0.01)
    assert [(zone.id, zone.kind) for zone in drawn.zones] == [("zona-1", "queue")]
