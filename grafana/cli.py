"""`simpang grafana`: boards into Grafana, data source and alert rules into files that it reads."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from contract import ContractError
from grafana import provisioning as files
from grafana.pushing import Done, Outcome, push, summary
from grafana.scene import Scene
from grafana.server import Grafana, GrafanaError
from grafana.settings import ServerSettings, parse_config
from grafana.words import Language, Words

app = typer.Typer(help="Papan dan peringatan Grafana: boards and alert rules as code.", no_args_is_help=True)

ConfigFile = Annotated[Path, typer.Option("--config", help="grafana.toml; config/grafana.example.toml is one.")]
Lang = Annotated[Language, typer.Option("--lang", help="Bahasa papan / language; each has its own folders.")]


@app.command("push")
def push_command(config: ConfigFile, lang: Lang = Language.INDONESIAN) -> None:
    """Kirim papan ke Grafana: make or change folders, who sees them, and boards. Again changes nothing."""
    with _told():
        scene = _scene(config, lang)
        server = scene.config.server
        done: list[Done] = []

        def tell(one: Done) -> None:
            done.append(one)
            if one.outcome is not Outcome.UNCHANGED:
                _print(f"{one.outcome:9} {one.what}")

        push(scene, Grafana(server.url, _token(server), timeout_s=server.timeout_s), tell)
        _print(", ".join(f"{number} {outcome}" for outcome, number in summary(done).items()))


@app.command("provisioning")
def provisioning_command(
    config: ConfigFile,
    out: Annotated[Path, typer.Option("--out", help="Folder hasil, e.g. /etc/grafana/provisioning.")],
    lang: Lang = Language.INDONESIAN,
) -> None:
    """Tulis sumber data dan aturan peringatan: YAML that Grafana reads from its provisioning folder at start."""
    with _told():
        for path in files.write(_scene(config, lang), out):
            _print(str(path))


def _scene(path: Path, language: Language) -> Scene:
    config, site = parse_config(path.read_text(encoding="utf-8"), path.parent, path.name)
    return Scene(site, config, Words(language))


def _token(server: ServerSettings) -> str:
    token = os.environ.get("SIMPANG_GRAFANA_TOKEN")
    if token is None and server.token_file is not None:
        token = server.token_file.read_text(encoding="utf-8").strip()
    if not token:
        raise ContractError("server: no token: give token_file in grafana.toml, or set SIMPANG_GRAFANA_TOKEN")
    return token


@contextmanager
def _told() -> Iterator[None]:
    """Errors as one short message and exit 2."""
    try:
        yield
    except (ContractError, GrafanaError, UnicodeDecodeError, OSError) as error:
        Console(stderr=True).print(f"[red]simpang grafana:[/] {escape(str(error))}", soft_wrap=True, highlight=False)
        raise typer.Exit(2) from None


def _print(text: str) -> None:
    Console().print(text, highlight=False, markup=False, soft_wrap=True)
