"""Vehicle classes and their passenger car equivalents.

PKJI 2023 knows three motor groups at signals: SM (sepeda motor), MP (mobil penumpang: cars, minibuses, pickups)
and KS (kendaraan sedang: buses and trucks). Bicycles are KTB (kendaraan tak bermotor): they weigh on side friction,
not on flow, so their equivalent is 0; a person is not traffic at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from contract.base import Count


class VehicleClass(StrEnum):
    """What a detector may see on the road. `person` is seen but never counted as traffic."""

    MOTORCYCLE = "motorcycle"
    CAR = "car"
    ANGKOT = "angkot"
    BUS = "bus"
    TRUCK = "truck"
    BICYCLE = "bicycle"
    PERSON = "person"


TRAFFIC: tuple[VehicleClass, ...] = tuple(kind for kind in VehicleClass if kind is not VehicleClass.PERSON)
"""The classes that are counted."""

Counts = Annotated[
    dict[VehicleClass, Count],
    Field(description="Vehicles by class; a class that is absent was not seen."),
]

# PKJI 2023, chapter 5, table of ekr: approach protected (terlindung) or opposed (terlawan).
_PCU_PROTECTED: Mapping[VehicleClass, float] = {
    VehicleClass.MOTORCYCLE: 0.15,
    VehicleClass.CAR: 1.0,
    VehicleClass.ANGKOT: 1.0,
    VehicleClass.BUS: 1.3,
    VehicleClass.TRUCK: 1.3,
    VehicleClass.BICYCLE: 0.0,
    VehicleClass.PERSON: 0.0,
}
_PCU_OPPOSED: Mapping[VehicleClass, float] = {**_PCU_PROTECTED, VehicleClass.MOTORCYCLE: 0.40}


def pcu(counts: Mapping[VehicleClass, int], *, opposed: bool = False) -> float:
    """Passenger car units (ekr / smp) of `counts` at a signalised approach, by PKJI 2023.

    `opposed`: the approach discharges against opposing traffic, where a motorcycle weighs 0.40 instead of 0.15.
    """
    table = _PCU_OPPOSED if opposed else _PCU_PROTECTED
    return sum(table[kind] * number for kind, number in counts.items())
