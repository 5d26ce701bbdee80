"""Orders for a small city over a real Mosquitto with certificates: one, five, all; and the stop."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from contract import ConfigSet, UpdateSet
from provisioning.authority import Role
from provisioning.cli import app
from provisioning.files import write
from provisioning.fleet import load_fleet
from tests.support import ca
from tests.support.ca import SITE, GuardedBroker
from tests.support.card_depot import lay_out
from tests.support.pretend_unit import PretendUnit, Reply, obeys, suffers


@dataclass
class City:
    """A broker, certificates for the first eight units of the example fleet, and a console."""

    folder: Path
    broker: GuardedBroker
    names: list[str]

    def rolls(self, kind: str, *words: str, **fates: Reply) -> tuple[int, str, dict[str, list[object]]]:
        """Run the command while the units obey (or what `fates` says): exit code, output, and what each was ordered."""
        with ExitStack() as stack:
            units = [
                stack.enter_context(
                    PretendUnit(self.broker, SITE, name, self.folder / name, fates.get(name.replace("-", "_"), obeys))
                )
                for name in self.names
            ]
            place = ("--host", self.broker.host, "--port", str(self.broker.port), "--tls", str(self.folder / "konsol"))
            only = [word for name in self.names for word in ("--only", name)]
            fleet = ("--fleet", str(self.folder / "fleet.toml"), "--acquaintance", "20", "--patience", "1")
            done = CliRunner().invoke(app, ["rollout", kind, *words, *fleet, *place, *only])
            return done.exit_code, done.output, {unit.name: list(unit.orders) for unit in units}


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    names = list(load_fleet(lay_out(tmp_path)).units)[:8]
    authority = ca.authority(tmp_path / "ca")
    for name in names:
        ca.put(authority.issue(name, Role.UNIT, ca.now()), tmp_path / name)
    console = authority.issue("konsol", Role.CONSOLE, ca.now())
    for file, content in (("ca.pem", console.ca), ("konsol.pem", console.certificate), ("konsol.key", console.key)):
        write(tmp_path / "konsol" / file, content)
    with GuardedBroker(authority, tmp_path / "broker") as broker:
        yield City(tmp_path, broker, names)


def test_an_update_reaches_all_when_all_stay_well(city: City) -> None:
    code, said, orders = city.rolls("update", "--number", "3", "--address", "https://updates.example/")
    assert code == 0, said
    assert "tahap / stages: 1, 5, 2" in said
    assert said.rstrip().endswith("8 sehat / healthy")
    given = [one for told in orders.values() for one in told]
    assert len(given) == 8
    assert {one.address for one in given if isinstance(one, UpdateSet)} <= {
        f"https://updates.example/{system}/3/" for system in ("raspios-trixie", "raspios-bookworm", "jetson")
    }


def test_a_canary_that_suffers_keeps_it_from_the_others(city: City) -> None:
    canary = city.names[0]
    fate = {canary.replace("-", "_"): suffers}
    code, said, orders = city.rolls("update", "--number", "3", "--address", "https://updates.example/", **fate)
    assert code == 1
    assert f"BERHENTI / STOPPED: {canary}: gone back" in said
    assert [name for name, told in orders.items() if told] == [canary]


def test_a_configuration_stops_in_the_second_stage(city: City) -> None:
    for name in city.names:
        (city.folder / "configs").mkdir(exist_ok=True)
        (city.folder / "configs" / f"{name}.toml").write_text("interval_s = 30\n")
    fate = {city.names[3].replace("-", "_"): suffers}
    words = ("--revision", "7", "--configs", str(city.folder / "configs"), "--settle", "0.5")
    code, said, orders = city.rolls("config", *words, **fate)
    assert code == 1, said
    assert f"STOPPED: {city.names[3]}: rolled_back: revision 7: no picture any more" in said
    assert [name for name, told in orders.items() if told] == city.names[:6], "the last two were spared"
    (order,) = orders[city.names[0]]
    assert isinstance(order, ConfigSet)
    assert (order.revision, order.config) == (7, {"interval_s": 30})


def test_what_is_missing_is_told(city: City) -> None:
    (city.folder / "configs").mkdir()
    words = ("--revision", "7", "--configs", str(city.folder / "configs"))
    code, said, _ = city.rolls("config", *words)
    assert (code, f"no {city.names[0]}" in said) == (2, True)
    code, said, orders = city.rolls("update", "--number", "3", "--address", "http://plain.example/")
    assert code == 2, said
    assert not any(orders.values())
