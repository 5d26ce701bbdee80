"""Updates that are ordered and fetched: over a real nginx with certificates, cut off anywhere, and what is refused."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from contract import UpdateSet, UpdateStanding
from provisioning.authority import Authority, Role
from provisioning.authority.index import Reason
from provisioning.bundle.folder import SUMS
from provisioning.cli import app
from provisioning.update import Slots, UpdateError, make_key, sign, verify
from provisioning.update.carrying import ORDER, REPORT, Unit, carry_out, read_order, report
from provisioning.update.fetching import HttpsServer, LineError, fetch
from provisioning.update.signing import SIGNATURE
from provisioning.update.slots import MOST_STARTS
from tests.support import ca
from tests.support.card_bundle import small_bundle
from tests.support.card_power_cut import install, software
from tests.support.update_server import UpdateServer

PASSPHRASE = "empat kata di sini"
SLOTS = Path(__file__).parents[3] / "provisioning/update/slots.py"
Harm = Callable[[Path, Path], None]
LARGE = bytes(range(256)) * 2000
"""A wheel that stays the same from one update to the next."""


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    make_key(folder / "update.key", folder / "update.pub", PASSPHRASE)
    return folder


@pytest.fixture
def unit(tmp_path: Path, keys: Path) -> Unit:
    """With software 0 in slot a, and nothing ordered."""
    software(tmp_path / "opt/a", "0")
    slots = Slots(tmp_path / "opt")
    slots.point("a")
    (tmp_path / "letters").mkdir()
    return Unit(tmp_path / "letters", slots, keys / "update.pub", ())


def bundle(folder: Path, number: int, keys: Path) -> Path:
    (folder / "wheels").mkdir(parents=True)
    (folder / "wheels/simpang.whl").write_text(str(number))
    (folder / "wheels/numpy.whl").write_bytes(LARGE)
    sign(folder, number, keys / "update.key", PASSPHRASE)
    return folder


def order(unit: Unit, number: int, address: str = "https://updates.example/") -> None:
    wanted = UpdateSet(number=number, time=ca.now(), address=address, spread_s=0)
    (unit.letters / ORDER).write_text(wanted.model_dump_json())


def told(unit: Unit) -> UpdateStanding:
    return UpdateStanding.model_validate_json((unit.letters / REPORT).read_bytes())


def start(unit: Unit) -> str | None:
    folder = unit.slots.folder
    subprocess.run([sys.executable, "-I", SLOTS, "start", folder], check=True)
    done = subprocess.run([folder / "current/bin/simpang"], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None


@dataclass
class Shelf:
    """A `Server` that is a folder; its line breaks after so many bytes, once for each number in `cuts`."""

    folder: Path
    cuts: list[int] = field(default_factory=list)
    asked: list[tuple[str, int]] = field(default_factory=list)

    def get(self, name: str, begin: int) -> Iterator[bytes]:
        self.asked.append((name, begin))
        if not (self.folder / name).exists():
            raise UpdateError(f"{name} is not on the server")
        content = (self.folder / name).read_bytes()[begin:]
        if self.cuts and len(content) > self.cuts[0]:
            content = content[: self.cuts.pop(0)]
            yield content
            raise LineError("the line broke off")
        yield content


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    made = ca.authority(tmp_path / "ca")
    ca.put(made.issue("edge-dago", Role.UNIT, ca.now()), tmp_path / "tls")
    return made


def test_an_order_is_fetched_with_the_units_certificate_and_the_next_only_in_part(
    tmp_path: Path, keys: Path, unit: Unit, authority: Authority
) -> None:
    for number in (1, 2):
        bundle(tmp_path / "www/bookworm" / str(number), number, keys)
    with UpdateServer(authority, tmp_path / "nginx", tmp_path / "www") as server:

        def connect(address: str) -> HttpsServer:
            return HttpsServer(address, server.context(tmp_path / "tls"))

        order(unit, 1, f"{server.address}bookworm/1/")
        assert carry_out(unit, connect, install)
        assert (told(unit).phase, told(unit).candidate) == ("trial", 1)
        assert told(unit).fetched_bytes > len(LARGE)
        assert start(unit) == "1"
        assert not carry_out(unit, connect, install), "it is on trial: nothing to be done"
        state = unit.slots.read()
        unit.slots.confirm(state.boot, state.since_s + 3600)
        report(unit)
        assert (told(unit).phase, told(unit).number) == ("idle", 1)
        order(unit, 2, f"{server.address}bookworm/2/")
        assert carry_out(unit, connect, install)
        assert told(unit).fetched_bytes < 1000, "numpy is here already"
        assert start(unit) == "2"
        given = server.given
    assert sum(name.endswith("numpy.whl") for name, _, _ in given) == 1
    assert {status for _, status, _ in given} == {200}


def test_who_shows_no_certificate_of_ours_or_a_revoked_one_gets_nothing(
    tmp_path: Path, keys: Path, authority: Authority
) -> None:
    bundle(tmp_path / "www/1", 1, keys)
    ca.put(authority.issue("edge-hilang", Role.UNIT, ca.now()), tmp_path / "revoked")
    authority.revoke("edge-hilang", Reason.STOLEN, ca.now())
    with UpdateServer(authority, tmp_path / "nginx", tmp_path / "www") as server:
        for folder in (None, tmp_path / "revoked"):
            line = HttpsServer(f"{server.address}1/", server.context(folder))
            with pytest.raises(OSError, match=r"400|alert"):
                list(line.get(SUMS, 0))
            line.close()
        right = HttpsServer(f"{server.address}1/", server.context(tmp_path / "tls"))
        whole = b"".join(right.get("wheels/numpy.whl", 0))
        assert b"".join(right.get("wheels/numpy.whl", 1000)) == whole[1000:] == LARGE[1000:]
        assert list(right.get("wheels/numpy.whl", len(LARGE))) == []
        with pytest.raises(UpdateError, match="not on the server"):
            list(right.get("wheels/none.whl", 0))
        right.close()
        stranger = HttpsServer(server.address, ssl.create_default_context())
        with pytest.raises(ssl.SSLError, match="certificate verify failed"):
            list(stranger.get(SUMS, 0))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, len(LARGE)), max_size=8))
def test_cut_off_anywhere_it_goes_on_where_it_ended(
    tmp_path_factory: pytest.TempPathFactory, keys: Path, cuts: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("cut")
    shelf = Shelf(bundle(folder / "www", 1, keys), cuts)
    came, goes = 0, 0

    def count(piece: int) -> None:
        nonlocal came
        came += piece

    while True:
        goes += 1
        try:
            fetch(shelf, folder / "here", keys / "update.pub", (), count)
            break
        except LineError:
            assert goes <= 9
    assert verify(folder / "here", keys / "update.pub") == 1
    size = sum(one.stat().st_size for one in shelf.folder.rglob("*") if one.is_file())
    assert came <= size + (goes - 1) * 600, "only the sums and their signature come again"


def unsigned(folder: Path, keys: Path) -> None:
    (folder / SIGNATURE).write_bytes(b"x" * 64)


def other_key(folder: Path, keys: Path) -> None:
    make_key(folder.parent / "other.key", folder.parent / "other.pub", PASSPHRASE)
    sign(folder, 1, folder.parent / "other.key", PASSPHRASE)


def endless(folder: Path, keys: Path) -> None:
    (folder / SUMS).write_bytes(b"0" * 300_000)


def another_number(folder: Path, keys: Path) -> None:
    sign(folder, 9, keys / "update.key", PASSPHRASE)


def no_wheel(folder: Path, keys: Path) -> None:
    (folder / "wheels/numpy.whl").unlink()


REFUSED = [
    (unsigned, "not signed by the key", {SUMS, SIGNATURE}),
    (other_key, "not signed by the key", {SUMS, SIGNATURE}),
    (endless, "larger than any honest one", {SUMS, SIGNATURE}),
    (another_number, "another update than 1", None),
    (no_wheel, "not on the server", None),
]


@pytest.mark.parametrize(("harm", "says", "asked"), REFUSED, ids=[row[0].__name__ for row in REFUSED])
def test_what_is_not_what_was_signed_is_told_and_changes_nothing(
    harm: Harm, says: str, asked: set[str] | None, keys: Path, unit: Unit
) -> None:
    shelf = Shelf(bundle(unit.letters.parent / "www", 1, keys))
    harm(shelf.folder, keys)
    order(unit, 1)
    assert not carry_out(unit, lambda _: shelf, install)
    assert (told(unit).phase, told(unit).number, told(unit).candidate) == ("failed", 0, 1)
    assert says in (told(unit).reason or "")
    assert start(unit) == "0"
    if asked is not None:
        assert {name for name, _ in shelf.asked} == asked, "nothing is fetched that is not signed"
    before = len(shelf.asked)
    assert not carry_out(unit, lambda _: shelf, install)
    assert len(shelf.asked) == before, "what failed for good is not tried again by itself"


def test_a_file_that_came_otherwise_is_fetched_anew(tmp_path: Path, keys: Path, unit: Unit) -> None:
    shelf = Shelf(bundle(tmp_path / "www", 1, keys))
    (shelf.folder / "wheels/numpy.whl").write_bytes(b"evil")
    order(unit, 1)
    with pytest.raises(LineError, match="not what was signed"):
        carry_out(unit, lambda _: shelf, install)
    assert (told(unit).phase, start(unit)) == ("fetching", "0")
    assert "waits for the line" in (told(unit).reason or "")
    (shelf.folder / "wheels/numpy.whl").write_bytes(LARGE)
    assert carry_out(unit, lambda _: shelf, install)
    assert start(unit) == "1"


def test_software_that_falls_is_left_and_told(tmp_path: Path, keys: Path, unit: Unit) -> None:
    def install_broken(source: Path, place: Path) -> None:
        software(place, (source / "wheels/simpang.whl").read_text(), works=False)

    shelf = Shelf(bundle(tmp_path / "www", 1, keys))
    order(unit, 1)
    assert carry_out(unit, lambda _: shelf, install_broken)
    assert [start(unit) for _ in range(MOST_STARTS + 1)] == [None] * MOST_STARTS + ["0"]
    report(unit)
    assert (told(unit).phase, told(unit).number, told(unit).candidate) == ("failed", 0, 1)
    assert not carry_out(unit, lambda _: shelf, install)
    newer = Shelf(bundle(tmp_path / "www-2", 2, keys))
    order(unit, 2)
    assert carry_out(unit, lambda _: newer, install)
    assert start(unit) == "2"


def test_the_letter_box_is_not_believed(tmp_path: Path, unit: Unit) -> None:
    assert read_order(unit.letters) is None
    secret = tmp_path / "secret"
    secret.write_text(UpdateSet(number=1, time=ca.now(), address="https://x/").model_dump_json())
    (unit.letters / ORDER).symlink_to(secret)
    assert read_order(unit.letters) is None, "a link is not followed"
    (unit.letters / ORDER).unlink()
    for content in (b"", b"{}", b"\xff", b'{"number": 1, "time": "2026-03-02T06:00:00Z", "address": "http://x/"}'):
        (unit.letters / ORDER).write_bytes(content)
        assert read_order(unit.letters) is None
    assert not carry_out(unit, lambda _: Shelf(tmp_path), install)


def test_a_bundle_that_was_half_here_is_completed_from_the_cards(tmp_path: Path, keys: Path, unit: Unit) -> None:
    card = tmp_path / "card"
    shutil.copytree(bundle(tmp_path / "first", 1, keys), card)
    shelf = Shelf(bundle(tmp_path / "www", 2, keys))
    order(unit, 2)
    with_card = Unit(unit.letters, unit.slots, unit.public, (card,))
    assert carry_out(with_card, lambda _: shelf, install)
    assert "wheels/numpy.whl" not in {name for name, _ in shelf.asked}
    (card / "wheels/numpy.whl").write_bytes(b"rotten")
    fetch(shelf, tmp_path / "other", keys / "update.pub", (card,), lambda _: None)
    assert (tmp_path / "other/wheels/numpy.whl").read_bytes() == LARGE, "a rotten card is not believed"


def on_the_unit(unit: Unit, *words: str) -> subprocess.CompletedProcess[str]:
    """`python -m provisioning.update`, as the unit's services call it."""
    command = [sys.executable, "-m", "provisioning.update", *words, "--letters", str(unit.letters)]
    place = ("--folder", str(unit.slots.folder))
    root = Path(__file__).parents[3]
    return subprocess.run([*command, *place], cwd=root, capture_output=True, text=True, check=False)


def test_the_commands_of_the_services_with_real_wheels(
    tmp_path: Path, keys: Path, unit: Unit, authority: Authority
) -> None:
    sign(small_bundle(tmp_path / "www/1", "0.3.0"), 1, keys / "update.key", PASSPHRASE)
    trust = ("--public", str(keys / "update.pub"), "--tls", str(tmp_path / "tls"))
    assert on_the_unit(unit, "carry-out", *trust).returncode == 0, "nothing is ordered"
    with UpdateServer(authority, tmp_path / "nginx", tmp_path / "www") as server:
        order(unit, 1, f"{server.address}1/")
        done = on_the_unit(unit, "carry-out", *trust)
        assert (done.returncode, "pembaruan 1 terpasang" in done.stdout) == (0, True), done.stdout + done.stderr
    assert start(unit) == "simpang 0.3.0"
    state = unit.slots.read()
    unit.slots.confirm(state.boot, state.since_s + 3600)
    assert on_the_unit(unit, "report").returncode == 0
    assert (told(unit).number, told(unit).phase) == (1, "idle")
    order(unit, 2, f"{server.address}2/")
    away = on_the_unit(unit, "carry-out", *trust)
    assert (away.returncode, "dicoba lagi nanti" in away.stdout) == (75, True), away.stderr
    assert "waits for the line" in (told(unit).reason or "")


def test_the_servers_file(tmp_path: Path) -> None:
    words = ["update", "server", "--out", str(tmp_path / "simpang.conf"), "--host", "updates.example"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert "ssl_verify_client on;" in (tmp_path / "simpang.conf").read_text()
