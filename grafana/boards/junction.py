"""Dishub: one junction. A board each, so that its streets stand in the legends and its capacities in the questions."""

from __future__ import annotations

from collections.abc import Iterator

from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.dashboard import Panel

from contract import TRAFFIC, Junction
from grafana.boards.figures import classes
from grafana.boards.frame import Board, Folder, finished, frame, with_detail
from grafana.influxql import (
    APPROACH,
    FLOW,
    MOVEMENT,
    QUALITY,
    STEP,
    VOLUME,
    Query,
    all_vehicles,
    any_of,
    arriving,
)
from grafana.panels import Steps, lines, matrix, note, number
from grafana.scene import Scene

_ARMS = ("approach",)


def junction(scene: Scene, place: Junction) -> Board:
    """Volume by class, flow, V/C and level of service where the capacity is known, queue, speed, movements, quality."""
    title = scene.t("junction.title", junction=place.name)
    board = with_detail(scene, frame(scene, f"simpang-{place.id}", title))
    for panel in (*_figures(scene, place), *_volume(scene, place), *_ratio(scene, place), *_flowing(scene, place)):
        board.with_panel(panel)
    return finished(Folder.DISHUB, board)


def _here(place: Junction) -> str:
    return any_of("camera", (camera.id for camera in place.cameras))


def _arms(place: Junction) -> dict[str, str]:
    return {approach.id: approach.name for approach in place.approaches}


def _figures(scene: Scene, place: Junction) -> Iterator[Builder[Panel]]:
    t, here = scene.t, _here(place)
    came = scene.select(all_vehicles(TRAFFIC), VOLUME, here, arriving(place.cameras))
    flow = scene.select(f'{FLOW} AS "flow"', APPROACH, here, by=_ARMS)
    yield number(t("figure.arrivals"), Query(came, name=t("word.vehicles")), decimals=0, width=6)
    yield number(
        t("figure.flow"),
        Query(f'SELECT sum("flow") FROM ({flow})', name=t("unit.pcu_h")),
        decimals=0,
        width=6,
        about=t("figure.flow_about"),
    )
    longest = scene.select('max("queue_m")', APPROACH, here)
    yield number(t("junction.longest"), Query(longest), unit="lengthm", decimals=0, steps=Steps(80, 200), width=6)
    speed = scene.select('mean("speed_kmh")', APPROACH, here)
    yield number(
        t("junction.speed"), Query(speed), unit="velocitykmh", decimals=0, steps=Steps(15, 7, low=True), width=6
    )


def _volume(scene: Scene, place: Junction) -> Iterator[Builder[Panel]]:
    t, here = scene.t, _here(place)
    by_class = scene.select(classes(scene), VOLUME, here, arriving(place.cameras), step=STEP)
    yield lines(t("junction.by_class"), Query(by_class), stacked=True, bars=True, about=t("word.per_step"))
    flow = scene.select(FLOW, APPROACH, here, step=STEP, by=_ARMS)
    yield lines(
        t("junction.by_approach"),
        Query(flow, name="$tag_approach"),
        unit="none",
        called=_arms(place),
        about=t("figure.flow_about"),
    )


def _ratio(scene: Scene, place: Junction) -> Iterator[Builder[Panel]]:
    t = scene.t
    over_time = scene.vcs(place, step=STEP)
    if not over_time:
        yield note(t("junction.vc_unknown"), title=t("junction.vc"))
        return
    yield lines(t("junction.vc"), *over_time, unit="none", steps=scene.vc_steps, about=t("junction.vc_about"), width=16)
    yield number(
        t("junction.los"), *scene.vcs(place), ranges=scene.service, about=t("junction.los_about"), width=8, height=8
    )


def _flowing(scene: Scene, place: Junction) -> Iterator[Builder[Panel]]:
    t, here, arms = scene.t, _here(place), _arms(place)
    queue = scene.select('max("queue_m")', APPROACH, here, step=STEP, by=_ARMS)
    yield lines(t("junction.queue"), Query(queue, name="$tag_approach"), unit="lengthm", called=arms)
    speed = scene.select('mean("speed_kmh")', APPROACH, here, step=STEP, by=_ARMS)
    yield lines(t("junction.speeds"), Query(speed, name="$tag_approach"), unit="velocitykmh", called=arms)
    turned = scene.select(f'{all_vehicles(TRAFFIC)} AS "vehicles"', MOVEMENT, here, by=("origin", "destination"))
    yield matrix(
        t("junction.movements"),
        Query(turned, table=True),
        row="origin",
        column="destination",
        value="vehicles",
        corner=t("junction.from_to"),
        texts=arms,
        about=t("junction.movements_about"),
    )
    seen = scene.select('mean("countable")', QUALITY, here, step=STEP, by=("camera",))
    yield lines(
        t("junction.quality"), Query(seen, name="$tag_camera"), unit="percentunit", about=t("junction.quality_about")
    )
