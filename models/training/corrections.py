"""Labels of the set `atl` that were found wrong when the pictures were looked at, and what stands there instead.

Every bus, truck and two-wheeler of the set was looked at (cars were not, there are too many). None: what it is cannot
be told, or fits none of our classes; it is neither taught nor asked for. Delivery vans are cars, as PKJI counts them.
"""

from __future__ import annotations

from collections.abc import Mapping

from contract import VehicleClass

_CAR, _ANGKOT, _BUS = VehicleClass.CAR, VehicleClass.ANGKOT, VehicleClass.BUS
_TRUCK = VehicleClass.TRUCK

ATL: Mapping[str, Mapping[int, VehicleClass | None]] = {
    # held out: the motorway
    "10260010": {0: _CAR},
    "10260012": {10: _CAR},
    "10260013": {7: _TRUCK},
    "10260019": {1: _CAR},
    "1026001": {5: _TRUCK},
    "10260022": {10: None},
    "10260023": {6: _CAR},
    "10260024": {4: _CAR},
    "10260025": {1: _CAR, 4: _CAR},
    "10260026": {8: _CAR},
    "1026007": {1: _CAR, 11: None},
    "1026008": {8: None},
    "1026009": {3: None, 7: _CAR},
    # held out: Kabul
    "A13": {2: _ANGKOT},
    "A40": {2: _CAR},
    "B9": {6: _CAR},
    "C0": {1: _TRUCK, 2: _CAR, 7: _CAR, 9: _CAR},
    "C1": {4: _CAR, 8: _BUS},
    "C10": {0: _TRUCK},
    "C5": {9: _ANGKOT},
    "C7": {8: _CAR},
    "C9": {0: _TRUCK},
    "D2": {1: _CAR, 7: _CAR, 8: _BUS},
    "D5": {8: None, 9: None},
    # trained on: the freeway at night, the bend
    "10220": {3: None},
    "10221": {30: None},
    "1021": {0: _CAR, 7: _CAR},
    "1022": {1: _CAR},
    "10260070015": {0: _CAR},
    "10260070023": {7: _CAR},
    # trained on: the junction
    "7": {6: _TRUCK},
    "8": {4: _TRUCK, 5: _CAR},
    "17": {0: _CAR},
    "19": {15: None},
    "22": {13: None},
    "23": {0: _CAR},
    "28": {7: _TRUCK},
    "31": {5: _TRUCK},
    "34": {0: _CAR},
    "47": {18: _TRUCK},
    "48": {0: _CAR},
    "55": {0: _CAR},
    "66": {0: _CAR},
}
"""Stem of the file before `_png` -> number of the box among those that are not tiny, in the file's order -> class."""
