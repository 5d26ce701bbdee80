"""`simpang provision update`: signed updates, from the depot's key to the slot on the unit.

On a unit, which has no more than it needs:  sudo /opt/simpang/current/bin/python -m provisioning.update apply FOLDER
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from provisioning.terminal import PassphraseFile, passphrase, say, told
from provisioning.update.applying import apply, install_wheels
from provisioning.update.signing import make_key, sign, verify
from provisioning.update.slots import FOLDER, Slots

app = typer.Typer(help="Pembaruan: signed updates with a way back.", no_args_is_help=True)

Bundle = Annotated[Path, typer.Argument(help="Folder bundel satu sistem / bundle folder of one system.")]
PublicKey = Annotated[Path, typer.Option("--public", help="Kunci publik / public key.")]
PrivateKey = Annotated[Path, typer.Option("--key", help="Kunci rahasia / private key, encrypted.")]
_ON_UNIT = Path("/etc/simpang/update.pub")


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
