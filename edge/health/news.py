"""What of a unit's health is told at once; everything else waits for the next minute."""

from __future__ import annotations

from contract import Health


def newsworthy(health: Health) -> object:
    """Equal for two reports between which nothing happened that somebody would act on; figures drift all the time."""
    power = (health.throttled, health.under_voltage, health.supply)
    place = (health.door_open, health.tilted)
    return power, place, health.outbox_dropped, tuple((one.camera, one.condition) for one in health.cameras)
