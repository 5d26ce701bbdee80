"""`simpang collector`: what an administrator types, and what is said when it is wrong."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from collector.cli import app
from collector.store.sqlite import SqliteStore
from collector.store.writing import DeadLetter, Received
from contract import Kind, Topic, encode
from tests.support.traffic import DAWN, observation, topic

ROOT = Path(__file__).parents[2]
SITE = 'site = "bandung.toml"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "config" / "bandung.toml", tmp_path)
    (tmp_path / "collector.toml").write_text(SITE + '[store]\nkind = "sqlite"\npath = "s.sqlite"\n')
    return tmp_path


def said(*arguments: str | Path, code: int = 0) -> str:
    result = CliRunner().invoke(app, [str(one) for one in arguments], env={"COLUMNS": "200"})
    assert result.exit_code == code, result.output
    return " ".join(result.output.split())


def test_the_example_file_is_a_good_one(folder: Path) -> None:
    shutil.copy(ROOT / "config" / "collector.example.toml", folder)
    assert "tables are there" in said("init", "--config", folder / "collector.example.toml")


def test_gaps_and_dead_letters_are_told_and_letters_replayed(folder: Path) -> None:
    config = folder / "collector.toml"
    assert "no gaps" in said("gaps", "--config", config)
    good = encode(observation(1, 2))
    store = SqliteStore(folder / "s.sqlite")
    letters = [
        DeadLetter(str(topic(1)), good, "colour: Extra inputs are not permitted", DAWN),
        DeadLetter(str(topic(2)), b"[bold]{}", "no JSON", DAWN),
    ]
    store.write([Received(topic(1), observation(1, seq), DAWN) for seq in (0, 1, 4)], letters)
    store.close()
    assert "bandung/edge-001 │ 1 │ 2 │ 3 │ 2" in said("gaps", "--config", config)
    listed = said("deadletters", "list", "--config", config)
    assert "colour: Extra inputs" in listed
    assert "no JSON" in listed
    assert "1 taken, 1 still refused" in said("deadletters", "replay", "--config", config)
    assert "bandung/edge-001 │ 1 │ 3 │ 3 │ 1" in said("gaps", "--config", config)
    assert "colour" not in said("deadletters", "list", "--config", config)
    assert "no dead letter begins with ffff" in said("deadletters", "replay", "--config", config, "ffff", code=2)


def test_a_unit_of_another_site_stays_refused_when_letters_are_replayed(folder: Path) -> None:
    config = folder / "collector.toml"
    where = Topic("medan", "edge-001", Kind.OBSERVATION)
    with closing(SqliteStore(folder / "s.sqlite")) as store:
        store.write([], [DeadLetter(str(where), encode(observation(1, 2)), "site 'medan' is unknown here", DAWN)])
    assert "0 taken, 1 still refused" in said("deadletters", "replay", "--config", config)
    with closing(SqliteStore(folder / "s.sqlite")) as store:
        assert not store.units()


FAULTS = [
    # collector.toml                                                       says
    ("colour = 1\n" + SITE, "colour: Extra inputs are not permitted"),
    (SITE + "[broker]\nport = 99999\n", "broker.port: Input should be less than or equal to 65535"),
    (SITE + "[batches]\nmessages = 5000\n", "such a batch never fills"),
    ('site = "elsewhere.toml"\n', "elsewhere.toml"),
    (SITE + "[store\n", "not valid TOML"),
    (SITE + '[store]\nkind = "influxdb"\nurl = "http://127.0.0.1:9"\nledger = "l.sqlite"\n', "no token"),
    (SITE + '[store]\nkind = "sqlite"\npath = "bandung.toml"\n', "bandung.toml"),
]


@pytest.mark.parametrize(("text", "says"), FAULTS)
def test_a_wrong_file_is_refused_in_one_sentence(folder: Path, text: str, says: str) -> None:
    (folder / "collector.toml").write_text(text)
    told = said("gaps", "--config", folder / "collector.toml", code=2)
    assert says in told
    assert "Traceback" not in told


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert "nowhere.toml" in said("run", "--config", tmp_path / "nowhere.toml", code=2)
