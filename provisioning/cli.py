"""`simpang provision`: identities, cards and everything else that a unit is born with."""

from __future__ import annotations

import typer

from provisioning.authority.cli import app as authority
from provisioning.broker.cli import broker

app = typer.Typer(help="Identitas dan kartu: identities and cards for units.", no_args_is_help=True)
app.add_typer(authority, name="ca")
app.command("broker")(broker)
