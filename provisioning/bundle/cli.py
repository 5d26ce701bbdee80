"""`simpang provision bundle`: the software for cards, gathered where there is internet."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from provisioning.bundle.building import build_bundle
from provisioning.fleet import System
from provisioning.terminal import say, told


def bundle(
    out: Annotated[Path, typer.Option(help="Folder bundel, seperti di berkas armada / as in the fleet file.")],
    system: Annotated[list[System], typer.Option(help="Sistem; boleh diulang / may be repeated.")],
    source: Annotated[Path, typer.Option(help="Folder sumber Simpang / Simpang's source tree.")] = Path(),
    debs: Annotated[
        Path | None, typer.Option(help="Paket Debian arm64 yang belum ada di citra / packages that the image lacks.")
    ] = None,
    model: Annotated[
        list[Path] | None,
        typer.Option(help="Detektor hasil `simpang model adapt` (NAMA.toml); boleh diulang / an adapted detector."),
    ] = None,
) -> None:
    """Kumpulkan perangkat lunak: wheels for units that have no internet."""
    with told():
        for one in system:
            folder = build_bundle(out, one, source, debs, model or ())
            wheels = list((folder / "wheels").glob("*.whl"))
            size_mb = sum(wheel.stat().st_size for wheel in wheels) / 1e6
            say(f"{folder}: {len(wheels)} wheels, {size_mb:.0f} MB")
