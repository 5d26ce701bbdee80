"""Parking cases: vehicles that stand where and when they may not, each told once, with evidence."""

from edge.parking.case import Case, Notice, OpenCase, ParkingState, Picture
from edge.parking.seen import Box, Seen, located
from edge.parking.watch import ParkingWatch

__all__ = ["Box", "Case", "Notice", "OpenCase", "ParkingState", "ParkingWatch", "Picture", "Seen", "located"]
