"""Where the shared footage, data sets and models lie: beside the repository, read only, never committed."""

from __future__ import annotations

from pathlib import Path

DATA: Path = Path(__file__).resolve().parents[3] / "shared" / "data"
FOOTAGE: Path = DATA / "footage"
