"""A real InfluxDB of a test's own: Debian's 1.6 behind nginx, which lends it the 2.x write call.

InfluxDB 1.8 maps `/api/v2/write` onto `/write` by itself; 1.6 does not, so nginx does: bucket `db/rp`, token
`user:password`. What this cannot show: organisations, Flux, the error bodies of 2.x.

    with Influx(tmp_path / "influx") as influx:
        store = InfluxStore(influx.login, tmp_path / "ledger.sqlite")
        influx.kill()       # as the power cut would
        influx.start()      # the same ports, the same data
"""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import urllib3

from collector.store.influxql import Login
from tests.support.mosquitto import free_port

_START_S = 60.0
_USER, _PASSWORD = "simpang", "percobaan"

_INFLUXD = """\
reporting-disabled = true
bind-address = "127.0.0.1:{rpc}"
[meta]
  dir = "{folder}/meta"
[data]
  dir = "{folder}/data"
  wal-dir = "{folder}/wal"
  index-version = "tsi1"
  query-log-enabled = false
  cache-snapshot-write-cold-duration = "1m"
[http]
  bind-address = "127.0.0.1:{http}"
  auth-enabled = true
  log-enabled = false
[monitor]
  store-enabled = false
[logging]
  level = "warn"
"""

_NGINX = """\
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log warn;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_max_body_size 25m;
    client_body_buffer_size 2m;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    map $arg_bucket $db {{ "~*^(?<d>[^/%]+)" $d; default ""; }}
    map $arg_bucket $rp {{ "~*^[^/%]+(?:/|%2f)(?<r>[^/%]+)$" $r; default ""; }}
    map $arg_precision $short {{ us u; ms ms; s s; default n; }}
    map $http_authorization $user {{ "~^Token (?<tu>[^:]+):" $tu; default ""; }}
    map $http_authorization $word {{ "~^Token [^:]+:(?<tp>[^ ]+)$" $tp; default ""; }}
    upstream server {{ server 127.0.0.1:{http}; keepalive 8; }}
    server {{
        listen 127.0.0.1:{front};
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        location = /api/v2/write {{
            if ($user = "") {{ return 401 '{{"code":"unauthorized","message":"Token user:password expected"}}'; }}
            proxy_set_header Authorization "";
            proxy_pass http://server/write?db=$db&rp=$rp&precision=$short&u=$user&p=$word;
        }}
        location / {{ proxy_pass http://server; }}
    }}
}}
"""


class Influx:
    """One influxd and the nginx before it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._http, front = free_port(), free_port()
        (folder / "influxdb.conf").write_text(_INFLUXD.format(folder=folder, http=self._http, rpc=free_port()))
        (folder / "nginx.conf").write_text(_NGINX.format(folder=folder, http=self._http, front=front))
        self.login = Login(f"http://127.0.0.1:{front}", f"{_USER}:{_PASSWORD}", timeout_s=20)
        self._influxd: subprocess.Popen[bytes] | None = None
        self._nginx: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Run both, and return once they answer."""
        influxd = shutil.which("influxd") or "/usr/bin/influxd"
        with (self._folder / "influxd.log").open("ab") as log:
            self._influxd = subprocess.Popen(
                [influxd, "-config", str(self._folder / "influxdb.conf")], stdout=log, stderr=log
            )
        if self._nginx is None:
            nginx = shutil.which("nginx") or "/usr/sbin/nginx"
            command = [nginx, "-p", str(self._folder), "-c", str(self._folder / "nginx.conf")]
            self._nginx = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        self._await()

    def kill(self) -> None:
        """SIGKILL to influxd: connections end, its write-ahead log is what it is."""
        if self._influxd is not None:
            self._influxd.kill()
            self._influxd.wait()
            self._influxd = None

    def create_user(self) -> None:
        """The first administrator, who makes everybody else."""
        self._request(f"CREATE USER {_USER} WITH PASSWORD '{_PASSWORD}' WITH ALL PRIVILEGES")

    def _await(self) -> None:
        until = time.monotonic() + _START_S
        pool = urllib3.PoolManager(retries=False, timeout=2.0)
        while time.monotonic() < until:
            assert self._influxd is not None
            assert self._influxd.poll() is None, (self._folder / "influxd.log").read_text()
            try:
                if pool.request("GET", f"{self.login.url}/ping").status == 204:
                    return
            except urllib3.exceptions.HTTPError:
                pass
            time.sleep(0.02)  # a server that starts offers nothing to wait on but its port
        raise AssertionError("influxd did not answer: " + (self._folder / "influxd.log").read_text())

    def _request(self, statement: str) -> None:
        url = f"http://127.0.0.1:{self._http}/query"
        reply = urllib3.PoolManager(retries=False).request_encode_body(
            "POST", url, fields={"q": statement}, encode_multipart=False
        )
        assert reply.status == 200, reply.data

    def __enter__(self) -> Self:
        self.start()
        self.create_user()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        if self._nginx is not None:
            self._nginx.terminate()
            self._nginx.wait()
            self._nginx = None
