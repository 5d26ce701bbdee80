"""Whom a judge of parking cases may be asked about: nobody knows how long one stood whom a lorry hid."""

from __future__ import annotations

import pytest

from bench.judging import seen_for
from contract import VehicleClass
from twin.truth import Parked

SIGHTINGS = [
    # when it could be seen            when it drove off  seconds
    ("all the time", range(200), 119.0, 59.0),
    ("behind a bus in between", [62, 115], 119.0, 53.0),
    ("until a lorry came", range(55, 70), 119.0, 9.0),
    ("when the lorry before it left", range(115, 130), 119.0, 4.0),
    ("only while it drove", [50, 59, 120], 119.0, 0.0),
    ("it stands there still", [61, 100], None, 39.0),
]


@pytest.mark.parametrize(
    ("seen_s", "to_s", "seconds"), [row[1:] for row in SIGHTINGS], ids=[row[0] for row in SIGHTINGS]
)
def test_for_how_long_somebody_could_know_that_it_stood(
    seen_s: list[float], to_s: float | None, seconds: float
) -> None:
    stay = Parked("kerb", VehicleClass.CAR, 7, 60.0, to_s, before_start=False)
    assert seen_for(stay, seen_s, 150.0) == seconds
