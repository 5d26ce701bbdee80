"""bridge.toml and the command line: what is accepted, what is refused and how, arming at the cabinet side."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from contract import ContractError, SignalReason
from signal_bridge.arming import Armory
from signal_bridge.cli import app
from signal_bridge.settings import Authority, parse_settings

ROOT = Path(__file__).parents[2]
EXAMPLE = (ROOT / "config" / "bridge.example.toml").read_text(encoding="utf-8")


def test_the_example_is_accepted_and_advisory() -> None:
    read = parse_settings(EXAMPLE, "bridge.example.toml", ROOT / "config")
    (junction,) = read.junctions
    assert junction.authority is Authority.ADVISORY
    assert junction.controller.phases == {2, 4, 6, 8}, "taken from the limits"
    assert read.keys == ROOT / "config" / "keys.toml", "beside the file"
    assert read.state == Path("/var/lib/simpang/bridge")


REFUSED: list[tuple[str, str, str, str]] = [
    # what is wrong                         instead of                      stands                     and is told
    ("not TOML", "[broker]", "[broker", "not valid TOML"),
    ("a word nobody knows", 'site = "bandung"', 'site = "bandung"\ncolour = 1', "colour: Extra inputs"),
    ("a line that is not there", 'line = "serial-1"', 'line = "serial-9"', "no ntcip line"),
    ("another protocol", 'protocol = "ntcip"\naddress', 'protocol = "modbus"\naddress', "no modbus line"),
    ("an address off the list", "address = 1", "address = 2", "does not list address 2"),
    ("a maximum like the minimum", "max_green_s = 60", "max_green_s = 10", "above min_green_s"),
    ("a minimum of nothing", "min_green_s = 10", "min_green_s = 0", "min_green_s"),
    ("a conflict with a stranger", "[2, 4]", "[2, 5]", "conflicts name phase 5"),
    ("an approach in phases that conflict", '"timur"', '"utara"', "phases that conflict"),
    ("a cycle above four minutes", "cycle_max_s = 130", "cycle_max_s = 260", "cycle_max_s"),
    ("hours that cannot be read", "05:00-22:00", "pagi", "write them as"),
    ("automatic priority", '["extend"]', '["priority"]', "never automatic"),
    ("a certificate without its key", 'key = "bridge-dago.key"\n', "", "come together"),
    ("a zone nobody knows", "Asia/Jakarta", "Asia/Bandung", "is unknown"),
]


@pytest.mark.parametrize(("old", "new", "says"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_cannot_be_right_is_refused(old: str, new: str, says: str, tmp_path: Path) -> None:
    text = EXAMPLE.replace(old, new)
    assert text != EXAMPLE
    with pytest.raises(ContractError, match=says):
        parse_settings(text, "bridge.toml", tmp_path)
    (tmp_path / "bridge.toml").write_text(text, encoding="utf-8")
    told = CliRunner().invoke(app, ["run", "--config", str(tmp_path / "bridge.toml")])
    assert told.exit_code == 2
    assert "bridge.toml: " in told.stderr
    assert "Traceback" not in told.stderr


def test_a_junction_is_named_once(tmp_path: Path) -> None:
    twice = EXAMPLE + EXAMPLE[EXAMPLE.index("[[junctions]]") :]
    with pytest.raises(ContractError, match="junction id used twice: dago"):
        parse_settings(twice, "bridge.toml", tmp_path)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "bridge.toml"
    path.write_text(EXAMPLE.replace("/var/lib/simpang/bridge", "state"), encoding="utf-8")
    (tmp_path / "keys.toml").write_text("", encoding="utf-8")
    return path


def call(*arguments: str) -> tuple[int, str]:
    told = CliRunner().invoke(app, list(arguments))
    return told.exit_code, told.stdout + told.stderr


def test_arming_is_for_these_bounds_and_no_others(config: Path) -> None:
    armory = Armory(config.parent / "state", "dago")
    assert call("arm", "--junction", "dago", "--config", str(config), "--who", "teknisi")[0] == 0
    armed = armory.armed()
    limits = parse_settings(config.read_text(), "x", config.parent).junctions[0].limits
    assert armed is not None
    assert (armed.digest, armed.who) == (limits.digest, "teknisi")
    config.write_text(config.read_text().replace("cycle_max_s = 130", "cycle_max_s = 120"))
    other = parse_settings(config.read_text(), "x", config.parent).junctions[0].limits
    assert armed.digest != other.digest
    assert call("disarm", "--junction", "dago", "--config", str(config))[0] == 0
    assert armory.armed() is None


def test_arming_after_a_latch_says_what_had_broken(config: Path) -> None:
    armory = Armory(config.parent / "state", "dago")
    armory.arm("0" * 64, "teknisi")
    armory.latch(SignalReason.PLAN_CHANGED)
    assert armory.armed() is None
    code, said = call("arm", "--junction", "dago", "--config", str(config))
    assert code == 0
    assert "not the one approved" in " ".join(said.split())
    assert armory.latched() is None


def test_a_damaged_arm_file_arms_nothing(config: Path) -> None:
    armory = Armory(config.parent / "state", "dago")
    armory.arm("0" * 64, "teknisi")
    (config.parent / "state" / "dago.armed").write_text('{"digest":')
    assert armory.armed() is None


BAD_CALLS = [
    (("status", "--config", "nowhere.toml"), 2, "Begin with config/bridge.example.toml"),
    (("audit", "verify", "nowhere.jsonl"), 2, "No such file"),
]


@pytest.mark.parametrize(("arguments", "code", "says"), BAD_CALLS)
def test_bad_calls(arguments: tuple[str, ...], code: int, says: str) -> None:
    assert call(*arguments)[0] == code
    assert says in call(*arguments)[1]


def test_a_junction_nobody_knows(config: Path) -> None:
    code, said = call("arm", "--junction", "gasibu", "--config", str(config))
    assert code == 2
    assert "there is no junction 'gasibu'; known: dago" in said


def test_missing_keys_are_told(config: Path) -> None:
    (config.parent / "keys.toml").unlink()
    code, said = call("run", "--config", str(config))
    assert code == 2
    assert "keys.toml" in said


def test_a_state_folder_that_cannot_be_used_is_told(config: Path) -> None:
    (config.parent / "state").mkdir()
    (config.parent / "state" / "nonces.sqlite").write_text(
        "this is no database, and long enough to be taken for one" * 9
    )
    code, said = call("run", "--config", str(config))
    assert code == 2
    assert "nonces.sqlite: cannot keep" in said


def test_status_before_the_first_run_and_a_doctor_without_a_line(config: Path) -> None:
    code, said = call("status", "--config", str(config))
    assert code == 0
    assert "dago" in said
    code, said = call("doctor", "--config", str(config), "--readings", "1")
    assert code == 1
    assert "0 dari 1" in said
