"""Where pictures come from."""

from edge.sources.file import VideoFile

__all__ = ["VideoFile"]
