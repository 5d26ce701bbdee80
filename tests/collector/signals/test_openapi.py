"""Whatever schemathesis can think of asking the signals' API, signed in: no 500, every answer as told."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import ignored_auth, negative_data_rejection, positive_data_acceptance

from collector.api import create_app
from collector.api.signals import routes
from collector.console.accounts import Role
from collector.console.context import SESSION_COOKIE, Console
from collector.console.operators import Operators
from collector.console.poller import Poller
from collector.console.settings import ConsoleSettings
from collector.console.signals import SignalDesk, Signals
from collector.signals.actions import ActionBook
from collector.signals.board import SignalBoard
from collector.signals.office import Office
from collector.signals.sending import SignalError
from collector.signals.settings import SigningKey
from collector.store.sqlite import SqliteStore
from contract import SignalRequest
from contract.signals import SignalRole
from tests.support.example_city import bandung
from tests.support.signals import NOON, heard, reply, request, status


class Asking(Protocol):
    """A request that schemathesis thought of."""

    def call_and_validate(
        self, *, excluded_checks: Sequence[Callable[..., object]], headers: dict[str, str]
    ) -> object: ...


class Nowhere:
    """A broker that is away."""

    def send(self, bridge: str, request: SignalRequest) -> None:
        raise SignalError("broker_away", f"{bridge} cannot be told of {request.id}")


FOLDER = Path(tempfile.mkdtemp())
STORE = SqliteStore(FOLDER / "s.sqlite", lambda: NOON)
ASKED = request()
STORE.write([heard(ASKED), heard(reply(ASKED, "proposed"))])
OPERATORS = Operators(FOLDER / "operators.sqlite3")
OPERATORS.add("sari", Role.MANAGE, "satu-dua-tiga", NOON)
TOKEN = OPERATORS.sign_in("sari", "satu-dua-tiga", "", address="", now=NOON, lasting=timedelta(hours=1))
BOARD, BOOK = SignalBoard(), ActionBook(STORE.ledger.path)
BOARD.hear(heard(status()))
KEY = SigningKey(id="pusat-1", who="pusat", role=SignalRole.OPERATE, file=FOLDER / "none.pem")
OFFICE = Office(BOARD, BOOK, [KEY], Nowhere(), lambda: NOON)
SETTINGS = ConsoleSettings(data=FOLDER)
CONSOLE = Console(
    bandung(),
    STORE,
    OPERATORS,
    SETTINGS,
    Poller(bandung(), STORE, SETTINGS.thresholds, every_s=60, clock=lambda: NOON),
    desk=SignalDesk(OFFICE, OPERATORS, lambda: NOON),
)
APP = create_app(bandung(), STORE, lambda: NOON, feed_per_minute=10_000)
APP.include_router(routes(CONSOLE, Signals(BOARD, BOOK, lambda: NOON, office=OFFICE)))
schema = schemathesis.openapi.from_asgi("/api/openapi.json", APP).include(path_regex="^/api/v1/signals")


@schema.parametrize()
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_every_answer_is_as_documented(case: Asking) -> None:
    # The session is no security scheme of OpenAPI; OpenAPI cannot say which years are possible.
    unsaid = [positive_data_acceptance, ignored_auth, negative_data_rejection]
    case.call_and_validate(excluded_checks=unsaid, headers={"Cookie": f"{SESSION_COOKIE}={TOKEN}"})
