"""What Grafana reads from its disk when it starts: the data source and the alert rules, as YAML.

Grafana's own file formats (Administration > Provisioning). They are files, and not pushed, because grafana-api can
neither name a data source's uid nor speak of alert rules (decision 0101). Secrets are named, never written: Grafana
puts its own environment's `SIMPANG_INFLUX_TOKEN` in when it reads the file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import yaml
from grafana_foundation_sdk.builders.expr import (
    ExprTypeThresholdConditions,
    ExprTypeThresholdConditionsEvaluator,
    TypeReduce,
    TypeThreshold,
)
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import alerting
from grafana_foundation_sdk.models.dashboard import DataSourceRef
from pydantic import JsonValue, TypeAdapter

from grafana.influxql import SOURCE, Query
from grafana.rules import Rule, every_rule
from grafana.scene import Scene
from grafana.settings import DataSourceSettings

_JSON: TypeAdapter[dict[str, JsonValue]] = TypeAdapter(dict[str, JsonValue])
_SECRET = "$SIMPANG_INFLUX_TOKEN"
_EXPRESSION = "__expr__"
_HEAD = "# Ditulis oleh / written by:  simpang grafana provisioning. Jangan diubah di sini / do not edit here.\n"


def write(scene: Scene, out: Path) -> list[Path]:
    """Write `datasources/simpang.yaml` and `alerting/simpang.yaml` under `out`; returns what was written."""
    contents = {
        out / "datasources" / "simpang.yaml": data_source(scene.config.store),
        out / "alerting" / "simpang.yaml": alert_rules(every_rule(scene), scene.t("folder.alerts")),
    }
    for path, content in contents.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            _HEAD + yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=110), encoding="utf-8"
        )
    return list(contents)


def data_source(store: DataSourceSettings) -> dict[str, JsonValue]:
    """InfluxDB, asked in InfluxQL: by user in 1.x, by token in 2.x and 3 Core."""
    asked: dict[str, JsonValue] = {
        "version": "InfluxQL",
        "dbName": store.database,
        "httpMode": "POST",
        "timeInterval": "1m",
    }
    made: dict[str, JsonValue] = {
        "name": "Simpang",
        "uid": SOURCE,
        "type": "influxdb",
        "access": "proxy",
        "url": store.url,
        "isDefault": True,
        "editable": False,
        "jsonData": asked,
    }
    if store.version == "1":
        made |= {"user": store.user, "secureJsonData": {"password": _SECRET}}
    else:
        scheme = "Token" if store.version == "2" else "Bearer"
        asked["httpHeaderName1"] = "Authorization"
        made["secureJsonData"] = {"httpHeaderValue1": f"{scheme} {_SECRET}"}
    return {"apiVersion": 1, "datasources": [made]}


def alert_rules(rules: Iterable[Rule], folder: str) -> dict[str, JsonValue]:
    """One group for each owner, in a folder of their own: a file names a folder by its title, not by its uid."""
    groups: dict[str, list[JsonValue]] = {}
    for rule in rules:
        groups.setdefault(rule.owner, []).append(_in_file(_as_grafana(rule)))
    return {
        "apiVersion": 1,
        "groups": [
            {"orgId": 1, "name": f"simpang-{owner}", "folder": folder, "interval": "1m", "rules": made}
            for owner, made in groups.items()
        ],
    }


def _as_grafana(rule: Rule) -> alerting.Rule:
    """A: the question. B: its last value. C: whether that is past the bound."""
    bound = ExprTypeThresholdConditionsEvaluator().type("gt" if rule.above else "lt").params([rule.bound])
    last = TypeReduce().ref_id("B").expression("A").reducer("last")
    past = TypeThreshold().ref_id("C").expression("B").conditions([ExprTypeThresholdConditions().evaluator(bound)])
    expressions = DataSourceRef(type_val=_EXPRESSION, uid=_EXPRESSION)
    return alerting.Rule(
        uid=rule.uid,
        title=rule.title,
        condition="C",
        data=[
            _step("A", SOURCE, Query(rule.query, name="").build(), rule.window_s),
            _step("B", _EXPRESSION, last.datasource(expressions).build(), rule.window_s),
            _step("C", _EXPRESSION, past.datasource(expressions).build(), rule.window_s),
        ],
        for_val=f"{rule.minutes}m",
        no_data_state=rule.no_data,
        exec_err_state="Error",
        annotations={"summary": rule.summary},
        labels={"source": "simpang", "owner": rule.owner, "severity": rule.severity},
        is_paused=False,
    )


def _step(ref: str, source: str, model: Dataquery, window_s: int) -> alerting.Query:
    seconds = alerting.RelativeTimeRange(from_val=window_s, to=0)
    return alerting.Query(ref_id=ref, datasource_uid=source, relative_time_range=seconds, model=model)


def _in_file(rule: alerting.Rule) -> dict[str, JsonValue]:
    """The rule as a file has it: its place is said by its group, and Grafana numbers organisations itself.

    Grafana puts its environment in wherever a `$` stands, but for annotations and questions (its guide to provisioning,
    "Template variable interpolation"): a street's name must not become a variable.
    """
    told = _JSON.validate_json(json.dumps(rule, cls=JSONEncoder))
    told["title"] = rule.title.replace("$", "$$")
    return {name: value for name, value in told.items() if name not in {"folderUID", "orgID", "ruleGroup"}}
