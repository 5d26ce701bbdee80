"""The fleet file: the example is whole, and what is missing or contradicts itself is said with its place."""

from __future__ import annotations

import configparser
import json
from pathlib import Path

import pytest

from contract import ContractError
from edge.config import load_unit
from provisioning.fleet import Lan, Lte, Secrets, Wifi, load_fleet
from provisioning.network import cloud_config, keyfile
from provisioning.unit_file import SITE_FILE, unit_toml
from tests.support.card_depot import lay_out


def test_the_example_covers_the_whole_city(tmp_path: Path) -> None:
    depot = load_fleet(lay_out(tmp_path))
    watching = {camera.unit for _, camera in depot.site.camera_places.values()}
    assert set(depot.units) == watching
    assert depot.place("edge-dago") == "Simpang Dago"
    assert "sandi" not in repr(depot.secrets)


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("fleet.toml", 'id = "edge-gasibu"', 'id = "edge-dago"', "unit id used twice: edge-dago"),
        ("fleet.toml", 'id = "edge-gasibu"', 'id = "edge-baru"', "edge-baru: no camera of bandung.toml names it"),
        ("fleet.toml", "ATCS-Gasibu", "ATCS-Lain", "'ATCS-Lain' has no password"),
        ("fleet.toml", 'gateway = "10.20.1.1"', 'gateway = "10.99.1.1"', "is not in the net of"),
        ("fleet.toml", 'kind = "lte"', 'kind = "5g"', "units.3.network"),
        ("fleet.toml", 'host = "mqtt.atcs.example"', 'host = "mqtt; rm -rf /"', "broker.host"),
        ("fleet.toml", 'user = "teknisi"', 'user = "teknisi ALL"', "service.user"),
        ("fleet.secrets.toml", "dago-1 =", "dago-9 =", "camera dago-1 has no address"),
        ("fleet.secrets.toml", "ganti-kata-sandi", "pendek", "at least 8 characters"),
        ("bandung.toml", "centre =", "center =", "site.centre"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(file: str, old: str, new: str, message: str, tmp_path: Path) -> None:
    fleet = lay_out(tmp_path)
    text = (tmp_path / file).read_text(encoding="utf-8")
    assert old in text
    (tmp_path / file).write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ContractError, match=message):
        load_fleet(fleet)


def test_secrets_that_others_may_read_are_refused(tmp_path: Path) -> None:
    fleet = lay_out(tmp_path)
    (tmp_path / "fleet.secrets.toml").chmod(0o640)
    with pytest.raises(ContractError, match="chmod 600"):
        load_fleet(fleet)


@pytest.mark.parametrize("file", ["fleet.toml", "fleet.secrets.toml", "bandung.toml"])
def test_a_file_that_is_not_there_is_named(file: str, tmp_path: Path) -> None:
    fleet = lay_out(tmp_path)
    (tmp_path / file).unlink()
    with pytest.raises(ContractError, match=f"{file}: cannot be read"):
        load_fleet(fleet)


def test_the_edge_reads_the_unit_file_of_every_unit(tmp_path: Path) -> None:
    depot = load_fleet(lay_out(tmp_path / "depot"))
    (tmp_path / SITE_FILE).write_text(depot.site_text, encoding="utf-8")
    for unit in depot.fleet.units:
        (tmp_path / "unit.toml").write_text(unit_toml(depot, unit), encoding="utf-8")
        read = load_unit(tmp_path / "unit.toml")
        assert (read.unit, read.site) == (unit.id, "bandung")
        assert [one.id for one in read.cameras] == [one.id for one in depot.site.cameras_of(unit.id)]
        assert [one.address for one in read.cameras] == [depot.secrets.cameras[one.id] for one in read.cameras]
        assert read.broker.tls is not None
        assert read.broker.tls.key == str(tmp_path / "tls" / "unit.key")
        assert read.cameras[0].zones.lines, "lines come from the site file"
        assert read.broker.pack, "what a day on the wire may weigh is kept packed only, where a unit tells of turns"
        assert read.contacts.door is read.contacts.tilt is None


def test_the_switches_of_a_box_reach_its_unit(tmp_path: Path) -> None:
    fleet = lay_out(tmp_path / "depot")
    text = fleet.read_text(encoding="utf-8").replace(
        'id = "edge-dago"', 'id = "edge-dago"\ndoor_pin = 17\ntilt_pin = 27'
    )
    fleet.write_text(text, encoding="utf-8")
    depot = load_fleet(fleet)
    (tmp_path / SITE_FILE).write_text(depot.site_text, encoding="utf-8")
    (tmp_path / "unit.toml").write_text(unit_toml(depot, depot.unit("edge-dago")), encoding="utf-8")
    contacts = load_unit(tmp_path / "unit.toml").contacts
    assert contacts.door is not None
    assert contacts.tilt is not None
    assert (contacts.door.line, contacts.tilt.line, contacts.door.alarm) == (17, 27, "open")


@pytest.mark.parametrize("password", ['"kutip" \\ dan # pagar', "spasi di akhir ", "é ñ 汉字 · titik"])
def test_a_strange_camera_password_arrives_as_it_is(password: str, tmp_path: Path) -> None:
    depot = load_fleet(lay_out(tmp_path))
    depot.secrets.cameras["dago-1"] = f"rtsp://a:{password}@10.0.0.1/1"
    (tmp_path / SITE_FILE).write_text(depot.site_text, encoding="utf-8")
    (tmp_path / "unit.toml").write_text(unit_toml(depot, depot.unit("edge-dago")), encoding="utf-8")
    read = load_unit(tmp_path / "unit.toml")
    assert read.cameras[0].address == depot.secrets.cameras["dago-1"]
    assert read.page is not None
    assert read.page.pin_file == str(tmp_path / "page.pin"), "the PIN on the card, which is on the label"


FIXED = Lan.model_validate(
    {"kind": "lan", "address": "10.20.1.5/24", "gateway": "10.20.1.1", "dns": ["10.20.0.53", "10.20.0.54"]}
)
KEYFILES = [
    (Lan(kind="lan"), {"connection.type": "ethernet", "ipv4.method": "auto"}),
    (FIXED, {"ipv4.method": "manual", "ipv4.address1": "10.20.1.5/24,10.20.1.1", "ipv4.dns": "10.20.0.53;10.20.0.54;"}),
    (
        Wifi(kind="wifi", ssid="A;B=é"),
        {"wifi.ssid": "65;59;66;61;195;169;", "wifi-security.psk": "\\s\\skata\\\\sandi"},
    ),
    (Lte(kind="lte", apn="internet"), {"connection.type": "gsm", "gsm.apn": "internet"}),
]


@pytest.mark.parametrize(("network", "expected"), KEYFILES)
def test_network_manager_gets_its_words(network: Lan | Wifi | Lte, expected: dict[str, str]) -> None:
    read = configparser.RawConfigParser(strict=True)
    read.read_string(keyfile(network, Secrets(wifi={"A;B=é": "  kata\\sandi"})))
    found = {f"{section}.{key}": value for section in read.sections() for key, value in read[section].items()}
    assert expected.items() <= found.items()


def test_cloud_init_hears_of_the_cable_and_of_no_password() -> None:
    fixed = json.loads(cloud_config(FIXED))["ethernets"]["cable"]
    assert fixed["addresses"] == ["10.20.1.5/24"]
    assert fixed["routes"] == [{"to": "default", "via": "10.20.1.1"}]
    assert json.loads(cloud_config(Wifi(kind="wifi", ssid="ATCS")))["ethernets"]["cable"]["dhcp4"] is True
    assert "ATCS" not in cloud_config(Wifi(kind="wifi", ssid="ATCS"))
