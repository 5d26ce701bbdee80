"""`simpang provision ca`: the authority behind every certificate."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from contract import ContractError
from provisioning.authority.answering import KINDS, answer_requests
from provisioning.authority.index import Reason, Role
from provisioning.authority.signing import Identity
from provisioning.authority.standing import Grade, Notice, due, standing
from provisioning.authority.store import (
    CERTIFICATE_VALID,
    CRL_VALID,
    Authority,
    read_certificate,
    read_index,
    revocations_until,
)
from provisioning.files import PUBLIC, SECRET, write
from provisioning.rollout.line import Line, Place
from provisioning.terminal import DEFAULT_CA, Folder, PassphraseFile, now, passphrase, say, told

app = typer.Typer(help="Otoritas: certificates of units, broker and centre.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Nama unit / name of the unit, as in its topics.")]
Out = Annotated[Path, typer.Option(help="Folder untuk ca.pem, unit.pem, unit.key / folder for certificate and key.")]
Days = Annotated[int, typer.Option(min=1, max=3650, help="Masa berlaku, hari / how long it counts, in days.")]
_CERTIFICATE_DAYS = CERTIFICATE_VALID.days
_CRL_DAYS = CRL_VALID.days


@app.command()
def init(
    city: Annotated[str, typer.Option(help="Nama kota di sertifikat / name of the city in the certificate.")],
    ca: Folder = DEFAULT_CA,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Buat otoritas baru: make a new authority. Keep its folder and its passphrase apart, and both in a safe place."""
    with told():
        made = Authority.create(ca, city, passphrase(passphrase_file, new=True), now())
        say(f"{made.folder}: otoritas dibuat / authority made. Simpan salinannya / keep a copy of it.")


@app.command()
def issue(
    name: Name,
    out: Out,
    role: Annotated[Role, typer.Option(help="Peran / what its holder may do at the broker.")] = Role.UNIT,
    host: Annotated[list[str] | None, typer.Option(help="Server: nama atau alamat / name or address.")] = None,
    *,
    days: Days = _CERTIFICATE_DAYS,
    ca: Folder = DEFAULT_CA,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Terbitkan sertifikat: a key and certificate into a folder. For a unit's card use  simpang provision card."""
    with told():
        authority = Authority.open(ca, passphrase(passphrase_file))
        hand_out(authority.issue(name, role, now(), hosts=host or (), valid=timedelta(days=days)), out, role)


@app.command()
def renew(
    name: Name,
    out: Out,
    host: Annotated[list[str] | None, typer.Option(help="Server: nama atau alamat / name or address.")] = None,
    *,
    days: Days = _CERTIFICATE_DAYS,
    ca: Folder = DEFAULT_CA,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Perbarui: a new key and certificate for a known name. The old one counts until it ends, so nothing is cut off."""
    with told():
        authority = Authority.open(ca, passphrase(passphrase_file))
        role = authority.index.role_of(name)
        if role is None:
            raise ContractError(f"{name} never had a certificate: use  simpang provision ca issue")
        hand_out(authority.issue(name, role, now(), hosts=host or (), valid=timedelta(days=days)), out, role)


@app.command()
def revoke(
    name: Name,
    reason: Annotated[Reason, typer.Option(help="Alasan / why.")],
    serial: Annotated[str | None, typer.Option(help="Hanya nomor ini / only this one; all when left out.")] = None,
    *,
    ca: Folder = DEFAULT_CA,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Cabut: what the name holds counts no more, once the broker has the new crl.pem."""
    with told():
        authority = Authority.open(ca, passphrase(passphrase_file))
        for entry in authority.revoke(name, reason, now(), serial=serial):
            say(f"{entry.name}: {entry.serial} dicabut / revoked")
        say(
            f"Salin {ca / 'crl.pem'} ke broker lalu: systemctl restart mosquitto\n"
            f"Copy {ca / 'crl.pem'} to the broker and restart it: a reload leaves sessions that are open untouched."
        )


@app.command()
def crl(
    days: Days = _CRL_DAYS,
    *,
    ca: Folder = DEFAULT_CA,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Perbarui daftar pencabutan: a new revocation list. Past its end the broker refuses EVERY unit."""
    with told():
        until = Authority.open(ca, passphrase(passphrase_file)).refresh_crl(now(), timedelta(days=days))
        say(
            f"{ca / 'crl.pem'}: berlaku sampai / counts until {until:%Y-%m-%d}; salin ke broker / copy it to the broker"
        )


@app.command()
def answer(
    site: Annotated[str, typer.Option(help="Kota / the city, as in the site file.")],
    host: Annotated[str, typer.Option(help="Broker.")],
    port: Annotated[int, typer.Option(min=1, max=65_535)] = 8883,
    *,
    name: Annotated[str, typer.Option(help="Nama konsol / name in the console's certificate.")] = "konsol",
    tls: Annotated[Path | None, typer.Option(help="Folder sertifikat konsol / the console's certificates.")] = None,
    listen: Annotated[float, typer.Option(min=0.1, help="Detik mendengarkan / seconds to listen.")] = 5,
    days: Days = _CERTIFICATE_DAYS,
    ca: Folder = DEFAULT_CA,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Jawab unit: sign what units ask for over the line before theirs ends. Revoke the old ones once they call anew."""
    with told():
        authority = Authority.open(ca, passphrase(passphrase_file))
        line = Line(Place(host, port, name, tls), site, kinds=KINDS)
        for unit, said in answer_requests(line, authority, now(), (listen, timedelta(days=days))):
            say(f"{unit}: {said}")


@app.command()
def status(ca: Folder = DEFAULT_CA) -> None:
    """Keadaan: what ends when. Needs no passphrase; exit code 1 when something is to be renewed (for a timer)."""
    with told():
        at = now()
        ends = read_certificate(ca).not_valid_after_utc
        notices = standing(read_index(ca), ends, revocations_until(ca / "crl.pem"), at)
    Console().print(_table(notices, at))
    units = due(notices, Role.UNIT)
    if units:
        say(f"Perbarui / renew: {', '.join(units)}")
    if max(one.grade for one in notices) is not Grade.OK:
        raise typer.Exit(1)


def hand_out(identity: Identity, out: Path, role: Role) -> None:
    """Write the identity where its holder will read it: names as in unit.toml; a server's are those of the broker."""
    stem = "broker" if role is Role.SERVER else identity.name if role is not Role.UNIT else "unit"
    write(out / f"{stem}.key", identity.key, SECRET)
    write(out / f"{stem}.pem", identity.certificate, PUBLIC)
    write(out / "ca.pem", identity.ca, PUBLIC)
    say(f"{out}: {stem}.pem, {stem}.key, ca.pem")


def _table(notices: tuple[Notice, ...], at: datetime) -> Table:
    words = {
        Grade.OK: "[green]baik / good[/]",
        Grade.SOON: "[yellow]perbarui / renew[/]",
        Grade.URGENT: "[red]MENDESAK[/]",
    }
    table = Table("nama / name", "peran / role", "berakhir / ends", "hari / days", "keadaan / state")
    for one in notices:
        table.add_row(one.what, one.kind, f"{one.ends:%Y-%m-%d}", str((one.ends - at).days), words[one.grade])
    return table
