"""unit.toml of one unit: the file that `simpang edge run` reads (config/unit.example.toml explains each key)."""

from __future__ import annotations

import json

from provisioning.fleet import Depot, Unit

FOLDER = "etc/simpang"
SITE_FILE = "site.toml"
PIN_FILE = "page.pin"
PAGE = f"""[page]
pin_file = "{PIN_FILE}"

"""


def unit_toml(depot: Depot, unit: Unit) -> str:
    """The text of /etc/simpang/unit.toml. Holds the cameras' passwords."""
    site, broker = depot.site.site, depot.fleet.broker
    detector = {"threads": str(unit.threads)} | ({"model": _text(unit.model)} if unit.model else {})
    cameras = "".join(
        f"""
# {_comment(camera.name)}
[[cameras]]
id = {_text(camera.id)}
address = {_text(depot.secrets.cameras[camera.id])}
"""
        for camera in depot.site.cameras_of(unit.id)
    )
    return f"""\
# {_comment(depot.place(unit.id))}. Ditulis oleh / written by  simpang provision card.
# Boleh diubah di tempat; periksa dengan / may be changed on the spot; try it with
#     simpang edge run --config /etc/simpang/unit.toml --check
site = {_text(site.id)}
unit = {_text(unit.id)}
timezone = {_text(site.timezone)}
site_file = {_text(SITE_FILE)}

[broker]
host = {_text(broker.host)}
port = {broker.port}
pack = true

[broker.tls]
ca = "tls/ca.pem"
certificate = "tls/unit.pem"
key = "tls/unit.key"

{PAGE if depot.fleet.page else ""}{_contacts(unit)}[detector]
{"".join(f"{key} = {value}" + chr(10) for key, value in detector.items())}{cameras}"""


def _contacts(unit: Unit) -> str:
    """The switches at the box."""
    pins = {"door": unit.door_pin, "tilt": unit.tilt_pin}
    rows = "".join(f"{name} = {{ line = {pin} }}\n" for name, pin in pins.items() if pin is not None)
    return f"[contacts]\n{rows}\n" if rows else ""


def _text(value: str) -> str:
    """A TOML string: JSON's escapes are TOML's, too."""
    return json.dumps(value, ensure_ascii=False)


def _comment(value: str) -> str:
    return " ".join(value.split())
