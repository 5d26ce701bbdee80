"""`simpang edge doctor`: what keeps this unit from its work, and what to do."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter
from rich.console import Console
from rich.markup import escape

from contract import ContractError
from edge.config import load_unit
from edge.doctor import Check, Finding, Grade, judge, well
from edge.doctor.probe import WATCH_S, probe

_FINDINGS: TypeAdapter[tuple[Finding, ...]] = TypeAdapter(tuple[Finding, ...])
NAMES: Mapping[Check, str] = {
    Check.POWER: "listrik / power",
    Check.HEAT: "suhu / heat",
    Check.BOX: "kotak / box",
    Check.DISK: "penyimpanan / disk",
    Check.CLOCK: "jam / clock",
    Check.NETWORK: "jaringan / network",
    Check.BROKER: "broker",
    Check.OUTBOX: "kotak keluar / outbox",
    Check.MODEL: "model",
    Check.CAMERA: "kamera / camera",
}
_MARKS: Mapping[Grade, str] = {
    Grade.OK: "[green]baik      [/]",
    Grade.ATTENTION: "[yellow]perhatikan[/]",
    Grade.BROKEN: "[red]RUSAK     [/]",
}


def doctor(
    config: Annotated[Path, typer.Option(help="unit.toml.")] = Path("/etc/simpang/unit.toml"),
    json: Annotated[bool, typer.Option("--json", help="Untuk program lain / for other programs.")] = False,
    watch: Annotated[
        float, typer.Option(min=1, max=120, help="Detik mengamati kamera / seconds to watch cameras.")
    ] = WATCH_S,
) -> None:
    """Periksa unit ini: power, heat, camera, clock, network, broker, model, disk, and what to do about each.

    Exit code 0: all is well. 1: something is to be done. 2: unit.toml cannot be used.
    """
    # What is found is told below, in both languages.
    logging.getLogger("edge").addHandler(logging.NullHandler())
    try:
        findings = judge(probe(load_unit(config), watch_s=watch))
    except ContractError as error:
        Console(stderr=True).print(
            f"[red]simpang edge doctor:[/] {escape(str(error))}", soft_wrap=True, highlight=False
        )
        raise typer.Exit(2) from None
    if json:
        typer.echo(_FINDINGS.dump_json(findings, indent=2, exclude_none=True).decode())
    else:
        _tell(findings)
    if not well(findings):
        raise typer.Exit(1)


def _tell(findings: tuple[Finding, ...]) -> None:
    console = Console()
    for one in findings:
        name = f"{NAMES[one.check]} {one.subject}".strip()
        lines = [
            f"{_MARKS[one.grade]} [bold]{escape(name)}[/]: {escape(one.found.id)}",
            f"[dim]{escape(one.found.en)}[/]",
        ]
        if one.do is not None:
            lines += [f"→ {escape(one.do.id)}", f"[dim]→ {escape(one.do.en)}[/]"]
        console.print("\n           ".join(lines), highlight=False, soft_wrap=True)
