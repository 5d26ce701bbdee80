"""`simpang collector`: from the broker to the store, and what an administrator asks of both."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.logging import RichHandler
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from collector.alerts.cli import app as alerts
from collector.backup import back_up, forget, restore
from collector.config import CollectorConfig, InfluxSettings, parse_config
from collector.console.users_cli import app as users
from collector.serve import serve
from collector.store.ledger_reading import utc_now
from collector.store.letters import replay
from collector.store.migrating import migrate
from collector.store.opening import open_store
from collector.store.preparing import prepare
from collector.store.store import Store
from collector.terminal import told
from contract import Site, parse_site
from contract.base import EARLIEST

app = typer.Typer(help="The centre: MQTT to store, console and API.", no_args_is_help=True)
deadletters = typer.Typer(help="Messages that could not be taken.", no_args_is_help=True)
app.add_typer(deadletters, name="deadletters")
app.add_typer(users, name="user")
app.add_typer(alerts, name="alerts")

ConfigFile = Annotated[Path, typer.Option("--config", help="collector.toml; config/collector.example.toml is one.")]


@app.command()
def run(
    config: ConfigFile,
    embedded_broker: Annotated[
        bool, typer.Option("--embedded-broker", help="Run a broker in this process (MQTT 3.1.1).")
    ] = False,
) -> None:
    """Collect, and serve the API, until Ctrl-C."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", handlers=[RichHandler(console=Console(stderr=True))])
    for talkative in ("amqtt", "transitions"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    with told():
        read, site = _read(config)
        serve(read, site, embedded_broker=embedded_broker)


@app.command()
def init(config: ConfigFile) -> None:
    """Make databases and how long they are kept. Running it again changes nothing."""
    with told():
        read, _ = _read(config)
        if isinstance(read.store, InfluxSettings):
            done = prepare(read.store.login())
            _print(f"InfluxDB {done.version}: " + "; ".join(done.levels))
        with closing(open_store(read.store)):
            _print("SQLite: tables are there")


@app.command()
def gaps(config: ConfigFile) -> None:
    """Kept messages of each unit that never arrived."""
    with told(), _store(config) as store:
        table = Table("unit", "outbox", "first", "last", "missing", "noticed (UTC)")
        for gap in store.reader.gaps():
            noticed = f"{gap.noticed:%Y-%m-%d %H:%M:%S}"
            table.add_row(
                f"{gap.site}/{gap.unit}", str(gap.outbox), str(gap.first), str(gap.last), str(gap.missing), noticed
            )
        Console().print(table if table.row_count else "no gaps / tidak ada yang hilang")


@app.command("migrate")
def migrate_command(
    source: Annotated[Path, typer.Option("--from", help="collector.toml of the store to read.")],
    target: Annotated[Path, typer.Option("--to", help="collector.toml of the store to fill.")],
) -> None:
    """Copy everything from one store to another. Running it again changes nothing."""
    with told(), _store(source) as old, _store(target) as new, Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("migrate", total=None)
        done = migrate(old, new, lambda points: bar.update(task, completed=points))
        _print(f"{done.points} points and {done.rows} rows of the ledger")


@app.command()
def backup(
    config: ConfigFile,
    out: Annotated[Path, typer.Option("--out", help="Folder for the backup: another disk than the store's.")],
    days: Annotated[int | None, typer.Option(min=1, help="Points of so many days; all when left out.")] = None,
    keep: Annotated[int | None, typer.Option(min=1, help="Delete older backups there but so many.")] = None,
) -> None:
    """Cadangkan: series, ledger, operators and alerts in one file, while the collector runs. No secrets."""
    with told(), Progress(console=Console(stderr=True)) as bar:
        read, site = _read(config)
        task, now = bar.add_task("backup", total=None), utc_now()
        since = EARLIEST if days is None else now - timedelta(days=days)
        name = site.site.id
        made = back_up(
            read, config, name, out, now, since=since, progress=lambda points: bar.update(task, completed=points)
        )
        gone = forget(out, name, keep) if keep else []
        _print(f"{made}: {made.stat().st_size / 1e6:.1f} MB" + (f"; {len(gone)} older ones deleted" if gone else ""))


@app.command("restore")
def restore_command(
    config: ConfigFile, file: Annotated[Path, typer.Argument(help="A backup made by  simpang collector backup.")]
) -> None:
    """Pulihkan: put a backup back, with the collector stopped. Running it again changes nothing."""
    with told(), Progress(console=Console(stderr=True)) as bar:
        read, site = _read(config)
        task = bar.add_task("restore", total=None)
        done = restore(file, read, site.site.id, lambda points: bar.update(task, completed=points))
        _print(f"backup of {done.manifest.made:%Y-%m-%d %H:%M} UTC (Simpang {done.manifest.software}) is back")
        for path in done.left:
            _print(f"{path} was there already and stays; move it away to have the one of the backup")


@deadletters.command("list")
def list_letters(config: ConfigFile, limit: Annotated[int, typer.Option(min=1)] = 50) -> None:
    """The newest dead letters and why they could not be taken."""
    with told(), _store(config) as store:
        table = Table("id", "last (UTC)", "times", "topic", "reason")
        for kept in store.reader.letters(limit):
            reason = escape("; ".join(kept.letter.reason.splitlines()[:3]))
            last = f"{kept.last:%Y-%m-%d %H:%M:%S}"
            table.add_row(kept.digest[:12], last, str(kept.times), escape(kept.letter.topic), reason)
        Console().print(table if table.row_count else "no dead letters / tidak ada")


@deadletters.command("replay")
def replay_letters(
    config: ConfigFile,
    ids: Annotated[list[str] | None, typer.Argument(help="Beginnings of ids; all when none are given.")] = None,
) -> None:
    """Try again what could not be taken, for example after an upgrade; what is taken now is dead no more."""
    with told(), _store(config) as store:
        _, site = _read(config)
        taken, left = replay(store, ids or [], site=site.site.id)
        _print(f"{taken} taken, {left} still refused")


def _read(path: Path) -> tuple[CollectorConfig, Site]:
    config = parse_config(path.read_text(encoding="utf-8"), path.name).beside(path.parent)
    return config, parse_site(config.site.read_text(encoding="utf-8"), config.site.name)


@contextmanager
def _store(path: Path) -> Iterator[Store]:
    config, _ = _read(path)
    with closing(open_store(config.store)) as store:
        yield store


def _print(text: str) -> None:
    Console().print(text, highlight=False, markup=False, soft_wrap=True)
