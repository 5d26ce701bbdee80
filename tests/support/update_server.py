"""nginx with the very file that `simpang provision update server` writes, for units with certificates of ours."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from provisioning.authority import Authority, Role
from provisioning.files import write
from provisioning.update.serving import WebFiles, nginx_conf
from tests.support import ca
from tests.support.mosquitto import free_port

_MAIN = """\
user root;
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 64; }}
http {{
    log_format bytes '$request_method $uri $status $body_bytes_sent';
    access_log {folder}/access.log bytes;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    include {folder}/simpang.conf;
}}
"""
_START_S = 20.0


class UpdateServer:
    """Serves `bundles`."""

    def __init__(self, authority: Authority, folder: Path, bundles: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._authority, self.port = folder, authority, free_port()
        server = authority.issue("updates", Role.SERVER, ca.now(), hosts=("127.0.0.1",))
        for name, content in (("ca.pem", server.ca), ("broker.pem", server.certificate), ("broker.key", server.key)):
            write(folder / name, content)
        shutil.copy(authority.folder / "crl.pem", folder / "crl.pem")
        at = WebFiles("127.0.0.1", str(bundles), str(folder), self.port, "127.0.0.1")
        # A test waits for nobody.
        (folder / "simpang.conf").write_text(nginx_conf(at).replace("limit_rate 250k;", ""))
        (folder / "nginx.conf").write_text(_MAIN.format(folder=folder))
        self.address = f"https://127.0.0.1:{self.port}/"

    def context(self, identity: Path | None) -> ssl.SSLContext:
        """A caller's, who shows what is in the folder `identity`."""
        made = ssl.create_default_context(cafile=str(self._folder / "ca.pem"))
        if identity is not None:
            made.load_cert_chain(identity / "unit.pem", identity / "unit.key")
        return made

    @property
    def given(self) -> list[tuple[str, int, int]]:
        """Name, status and bytes of every answer so far."""
        lines = (self._folder / "access.log").read_text().splitlines()
        return [(name, int(status), int(size)) for _, name, status, size in (line.split() for line in lines)]

    def __enter__(self) -> Self:
        nginx = shutil.which("nginx") or "/usr/sbin/nginx"
        command = [nginx, "-p", str(self._folder), "-c", str(self._folder / "nginx.conf")]
        self._process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        until = time.monotonic() + _START_S
        while not (self._folder / "nginx.pid").exists() or not (self._folder / "nginx.pid").read_text().strip():
            assert self._process.poll() is None, self._process.communicate()[1]
            assert time.monotonic() < until, "nginx does not start"
            time.sleep(0.01)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.communicate()
