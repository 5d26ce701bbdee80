"""Whatever schemathesis can think of from the OpenAPI: no 500, and every answer as documented."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from collector.api import create_app
from collector.store.sqlite import SqliteStore
from contract import parse_site


class Asking(Protocol):
    """A request that schemathesis thought of."""

    def call_and_validate(self, *, excluded_checks: list[Callable[..., object]]) -> object: ...


NOW = datetime(2026, 3, 2, 1, 10, tzinfo=UTC)
SITE = parse_site((Path(__file__).parents[3] / "config" / "bandung.toml").read_text(encoding="utf-8"))
STORE = SqliteStore(Path(tempfile.mkdtemp()) / "s.sqlite", lambda: NOW)
schema = schemathesis.openapi.from_asgi(
    "/api/openapi.json", create_app(SITE, STORE, lambda: NOW, feed_per_minute=10_000)
)


@schema.parametrize()
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_every_answer_is_as_documented(case: Asking) -> None:
    # OpenAPI cannot say that `start` lies before `end`, nor which years are possible: those are refused with 422.
    case.call_and_validate(excluded_checks=[positive_data_acceptance])
