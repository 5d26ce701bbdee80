"""Operators and signals, whole: Chromium, console, Mosquitto, bridge, serial line and a virtual controller."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.common.exceptions import (
    ElementClickInterceptedException,
    ElementNotInteractableException,
    StaleElementReferenceException,
)
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from signal_bridge.audit import verify
from tests.support.browser import chromium, complaints, resize
from tests.support.signal_centre import Centre

WALL, PHONE = (1920, 1080), (390, 844)
PATIENCE_S = 60


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    with Centre(tmp_path_factory.mktemp("centre")) as centre:
        centre.observed(12)
        centre.place.bridge.start()
        yield centre


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    with chromium(*WALL) as driver:
        yield driver


@pytest.fixture
def seat(browser: webdriver.Chrome, centre: Centre) -> Iterator[Seat]:
    browser.delete_all_cookies()
    resize(browser, *WALL)
    complaints(browser)
    yield Seat(browser, centre)
    assert complaints(browser) == []


class Seat:
    """Somebody before a screen."""

    def __init__(self, driver: webdriver.Chrome, centre: Centre) -> None:
        self.driver, self.centre = driver, centre

    def sign_in(self, name: str, path: str) -> None:
        """Through the form, then to a page."""
        self.driver.get(f"{self.centre.address}/masuk?lanjut={path}")
        self.driver.find_element(By.NAME, "name").send_keys(name)
        self.driver.find_element(By.NAME, "password").send_keys(self.centre.passwords[name])
        self.driver.find_element(By.CSS_SELECTOR, "button").click()
        self.wait("header.bar .person")

    def go(self, path: str) -> None:
        """To another page."""
        self.driver.get(self.centre.address + path)

    def wait(self, selector: str, number: int = 1) -> list[WebElement]:
        """Elements of this selector, once there are at least so many."""
        self.until(lambda: len(self.all(selector)) >= number, f"{number} of {selector}")
        return self.all(selector)

    def all(self, selector: str) -> list[WebElement]:
        """Those that are there now."""
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def press(self, selector: str, place: int = 0) -> None:
        """Click it as soon as it can be clicked."""

        def pressed() -> bool:
            self.wait(selector)[place].click()
            return True

        self.until(pressed, f"a click on {selector}")

    def press_until(self, selector: str, true: Callable[[], bool], what: str) -> None:
        """Click it until that has its effect: what unfolds just then moves away under the pointer."""

        def pressed() -> bool:
            if not true():
                self.wait(selector)[0].click()
            return true()

        self.until(pressed, what)

    def choose(self, field: str, value: str) -> None:
        """The last entry of a list that unfolds, which must be `value`."""

        def chosen() -> bool:
            if value not in self.text(field):
                (self.all(".q-menu .q-item") or self.all(field))[-1].click()
            return value in self.text(field)

        self.until(chosen, f"{value} in {field}")

    def until(self, true: Callable[[], bool], what: str) -> None:
        """Wait for something to become true, over redrawings."""
        passing = (ElementNotInteractableException, ElementClickInterceptedException, StaleElementReferenceException)
        WebDriverWait(self.driver, PATIENCE_S, ignored_exceptions=passing).until(lambda _: true(), what)

    def says(self, text: str, selector: str = "body") -> None:
        """Wait until it stands there."""
        self.until(lambda: text in self.text(selector), f"{text!r} in {selector}: {self.text(selector)[:600]}")

    def text(self, selector: str = "body") -> str:
        """All that is shown there."""
        found = self.driver.execute_script("return document.querySelector(arguments[0])?.innerText ?? ''", selector)
        return str(found)

    def fits(self) -> bool:
        """Nothing sticks out to the side."""
        return bool(self.driver.execute_script("return document.documentElement.scrollWidth <= window.innerWidth"))


def propose(centre: Centre) -> str:
    return centre.place.program.ask(action="extend", phases=(1,), seconds=12, why="antrean utara 84 m")


def test_phases_are_live_and_it_says_why_nothing_can_be_asked(seat: Seat, centre: Centre) -> None:
    seat.sign_in("tamu", "/simpang/dago")
    seat.wait(".phases .phase", 2)
    seat.says("Kendali belum diaktifkan di kabinet", ".signals-panel")
    seat.says("Kendali tidak aktif", ".signals-panel")
    seat.wait(".phases .phase.green .green-bar")
    seat.says("maks.", ".phases")
    centre.place.bridge.arm()
    seat.says("Kendali aktif", ".signals-panel")
    assert seat.all(".signals-release button") == []
    seat.driver.find_element(By.CSS_SELECTOR, "a.language").click()
    seat.says("Signals now", ".signals-panel")
    seat.driver.find_element(By.CSS_SELECTOR, "a.language").click()
    seat.says("Sinyal sekarang", ".signals-panel")


def test_who_may_only_look_has_nothing_to_press(seat: Seat, centre: Centre) -> None:
    proposal = propose(centre)
    seat.sign_in("tamu", "/sinyal")
    seat.says("Perpanjang hijau 12 dtk: fase 1 (utara)", ".proposals")
    seat.says("antrean 93 m, arus 1.560 smp/jam", ".proposals")
    seat.says("memerlukan wewenang mengoperasikan")
    assert seat.all(".proposal button, .route-form") == []
    done = seat.driver.execute_script(
        "return fetch(arguments[0], {method: 'POST', headers: {'Content-Type': 'application/json'}, body: '{}'})"
        ".then(answer => answer.status)",
        f"/api/v1/signals/dago/proposals/{proposal}/approve",
    )
    assert done == 403
    assert [entry for entry in complaints(seat.driver) if "403" not in entry] == []
    centre.place.operator.ask(action="reject", target=proposal)
    seat.says("Tidak ada usulan yang menunggu")


def test_an_approved_proposal_lengthens_the_green(seat: Seat, centre: Centre) -> None:
    seat.sign_in("sari", "/sinyal")
    proposal = propose(centre)
    seat.press(".proposal .accept")
    centre.place.operator.wait_for(proposal, "active")
    assert centre.place.unit.remote.hold == 0b1
    seat.says("Selesai. Hijau ditahan", ".action-table")
    done = centre.place.operator.wait_for(proposal, "completed")
    assert done.granted_s is not None
    assert done.granted_s > 8
    seat.go(f"/sinyal/bridge-dago/{proposal}")
    seat.wait(".echart svg")
    seat.says("Bukan bukti sebab-akibat")
    seat.says("Diusulkan; menunggu persetujuan operator.")
    seat.says("10 menit sebelum")


def test_a_rejection_asks_for_its_reason(seat: Seat, centre: Centre) -> None:
    seat.sign_in("sari", "/sinyal")
    proposal = propose(centre)
    seat.press(".proposal .reject")
    refuse, reason = ".dialog .bg-negative", ".dialog .q-radio"
    seat.press_until(refuse, lambda: "Penolakan memerlukan alasan" in seat.text(), "the reason is asked for")
    seat.press_until(reason, lambda: bool(seat.all(f"{reason}[aria-checked=true]")), "a reason is chosen")
    seat.press_until(refuse, lambda: "Permintaan terkirim" in seat.text(), "the rejection is sent")
    assert centre.place.operator.wait_for(proposal, "refused").reason == "not_approved"
    seat.says("Ditolak oleh operator", ".action-table")
    seat.says("sari: Antrean sudah hilang", ".action-table")


def test_a_route_is_sent_watched_and_taken_back(seat: Seat, centre: Centre) -> None:
    seat.sign_in("demo", "/sinyal")
    seat.wait(".route-form .why input")[0].send_keys("ambulans ke RSHS")
    for field, value in (("where", "Simpang Dago"), ("whence", "Jl. Dipati Ukur")):
        seat.choose(f".route-form .{field}", value)
    seat.wait(".route-form .when input")[0].send_keys(Keys.CONTROL, "a")
    seat.all(".route-form .when input")[0].send_keys("15")
    said = seat.all(".route-form .why input")[0]
    seat.press_until(".route-form .send", lambda: not said.get_attribute("value"), "the route is sent")
    seat.says("ambulans ke RSHS", ".routes")
    seat.wait(".legs .stage.activated")
    assert centre.place.unit.shown.greens == 0b10, "the chosen approach is green"
    seat.press_until(".route .cancel", lambda: "Dilepas" in seat.text(".routes"), "it is taken back")
    seat.says("Dilepas atas permintaan", ".routes")
    seat.until(lambda: not seat.all(".route .cancel"), "nothing is left to take back")
    seat.go("/audit")
    for line in ("membuka rute hijau", "dago/timur", "membatalkan permintaan sinyal", "menyetujui usulan sinyal"):
        seat.says(line)


def test_the_wall_shows_what_a_bridge_reads_of_the_signals(seat: Seat) -> None:
    seat.sign_in("tamu", "/")
    seat.wait("svg.mark .lamp-red, svg.mark .lamp-green")
    seat.until(lambda: bool(seat.all(".mark-link[title*='hijau']")), "and says it in words")


def test_a_phone_gets_the_same_in_one_column(seat: Seat) -> None:
    resize(seat.driver, *PHONE)
    seat.sign_in("demo", "/sinyal")
    for path, selector in (("/sinyal", ".action-table td"), ("/simpang/dago", ".phases .phase")):
        seat.go(path)
        seat.wait(selector)
        assert seat.fits(), path


def test_without_its_key_the_centre_says_so_and_sends_nothing(seat: Seat, centre: Centre) -> None:
    for level in ("operate", "manage"):
        (centre.folder / f"{level}.pem").unlink()
    proposal = propose(centre)
    seat.sign_in("demo", "/sinyal")
    seat.says("Pusat belum dapat menandatangani permintaan sinyal", ".alert")
    seat.says("there is no private key", ".alert")
    seat.press(".proposal .accept")
    seat.says("Pusat belum dapat menandatangani permintaan sinyal", ".q-notification")
    assert [one.outcome for one in centre.place.operator.replies(proposal)] == ["proposed"]
    log = centre.place.bridge.state / "audit.jsonl"
    assert verify(Path(log)).broken is None
    assert centre.place.unit.monitor.tripped is None


def test_a_silent_bridge_is_not_shown_as_now(seat: Seat, centre: Centre) -> None:
    seat.sign_in("tamu", "/simpang/dago")
    seat.wait(".state-chip.good")
    centre.place.bridge.kill()
    seat.says("Jembatan diam", ".signals-panel")
    assert seat.all(".state-chip.good, .phases:not(.stale)") == []
