"""From readings to findings. Pure: nothing is opened here, and the time is a reading like the others."""

from __future__ import annotations

from edge.doctor.finding import Finding
from edge.doctor.readings import Readings
from edge.doctor.rules.camera import camera
from edge.doctor.rules.line import broker, network, outbox
from edge.doctor.rules.machine import box, clock, disk, heat, power
from edge.doctor.rules.model import model


def judge(readings: Readings) -> tuple[Finding, ...]:
    """Everything, in the order in which somebody would look for the cause: power first, cameras last."""
    now = readings.clock.now
    return (
        power(readings.machine),
        heat(readings.machine),
        disk(readings.disk),
        box(readings.box),
        clock(readings.clock),
        network(readings.network),
        broker(readings.broker, reachable=readings.network.connect_ms is not None, now=now),
        outbox(readings.outbox, now),
        model(readings.model),
        *(camera(one) for one in readings.cameras),
    )
