"""Alert rules: what Grafana watches by itself, as data. `provisioning` writes them down.

Every rule is one question with one answer for each unit, camera or approach, and a bound that it may not pass for some
minutes. An alert rule knows no board variables, so everything is spelled out. Rules ask raw points: the coarser levels
come a quarter of an hour late.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Literal, NamedTuple

from contract import CameraCondition
from grafana.influxql import CAMERA_HEALTH, EVENT, FLEET, HEALTH, RAW, any_of, is_
from grafana.scene import Known, Scene

_USABLE = {CameraCondition.OK, CameraCondition.NIGHT}


class Severity(StrEnum):
    """How soon somebody should look: label `severity` of the alert."""

    CRITICAL = "critical"
    WARNING = "warning"


class Rule(NamedTuple):
    """`query` looked at over the last `window_s` seconds; told when its last value is above (below) `bound` for
    `minutes`. `no_data`: what silence means."""

    uid: str
    title: str
    summary: str
    query: str
    bound: float
    above: bool
    minutes: int
    window_s: int
    severity: Severity
    no_data: Literal["OK", "Alerting"]
    owner: Literal["dishub", "diskominfo"]


def every_rule(scene: Scene) -> list[Rule]:
    """The rules of a city; V/C only where the capacity of an approach is known."""
    return [*_equipment(scene), *(_saturated(scene, one) for one in scene.known()), _parked(scene)]


def _equipment(scene: Scene) -> Iterator[Rule]:
    limits = scene.config.alerts
    units, cameras = ("site", "unit"), ("site", "unit", "camera")

    def asked(what: str, measurement: str, *conditions: str, by: tuple[str, ...] = units) -> str:
        return scene.select(what, measurement, *conditions, level=RAW, by=by)

    broken = any_of("condition", (kind for kind in CameraCondition if kind not in _USABLE))
    yield _rule(
        scene,
        "unit_down",
        asked('last("online")', FLEET),
        0.5,
        above=False,
        minutes=limits.unit_down_minutes,
        window_s=600,
        severity=Severity.CRITICAL,
    )
    silent = scene.select('count("online")', FLEET, level=RAW)
    yield _rule(
        scene,
        "collector_silent",
        silent,
        0.5,
        above=False,
        minutes=5,
        window_s=600,
        severity=Severity.CRITICAL,
        no_data="Alerting",
    )
    yield _rule(
        scene,
        "camera",
        asked('count("fps")', CAMERA_HEALTH, broken, by=cameras),
        0,
        minutes=limits.camera_minutes,
        window_s=180,
    )
    starved = asked('count("uptime_s")', HEALTH, '"under_voltage" = true')
    yield _rule(scene, "under_voltage", starved, 0, minutes=0, window_s=600)
    yield _rule(scene, "hot", asked('last("temperature_c")', HEALTH), limits.temperature_c, minutes=10, window_s=600)
    yield _rule(
        scene,
        "disk",
        asked('last("disk_free_mb")', HEALTH),
        limits.disk_free_mb,
        above=False,
        minutes=10,
        window_s=3600,
    )
    yield _rule(scene, "gap", asked('last("missing") - first("missing")', FLEET), 0, minutes=0, window_s=3600)


def _saturated(scene: Scene, one: Known) -> Rule:
    limits = scene.config.alerts
    text = scene.vc(one, level=RAW)
    name = f"vc-{one.junction.id}-{one.approach}"
    return _rule(
        scene,
        "vc",
        text,
        limits.vc,
        minutes=limits.vc_minutes,
        window_s=300,
        owner="dishub",
        name=name,
        junction=one.junction.name,
        approach=one.name,
        limit=f"{limits.vc:g}",
    )


def _parked(scene: Scene) -> Rule:
    cases = scene.select('sum("standing")', EVENT, is_("type", "parking"), level=RAW, by=("site", "unit", "camera"))
    return _rule(
        scene, "parking", cases, 0, minutes=scene.config.alerts.parking_minutes, window_s=86_400, owner="dishub"
    )


def _rule(
    scene: Scene,
    key: str,
    query: str,
    bound: float,
    *,
    minutes: int,
    window_s: int,
    above: bool = True,
    severity: Severity = Severity.WARNING,
    no_data: Literal["OK", "Alerting"] = "OK",
    owner: Literal["dishub", "diskominfo"] = "diskominfo",
    name: str = "",
    **filled: str,
) -> Rule:
    words = {**filled, "minutes": str(minutes)} if filled else {}
    return Rule(
        uid=scene.t.uid(name or key.replace("_", "-")),
        title=scene.t(f"rule.{key}", **words),
        summary=scene.t(f"rule.{key}_summary", **words),
        query=query,
        bound=bound,
        above=above,
        minutes=minutes,
        window_s=window_s,
        severity=severity,
        no_data=no_data,
        owner=owner,
    )
