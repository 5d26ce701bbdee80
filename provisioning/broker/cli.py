"""`simpang provision broker`: Mosquitto's files, from the index of the authority."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from provisioning.authority import Authority
from provisioning.broker.folder import install
from provisioning.broker.settings import BrokerFiles
from provisioning.terminal import DEFAULT_CA, Folder, PassphraseFile, now, passphrase, say, told

_AT = BrokerFiles()


def broker(
    out: Annotated[Path, typer.Option(help="Folder hasil / folder to write, then to copy to the broker.")],
    site: Annotated[str, typer.Option(help="Kota / the city, as in the site file.")],
    host: Annotated[
        list[str] | None, typer.Option(help="Nama broker; sertifikat baru / its name; makes a new certificate.")
    ] = None,
    *,
    port: Annotated[int, typer.Option(min=1, max=65_535)] = _AT.port,
    bind: Annotated[str, typer.Option(help="Alamat dengar / address to listen on; everywhere when left out.")] = "",
    at: Annotated[Path, typer.Option(help="Folder itu di broker / where the folder lies on the broker.")] = Path(
        _AT.folder
    ),
    data: Annotated[Path, typer.Option(help="Folder data Mosquitto.")] = Path(_AT.data),
    ca: Folder = DEFAULT_CA,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Siapkan broker: configuration, access list and certificates for Mosquitto, written whole each time."""
    with told():
        files = BrokerFiles(str(at), str(data), port, bind)
        authority = Authority.open(ca, passphrase(passphrase_file))
        written = install(authority, site, hosts=host or (), at=files, out=out, now=now())
        say(f"{out}: {', '.join(written)}")
        say(
            f"Di broker / on the broker: salin ke / copy to {at}; chown -R mosquitto: {at}; "
            f"ln -s {at}/simpang.conf /etc/mosquitto/conf.d/; systemctl restart mosquitto"
        )
