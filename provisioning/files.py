"""Files that are whole or not there, with the rights they are meant to have from their first byte on."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

SECRET = 0o600
"""Only the owner reads it: keys, and whatever holds a password."""
PUBLIC = 0o644


def write(path: Path, content: bytes, mode: int = SECRET) -> None:
    """Replace `path` by `content`, on the disk when this returns; a power cut leaves the old file or the new one.

    Folders on the way are made for the owner alone. Raises `OSError`.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # mkstemp makes it 0600, so that a secret is never readable, not even for a moment.
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise
    _settle(path.parent)


def _settle(folder: Path) -> None:
    """The folder's own entry must reach the disk too."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
