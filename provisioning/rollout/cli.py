"""`simpang provision rollout`: configuration and updates for the whole city, one unit first."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from contract import ConfigSet, ContractError, Kind, Model, UpdateSet, explain
from contract.zones import parse_toml
from provisioning.files import PUBLIC, write
from provisioning.fleet import Depot, load_fleet
from provisioning.rollout.drawn import drawings, zones_toml
from provisioning.rollout.judging import SETTLE_S, Judgement, Verdict, View, judge_configuration, judge_update
from provisioning.rollout.line import Line, Place
from provisioning.rollout.stages import Judge, Rollout, staged
from provisioning.terminal import now, say, told

app = typer.Typer(help="Bertahap: one unit, five, all; stops where a unit suffers.", no_args_is_help=True)

FleetFile = Annotated[Path, typer.Option("--fleet", help="Berkas armada / fleet file.")]
Host = Annotated[str | None, typer.Option(help="Broker; bawaan: berkas armada / default: the fleet file's.")]
Port = Annotated[int | None, typer.Option(min=1, max=65_535)]
Name = Annotated[str, typer.Option(help="Nama di sertifikat konsol / name in the console's certificate.")]
Tls = Annotated[Path | None, typer.Option(help="Folder sertifikat konsol / the console's certificates.")]
Patience = Annotated[float, typer.Option(min=1, help="Menit menunggu tiap unit / minutes to wait for a unit.")]
Only = Annotated[list[str] | None, typer.Option(help="Hanya unit ini, berurutan / only these units, in this order.")]
_WORDS = {
    Verdict.WAITING: "menunggu / waiting",
    Verdict.HEALTHY: "sehat / healthy",
    Verdict.UNHEALTHY: "SAKIT / unhealthy",
    Verdict.ABSENT: "tidak ada, menyusul / absent, later",
}
_TURN_S = 1.0
_ACQUAINTANCE_S = 35.0
"""Every unit says how it is within half a minute."""


@app.command("update")
def update_command(
    number: Annotated[int, typer.Option(min=1, help="Nomor pembaruan / number of the signed update.")],
    address: Annotated[str, typer.Option(help="https://SERVER/; di bawahnya / below it: SYSTEM/NUMBER/.")],
    fleet: FleetFile = Path("fleet.toml"),
    *,
    host: Host = None,
    port: Port = None,
    name: Name = "konsol",
    tls: Tls = None,
    only: Only = None,
    patience: Patience = 60,
    acquaintance: Annotated[float, typer.Option(hidden=True)] = _ACQUAINTANCE_S,
) -> None:
    """Perbarui perangkat lunak: order a signed update, stage by stage. Exit code 1: stopped."""
    with told():
        depot = load_fleet(fleet)
        units = only or list(depot.units)
        base = address.rstrip("/")
        orders = {unit: _update_order(number, f"{base}/{depot.unit(unit).system}/{number}/") for unit in units}

        def judge(before: View, after: View, ordered_s: float, at_s: float) -> Judgement:
            return judge_update(before, after, number, ordered_s, at_s)

        _roll(_line(depot, host, port, name, tls), Kind.UPDATE_SET, orders, judge, (patience * 60, acquaintance))


@app.command("config")
def config_command(
    revision: Annotated[int, typer.Option(min=1, help="Nomor, selalu naik / number, higher than all before.")],
    configs: Annotated[Path, typer.Option(help="Folder UNIT.toml, seperti / as unit.toml, tanpa / without broker.")],
    fleet: FleetFile = Path("fleet.toml"),
    *,
    host: Host = None,
    port: Port = None,
    name: Name = "konsol",
    tls: Tls = None,
    only: Only = None,
    patience: Patience = 10,
    settle: Annotated[float, typer.Option(min=0, help="Detik diamati sesudah berlaku / seconds to watch.")] = SETTLE_S,
    acquaintance: Annotated[float, typer.Option(hidden=True)] = _ACQUAINTANCE_S,
) -> None:
    """Ubah konfigurasi: send each unit its configuration, stage by stage. Exit code 1: stopped."""
    with told():
        depot = load_fleet(fleet)
        files = {file.stem: file for file in sorted(configs.glob("*.toml"))}
        units = only or [unit for unit in depot.units if unit in files]
        missing = [unit for unit in units if unit not in files]
        if missing or not units:
            raise ContractError(f"{configs}: no {', '.join(missing) or 'UNIT'}.toml in it")
        orders = {
            depot.unit(unit).id: ConfigSet(
                revision=revision, time=now(), config=parse_toml(files[unit].read_text("utf-8"), files[unit].name)
            )
            for unit in units
        }

        def judge(before: View, after: View, ordered_s: float, at_s: float) -> Judgement:
            return judge_configuration(before, after, revision, ordered_s, at_s, settle_s=settle)

        _roll(_line(depot, host, port, name, tls), Kind.CONFIG_SET, orders, judge, (patience * 60, acquaintance))


def _update_order(number: int, address: str) -> UpdateSet:
    try:
        return UpdateSet(number=number, time=now(), address=address)
    except ValidationError as error:
        raise explain(error, "the order") from None


def _line(depot: Depot, host: str | None, port: int | None, name: str, tls: Path | None) -> Line:
    broker = depot.fleet.broker
    return Line(Place(host or broker.host, port or broker.port, name, tls), depot.site.site.id)


def _roll(line: Line, kind: Kind, orders: Mapping[str, Model], judge: Judge, times: tuple[float, float]) -> None:
    """Give the orders, stage by stage; `times`: patience, and how long to get to know the units first, in seconds."""
    patience_s, acquaintance_s = times
    with line:
        line.get_to_know(orders, acquaintance_s)
        views = line.views()
        online = frozenset(unit for unit, view in views.items() if view.online)
        rollout = Rollout(staged(list(orders), online), judge, patience_s)
        say(
            f"{len(orders)} unit, {len(online & orders.keys())} daring / online; tahap / stages: "
            f"{', '.join(str(len(stage)) for stage in rollout.stages)}"
        )
        told: dict[str, Judgement] = {}
        while not rollout.done:
            for unit in rollout.step(line.views(), time.monotonic()):
                line.order(unit, kind, orders[unit])
                say(f"{unit}: diperintahkan / ordered")
            _tell(rollout, told)
            if rollout.stopped:
                say(f"BERHENTI / STOPPED: {rollout.stopped}")
                raise typer.Exit(1)
            line.wait(_TURN_S)
    say(f"selesai / done: {_sum(rollout)}")


def _tell(rollout: Rollout, told: dict[str, Judgement]) -> None:
    """What has changed since it was told last."""
    for unit, judged in rollout.verdicts.items():
        if told.get(unit) != judged:
            told[unit] = judged
            say(f"{unit}: {_WORDS[judged.verdict]}{f' ({judged.reason})' if judged.reason else ''}")


def _sum(rollout: Rollout) -> str:
    verdicts = [one.verdict for one in rollout.verdicts.values()]
    return ", ".join(f"{verdicts.count(one)} {_WORDS[one]}" for one in Verdict if one in verdicts)


@app.command("drawn")
def drawn_command(
    out: Annotated[Path, typer.Option(help="Folder untuk KAMERA.zones.toml / folder to write.")],
    fleet: FleetFile = Path("fleet.toml"),
    *,
    host: Host = None,
    port: Port = None,
    name: Name = "konsol",
    tls: Tls = None,
    listen: Annotated[float, typer.Option(min=0.1, help="Detik mendengarkan / seconds to listen.")] = 5,
) -> None:
    """Ambil gambar teknisi: what was drawn at the units, for the site file, before `rollout config` replaces it."""
    with told():
        line = _line(load_fleet(fleet), host, port, name, tls)
        with line:
            until_s = time.monotonic() + listen
            while (left_s := until_s - time.monotonic()) > 0:
                line.wait(left_s)
            found = drawings(line.latest(Kind.CONFIG_REPORTED))
        for camera, zones in sorted(found.items()):
            title = f"{camera}: digambar di unit / drawn at the unit"
            write(out / f"{camera}.zones.toml", zones_toml(zones, title).encode(), PUBLIC)
        say(f"{out}: {', '.join(sorted(found)) or 'tidak ada / none'}")
