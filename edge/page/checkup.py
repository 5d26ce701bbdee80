"""The doctor from inside the running unit: the same rules, and no second look at what the unit knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from contract import CameraHealth
from edge.config import UnitConfig
from edge.doctor import Finding, Readings, judge
from edge.doctor.probe.broker import probe_broker
from edge.doctor.probe.clock import probe_clock
from edge.doctor.probe.machine import probe_box, probe_disk, probe_machine
from edge.doctor.probe.network import probe_network
from edge.doctor.probe.outbox import probe_outbox
from edge.doctor.readings import BrokerReading, CameraReading, ModelReading
from edge.page.lookout import Lookout
from edge.page.standing import Standing
from edge.sources import shown


def checkup(standing: Standing, lookout: Lookout) -> tuple[Finding, ...]:
    """All findings of the running unit; takes a second or two where the line is bad."""
    config, now = standing.config, datetime.now(UTC)
    data = Path(config.data)
    network = probe_network(config.broker)
    reachable = network.connect_ms is not None
    return judge(
        Readings(
            machine=probe_machine(data),
            disk=probe_disk(data),
            box=probe_box(config.contacts),
            clock=probe_clock(now),
            network=network,
            broker=_broker(standing, now, reachable=reachable),
            outbox=probe_outbox(data),
            model=_model(standing),
            cameras=tuple(_camera(one, config, lookout) for one in standing.cameras),
        )
    )


def _broker(standing: Standing, now: datetime, *, reachable: bool) -> BrokerReading:
    seen = probe_broker(standing.config, reachable=reachable, in_use=True, now=now)
    if seen.login != "in_use" or standing.online:
        return seen
    return replace(seen, login="refused", detail="unit tidak diterima / the unit is not accepted")


def _model(standing: Standing) -> ModelReading:
    name = standing.config.detector.model
    spent = [one.inference_ms for one in standing.cameras if one.inference_ms is not None]
    # A detector that could not be loaded would not have let the unit start.
    return ModelReading(name, picture_ms=max(spent, default=0.0), shared=True)


def _camera(seen: CameraHealth, config: UnitConfig, lookout: Lookout) -> CameraReading:
    (camera,) = (one for one in config.cameras if one.id == seen.camera)
    width, height, sharpness = lookout.measure(seen.camera) or (0, 0, None)
    return CameraReading(
        camera=seen.camera,
        address=shown(camera.address),
        frames=1 if seen.last_frame is not None else 0,
        fps=seen.fps,
        wanted_fps=config.fps_of(camera),
        width=width,
        height=height,
        condition=seen.condition,
        sharpness=sharpness,
        drawn=len(camera.zones.lines) + len(camera.zones.zones),
    )
