"""A junction for the adviser: Dago with two stages, its bounds, and what its unit and its bridge may say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contract import ApproachMeasure, CameraObservation, Observation, Quality, SignalStatus
from contract.signals import SignalRole
from contract.signing import Signer
from signal_bridge.settings import JunctionSettings

NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
SIGNER = Signer(Ed25519PrivateKey.generate(), key="adaptif-1", who="adaptif", role=SignalRole.AUTOMATIC)
ARMS = ("utara", "timur")


def settings(authority: str = "automatic", **adaptive: Any) -> JunctionSettings:
    """Phases 1 (north) and 2 (east), one lane each, 10 to 60 s of green."""
    body: dict[str, Any] = {
        "units": ("edge-dago",),
        "cameras": ("dago-1",),
        "stages": ((1,), (2,)),
        "lanes": {"utara": 1, "timur": 1},
        "actions": ("extend", "cut"),
    }
    return JunctionSettings.model_validate(
        {
            "id": "dago",
            "line": "s",
            "controller": {"protocol": "ntcip"},
            "authority": authority,
            "limits": {
                "plan_checksum": 1,
                "conflicts": [[1, 2]],
                "phases": [{"phase": 1, "approaches": ["utara"]}, {"phase": 2, "approaches": ["timur"]}],
            },
            "adaptive": body | adaptive,
        }
    )


def observation(
    end: datetime = NOON, north: float = 20, east: float = 0, *, grade: str = "good", **fields: Any
) -> Observation:
    """Vehicles that wait on either arm at `end`; three arrived in the minute."""
    body: dict[str, Any] = {
        "boot_id": "ad" * 16,
        "time": end,
        "seq": 1,
        "start": end - timedelta(seconds=60),
        "interval_s": 60,
        "cameras": (
            CameraObservation(
                camera="dago-1",
                approaches=tuple(
                    ApproachMeasure(approach=name, pcu=3, queue_veh=int(veh), queue_m=veh * 6)
                    for name, veh in zip(ARMS, (north, east), strict=True)
                ),
                quality=Quality.model_validate({"grade": grade, "frames": 100, "fps": 10}),
            ),
        ),
    }
    return Observation.model_validate(body | fields)


def status(time: datetime = NOON, green: int | None = 1, shown_s: float = 15, **fields: Any) -> SignalStatus:
    """Armed and remote; phase `green` has been green for `shown_s`, the other red; None: both red."""
    body: dict[str, Any] = {
        "boot_id": "0f" * 16,
        "time": time,
        "junction": "dago",
        "mode": "remote",
        "age_s": 0.2,
        "authority": "automatic",
        "armed": True,
        "phases": tuple(
            {
                "phase": number,
                "aspect": "green" if number == green else "red",
                "shown_s": shown_s,
                "approaches": (name,),
                "min_green_s": 10,
                "max_green_s": 60,
            }
            for number, name in enumerate(ARMS, 1)
        ),
    }
    return SignalStatus.model_validate(body | fields)
