"""nginx before a folder of bundles: files, ranges and the city's own certificates. Nothing of that is home-made."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WebFiles:
    """Where the server listens and finds its files; certificates are those of `simpang provision broker`."""

    host: str
    bundles: str = "/srv/simpang/updates"
    folder: str = "/etc/mosquitto/simpang"
    port: int = 8884
    bind: str = ""


def nginx_conf(at: WebFiles) -> str:
    """A `server` block: who shows no certificate of ours, or a revoked one, gets nothing."""
    listen = f"{at.bind}:{at.port}" if at.bind else str(at.port)
    return f"""\
# Written by  simpang provision update server.
server {{
    listen {listen} ssl;
    server_name {at.host};
    ssl_certificate {at.folder}/broker.pem;
    ssl_certificate_key {at.folder}/broker.key;
    ssl_client_certificate {at.folder}/ca.pem;
    ssl_crl {at.folder}/crl.pem;
    ssl_verify_client on;
    ssl_protocols TLSv1.2 TLSv1.3;

    # <bundles>/<system>/<number>/: SHA256SUMS, SHA256SUMS.sig, UPDATE, wheels/
    root {at.bundles};
    autoindex off;
    # A unit on a thin line shall not fill it: its counts go first. 250 kB/s a unit.
    limit_rate 250k;
}}
"""
