"""The operators' console: wall map, junctions, parking inbox, fleet, audit, and the page for citizens."""

from __future__ import annotations
