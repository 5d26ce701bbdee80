"""`simpang bridge`: the service, and what a technician does at the cabinet side."""

from __future__ import annotations

import getpass
import logging
import signal
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from contract import ContractError, SignalStatus, explain
from contract.signals import SignalRole
from contract.signing import public_hex
from signal_bridge.advice.service import open_advising
from signal_bridge.arming import Armory
from signal_bridge.audit import AuditError, verify
from signal_bridge.doctor import Finding, examine
from signal_bridge.key_file import draw_key
from signal_bridge.keys import Key
from signal_bridge.lines import Lines
from signal_bridge.nonces import NonceError
from signal_bridge.service import open_bridge
from signal_bridge.settings import BridgeSettings, JunctionSettings, parse_settings
from signal_bridge.words import SENTENCES

app = typer.Typer(help="Jembatan sinyal: the serial bridge to local controllers.")
audit_app = typer.Typer(help="Log audit: the chained log of everything asked, sent and given.")
app.add_typer(audit_app, name="audit")

Config = Annotated[Path, typer.Option(help="bridge.toml")]
OneJunction = Annotated[str, typer.Option(help="Simpang: id of the junction, as in bridge.toml.")]
DEFAULT_CONFIG = Path("/etc/simpang/bridge.toml")


@app.command()
def run(config: Config = DEFAULT_CONFIG) -> None:
    """Jalankan jembatan: run the bridge until it is told to stop (SIGTERM, Ctrl-C)."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    stop = threading.Event()
    for what in (signal.SIGTERM, signal.SIGINT):
        signal.signal(what, lambda *_: stop.set())
    try:
        bridge = open_bridge(_settings(config))
    except (ContractError, AuditError, NonceError, OSError, UnicodeDecodeError) as error:
        _refuse(str(error))
    if not bridge.run(stop):
        raise typer.Exit(1)


@app.command()
def advise(config: Config = DEFAULT_CONFIG) -> None:
    """Jalankan penasihat adaptif: let adaptive control ask the bridge, from a process of its own."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    stop = threading.Event()
    for what in (signal.SIGTERM, signal.SIGINT):
        signal.signal(what, lambda *_: stop.set())
    try:
        advising = open_advising(_settings(config))
    except ContractError as error:
        _refuse(str(error))
    advising.run(stop)


@app.command()
def status(config: Config = DEFAULT_CONFIG) -> None:
    """Keadaan tiap simpang: how each junction stands, from the running bridge's last word. Needs no broker."""
    settings = _settings(config)
    table = Table(
        "simpang", "mode", "umur / age", "kewenangan / authority", "aktif / armed", "hijau / green", "hal / why"
    )
    for junction in settings.junctions:
        table.add_row(*_row(settings, junction))
    Console().print(table)


@app.command()
def doctor(
    config: Config = DEFAULT_CONFIG,
    readings: Annotated[int, typer.Option(min=1, max=100, help="Berapa kali dibaca: how often it is read.")] = 3,
) -> None:
    """Periksa jalur, hanya membaca: try each line read-only. Stop the bridge first; a port has one owner."""
    settings = _settings(config)
    lines = Lines(settings.lines)
    try:
        found = [
            examine(one, lines.controller(one.line, one.controller, time.monotonic), readings)
            for one in settings.junctions
        ]
    finally:
        lines.close()
    console = Console()
    for finding in found:
        _print(console, finding)
    if not all(finding.healthy for finding in found):
        raise typer.Exit(1)


@app.command()
def arm(
    junction: OneJunction,
    config: Config = DEFAULT_CONFIG,
    who: Annotated[str, typer.Option(help="Siapa yang mengaktifkan: who arms; goes into the log.")] = "",
) -> None:
    """Aktifkan kendali satu simpang, di mesin jembatan: arm a junction for its present configuration."""
    settings = _settings(config)
    one = _junction(settings, junction)
    armory = Armory(settings.state, junction)
    latch = armory.latched()
    who = who or _user()
    try:
        armory.arm(one.limits.digest, who[:80])
    except OSError as error:
        _refuse(f"{settings.state}: cannot write the arm file: {error.strerror}")
    console = Console()
    if latch is not None:
        console.print(
            f"Pengaman tadinya terkunci / it had latched: {SENTENCES[latch.reason].en} ({latch.time:%F %T} UTC)"
        )
    console.print(f"{junction}: aktif / armed for {one.limits.digest[:12]}, {who}", highlight=False)


@app.command()
def disarm(junction: OneJunction, config: Config = DEFAULT_CONFIG) -> None:
    """Nonaktifkan kendali satu simpang: the bridge lifts what stands and commands nothing more."""
    settings = _settings(config)
    _junction(settings, junction)
    Armory(settings.state, junction).disarm()
    Console().print(f"{junction}: tidak aktif / disarmed", highlight=False)


@app.command()
def key(
    out: Annotated[Path, typer.Option(help="Berkas kunci pribadi baru: the new private key's file, mode 0600.")],
    who: Annotated[str, typer.Option(help="Siapa: the person or program that asks with it.")],
    role: Annotated[SignalRole, typer.Option(help="Wewenang: its role; `automatic` for a program.")],
    id_: Annotated[str, typer.Option("--id", help="Nama kunci: its id; else WHO-1.")] = "",
) -> None:
    """Buat kunci penanda tangan: draw a signing key, and print what goes into the bridge's keys.toml."""
    try:
        entry = Key(id=id_ or f"{who}-1", who=who, role=role, public="0" * 64)
        public = public_hex(draw_key(out))
    except ValidationError as error:
        _refuse(str(explain(error, "key")))
    except FileExistsError:
        _refuse(f"{out} is there already, and no key is ever written over: name another file")
    except OSError as error:
        _refuse(f"{out}: {error.strerror}")
    typer.echo(
        f'[[keys]]\nid = "{entry.id}"\nwho = "{entry.who}"\nrole = "{entry.role}"\n'
        f"junctions = []                     # kosong: semua simpang jembatan ini / empty: all of this bridge\n"
        f'public = "{public}"'
    )


@audit_app.command("verify")
def audit_verify(
    log: Annotated[Path, typer.Argument(help="audit.jsonl")],
    anchor: Annotated[str | None, typer.Option(help="A hash that was published in a reply and must occur.")] = None,
) -> None:
    """Periksa rantai log: follow the chain and name the first broken line."""
    try:
        verdict = verify(log, anchor)
    except OSError as error:
        _refuse(f"{log}: {error.strerror}")
    if verdict.broken is not None:
        Console(stderr=True).print(f"[red]rantai putus / chain broken:[/] {escape(verdict.broken)}", highlight=False)
        raise typer.Exit(1)
    torn = f"; {verdict.torn} bytes of an unfinished line follow" if verdict.torn else ""
    Console().print(f"utuh / intact: {verdict.lines} lines, head {verdict.head}{torn}", highlight=False, soft_wrap=True)


def _settings(path: Path) -> BridgeSettings:
    try:
        return parse_settings(path.read_text(encoding="utf-8"), path.name, path.parent)
    except OSError as error:
        _refuse(f"{path}: {error.strerror}. Begin with config/bridge.example.toml")
    except (ContractError, UnicodeDecodeError) as error:
        _refuse(str(error))


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def _junction(settings: BridgeSettings, name: str) -> JunctionSettings:
    found = settings.junction(name)
    if found is None:
        _refuse(f"there is no junction {name!r}; known: {', '.join(one.id for one in settings.junctions)}")
    return found


def _row(settings: BridgeSettings, junction: JunctionSettings) -> tuple[str, ...]:
    path = settings.state / f"{junction.id}.status.json"
    try:
        last = SignalStatus.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return junction.id, "?", "-", junction.authority, "-", "-", "jembatan belum jalan / the bridge has not run"
    age_s = (datetime.now(UTC) - last.time).total_seconds() + (last.age_s or 0.0)
    greens = ", ".join(str(one.phase) for one in last.phases if one.aspect == "green")
    why = "; ".join(SENTENCES[reason].id for reason in last.reasons)
    return junction.id, last.mode, f"{age_s:.0f} s", last.authority, "ya" if last.armed else "tidak", greens, why


def _print(console: Console, finding: Finding) -> None:
    mark = "[green]baik / good[/]" if finding.healthy else "[red]periksa / look[/]"
    console.print(f"[bold]{finding.junction}[/] {mark}", highlight=False)
    for line in finding.lines:
        console.print(f"  {escape(line)}", highlight=False, soft_wrap=True)


def _refuse(text: str) -> NoReturn:
    Console(stderr=True).print(f"[red]simpang bridge:[/] {escape(text)}", soft_wrap=True, highlight=False)
    raise typer.Exit(2)
