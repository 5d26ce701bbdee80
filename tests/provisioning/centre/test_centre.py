"""The folder of a centre: what Docker Compose makes of it, what systemd does, and that its parts fit together."""

from __future__ import annotations

import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel, ConfigDict, Field
from typer.testing import CliRunner

import provisioning.centre
from collector.cli import app as collector
from collector.config import InfluxSettings, parse_config
from grafana.cli import app as grafana
from grafana.settings import parse_config as parse_grafana
from provisioning.centre.writing import FOLDERS
from provisioning.cli import app
from tests.support.collecting import Collecting
from tests.support.mosquitto import Mosquitto

SITE = Path(__file__).parents[3] / "config" / "bandung.toml"
HERE = Path(provisioning.centre.__file__).parent
SECRETS = ("influx_password", "influx_token", "grafana_password")


def provision(*arguments: object) -> str:
    done = CliRunner().invoke(app, [str(one) for one in arguments], env={"SIMPANG_CA_PASSPHRASE": "kata sandi uji"})
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("pusat") / "simpang"
    provision("centre", "--out", out, "--site", SITE)
    return out


class Service(BaseModel):
    """A service as Compose has understood it."""

    model_config = ConfigDict(extra="allow")
    image: str
    restart: str
    ports: list[str | dict[str, int]] = []
    volumes: list[str] = []
    cap_drop: list[str] = []
    security_opt: list[str] = []
    user: str = ""
    environment: dict[str, str] = {}
    healthcheck: dict[str, object] = {}
    build: dict[str, str] = {}


class Composed(BaseModel):
    """The whole file."""

    services: dict[str, Service]
    volumes: dict[str, object]
    secrets: dict[str, dict[str, str]]
    version: str = Field(default="")


@pytest.fixture(scope="module")
def composed(centre: Path) -> Composed:
    """By Docker's own client, which needs no daemon for this."""
    program = shutil.which("docker-compose")
    assert program, "docker-compose is missing: tests/system-packages.sh installs it"
    command = [program, "--project-directory", str(centre), "-f", str(centre / "compose.yaml"), "config"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "variable is not set" not in done.stderr
    return Composed.model_validate(yaml.safe_load(done.stdout))


def test_compose_understands_every_service(composed: Composed) -> None:
    assert set(composed.services) == {"mosquitto", "influxdb", "grafana", "collector"}
    for name, service in composed.services.items():
        assert re.fullmatch(r"\S+:\d+\.\d+\.\d+", service.image), f"{name}: {service.image} is no settled version"
        assert service.restart == "unless-stopped"
        assert "no-new-privileges:true" in service.security_opt
        assert service.healthcheck or name == "grafana"
    assert composed.services["collector"].user == "10001:10001"


def test_only_the_broker_is_open_to_the_outside(composed: Composed) -> None:
    ports = {name: service.ports for name, service in composed.services.items()}
    assert ports == {
        "mosquitto": [{"published": 8883, "target": 8883}],
        "influxdb": [],
        "grafana": ["127.0.0.1:3000:3000/tcp"],
        "collector": ["127.0.0.1:8080:8080/tcp"],
    }


def test_what_is_mounted_is_there(centre: Path, composed: Composed) -> None:
    for service in composed.services.values():
        for mount in service.volumes:
            source = mount.split(":")[0]
            assert source in composed.volumes or Path(source).is_dir(), mount
    for told in composed.secrets.values():
        assert Path(told["file"]).is_file()
    assert composed.services["collector"].build == {"context": str(centre)}
    assert (centre / "Dockerfile").is_file()


def test_secrets_are_drawn_once_apart_and_behind_a_closed_folder(centre: Path, tmp_path: Path) -> None:
    drawn = {name: (centre / "secrets" / name).read_text() for name in SECRETS}
    assert len(set(drawn.values())) == 3
    assert all(len(secret) >= 40 for secret in drawn.values())
    assert (centre / "secrets" / "grafana.env").read_text() == f"SIMPANG_INFLUX_TOKEN={drawn['influx_token']}\n"
    for name, mode in FOLDERS.items():
        assert stat.S_IMODE((centre / name).stat().st_mode) == mode
    assert FOLDERS["secrets"] == 0o700
    other = tmp_path / "lain"
    provision("centre", "--out", other, "--site", SITE)
    assert not set(drawn.values()) & {(other / "secrets" / name).read_text() for name in SECRETS}
    for name in ("compose.yaml", "Dockerfile", ".env", "config/collector.toml"):
        assert not [secret for secret in drawn.values() if secret in (centre / name).read_text()]


def test_written_again_it_keeps_what_people_edited(tmp_path: Path) -> None:
    provision("centre", "--out", tmp_path, "--site", SITE)
    edited = tmp_path / "config" / "collector.toml"
    edited.write_text("# diubah\n")
    (tmp_path / "compose.yaml").write_text("# lama\n")
    secret = (tmp_path / "secrets" / "influx_token").read_text()
    said = provision("centre", "--out", tmp_path, "--site", SITE)
    assert f"left as it is: {edited}" in said
    assert edited.read_text() == "# diubah\n"
    assert (tmp_path / "secrets" / "influx_token").read_text() == secret
    assert (tmp_path / "compose.yaml").read_text() == (HERE / "compose.yaml").read_text()


def test_a_bad_site_file_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text("[site]\n")
    done = CliRunner().invoke(app, ["centre", "--out", str(tmp_path / "out"), "--site", str(bad)])
    assert done.exit_code == 2
    assert "site" in done.output
    assert not (tmp_path / "out").exists()


def test_the_files_inside_are_good_and_name_what_compose_gives(centre: Path, composed: Composed) -> None:
    config = parse_config((centre / "config" / "collector.toml").read_text()).beside(centre / "config")
    assert config.site == centre / "config" / "bandung.toml"
    assert isinstance(config.store, InfluxSettings)
    assert config.store.url == "http://influxdb:8086"
    assert str(config.store.token_file) == "/run/secrets/influx_token"
    assert config.broker.host in composed.services
    assert str(config.store.ledger).startswith("/var/lib/simpang/")
    assert "collector:/var/lib/simpang:rw" in composed.services["collector"].volumes
    told, site = parse_grafana((centre / "config" / "grafana.toml").read_text(), centre / "config")
    assert (told.store.url, site.site.id) == (config.store.url, "bandung")
    bucket = composed.services["influxdb"].environment["DOCKER_INFLUXDB_INIT_BUCKET"]
    assert bucket == f"{config.store.database}/raw"
    assert composed.services["influxdb"].environment["DOCKER_INFLUXDB_INIT_ORG"] == config.store.org


def test_grafana_finds_its_files_where_it_looks(centre: Path, composed: Composed) -> None:
    command = ["provisioning", "--config", str(centre / "config" / "grafana.toml"), "--out", str(centre / "grafana")]
    assert CliRunner().invoke(grafana, command).exit_code == 0
    assert f"{centre / 'grafana'}:/etc/grafana/provisioning:ro" in composed.services["grafana"].volumes
    assert (centre / "grafana" / "alerting" / "simpang.yaml").is_file()
    assert "http://influxdb:8086" in (centre / "grafana" / "datasources" / "simpang.yaml").read_text()


def test_broker_and_collector_meet_with_the_certificates_of_the_guide(tmp_path: Path) -> None:
    """The commands of docs/deploy.md, but with the machine's own Mosquitto in the place of its container."""
    out, ca = tmp_path / "simpang", tmp_path / "ca"
    provision("centre", "--out", out, "--site", SITE)
    provision("ca", "init", "--city", "Kota Bandung", "--ca", ca)
    provision("ca", "issue", "collector", "--role", "collector", "--out", out / "config", "--ca", ca)
    command = ["broker", "--out", out / "broker", "--site", "bandung", "--host", "localhost", "--ca", ca]
    provision(*command, "--at", "/mosquitto/config", "--data", "/mosquitto/data")
    inside = (out / "broker" / "simpang.conf").read_text()
    mounted = {"/mosquitto/config": out / "broker", "/mosquitto/data": tmp_path / "broker"}
    for path in re.findall(r"(/mosquitto/\w+)/", inside):
        assert path in mounted
    for path, here in mounted.items():
        inside = inside.replace(path, str(here))
    listener = re.sub(r"^listener 8883.*", "listener {port} 127.0.0.1", inside, flags=re.MULTILINE)
    listener = re.sub(r"^(persistence|persistence_location|autosave_interval|#).*\n", "", listener, flags=re.MULTILINE)
    with Mosquitto(tmp_path / "broker", listener=listener) as broker:
        text = (out / "config" / "collector.toml").read_text()
        text = text.replace('"mosquitto"', '"localhost"').replace("8883", str(broker.port))
        text = text.replace("/etc/simpang", str(out / "config"))
        text = re.sub(r"\[store\].*?\n\n", '[store]\nkind = "sqlite"\npath = "s.sqlite"\n\n', text, flags=re.DOTALL)
        text = text.replace("/var/lib/simpang", str(tmp_path / "data"))
        (out / "config" / "collector.toml").write_text(text)
        with Collecting(out / "config" / "collector.toml"):
            broker.wait_for_log("as collector (")


def test_systemd_understands_every_unit(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    units = []
    for file in (*HERE.glob("*.service"), *HERE.glob("*.timer")):
        text = re.sub(r"^ExecStart=/opt/\S+", f"ExecStart={program}", file.read_text(), flags=re.MULTILINE)
        (tmp_path / file.name).write_text(text)
        units.append(tmp_path / file.name)
    assert len(units) == 3
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True, check=False
    )
    complaints = [line for line in done.stderr.splitlines() if "simpang" in line]
    assert (done.returncode, complaints) == (0, [])


@pytest.mark.parametrize("name", ["simpang-collector.service", "simpang-backup.service"])
def test_what_the_services_start_is_a_command_of_ours(name: str) -> None:
    found = re.search(r"^ExecStart=/opt/simpang/bin/simpang collector (.+)$", (HERE / name).read_text(), re.MULTILINE)
    assert found
    done = CliRunner().invoke(collector, found[1].split())
    assert done.exit_code == 2
    assert "No such file or directory: '/etc/simpang/collector.toml'" in done.output.replace("\n", " ")


@pytest.mark.parametrize("name", ["simpang-collector.service", "simpang-backup.service"])
def test_systemd_thinks_the_services_are_little_exposed(tmp_path: Path, name: str) -> None:
    shutil.copy(HERE / name, tmp_path / name)
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=30", "--no-pager", tmp_path / name],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-300:] + done.stderr
