"""unit.toml: the example holds, every key explains itself, and what is wrong gets one clear message and exit code 2."""

from __future__ import annotations

import re
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from typer.testing import CliRunner, Result

from contract import ContractError, NoParkingZone
from edge.cli import app
from edge.config import Broker, CameraConfig, DetectorConfig, EvidenceConfig, Tls, UnitConfig, assemble, load_unit
from edge.recording.settings import RecordingConfig
from models.fetch import fetch
from models.registry import registry
from tests.support.data import DATA, FOOTAGE

CONFIG = Path(__file__).parents[3] / "config"
EXAMPLE = CONFIG / "unit.example.toml"
MODEL = "nanodet-m-320"

MODELS: list[type[BaseModel]] = [UnitConfig, Broker, Tls, EvidenceConfig, RecordingConfig, DetectorConfig, CameraConfig]


def test_the_example_is_valid_and_takes_its_zones_from_the_site_file() -> None:
    unit = load_unit(EXAMPLE)
    assert (unit.site, unit.unit) == ("bandung", "edge-dago")
    (camera,) = unit.cameras
    assert [line.id for line in camera.watched.lines] == ["selatan"]
    assert unit.broker.tls is not None
    assert unit.broker.tls.key == str(CONFIG / "tls/unit.key")


def default_of(field: FieldInfo) -> object:
    return field.get_default(call_default_factory=True, validated_data={})


def test_the_example_shows_every_key_and_its_default() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    for name, field in [pair for model in MODELS for pair in model.model_fields.items()]:
        shown = re.search(rf"^(?:# )?\[*(?:broker\.)?{name}(?:\]+$| = (.*?)(?: +#.*)?$|\.)", text, re.MULTILINE)
        assert shown, f"{name} is not shown in {EXAMPLE.name}"
        default = default_of(field)
        if shown[0].startswith("# ") and shown[1] and isinstance(default, str | int | float):
            value = tomllib.loads(f"value = {shown[1]}")["value"]
            assert value == default, f"{name}: {shown[1]} is shown, the default is {default!r}"


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_key_explains_itself(model: type[BaseModel]) -> None:
    for name, field in model.model_fields.items():
        table = isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
        assert field.description or table or name == "cameras", f"{model.__name__}.{name} says nothing"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("models")
        patch.setenv("SIMPANG_MODELS", str(folder))
        fetch(MODEL, DATA / "models")
        yield folder


@pytest.fixture
def folder(tmp_path: Path, store: Path) -> Path:
    """A folder with a clip and a valid unit.toml."""
    shutil.copy(FOOTAGE / "dual_carriageway.mp4", tmp_path / "clip.mp4")
    shutil.copy(FOOTAGE / "dual_carriageway.toml", tmp_path / "zones.toml")
    (tmp_path / "unit.toml").write_text(UNIT)
    return tmp_path


UNIT = f"""\
site = "bandung"
unit = "edge-dago"
timezone = "Asia/Jakarta"
data = "data"

[broker]
host = "127.0.0.1"
port = 1883

[detector]
model = "{MODEL}"

[[cameras]]
id = "dago-1"
address = "clip.mp4"
zones = "zones.toml"
"""


def checked(folder: Path) -> Result:
    return CliRunner().invoke(app, ["run", "--config", str(folder / "unit.toml"), "--check"])


def test_a_valid_unit_is_ready(folder: Path) -> None:
    result = checked(folder)
    assert result.exit_code == 0, result.output
    assert "dago-1 with nanodet-m-320: ready" in result.stdout
    assert load_unit(folder / "unit.toml").cameras[0].address == str(folder / "clip.mp4")


CAMERA = UNIT[UNIT.index("[[cameras]]") :]
LINE = '{ id = "main", a = [0.1, 0.5], b = [0.9, 0.5], right = "down", left = "up" }'

REFUSED = [
    ("no camera", CAMERA, "", "a unit needs at least one [[cameras]] table"),
    (
        "unknown key",
        'site = "bandung"',
        'site = "bandung"\nsiet = 1',
        "unit.toml: siet: Extra inputs are not permitted",
    ),
    ("unknown key of a camera", 'id = "dago-1"', 'id = "dago-1"\nadress = "x"', "cameras.0.adress: Extra inputs"),
    ("camera twice", CAMERA, CAMERA * 2, "camera id used twice: dago-1"),
    ("recording not there", "clip.mp4", "clop.mp4", "clop.mp4: no such video file"),
    ("address of no form", '"clip.mp4"', '"ftp://u:secret@x/y"', "ftp:// is unknown; give rtsp://"),
    ("zones not there", "zones.toml", "zonse.toml", "zonse.toml: cannot be read (No such file or directory)"),
    (
        "zone outside the picture",
        'zones = "zones.toml"',
        'zones.zones = [{ kind = "ignore", id = "a", polygon = [[0, 0], [1.2, 0], [1, 1]] }]',
        "polygon.1.0: Input should be less than or equal to 1 (got '1.2')",
    ),
    (
        "line that cannot be crossed",
        'zones = "zones.toml"',
        f"zones.lines = [{LINE.replace('0.5]', '0.999]')}]",
        "line 'main' cannot be crossed: it runs along the edge of the picture",
    ),
    ("not in the site file", 'zones = "zones.toml"', "", "cameras.0.zones: Field required"),
    ("unknown model", MODEL, "yolo-99", "no model 'yolo-99'"),
    ("no accelerator here", f'"{MODEL}"', f'"{MODEL}"\ndelegate = "edgetpu"', "libedgetpu.so.1 cannot be used here"),
    ("time zone", "Asia/Jakarta", "Asia/Bandung", "time zone 'Asia/Bandung' is unknown; Bandung's is Asia/Jakarta"),
    ("interval", 'data = "data"', "interval_s = 70", "interval_s = 70 does not divide the hour"),
    ("plain by accident", "127.0.0.1", "mqtt.atcs.example", "the line to 'mqtt.atcs.example' is not encrypted"),
    (
        "certificate not there",
        "port = 1883",
        'tls = { ca = "ca.pem", certificate = "unit.pem", key = "unit.key" }',
        "ca.pem: no such file",
    ),
    ("credentials not there", "port = 1883", 'credentials_file = "secret"', "secret: no such file"),
    ("no TOML", "[broker]", "[broker", "unit.toml: not valid TOML"),
    ("site file of another kind", 'data = "data"', "site_file = 3", "expected the name of a site file"),
]


@pytest.mark.parametrize(("old", "new", "says"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_is_wrong_gets_one_clear_message(folder: Path, old: str, new: str, says: str) -> None:
    assert old in UNIT
    (folder / "unit.toml").write_text(UNIT.replace(old, new))
    refused(folder, says)


def test_all_that_is_missing_is_told_at_once(folder: Path) -> None:
    changed = UNIT.replace("clip.mp4", "clop.mp4").replace("port = 1883", 'credentials_file = "secret"')
    (folder / "unit.toml").write_text(changed.replace(MODEL, "yolo-99"))
    for says in ("clop.mp4: no such video file", "secret: no such file", "no model 'yolo-99'"):
        refused(folder, says)


def test_a_model_that_is_not_the_registered_file_is_refused(
    folder: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoilt = Path(shutil.copytree(store, folder / "models"))
    with (spoilt / registry()[MODEL].file).open("ab") as file:
        file.write(b"\0")
    monkeypatch.setenv("SIMPANG_MODELS", str(spoilt))
    refused(folder, "this is not 'nanodet-m-320'")


def refused(folder: Path, says: str) -> None:
    result = checked(folder)
    assert result.exit_code == 2, result.output
    assert says in result.stderr
    assert "secret@" not in result.stderr
    assert "Traceback" not in result.output
    assert not (folder / "data").exists()


def test_a_missing_unit_file_is_named(tmp_path: Path) -> None:
    result = checked(tmp_path)
    assert result.exit_code == 2
    assert f"{tmp_path / 'unit.toml'}: cannot be read (No such file or directory)" in result.stderr


ROLES = [("all", 1, 2), ("counting", 1, 1), ("parking", 0, 2)]


@pytest.mark.parametrize(("role", "lines", "zones"), ROLES)
def test_a_role_looks_at_its_part_of_the_zones(tmp_path: Path, role: str, lines: int, zones: int) -> None:
    corners = [[0.1, 0.1], [0.3, 0.1], [0.3, 0.3]]
    drawn = {
        "lines": [{"id": "main", "a": [0.1, 0.5], "b": [0.9, 0.5], "right": "down", "left": "up"}],
        "zones": [
            {"kind": "no_parking", "id": "kerb", "polygon": corners},
            {"kind": "ignore", "id": "tree", "polygon": corners},
        ],
    }
    table = tomllib.loads(UNIT)
    table["cameras"] = [{"id": "dago-1", "address": "rtsp://camera/1", "role": role, "zones": drawn}]
    watched = assemble(table, tmp_path, "test").cameras[0].watched
    assert (len(watched.lines), len(watched.zones)) == (lines, zones)
    assert any(isinstance(zone, NoParkingZone) for zone in watched.zones) == (role != "counting")


def test_what_was_assembled_needs_no_other_file_and_stays_the_same(folder: Path) -> None:
    unit = load_unit(folder / "unit.toml")
    assert assemble(unit.model_dump(mode="json", exclude_none=True), Path("/nowhere"), "again") == unit


def test_no_password_is_shown_with_the_configuration() -> None:
    camera = load_unit(EXAMPLE).cameras[0]
    assert "pengguna:sandi" in camera.address
    assert "sandi" not in repr(load_unit(EXAMPLE))


def test_credentials_may_be_in_no_key() -> None:
    table = tomllib.loads(UNIT.replace("port = 1883", 'password = "x"').replace("zones.toml", "street_cars.toml"))
    with pytest.raises(ContractError, match=r"broker.password: Extra inputs are not permitted"):
        assemble(table, FOOTAGE, "unit.toml")
