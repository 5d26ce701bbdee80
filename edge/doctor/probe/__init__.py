"""Looking at the real unit: everything the rules ask for, in some fifteen seconds, and nothing is changed by it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from edge.config import UnitConfig
from edge.doctor.probe.broker import probe_broker
from edge.doctor.probe.camera import WATCH_S, probe_camera
from edge.doctor.probe.clock import probe_clock
from edge.doctor.probe.machine import probe_box, probe_disk, probe_machine
from edge.doctor.probe.model import probe_model
from edge.doctor.probe.network import probe_network
from edge.doctor.probe.outbox import probe_outbox, running
from edge.doctor.readings import Readings

__all__ = ["WATCH_S", "probe"]


def probe(config: UnitConfig, *, watch_s: float = WATCH_S) -> Readings:
    """Look at everything; cameras are watched for `watch_s` seconds, all at the same time. Never raises for a fault."""
    data = Path(config.data)
    in_use = running(data)
    with ThreadPoolExecutor(max_workers=len(config.cameras)) as pool:
        # First, while nothing competes for the processor.
        model = probe_model(config, shared=in_use)
        watched = [
            pool.submit(probe_camera, camera, config.fps_of(camera), watch_s=watch_s) for camera in config.cameras
        ]
        network = probe_network(config.broker)
        now = datetime.now(UTC)
        return Readings(
            machine=probe_machine(data),
            disk=probe_disk(data),
            box=probe_box(config.contacts),
            clock=probe_clock(now),
            network=network,
            broker=probe_broker(config, reachable=network.connect_ms is not None, in_use=in_use, now=now),
            outbox=probe_outbox(data),
            model=model,
            cameras=tuple(one.result() for one in watched),
        )
