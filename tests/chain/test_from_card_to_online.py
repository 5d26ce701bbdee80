"""What the guide promises a new technician: from a blank image to "online" at the centre, by what the guide says alone.

The depot's commands make the card; what lies on it, unchanged but for where data is kept, runs beside a clip and calls
a Mosquitto set up by `simpang provision broker`'s own files; the collector hears of it with its own certificate.
"""

from __future__ import annotations

import re
import shutil
from contextlib import closing
from pathlib import Path

from typer.testing import CliRunner

from collector.store.sqlite import SqliteStore
from provisioning.authority import Role
from provisioning.cli import app
from provisioning.fleet import System
from provisioning.terminal import PASSPHRASE
from tests.arm64.reading_back import Card, read_back
from tests.support import ca
from tests.support.ca import GuardedBroker
from tests.support.card_depot import lay_out
from tests.support.card_image import make_image
from tests.support.collecting import Collecting, wait_until
from tests.support.data import FOOTAGE
from tests.support.edge_process import EdgeProcess

GUIDE = Path(__file__).parents[2] / "docs/panduan/menyiapkan-unit.md"
UNIT = "edge-pasteur"


def replaced(path: Path, pattern: str, by: str) -> None:
    text, number = re.subn(pattern, by, path.read_text(encoding="utf-8"), count=1, flags=re.MULTILINE)
    assert number == 1, pattern
    path.write_text(text, encoding="utf-8")


def centre_toml(folder: Path, broker: GuardedBroker, shown: Path) -> Path:
    path = folder / "collector.toml"
    path.write_text(
        f'site = "bandung.toml"\n[broker]\nport = {broker.port}\nclient_id = "collector"\nca_file = "{shown}/ca.pem"\n'
        f'cert_file = "{shown}/unit.pem"\nkey_file = "{shown}/unit.key"\n[batches]\nmessages = 5\nseconds = 0.05\n'
        '[store]\nkind = "sqlite"\npath = "centre.sqlite"\n'
    )
    return path


def test_a_blank_image_becomes_a_unit_that_is_online(tmp_path: Path) -> None:
    authority = ca.authority(tmp_path / "ca")
    shown = ca.put(authority.issue("collector", Role.COLLECTOR, ca.now()), tmp_path / "kolektor")
    fleet = lay_out(tmp_path / "depot")
    with (
        GuardedBroker(authority, tmp_path / "broker") as broker,
        closing(SqliteStore(tmp_path / "centre.sqlite")) as store,
    ):
        centre = Collecting(centre_toml(tmp_path, broker, shown))
        centre.start()
        replaced(fleet, r'^host = ".*"', f'host = "127.0.0.1"\nport = {broker.port}')
        replaced(fleet.parent / "fleet.secrets.toml", r"^pasteur-1 = .*", f'pasteur-1 = "{FOOTAGE}/toll_noon.mp4"')
        card = Card(tmp_path / "unit.img", fleet.parent, authority.folder, UNIT)
        image = make_image(tmp_path / "base.img", System.BOOKWORM)
        words = [
            "card",
            "--unit",
            UNIT,
            "--image",
            str(image),
            "--out",
            str(card.image),
            "--label",
            f"{tmp_path}/l.pdf",
        ]
        where = ("--fleet", str(fleet), "--ca", str(authority.folder))
        done = CliRunner().invoke(app, [*words, *where], env={PASSPHRASE: ca.PASSPHRASE})
        assert done.exit_code == 0, done.output
        _, wrong = read_back(card, tmp_path / "root")
        assert wrong == []
        etc = shutil.copytree(tmp_path / "root/etc/simpang", tmp_path / "etc")
        replaced(etc / "unit.toml", "^timezone", f'data = "{tmp_path}/data"\ntimezone')
        with EdgeProcess(etc) as unit:
            wait_until(lambda: any(one.unit == UNIT and one.online for one in store.units()), "the unit")
            assert unit.stop() == 0, unit.log
        centre.stop()


def test_the_guide_counts_its_own_steps() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    heading, part = re.findall(r"^## B\. (.*)\n((?:.*\n)*?)^## ", text, re.MULTILINE)[0]
    steps = re.findall(r"^\d+\. ", part, re.MULTILINE)
    assert heading.startswith(f"Tiap unit ({len(steps)} langkah")
    typed = len(re.findall(r"`lsblk`\. Kartu|^   sudo -E \$\(which simpang\) provision card", part, re.MULTILINE))
    assert f"{typed} perintah" in part
