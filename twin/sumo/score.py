"""What a simulated hour was worth: the delay of every vehicle that was to drive, those never inserted included.

SUMO writes a row for each vehicle; `timeLoss` is what it lost on the road, `departDelay` what it waited for room to
enter. An average over those who arrived would hide the ones that a bad control keeps out.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

AMBULANCE = "ambulance"
"""Vehicle type of the ambulances that we insert."""


@dataclass(frozen=True, slots=True)
class Score:
    """One run. Delay and waiting are mean seconds a loaded vehicle."""

    delay_s: float
    waiting_s: float
    loaded: int
    inserted: int
    arrived: int
    others_delay_s: float
    """Of all but ambulances."""
    ambulances: tuple[float, ...]
    """Delay of each ambulance."""


def score(trips: Path, end_s: float) -> Score:
    """Read SUMO's tripinfo file, written with unfinished and undeparted vehicles."""
    delays: list[float] = []
    waits: list[float] = []
    ambulances: list[float] = []
    inserted = arrived = 0
    for trip in ET.parse(trips).getroot().iter("tripinfo"):
        row = trip.attrib
        entered = float(row["depart"]) >= 0
        inserted += entered
        arrived += float(row["arrival"]) >= 0
        late_s = max(0.0, float(row["departDelay"]))
        delay_s = late_s + (max(0.0, float(row["timeLoss"])) if entered else 0.0)
        (ambulances if row.get("vType") == AMBULANCE else delays).append(delay_s)
        waits.append(max(0.0, float(row["waitingTime"])) if entered else late_s)
    count = len(delays) + len(ambulances)
    if not delays:
        raise ValueError(f"no vehicle was loaded before {end_s:g} s: is there a route file in the configuration?")
    return Score(
        delay_s=(sum(delays) + sum(ambulances)) / count,
        waiting_s=sum(waits) / count,
        loaded=count,
        inserted=inserted,
        arrived=arrived,
        others_delay_s=sum(delays) / len(delays),
        ambulances=tuple(ambulances),
    )
