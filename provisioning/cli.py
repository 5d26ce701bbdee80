"""`simpang provision`: identities, cards and everything else that a unit is born with."""

from __future__ import annotations

import typer

from provisioning.authority.cli import app as authority
from provisioning.broker.cli import broker
from provisioning.bundle.cli import bundle
from provisioning.card.cli import batch, card, fleet
from provisioning.centre.cli import centre
from provisioning.rollout.cli import app as rollout
from provisioning.update.cli import app as update

app = typer.Typer(help="Identitas dan kartu: identities and cards for units.", no_args_is_help=True)
app.add_typer(authority, name="ca")
app.add_typer(update, name="update")
app.add_typer(rollout, name="rollout")
app.command("broker")(broker)
app.command("centre")(centre)
app.command("fleet")(fleet)
app.command("card")(card)
app.command("batch")(batch)
app.command("bundle")(bundle)
