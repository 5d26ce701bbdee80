"""The whole way of an update: ordered at the depot, passed on by a real unit, fetched, installed, and found healthy."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from provisioning.authority import Role
from provisioning.cli import app
from provisioning.files import write
from provisioning.update import Slots, make_key, sign
from provisioning.update.carrying import ORDER, Unit, carry_out, report
from provisioning.update.fetching import HttpsServer
from tests.support import ca
from tests.support.ca import GuardedBroker
from tests.support.card_depot import lay_out
from tests.support.card_power_cut import install, software
from tests.support.data import FOOTAGE
from tests.support.edge_process import camera, unit_in_thread, unit_toml
from tests.support.unit import UNIT
from tests.support.update_server import UpdateServer

PASSPHRASE = "empat kata di sini"
_PATIENCE_S = 60.0


def test_an_update_from_the_depot_to_a_healthy_unit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.runtime.unit.HEALTH_S", 0.5)
    lay_out(tmp_path)
    authority = ca.authority(tmp_path / "ca")
    ca.put(authority.issue(UNIT, Role.UNIT, ca.now()), tmp_path / "tls")
    console = authority.issue("konsol", Role.CONSOLE, ca.now())
    for file, content in (("ca.pem", console.ca), ("konsol.pem", console.certificate), ("konsol.key", console.key)):
        write(tmp_path / "konsol" / file, content)
    make_key(tmp_path / "update.key", tmp_path / "update.pub", PASSPHRASE)
    bundle = tmp_path / "www/raspios-trixie/1"
    (bundle / "wheels").mkdir(parents=True)
    (bundle / "wheels/simpang.whl").write_text("1")
    sign(bundle, 1, tmp_path / "update.key", PASSPHRASE)
    software(tmp_path / "opt/a", "0")
    slots = Slots(tmp_path / "opt")
    slots.point("a")
    system = Unit(tmp_path / "data/update", slots, tmp_path / "update.pub", ())
    with (
        GuardedBroker(authority, tmp_path / "broker") as broker,
        UpdateServer(authority, tmp_path / "nginx", tmp_path / "www") as server,
    ):
        text = unit_toml(broker.port, camera("dago-1", FOOTAGE / "toll_noon.mp4")).replace("broker = ", "#")
        tls = '[broker.tls]\nca = "tls/ca.pem"\ncertificate = "tls/unit.pem"\nkey = "tls/unit.key"\n'
        (tmp_path / "unit.toml").write_text(f'{text}[broker]\nhost = "127.0.0.1"\nport = {broker.port}\n{tls}')
        words = ["rollout", "update", "--number", "1", "--address", server.address, "--only", UNIT, "--patience", "1"]
        place = ["--host", broker.host, "--port", str(broker.port), "--tls", str(tmp_path / "konsol")]
        told: list[Result] = []
        depot = threading.Thread(
            target=lambda: told.append(
                CliRunner().invoke(app, [*words, *place, "--fleet", str(tmp_path / "fleet.toml")])
            )
        )
        with unit_in_thread(tmp_path, monkeypatch):
            depot.start()
            while depot.is_alive() and not (system.letters / ORDER).exists():
                depot.join(0.05)
            assert carry_out(system, lambda at: HttpsServer(at, server.context(tmp_path / "tls")), install), told
            # As the services of the system do: the next start, and after five steady minutes the trust.
            slots.start("boot", 0.0)
            slots.confirm("boot", 3600.0)
            report(system)
            depot.join(_PATIENCE_S)
        assert [one.exit_code for one in told] == [0], told[0].output
        assert "1 sehat / healthy" in told[0].output
    assert (slots.current, slots.read().number) == ("b", 1)
