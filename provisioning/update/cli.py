"""`simpang provision update`: signed updates, from the depot's key to the slot on the unit.

On a unit, which has no more than it needs:  sudo /opt/simpang/current/bin/python -m provisioning.update apply FOLDER
"""

from __future__ import annotations

import random
import ssl
import subprocess
import time
from pathlib import Path
from typing import Annotated

import typer

from provisioning.files import PUBLIC, write
from provisioning.terminal import PassphraseFile, passphrase, say, told
from provisioning.update.applying import apply, install_wheels
from provisioning.update.carrying import Unit, carry_out, due, report
from provisioning.update.fetching import HttpsServer
from provisioning.update.serving import WebFiles, nginx_conf
from provisioning.update.signing import make_key, sign, verify
from provisioning.update.slots import FOLDER, Slots

app = typer.Typer(help="Pembaruan: signed updates with a way back.", no_args_is_help=True)

Bundle = Annotated[Path, typer.Argument(help="Folder bundel satu sistem / bundle folder of one system.")]
PublicKey = Annotated[Path, typer.Option("--public", help="Kunci publik / public key.")]
PrivateKey = Annotated[Path, typer.Option("--key", help="Kunci rahasia / private key, encrypted.")]
Letters = Annotated[Path, typer.Option(help="Folder update di folder data / the folder update of the data folder.")]
_ON_UNIT = Path("/etc/simpang/update.pub")
_LETTERS = Path("/var/lib/simpang/update")
_TLS = Path("/etc/simpang/tls")
_TRY_AGAIN = 75
"""EX_TEMPFAIL (sysexits.h): the line failed, the timer comes back."""


@app.command()
def key(
    private: PrivateKey = Path("update.key"),
    public: PublicKey = Path("update.pub"),
    passphrase_file: PassphraseFile = None,
) -> None:
    """Buat kunci: a new key for signing. Its public half belongs into the fleet file (update_key)."""
    with told():
        make_key(private, public, passphrase(passphrase_file, new=True))
        say(f"{private}, {public}: dibuat / made")


@app.command("sign")
def sign_command(
    bundle: Bundle,
    number: Annotated[int, typer.Option(min=1, help="Nomor, selalu naik / number, higher than all before.")],
    private: PrivateKey = Path("update.key"),
    passphrase_file: PassphraseFile = None,
) -> None:
    """Tanda tangani: make a bundle an update that units accept."""
    with told():
        sign(bundle, number, private, passphrase(passphrase_file))
        say(f"{bundle}: pembaruan {number} / update {number}, signed")


@app.command("verify")
def verify_command(bundle: Bundle, public: PublicKey = Path("update.pub")) -> None:
    """Periksa: whether a unit would accept it."""
    with told():
        say(f"{bundle}: pembaruan {verify(bundle, public)}: baik / good")


@app.command("apply")
def apply_command(bundle: Bundle, public: PublicKey = _ON_UNIT, folder: Path = FOLDER) -> None:
    """Pasang di unit: install beside what runs and put it on trial; restart simpang-edge afterwards."""
    with told():
        number = apply(bundle, public, Slots(folder), install_wheels)
        say(f"pembaruan {number} terpasang / installed: systemctl restart simpang-edge")


@app.command("carry-out")
def carry_out_command(
    letters: Letters = _LETTERS,
    tls: Annotated[Path, typer.Option(help="Folder sertifikat unit / the unit's certificates.")] = _TLS,
    public: PublicKey = _ON_UNIT,
    folder: Path = FOLDER,
    *,
    restart: Annotated[bool, typer.Option("--restart", help="Mulai ulang unit / restart the unit afterwards.")] = False,
) -> None:
    """Di unit: fetch and install what the centre ordered (simpang-update.service). Exit code 75: the line failed."""
    with told():
        unit = Unit(letters, Slots(folder), public)
        order = due(unit)
        if order is None:
            report(unit)
            return
        # Not all at the same moment: the depot's line is thin, too.
        time.sleep(random.uniform(0, order.spread_s))
        context = ssl.create_default_context(cafile=str(tls / "ca.pem"))
        # The pair that the unit got over the line, if it did (edge/renewal.py), else the card's.
        renewed = letters.parent / "tls"
        own = renewed if (renewed / "unit.pem").exists() else tls
        context.load_cert_chain(own / "unit.pem", own / "unit.key")
        try:
            done = carry_out(unit, lambda address: HttpsServer(address, context), install_wheels)
        except OSError as error:
            say(f"{order.address}: {error}; dicoba lagi nanti / tried again later")
            raise typer.Exit(_TRY_AGAIN) from None
        if done:
            say(f"pembaruan {order.number} terpasang / installed")
            if restart:
                subprocess.run(["systemctl", "restart", "--no-block", "simpang-edge.service"], check=False)


@app.command("report")
def report_command(letters: Letters = _LETTERS, folder: Path = FOLDER) -> None:
    """Di unit: tell how the last update stands (simpang-confirm.service)."""
    with told():
        report(Unit(letters, Slots(folder), _ON_UNIT))


@app.command("server")
def server_command(
    out: Annotated[Path, typer.Option(help="Berkas nginx / nginx file to write.")],
    host: Annotated[str, typer.Option(help="Nama server / its name, as in its certificate.")],
    bundles: Annotated[Path, typer.Option(help="Folder bundel di server / where bundles lie there.")] = Path(
        "/srv/simpang/updates"
    ),
    port: Annotated[int, typer.Option(min=1, max=65_535)] = 8884,
) -> None:
    """Siapkan server pembaruan: nginx that gives bundles to units with a certificate, and to nobody else."""
    with told():
        files = WebFiles(host=host, bundles=str(bundles), port=port)
        write(out, nginx_conf(files).encode(), PUBLIC)
        say(f"{out}: salin ke / copy to /etc/nginx/conf.d/; sertifikat / certificates: the broker's, {files.folder}")
