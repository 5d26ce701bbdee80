"""What drives on an Indonesian road: models of each class with their measures, shares and ways of driving.

Lengths in metres, speeds in m/s. Shares of the flow follow counts of Bandung's arterials, where some two thirds of all
vehicles are motorcycles; following behaviour is the Intelligent Driver Model (Treiber, Hennecke, Helbing 2000).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from contract import VehicleClass

Colour = tuple[int, int, int]
"""BGR, 0..255."""


@dataclass(frozen=True, slots=True)
class Model:
    """One build of vehicle. `shape` names its mesh in `twin.shapes`."""

    kind: VehicleClass
    shape: str
    length: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Driving:
    """How a class follows: IDM parameters, and the speed it would like as a part of the limit."""

    acceleration: float
    braking: float
    headway_s: float
    standstill_m: float
    speed_share: float
    filters: bool
    """Rides between the lanes and gathers at the head of the queue."""


MOTORCYCLE, CAR, ANGKOT = VehicleClass.MOTORCYCLE, VehicleClass.CAR, VehicleClass.ANGKOT
BUS, TRUCK, BICYCLE = VehicleClass.BUS, VehicleClass.TRUCK, VehicleClass.BICYCLE
PERSON = VehicleClass.PERSON

MODELS: Mapping[VehicleClass, tuple[Model, ...]] = {
    MOTORCYCLE: (
        Model(MOTORCYCLE, "scooter", 1.90, 0.72, 1.62),
        Model(MOTORCYCLE, "scooter_pillion", 1.95, 0.74, 1.66),
        Model(MOTORCYCLE, "courier", 2.00, 0.80, 1.62),
    ),
    CAR: (
        Model(CAR, "mpv", 4.40, 1.70, 1.69),
        Model(CAR, "hatchback", 3.80, 1.67, 1.52),
        Model(CAR, "sedan", 4.55, 1.75, 1.45),
        Model(CAR, "suv", 4.75, 1.84, 1.80),
    ),
    ANGKOT: (Model(ANGKOT, "angkot", 3.90, 1.58, 1.88),),
    BUS: (Model(BUS, "bus", 11.6, 2.48, 3.30), Model(BUS, "minibus", 7.0, 2.05, 2.70)),
    TRUCK: (
        Model(TRUCK, "box_truck", 6.2, 2.05, 3.00),
        Model(TRUCK, "bed_truck", 6.0, 2.00, 2.30),
        Model(TRUCK, "tarp_truck", 8.4, 2.40, 3.30),
    ),
    BICYCLE: (Model(BICYCLE, "bicycle", 1.70, 0.60, 1.60),),
    PERSON: (Model(PERSON, "pedestrian", 0.45, 0.55, 1.68),),
}

CRATE = Model(PERSON, "crate", 1.3, 1.0, 0.9)
"""A load that fell. It is no road user and has no class of its own; where people are left out, so is it."""

SHARES: Mapping[VehicleClass, float] = {
    MOTORCYCLE: 0.62,
    CAR: 0.25,
    ANGKOT: 0.05,
    TRUCK: 0.04,
    BUS: 0.02,
    BICYCLE: 0.02,
}

DRIVING: Mapping[VehicleClass, Driving] = {
    MOTORCYCLE: Driving(2.2, 3.0, 0.7, 0.6, 1.05, filters=True),
    CAR: Driving(1.6, 2.5, 1.2, 1.5, 1.0, filters=False),
    ANGKOT: Driving(1.4, 2.5, 1.1, 1.3, 0.9, filters=False),
    BUS: Driving(0.9, 2.0, 1.5, 2.0, 0.8, filters=False),
    TRUCK: Driving(0.9, 2.0, 1.5, 2.0, 0.8, filters=False),
    BICYCLE: Driving(0.8, 2.0, 0.8, 0.6, 0.35, filters=True),
}

STOP_CHANCE: Mapping[VehicleClass, float] = {ANGKOT: 0.5, CAR: 0.10, TRUCK: 0.12, MOTORCYCLE: 0.02}
"""Share of those passing a kerb who stop there: angkot for passengers, others to park."""

PAINTS: Mapping[VehicleClass, tuple[Colour, ...]] = {
    MOTORCYCLE: ((30, 30, 34), (40, 36, 150), (150, 70, 30), (210, 210, 212), (60, 62, 66), (40, 110, 190)),
    CAR: (
        (214, 214, 212),
        (226, 228, 228),
        (38, 38, 40),
        (44, 44, 48),
        (150, 150, 148),
        (112, 114, 116),
        (44, 38, 140),
        (104, 60, 34),
        (86, 100, 116),
        (52, 74, 40),
    ),
    ANGKOT: ((72, 140, 40), (60, 120, 30), (96, 158, 62)),
    BUS: ((160, 96, 34), (226, 226, 224), (58, 52, 170), (120, 150, 60)),
    TRUCK: ((40, 178, 222), (52, 58, 176), (92, 132, 44), (210, 206, 200), (168, 110, 48)),
    BICYCLE: ((60, 60, 64), (40, 40, 150), (140, 80, 40)),
    PERSON: ((60, 60, 64),),
}
CLOTHES: tuple[Colour, ...] = (
    (52, 48, 46),
    (70, 62, 58),
    (120, 92, 60),
    (190, 186, 180),
    (60, 60, 130),
    (64, 110, 72),
    (150, 120, 100),
    (80, 110, 150),
)
COURIER_GREEN: Colour = (58, 150, 44)
HELMETS: tuple[Colour, ...] = ((28, 28, 30), (40, 36, 150), (215, 215, 214), (140, 80, 36), (70, 70, 74))
CARGO: tuple[Colour, ...] = ((196, 198, 198), (40, 60, 130), (130, 84, 46), (70, 104, 60), (60, 84, 110))
