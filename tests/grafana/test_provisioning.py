"""The files that Grafana reads at its start."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

import pytest
import yaml
from pydantic import BaseModel, ConfigDict, Field, JsonValue
from pydantic.alias_generators import to_camel
from typer.testing import CliRunner

from grafana.cli import app
from grafana.influxql import SOURCE
from grafana.provisioning import alert_rules, data_source, write
from grafana.rules import every_rule
from grafana.settings import DataSourceSettings
from grafana.words import Language
from tests.support.grafana_city import scene


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", alias_generator=to_camel)


class _Range(_Strict):
    begin: int = Field(alias="from", gt=0)
    to: Literal[0]


class _Step(_Strict):
    ref_id: Literal["A", "B", "C"]
    datasource_uid: Literal["simpang-influx", "__expr__"]
    relative_time_range: _Range
    model: dict[str, JsonValue]


class _Rule(_Strict):
    """A rule in a file, by Grafana's description of its file format."""

    uid: str = Field(pattern=r"^[a-zA-Z0-9_-]{1,40}$")
    title: str = Field(min_length=1, max_length=190)
    condition: Literal["C"]
    data: list[_Step] = Field(min_length=3, max_length=3)
    no_data_state: Literal["OK", "Alerting", "NoData"]
    exec_err_state: Literal["OK", "Alerting", "Error"]
    lasting: str = Field(alias="for", pattern=r"^\d+[smhd]$")
    annotations: dict[str, str]
    labels: dict[str, str]
    is_paused: Literal[False]


class _Group(_Strict):
    org_id: Literal[1]
    name: str
    folder: str
    interval: str = Field(pattern=r"^\d+[smh]$")
    rules: list[_Rule] = Field(min_length=1)


class _AlertFile(_Strict):
    api_version: Literal[1]
    groups: list[_Group]


@pytest.mark.parametrize("language", Language)
def test_alert_rules_are_a_file_of_grafanas(tmp_path: Path, language: Language) -> None:
    _, path = write(scene(language), tmp_path)
    file = _AlertFile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    written = {rule.uid: (group, rule) for group in file.groups for rule in group.rules}
    expected = {rule.uid: rule for rule in every_rule(scene(language))}
    assert set(written) == set(expected)
    for uid, (group, rule) in written.items():
        meant = expected[uid]
        assert group.name == f"simpang-{meant.owner}"
        assert [step.ref_id for step in rule.data] == ["A", "B", "C"]
        question, last, past = (step.model for step in rule.data)
        assert (question["query"], question["rawQuery"]) == (meant.query, True)
        assert (last["type"], last["expression"], last["reducer"]) == ("reduce", "A", "last")
        assert past["conditions"] == [{"evaluator": {"params": [meant.bound], "type": "gt" if meant.above else "lt"}}]
        assert rule.lasting == f"{meant.minutes}m"
        assert rule.labels["severity"] == meant.severity
        for label in re.findall(r"\$labels\.(\w+)", rule.annotations["summary"]):
            assert f'"{label}"' in meant.query.partition("GROUP BY")[2]


def test_only_what_grafana_leaves_alone_may_hold_a_dollar() -> None:
    """Annotations and questions are taken as they are; in a title, `$` would become a variable of the environment."""
    rule = every_rule(scene())[0]._replace(title="Jl. $HOME")
    (group,) = _AlertFile.model_validate(alert_rules([rule], "Peringatan")).groups
    told = group.rules[0]
    assert told.title == "Jl. $$HOME"
    assert "$labels.unit" in told.annotations["summary"]
    assert "$timeFilter" in str(told.data[0].model["query"])
    assert not [text for text in (group.folder, *told.labels.values()) if "$" in text]


SOURCES = [
    ("1", {"password": "$SIMPANG_INFLUX_TOKEN"}, "grafana"),
    ("2", {"httpHeaderValue1": "Token $SIMPANG_INFLUX_TOKEN"}, None),
    ("3", {"httpHeaderValue1": "Bearer $SIMPANG_INFLUX_TOKEN"}, None),
]


@pytest.mark.parametrize(("version", "secret", "user"), SOURCES)
def test_the_source_names_its_secret_and_does_not_hold_it(
    version: str, secret: dict[str, str], user: str | None
) -> None:
    settings = DataSourceSettings.model_validate({"version": version, "url": "http://influxdb:8086"})
    made = data_source(settings)["datasources"]
    assert isinstance(made, list)
    (source,) = made
    assert isinstance(source, dict)
    assert (source["uid"], source["type"], source["access"]) == (SOURCE, "influxdb", "proxy")
    assert source["secureJsonData"] == secret
    assert source.get("user") == user
    details = source["jsonData"]
    assert isinstance(details, dict)
    assert (details["version"], details["dbName"]) == ("InfluxQL", "simpang")


def test_written_again_the_files_are_the_same(tmp_path: Path) -> None:
    first = {path: path.read_bytes() for path in write(scene(), tmp_path)}
    assert {path: path.read_bytes() for path in write(scene(), tmp_path)} == first
    assert [str(path.relative_to(tmp_path)) for path in first] == ["datasources/simpang.yaml", "alerting/simpang.yaml"]


def test_the_example_file_is_good(tmp_path: Path) -> None:
    example = Path(__file__).parents[2] / "config" / "grafana.example.toml"
    done = CliRunner().invoke(app, ["provisioning", "--config", str(example), "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["alerting", "datasources"]
