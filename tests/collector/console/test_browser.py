"""The console as people meet it: a real headless Chromium on a really running server, on a wall and on a phone."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest
from selenium import webdriver
from selenium.common.exceptions import (
    ElementClickInterceptedException,
    ElementNotInteractableException,
    StaleElementReferenceException,
)
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from collector.alerts.book import AlertBook
from collector.console.accounts import Role
from collector.console.operators import Operators
from collector.console.users_cli import BOOK
from tests.support.browser import chromium, complaints, resize

ROOT = Path(__file__).parents[3]
WALL, PHONE = (1920, 1080), (390, 844)
PATIENCE_S = 30


class Served(NamedTuple):
    """A running console: where, and who may sign in."""

    address: str
    passwords: dict[str, str]
    folder: Path


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("console")
    command = [sys.executable, "-m", "tests.support.console_server", "--port", "0", "--folder", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            address = server.stdout.readline().strip()
            passwords = dict(pair.split(":") for pair in server.stdout.readline().split())
            yield Served(address, passwords, folder)
        finally:
            server.terminate()


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    with chromium(*WALL) as driver:
        yield driver


@pytest.fixture
def wall(browser: webdriver.Chrome) -> Iterator[webdriver.Chrome]:
    browser.delete_all_cookies()
    resize(browser, *WALL)
    complaints(browser)
    yield browser
    assert complaints(browser) == []


@pytest.fixture
def phone(browser: webdriver.Chrome) -> Iterator[webdriver.Chrome]:
    browser.delete_all_cookies()
    resize(browser, *PHONE)
    complaints(browser)
    yield browser
    assert complaints(browser) == []
    resize(browser, *WALL)


def wait(driver: webdriver.Chrome, selector: str, number: int = 1) -> list[WebElement]:
    """Elements of this selector, once there are at least so many."""

    def enough(_: webdriver.Chrome) -> list[WebElement]:
        found = driver.find_elements(By.CSS_SELECTOR, selector)
        return found if len(found) >= number else []

    return WebDriverWait(driver, PATIENCE_S).until(enough, f"{number} of {selector}")


def press(driver: webdriver.Chrome, selector: str, place: int = 0) -> None:
    """Click what is there once it can be clicked: dialogs unfold, and lists are redrawn under the pointer."""

    def pressed(_: webdriver.Chrome) -> bool:
        wait(driver, selector, place + 1)[place].click()
        return True

    passing = (ElementNotInteractableException, ElementClickInterceptedException, StaleElementReferenceException)
    WebDriverWait(driver, PATIENCE_S, ignored_exceptions=passing).until(pressed, f"a click on {selector}")


def until(driver: webdriver.Chrome, true: Callable[[], bool], what: str) -> None:
    """Wait for something to become true; elements that are just being redrawn are looked up again."""
    WebDriverWait(driver, PATIENCE_S).until(lambda _: true(), what)


def text(driver: webdriver.Chrome, selector: str = "body") -> str:
    """All that is shown there."""
    return str(driver.execute_script("return document.querySelector(arguments[0])?.innerText ?? ''", selector))


def sign_in(driver: webdriver.Chrome, served: Served, name: str) -> None:
    """Through the form, as people do."""
    driver.get(f"{served.address}/masuk")
    driver.find_element(By.NAME, "name").send_keys(name)
    driver.find_element(By.NAME, "password").send_keys(served.passwords[name])
    driver.find_element(By.CSS_SELECTOR, "button").click()
    wait(driver, "header.bar .person")


def fits(driver: webdriver.Chrome) -> bool:
    """Nothing sticks out to the side."""
    return bool(driver.execute_script("return document.documentElement.scrollWidth <= window.innerWidth"))


def test_the_wall_shows_every_junction_in_one_look(wall: webdriver.Chrome, served: Served) -> None:
    sign_in(wall, served, "tamu")
    marks = wait(wall, ".mark-link", 25)
    assert len(marks) == 25
    rows = wait(wall, ".list a.row", 25)
    assert len(rows) == 25
    assert "Pasteur" in rows[0].text, "what is jammed stands first"
    bottom = wall.execute_script(
        "return document.querySelector('.live-list.list > :last-child').getBoundingClientRect().bottom"
    )
    assert bottom <= WALL[1], "all 25 without scrolling"
    assert fits(wall)
    assert "Macet" in text(wall, ".tally")
    # Names are readable: no two cover each other by more than a corner.
    covered = wall.execute_script("""
        const boxes = [...document.querySelectorAll('.mark-name')].map(one => one.getBoundingClientRect());
        let worst = 0;
        boxes.forEach((a, i) => boxes.slice(i + 1).forEach(b => {
            const w = Math.min(a.right, b.right) - Math.max(a.left, b.left);
            const h = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
            if (w > 0 && h > 0) worst = Math.max(worst, w * h);
        }));
        return worst;""")
    assert covered < 150


def test_a_mark_leads_to_its_junction_where_blind_is_not_0(wall: webdriver.Chrome, served: Served) -> None:
    sign_in(wall, served, "tamu")
    wait(wall, ".mark-link", 25)
    wall.execute_script("document.querySelector('.mark-link[href=\"/simpang/antapani\"]').click()")
    until(wall, lambda: "lensa tertutup" in text(wall, ".junction-head"), "the covered lens")
    wait(wall, ".echart svg", 2)
    cells = [cell.text for cell in wall.find_elements(By.CSS_SELECTOR, ".counts tr:nth-child(2) td")]
    assert cells
    assert set(cells) == {"–"}
    assert "bukan nol" in text(wall, ".counts")
    assert "58 %" in text(wall, ".junction-head")


def test_ages_move_by_themselves(wall: webdriver.Chrome, served: Served) -> None:
    sign_in(wall, served, "tamu")
    clock = text(wall, "[data-clock]")
    until(wall, lambda: text(wall, "[data-clock]") not in {clock, ""}, "a clock that goes")
    assert "lalu" in text(wall, ".clock .age")


def test_a_phone_gets_the_same_in_one_column(phone: webdriver.Chrome, served: Served) -> None:
    sign_in(phone, served, "demo")
    wait(phone, ".mark-link", 25)
    for path, selector in (
        ("/", ".list a.row"),
        ("/simpang/bip", ".echart svg"),
        ("/parkir", "article.case"),
        ("/insiden", "article.case"),
        ("/armada", "article.unit"),
        ("/audit", ".entries td"),
    ):
        phone.get(served.address + path)
        wait(phone, selector)
        assert fits(phone), path
    nav = phone.find_element(By.CSS_SELECTOR, ".bar nav").rect
    assert nav["y"] + nav["height"] == PHONE[1], "the bar is where the thumb is"


def test_citizens_need_no_sign_in_and_no_script(phone: webdriver.Chrome, served: Served) -> None:
    phone.get(f"{served.address}/publik")
    assert len(wait(phone, ".junctions li", 25)) == 25
    assert fits(phone)
    assert "Yang tidak dicatat" in text(phone)


def test_the_language_is_switched_and_stays(wall: webdriver.Chrome, served: Served) -> None:
    sign_in(wall, served, "tamu")
    assert "Peta" in text(wall, "nav")
    wall.find_element(By.CSS_SELECTOR, "a.language").click()
    until(wall, lambda: "Fleet" in text(wall, "nav"), "English")
    wall.get(f"{served.address}/armada")
    until(wall, lambda: "Bring to the site" in text(wall, ".units"), "advice in English")
    assert "Bawa" not in text(wall)


def test_the_fleet_says_what_to_bring(wall: webdriver.Chrome, served: Served) -> None:
    sign_in(wall, served, "tamu")
    wall.get(f"{served.address}/armada")
    units = wait(wall, "article.unit", 24)
    assert "edge-cikutra" in units[0].text, "who is down stands first"
    assert "hubungan terputus" in units[0].text
    shown = text(wall, ".units")
    for said in (
        "catu daya 5,1 V",
        "kain mikrofiber",
        "14 pesan tidak pernah sampai",
        "Belum pernah melapor: edge-leuwipanjang",
    ):
        assert said in shown


@pytest.mark.parametrize("path", ["/", "/parkir", "/armada", "/audit", "/simpang/bip"])
def test_nobody_gets_in_without_signing_in(wall: webdriver.Chrome, served: Served, path: str) -> None:
    wall.get(served.address + path)
    wait(wall, "input[name=password]")
    assert f"/masuk?lanjut={path}".replace("/", "%2F") in wall.current_url.replace("/", "%2F")


def test_a_role_that_may_only_look_cannot_judge_nor_read_the_audit(browser: webdriver.Chrome, served: Served) -> None:
    browser.delete_all_cookies()
    sign_in(browser, served, "tamu")
    browser.get(f"{served.address}/parkir")
    wait(browser, "article.case", 4)
    assert not browser.find_elements(By.CSS_SELECTOR, ".judge button")
    assert "/audit" not in [link.get_attribute("href") for link in browser.find_elements(By.CSS_SELECTOR, "nav a")]
    browser.get(f"{served.address}/audit")
    wait(browser, ".refused")
    assert "mengelola" in text(browser)
    assert any("403" in one for one in complaints(browser)), "refused by the server, not by the page"


def test_a_case_is_judged_from_its_evidence_and_stands_in_the_audit(wall: webdriver.Chrome, served: Served) -> None:
    sign_in(wall, served, "demo")
    wall.get(f"{served.address}/parkir")
    wait(wall, "article.case", 4)
    until(
        wall,
        lambda: bool(wall.execute_script("return document.querySelector('.evidence img').naturalWidth > 0")),
        "an evidence picture",
    )
    press(wall, ".accept")
    until(wall, lambda: "Diterima demo" in text(wall, ".case-list"), "the verdict")
    assert "1 dari 1" in text(wall, ".precision")
    # A rejection without a reason is none.
    press(wall, ".case-box:nth-child(2) .reject")
    press(wall, ".dialog button")
    until(wall, lambda: "memerlukan alasan" in text(wall), "that a reason is wanted")
    press(wall, ".dialog .q-radio", 1)
    press(wall, ".dialog button")
    until(wall, lambda: "Ditolak demo" in text(wall, ".case-list"), "the rejection")
    assert "1 dari 2" in text(wall, ".precision")
    wall.get(f"{served.address}/audit")
    until(wall, lambda: "menolak kasus" in text(wall, ".entries"), "the audit")
    assert "edge-otista/parkir-41" in text(wall, ".entries")
    assert "Sedang mengantre" in text(wall, ".entries")


def test_a_live_picture_is_looked_at_on_demand_and_noted(wall: webdriver.Chrome, served: Served) -> None:
    sign_in(wall, served, "demo")
    wall.get(f"{served.address}/simpang/bip")
    press(wall, ".look button")
    until(
        wall,
        lambda: bool(wall.execute_script("return document.querySelector('.look img')?.naturalWidth > 0")),
        "a picture",
    )
    wall.get(f"{served.address}/audit")
    until(wall, lambda: "melihat gambar langsung" in text(wall, ".entries"), "the audit")


def test_a_store_that_is_away_shows_a_banner_over_the_last_picture(wall: webdriver.Chrome, served: Served) -> None:
    sign_in(wall, served, "tamu")
    wait(wall, ".mark-link", 25)
    store = served.folder / "store.sqlite3"
    away = [path.rename(path.with_name("away-" + path.name)) for path in sorted(served.folder.glob("store.sqlite3*"))]
    try:
        wait(wall, ".banner")
        assert "tidak menjawab" in text(wall, ".banner")
        assert len(wait(wall, ".list a.row", 25)) == 25, "the last picture stays"
    finally:
        for path in away:
            path.rename(path.with_name(path.name.removeprefix("away-")))
    until(wall, lambda: not wall.find_elements(By.CSS_SELECTOR, ".banner"), "the store's return")
    assert store.exists()


def test_an_open_page_does_not_outlive_its_session(wall: webdriver.Chrome, served: Served) -> None:
    sign_in(wall, served, "tamu")
    wait(wall, ".list a.row", 25)
    book = Operators(served.folder / BOOK)
    book.change("tamu", datetime.now(UTC), role=Role.VIEW)
    book.close()
    wait(wall, "input[name=password]")


def test_a_junction_that_is_not_there_is_said_so(browser: webdriver.Chrome, served: Served) -> None:
    browser.delete_all_cookies()
    sign_in(browser, served, "tamu")
    browser.get(f"{served.address}/simpang/atlantis")
    wait(browser, ".refused")
    assert "Tidak ditemukan" in text(browser)
    assert any("404" in one for one in complaints(browser))


def test_signing_out_closes_the_door(wall: webdriver.Chrome, served: Served) -> None:
    sign_in(wall, served, "tamu")
    wall.find_element(By.CSS_SELECTOR, ".who button").click()
    wait(wall, "input[name=password]")
    wall.get(f"{served.address}/armada")
    wait(wall, "input[name=password]")


def test_an_operator_tells_drivers_and_citizens_read_it(wall: webdriver.Chrome, served: Served) -> None:
    sign_in(wall, served, "demo")
    wall.get(f"{served.address}/siaran")
    field = wait(wall, ".announce input[aria-label='Keadaan']")[0]
    field.send_keys("Jl. Dago ditutup untuk karnaval.")
    press(wall, ".announce button.q-btn")
    until(wall, lambda: "karnaval" in text(wall, ".announcement-list"), "the announcement stands")
    assert fits(wall)
    wall.get(f"{served.address}/publik")
    assert "Jl. Dago ditutup untuk karnaval." in text(wall, ".told")
    wall.get(f"{served.address}/siaran")
    press(wall, ".announcement button")
    until(wall, lambda: "karnaval" not in text(wall, ".announcement-list"), "it was ended")
    wall.get(f"{served.address}/audit")
    until(wall, lambda: "menyiarkan pesan" in text(wall), "the audit says who said it")


def test_who_may_only_look_tells_nobody_anything(phone: webdriver.Chrome, served: Served) -> None:
    sign_in(phone, served, "tamu")
    phone.get(f"{served.address}/siaran")
    until(phone, lambda: "Siaran untuk pengemudi" in text(phone), "the page")
    assert not phone.find_elements(By.CSS_SELECTOR, ".announce")
    assert fits(phone)


def test_a_recording_is_asked_for_with_a_reason_played_and_noted(wall: webdriver.Chrome, served: Served) -> None:
    sign_in(wall, served, "demo")
    wall.get(f"{served.address}/parkir")
    press(wall, ".clip-ask")
    press(wall, ".clip-send")
    until(wall, lambda: "memerlukan alasan" in text(wall), "that a reason is wanted")
    wait(wall, ".clip-dialog input")[0].send_keys("laporan warga nomor 17")
    press(wall, ".clip-send")
    play = wait(wall, "a.clip-play")[0].get_attribute("href")
    assert "Diminta demo" in text(wall, ".case-list")
    assert play is not None
    wall.get(play)
    until(
        wall,
        lambda: bool(wall.execute_script("return document.querySelector('#clip img').naturalWidth > 0")),
        "the first picture",
    )
    until(wall, lambda: wait(wall, "#clip input")[0].get_attribute("value") == "5", "the last picture")
    assert "dikaburkan" in text(wall)
    assert fits(wall)
    wall.get(f"{served.address}/audit")
    until(wall, lambda: "melihat rekaman" in text(wall, ".entries"), "the look in the audit")
    assert "laporan warga nomor 17" in text(wall, ".entries")
    assert text(wall, ".entries").count("melihat rekaman") == 1, "one look, however many pictures"


def test_an_operator_says_that_an_alert_is_taken_care_of(wall: webdriver.Chrome, served: Served) -> None:
    sign_in(wall, served, "demo")
    wall.get(f"{served.address}/peringatan")
    wait(wall, ".trouble", 2)
    assert "edge-cikutra" in text(wall, ".trouble.critical"), "the most urgent stands first"
    press(wall, ".trouble.critical button")
    until(wall, lambda: "diketahui demo" in text(wall, ".trouble.critical"), "it is known to somebody")
    assert not wall.find_elements(By.CSS_SELECTOR, ".trouble.critical button")
    assert fits(wall)
    wall.get(f"{served.address}/audit")
    until(wall, lambda: "menandai peringatan diketahui" in text(wall), "the audit says who")
    with closing(AlertBook(served.folder / "alerts.sqlite3")) as book:
        assert book.standing()["unit_down:bandung/edge-cikutra"].by == "demo", "and the desk reminds nobody any more"


def test_who_may_only_look_sees_alerts_and_takes_none(phone: webdriver.Chrome, served: Served) -> None:
    sign_in(phone, served, "tamu")
    phone.get(f"{served.address}/peringatan")
    wait(phone, ".trouble", 2)
    assert not phone.find_elements(By.CSS_SELECTOR, ".trouble button")
    assert fits(phone)
