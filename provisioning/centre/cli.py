"""`simpang provision centre`: the folder of a centre."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from provisioning.centre.writing import install
from provisioning.terminal import say, told


def centre(
    out: Annotated[Path, typer.Option(help="Folder hasil / folder to write, e.g. /srv/simpang.")],
    site: Annotated[Path, typer.Option(help="Berkas situs / the site file, e.g. config/bandung.toml.")],
) -> None:
    """Siapkan pusat: docker compose, systemd units and secrets. Again keeps what people edited, and every secret."""
    with told():
        done, city = install(out, site.read_text(encoding="utf-8"), version("simpang"))
        for path in done.written:
            say(f"ditulis / written: {path}")
        for path in done.left:
            say(f"tetap / left as it is: {path}")
        say(
            f"{city.site.name}: langkah berikutnya ada di docs/deploy.md / the next steps are in docs/deploy.md: "
            "simpang provision broker, simpang grafana provisioning, docker compose up"
        )
