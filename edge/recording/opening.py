"""Everything that records at one unit, put together from its configuration."""

from __future__ import annotations

import logging
from pathlib import Path

from edge.recording.archive import Archive
from edge.recording.copies import Copies
from edge.recording.fetching import Clips, Home
from edge.recording.recorder import Recorder, ring_folder
from edge.recording.settings import RecordingConfig
from edge.recording.visitors import Visitors

log = logging.getLogger(__name__)


def open_recording(config: RecordingConfig | None, data: Path, home: Home) -> tuple[Recorder | None, Clips]:
    """The recorder, if there is to be one, and who answers for it."""
    if config is None:
        return None, Clips(home, None)
    folder = data / "recording"
    try:
        folder.mkdir(0o700, parents=True, exist_ok=True)
    except OSError as error:
        log.warning("recording: %s: %s: nothing is recorded", folder, error.strerror)
        return None, Clips(home, None)
    archive = Archive(config, folder, ring_folder(config, folder, home.unit))
    parts = archive, Copies(archive, folder / "out", config.quality), Visitors(folder / "access.jsonl")
    return Recorder(config, archive, home.clock), Clips(home, parts, config.kbit_s)
