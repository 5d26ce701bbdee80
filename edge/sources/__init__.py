"""Where pictures come from: cameras that may go and come back, and recordings."""

from edge.sources.address import is_live, shown
from edge.sources.file import VideoFile
from edge.sources.live import SourceChange
from edge.sources.opening import open_camera, open_source

__all__ = ["SourceChange", "VideoFile", "is_live", "open_camera", "open_source", "shown"]
