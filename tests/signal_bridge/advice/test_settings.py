"""What bridge.toml may say of advice, and what `simpang bridge advise` and `key` say when something is missing."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from contract import ContractError
from contract.signing import public_hex
from signal_bridge.cli import app
from signal_bridge.key_file import load_key
from signal_bridge.keys import parse_keys
from signal_bridge.settings import parse_settings

EXAMPLE = (Path(__file__).parents[3] / "config" / "bridge.example.toml").read_text(encoding="utf-8")


def test_the_example_has_an_adviser_and_arming_does_not_depend_on_it() -> None:
    read = parse_settings(EXAMPLE, "bridge.toml", Path("/etc/simpang"))
    assert read.adviser is not None
    assert read.adviser.file == Path("/etc/simpang/adaptif.pem")
    (junction,) = read.junctions
    assert junction.adaptive is not None
    other = parse_settings(EXAMPLE.replace("extend_s = 10", "extend_s = 12"), "bridge.toml", Path("/etc/simpang"))
    assert other.junctions[0].limits.digest == junction.limits.digest


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("stages = [[2, 6], [4, 8]]", "stages = [[2, 4], [6, 8]]", "phases of stage .* conflict"),
        ("stages = [[2, 6], [4, 8]]", "stages = [[2, 6], [4, 9]]", "its limits lack"),
        ("stages = [[2, 6], [4, 8]]", "stages = [[2, 6]]", "at least 2"),
        (", barat = 2 }", " }", "lanes must name the approaches"),
        ("extend_s = 10", 'actions = ["priority"]', "never wishes for priority"),
        ("extend_s = 10", "extend_s = 100", "extend_s"),
        ("extend_s = 10", "plan_s = [40]", "1 greens for 2 stages"),
        ('certificate_key = "adaptif.key"\n', "", "come together"),
    ],
)
def test_what_cannot_be_right_is_refused(old: str, new: str, says: str) -> None:
    text = EXAMPLE.replace(old, new)
    assert text != EXAMPLE
    with pytest.raises(ContractError, match=says):
        parse_settings(text, "bridge.toml", Path())


@pytest.mark.parametrize(
    ("cut", "says"),
    [
        ("[adviser]", "has no [adviser] section"),
        ("[junctions.adaptive]", "there is nothing to advise"),
        ("", "there is no private key: draw one"),
    ],
)
def test_advise_says_what_is_missing(cut: str, says: str, tmp_path: Path) -> None:
    text = EXAMPLE
    if cut:
        start = text.index(f"\n{cut}")
        end = text.find("\n[", start + 2)
        text = text[:start] + (text[end:] if end > 0 else "\n")
    (tmp_path / "bridge.toml").write_text(text, encoding="utf-8")
    told = CliRunner().invoke(app, ["advise", "--config", str(tmp_path / "bridge.toml")])
    assert told.exit_code == 2
    assert says in told.stderr
    assert "Traceback" not in told.stderr


def test_a_key_is_drawn_once_and_printed_as_the_register_wants_it(tmp_path: Path) -> None:
    out = tmp_path / "k.pem"
    command = ["key", "--out", str(out), "--who", "adaptif", "--role", "automatic"]
    told = CliRunner().invoke(app, command)
    assert told.exit_code == 0, told.stderr
    (key,) = parse_keys(told.stdout).keys
    assert (key.id, key.who, key.role) == ("adaptif-1", "adaptif", "automatic")
    assert key.public == public_hex(load_key(out))
    assert tomllib.loads(told.stdout)["keys"]
    again = CliRunner().invoke(app, command)
    assert again.exit_code == 2
    assert "no key is ever written over" in again.stderr
    strange = CliRunner().invoke(app, [*command[:2], str(tmp_path / "l.pem"), "--who", "Pak Budi", "--role", "operate"])
    assert strange.exit_code == 2
    assert not (tmp_path / "l.pem").exists()
