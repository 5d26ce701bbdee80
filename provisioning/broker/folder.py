"""Everything the broker needs, in one folder that is copied to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from provisioning.authority import Authority, AuthorityError, Role
from provisioning.broker.access import access_list
from provisioning.broker.settings import BrokerFiles, mosquitto_conf
from provisioning.files import PUBLIC, SECRET, write

NAME = "broker"


def install(
    authority: Authority, site: str, *, hosts: Sequence[str], at: BrokerFiles, out: Path, now: datetime
) -> tuple[str, ...]:
    """Write simpang.conf, acl, ca.pem, crl.pem, broker.pem and broker.key into `out`; returns the names written.

    With `hosts`, the names under which units call it, the broker gets a new certificate. Without, it keeps the one it
    has in `out`; `AuthorityError` when there is none.
    """
    files = {
        "simpang.conf": (mosquitto_conf(at).encode(), PUBLIC),
        "acl": (access_list(site, authority.index, now).encode(), SECRET),
        "ca.pem": (authority.ca, PUBLIC),
        "crl.pem": ((authority.folder / "crl.pem").read_bytes(), PUBLIC),
    }
    if hosts:
        identity = authority.issue(NAME, Role.SERVER, now, hosts=hosts)
        files |= {"broker.key": (identity.key, SECRET), "broker.pem": (identity.certificate, PUBLIC)}
    elif not (out / "broker.key").exists():
        raise AuthorityError(f"{out}: the broker has no certificate yet: give --host with the name that units call")
    for name, (content, mode) in files.items():
        write(out / name, content, mode)
    return tuple(files)
