"""`python -m provisioning.update`: the same commands where the depot's libraries are not installed, on a unit."""

from provisioning.update.cli import app

app(prog_name="simpang provision update")
