"""Mosquitto's configuration: only who shows a certificate of ours gets in, and under the name it says.

Each line was tried with Mosquitto 2.0.11 (Debian 12); the comments go into the file, for whoever has to change it.
"""

from __future__ import annotations

from dataclasses import dataclass

from contract import MAX_PAYLOAD

_HEADER = 1024
"""Room for topic and properties of the largest message."""


@dataclass(frozen=True, slots=True)
class BrokerFiles:
    """Where the broker finds its files and where it listens; an empty `bind` means everywhere."""

    folder: str = "/etc/mosquitto/simpang"
    data: str = "/var/lib/mosquitto"
    port: int = 8883
    bind: str = ""


def mosquitto_conf(at: BrokerFiles) -> str:
    """The text of /etc/mosquitto/conf.d/simpang.conf."""
    return f"""\
# Written by  simpang provision broker.

# A unit proves who it is by its certificate; the name in it is its user name, and its client id too, so that nobody
# can take over another unit's session.
listener {f"{at.port} {at.bind}".strip()}
cafile {at.folder}/ca.pem
certfile {at.folder}/broker.pem
keyfile {at.folder}/broker.key
require_certificate true
use_identity_as_username true
use_username_as_clientid true
allow_anonymous false

# What counts no more. A new list is read after SIGHUP, but connections that are open stay: after a revocation restart
# the broker. Past its next update the list refuses EVERY unit:  simpang provision ca status  warns before.
crlfile {at.folder}/crl.pem
acl_file {at.folder}/acl

# Sessions and retained messages survive a restart; a unit that never comes back does not fill the disk for ever.
persistence true
persistence_location {at.data}/
persistent_client_expiration 14d
# Mosquitto acknowledges before it has written: what came since the last save is lost when the power fails. Seconds.
autosave_interval 5
# What is acknowledged and then dropped because a collector is away is lost: room for days of a city's reports. Not 0,
# no bound, with which Mosquitto 2.0 hangs up on whoever publishes where it may not, instead of saying so.
max_queued_messages 1000000
max_queued_bytes 2147483648
max_packet_size {MAX_PAYLOAD + _HEADER}
"""
