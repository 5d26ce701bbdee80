"""`simpang collector init`: databases, levels and how long each is kept. Running it again changes nothing.

InfluxDB 1.x: a database with one retention policy a level. 2.x: one bucket a level, whose name `<database>/<level>`
makes the DBRP mapping that InfluxQL needs. The coarser levels are filled by the collector (`collector.store.rollup`),
in every store alike, because a unit that was cut off delivers its hours late, after continuous queries and tasks
have passed them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.domain.bucket_retention_rules import BucketRetentionRules
from influxdb_client.rest import ApiException
from urllib3 import PoolManager
from urllib3.exceptions import HTTPError

from collector.store.influxql import InfluxQl, Login
from collector.store.schema import LEVELS, Level
from collector.store.writing import StoreDownError

_client: Callable[..., InfluxDBClient] = InfluxDBClient
_rules: Callable[..., BucketRetentionRules] = BucketRetentionRules


class Prepared(NamedTuple):
    """What was done: which server, and a line for each level."""

    version: str
    levels: list[str]


def prepare(login: Login) -> Prepared:
    """Make what is missing. `StoreDownError` says what to do when it cannot."""
    version = server_version(login)
    make = _level_1 if version.startswith(("1.", "v1.")) else _level_2
    if make is _level_1:
        InfluxQl(login).run(f'CREATE DATABASE "{login.database}"')
    return Prepared(version, [make(login, level) for level in LEVELS])


def server_version(login: Login) -> str:
    """What the server calls itself, e.g. `1.6.7` or `v2.7.10`."""
    try:
        reply = PoolManager(retries=False, timeout=login.timeout_s).request("GET", f"{login.url}/ping")
    except (HTTPError, OSError) as error:
        raise StoreDownError(f"InfluxDB at {login.url} does not answer: {error}") from error
    return reply.headers.get("X-Influxdb-Version", "unknown")


def _level_1(login: Login, level: Level) -> str:
    ask = InfluxQl(login)
    lasting = f"{level.days}d" if level.days else "INF"
    default = " DEFAULT" if level is LEVELS[0] else ""
    name = f'"{level.name}" ON "{login.database}"'
    ask.run(f"CREATE RETENTION POLICY {name} DURATION {lasting} REPLICATION 1{default}")
    return f"{login.database}.{level.name}: {lasting}"


def _level_2(login: Login, level: Level) -> str:
    buckets = _client(url=login.url, token=login.token, org=login.org).buckets_api()
    find: Callable[..., object] = buckets.find_bucket_by_name
    create: Callable[..., object] = buckets.create_bucket
    name = f"{login.database}/{level.name}"
    try:
        if find(name) is None:
            create(
                bucket_name=name,
                org=login.org,
                retention_rules=_rules(type="expire", every_seconds=level.days * 86_400),
            )
    except (ApiException, HTTPError, OSError) as error:
        raise StoreDownError(f"InfluxDB at {login.url} did not make bucket {name!r}: {error}") from error
    return f"{name}: {level.days} d" if level.days else f"{name}: for good"
