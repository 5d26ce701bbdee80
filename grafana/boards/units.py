"""Diskominfo: the units: there or not, hot, starved of power, full, behind."""

from __future__ import annotations

from collections.abc import Iterator

from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.dashboard import Panel

from grafana.boards.figures import cameras_counting, units_online
from grafana.boards.frame import Board, Folder, finished, frame
from grafana.influxql import FLEET, HEALTH, RAW, Query
from grafana.panels import Steps, lines, note, number, rows
from grafana.scene import Scene

_STEP = "$__interval"
_UNIT = ("unit",)


def units(scene: Scene) -> Board:
    """Fleet health, heat, power, disk, gaps and outboxes."""
    board = frame(scene, "armada", scene.t("units.title"), since="now-24h")
    for panel in (*_figures(scene), *_tables(scene), *_over_time(scene)):
        board.with_panel(panel)
    board.with_panel(note(scene.t("units.bandwidth"), title=scene.t("units.bandwidth_title"), height=3))
    return finished(Folder.DISKOMINFO, board)


def _figures(scene: Scene) -> Iterator[Builder[Panel]]:
    t = scene.t
    yield units_online(scene)
    yield cameras_counting(scene)
    starved = _latest(scene, 'count("uptime_s")', HEALTH, '"under_voltage" = true', outer='count("last")')
    yield number(t("units.starved"), starved, steps=Steps(1, 3), empty="0", about=t("units.starved_about"))
    hottest = _latest(scene, 'last("temperature_c")', HEALTH, outer='max("last")')
    limit = scene.config.alerts.temperature_c
    yield number(t("units.hottest"), hottest, unit="celsius", decimals=0, steps=Steps(limit - 10, limit))
    fullest = _latest(scene, 'last("disk_free_mb")', HEALTH, outer='min("last")')
    room = scene.config.alerts.disk_free_mb
    yield number(t("units.fullest"), fullest, unit="decmbytes", decimals=0, steps=Steps(2 * room, room, low=True))
    missing = _latest(scene, 'last("missing")', FLEET, outer='sum("last")')
    yield number(t("units.lost"), missing, decimals=0, steps=Steps(1, 1000), about=t("units.lost_about"))


def _latest(scene: Scene, what: str, measurement: str, *conditions: str, outer: str) -> Query:
    inner = scene.select(f'{what} AS "last"', measurement, *conditions, level=RAW, by=_UNIT)
    return Query(f"SELECT {outer} FROM ({inner})")


def _tables(scene: Scene) -> Iterator[Builder[Panel]]:
    t = scene.t
    fields = ("online", "silent_s", "missing", "skew_s")
    yield rows(
        t("units.fleet"),
        Query(_last(scene, FLEET, fields), table=True),
        columns={"unit": t("column.unit")} | {name: t(f"column.{name}") for name in fields},
        units={"silent_s": "s", "skew_s": "s"},
        steps={"online": Steps(1, 0.5, low=True), "silent_s": Steps(180, 600), "missing": Steps(1, 1000)},
        flags={"online": scene.no_yes},
        sort=(t("column.silent_s"), True),
        width=10,
        height=14,
    )
    health = (
        "temperature_c",
        "throttled",
        "under_voltage",
        "disk_free_mb",
        "memory_mb",
        "outbox_depth",
        "outbox_dropped",
        "clock_offset_s",
        "uptime_s",
    )
    alerts = scene.config.alerts
    yield rows(
        t("units.health"),
        Query(_last(scene, HEALTH, health), table=True),
        columns={"unit": t("column.unit")} | {name: t(f"column.{name}") for name in health},
        units={
            "temperature_c": "celsius",
            "disk_free_mb": "decmbytes",
            "memory_mb": "decmbytes",
            "clock_offset_s": "s",
            "uptime_s": "s",
        },
        steps={
            "temperature_c": Steps(alerts.temperature_c - 10, alerts.temperature_c),
            "disk_free_mb": Steps(2 * alerts.disk_free_mb, alerts.disk_free_mb, low=True),
            "outbox_depth": Steps(60, 1440),
            "outbox_dropped": Steps(1, 1),
        },
        told=scene.yes_no,
        width=14,
        height=14,
    )


def _last(scene: Scene, measurement: str, fields: tuple[str, ...]) -> str:
    return scene.select([f'last("{name}") AS "{name}"' for name in fields], measurement, level=RAW, by=_UNIT)


def _over_time(scene: Scene) -> Iterator[Builder[Panel]]:
    alerts = scene.config.alerts
    shown = (
        ("online", FLEET, "mean", "percentunit", None),
        ("missing", FLEET, "max", "locale", None),
        ("temperature_c", HEALTH, "max", "celsius", Steps(alerts.temperature_c - 10, alerts.temperature_c)),
        ("disk_free_mb", HEALTH, "min", "decmbytes", Steps(2 * alerts.disk_free_mb, alerts.disk_free_mb, low=True)),
        ("outbox_depth", HEALTH, "max", "locale", None),
        ("memory_mb", HEALTH, "max", "decmbytes", None),
        ("clock_offset_s", HEALTH, "mean", "s", None),
        ("skew_s", FLEET, "mean", "s", None),
    )
    for field, measurement, fold, unit, steps in shown:
        text = scene.select(f'{fold}("{field}")', measurement, level=RAW, step=_STEP, by=_UNIT)
        least = None if field in {"clock_offset_s", "skew_s"} else 0
        panel = lines(scene.t(f"units.{field}"), Query(text, name="$tag_unit"), unit=unit, steps=steps, least=least)
        yield panel.interval("1m")
