"""PKJI 2023 timing of signalised junctions, one equation a function; offsets of corridors by Morgan and Little."""

from signal_bridge.timing.cycle import OversaturatedError, Splits, lost_time, optimum_cycle, splits
from signal_bridge.timing.flow import (
    base_saturation_flow,
    capacity,
    city_size_factor,
    degree_of_saturation,
    flow_ratio,
    left_turn_factor,
    parking_factor,
    right_turn_factor,
    saturation_flow,
)
from signal_bridge.timing.intergreen import all_red, planning_intergreen
from signal_bridge.timing.progression import Progression, bands, progression
from signal_bridge.timing.queue import (
    delay,
    geometric_delay,
    overflow_queue,
    queue_length,
    red_queue,
    stop_ratio,
    traffic_delay,
)
from signal_bridge.timing.service_level import level_of_service

__all__ = [
    "OversaturatedError",
    "Progression",
    "Splits",
    "all_red",
    "bands",
    "base_saturation_flow",
    "capacity",
    "city_size_factor",
    "degree_of_saturation",
    "delay",
    "flow_ratio",
    "geometric_delay",
    "left_turn_factor",
    "level_of_service",
    "lost_time",
    "optimum_cycle",
    "overflow_queue",
    "parking_factor",
    "planning_intergreen",
    "progression",
    "queue_length",
    "red_queue",
    "right_turn_factor",
    "saturation_flow",
    "splits",
    "stop_ratio",
    "traffic_delay",
]
