"""The HTTP API: what stands at the junctions now, what was, open data, metrics. `create_app` builds all of it."""

from collector.api.app import create_app

__all__ = ["create_app"]
