"""Incident candidates for an operator's eye: wrong way, stopped in the lane, somebody or something on the road."""

from edge.incidents.incident import Incident, IncidentNotice, IncidentState
from edge.incidents.watch import IncidentWatch

__all__ = ["Incident", "IncidentNotice", "IncidentState", "IncidentWatch"]
