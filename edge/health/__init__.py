"""How the machine is doing, and when it should do less."""

from edge.health.heat import Heat
from edge.health.machine import Machine, Reading
from edge.health.news import newsworthy

__all__ = ["Heat", "Machine", "Reading", "newsworthy"]
