"""`simpang collector alerts`: what stands, who knows of it, and whether the ways out work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from collector.alerts.book import AlertBook
from collector.alerts.desk import trial
from collector.alerts.settings import AlertSettings
from collector.config import CollectorConfig, parse_config
from collector.store.ledger_reading import utc_now
from collector.terminal import told
from contract import ContractError, parse_site

app = typer.Typer(help="Peringatan: what stands, and who knows of it.", no_args_is_help=True)

ConfigFile = Annotated[Path, typer.Option("--config", help="collector.toml with a section [alerts].")]


@app.command("list")
def list_alerts(config: ConfigFile) -> None:
    """Alerts that are not over, and messages that no channel has taken yet."""
    with told(), _book(config) as book:
        standing = Table("key", "since (UTC)", "told", "acknowledged")
        for key, alert in book.standing().items():
            said = f"{alert.told:%Y-%m-%d %H:%M}" if alert.told else "–"
            standing.add_row(escape(key), f"{alert.since:%Y-%m-%d %H:%M}", said, escape(alert.by or "–"))
        Console().print(standing if standing.row_count else "no alerts / tidak ada peringatan")
        waiting = Table("channel", "alerts", "tries", "next (UTC)")
        for delivery, due in book.waiting():
            waiting.add_row(delivery.channel, str(len(delivery.notices)), str(delivery.tries), f"{due:%H:%M:%S}")
        if waiting.row_count:
            Console().print(waiting)


@app.command("ack")
def acknowledge(
    config: ConfigFile,
    key: Annotated[str, typer.Argument(help="As `list` shows it.")],
    by: Annotated[str, typer.Option("--by", help="Who knows of it.")],
) -> None:
    """Sudah diketahui: no more reminders of this alert."""
    with told(), _book(config) as book:
        alert = book.acknowledge(key, utc_now(), by)
        if alert is None:
            raise ContractError(f"no alert {key!r} stands; `simpang collector alerts list` shows those that do")
        Console().print(f"{key}: {alert.by}", highlight=False, markup=False)


@app.command("test")
def test_channels(config: ConfigFile) -> None:
    """Kirim percobaan: send a trial by every channel. Exit 1 if one does not work."""
    with told():
        read, settings = _settings(config)
        site = parse_site(read.site.read_text(encoding="utf-8"), read.site.name)
        faults = trial(settings, site, read.broker)
        for channel, fault in faults.items():
            Console().print(f"{channel}: {fault or 'ok'}", highlight=False, markup=False, soft_wrap=True)
    if any(faults.values()):
        raise typer.Exit(1)


def _settings(path: Path) -> tuple[CollectorConfig, AlertSettings]:
    config = parse_config(path.read_text(encoding="utf-8"), path.name).beside(path.parent)
    if config.alerts is None:
        raise ContractError(f"{path.name}: there is no section [alerts]; docs/alerts.md shows one")
    return config, config.alerts


@contextmanager
def _book(path: Path) -> Iterator[AlertBook]:
    _, settings = _settings(path)
    with closing(AlertBook(settings.book)) as book:
        yield book
