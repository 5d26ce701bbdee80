"""What the folder of a centre holds: pure, but for the secrets that are drawn where there are none yet.

compose.yaml, Dockerfile, .env     docker compose up
config/                            collector.toml, grafana.toml, the site file; the collector's certificate goes there
secrets/                           drawn once, and never drawn anew
broker/, grafana/, backups/        empty: filled by  simpang provision broker  and  simpang grafana provisioning
systemd/                           the same collector without containers
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from contract import Site, parse_site
from provisioning.files import PUBLIC, write

SITE = "bandung.toml"
"""The site file's name in the templates."""
_UNITS = ("simpang-collector.service", "simpang-backup.service", "simpang-backup.timer")
_SECRETS = ("influx_password", "influx_token", "grafana_password")
_READABLE = 0o644
"""Of a secret file: its folder is closed, and the container's own user has to read it."""
_OPEN, _CLOSED = 0o755, 0o700
FOLDERS: Mapping[str, int] = {
    "config": _OPEN,
    "broker": _OPEN,
    "grafana": _OPEN,
    "systemd": _OPEN,
    "backups": _CLOSED,
    "secrets": _CLOSED,
}

_DOCKERFILE = """\
# Written by  simpang provision centre. The wheels lie beside it, so that building needs no network but the base image:
#   pip wheel --wheel-dir wheels REPOSITORY[collector,grafana]     (Simpang {version})
FROM python:3.11-slim-bookworm
COPY wheels /wheels
RUN pip install --no-cache-dir --no-index --find-links=/wheels 'simpang[collector,grafana]=={version}' \\
    && rm -rf /wheels \\
    && install -d -o 10001 -g 10001 /var/lib/simpang /var/backups/simpang
USER 10001:10001
VOLUME /var/lib/simpang
ENTRYPOINT ["simpang"]
"""


class Written(NamedTuple):
    """Files that were written, and files that were there and were left."""

    written: list[Path]
    left: list[Path]


def install(out: Path, site_file: str, version: str) -> tuple[Written, Site]:
    """Write a centre's folder. `site_file`: its text. What people edit, and secrets, are written once and then left.

    `ContractError` when the site file is wrong; OSError when the disk does not take it.
    """
    site = parse_site(site_file)
    done = Written([], [])
    for name, mode in FOLDERS.items():
        folder = out / name
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(mode)
    for name, text in ours(version).items():
        write(out / name, text.encode(), PUBLIC)
        done.written.append(out / name)
    for name, text in theirs(site.site.id, site_file).items():
        _once(out / name, text, PUBLIC, done)
    drawn = {name: secrets.token_urlsafe(32) for name in _SECRETS}
    for name, secret in drawn.items():
        _once(out / "secrets" / name, secret, _READABLE, done)
    token = (out / "secrets" / "influx_token").read_text(encoding="utf-8").strip()
    _once(out / "secrets" / "grafana.env", f"SIMPANG_INFLUX_TOKEN={token}\n", _READABLE, done)
    return done, site


def ours(version: str) -> dict[str, str]:
    """Files that a new version of Simpang replaces."""
    return {
        "compose.yaml": _text("compose.yaml"),
        "Dockerfile": _DOCKERFILE.format(version=version),
        ".env": f"SIMPANG_VERSION={version}\n",
        **{f"systemd/{name}": _text(name) for name in _UNITS},
    }


def theirs(city: str, site_file: str) -> dict[str, str]:
    """Files that people edit."""
    here = f"{city}.toml"
    return {
        "config/collector.toml": _text("collector.toml").replace(SITE, here),
        "config/grafana.toml": _text("grafana.toml").replace(SITE, here),
        f"config/{here}": site_file,
    }


def _once(path: Path, text: str, mode: int, done: Written) -> None:
    if path.exists():
        done.left.append(path)
        return
    write(path, text.encode(), mode)
    done.written.append(path)


def _text(name: str) -> str:
    return files("provisioning.centre").joinpath(name).read_text(encoding="utf-8")
