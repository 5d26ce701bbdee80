"""Signals over HTTP, for the operators' own tools: the same sign-in, the same roles and the same audit as on the pages.

Who asks is known by the console's session cookie, which is not sent with what another site makes (SameSite).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any, NoReturn, TypeVar

from fastapi import APIRouter, HTTPException, Path, Query, Request
from pydantic import BaseModel, Field

from collector.api.faults import Fault
from collector.console.accounts import Role
from collector.console.context import Console, token_of
from collector.console.operators import OperatorError
from collector.console.signals import SignalDesk, Signals
from collector.signals.actions import Action
from collector.signals.office import Sent
from collector.signals.route import Route
from collector.signals.sending import SignalError
from collector.store.reading import Span
from contract import SignalReply, SignalRequest, SignalStatus, Slug, UtcTime

T = TypeVar("T")

_STATUS = {"signed_out": 401, "role": 403, "no_bridge": 404, "no_approach": 404, "no_reason": 422, "request": 422}
_DAYS = 31


class JunctionSignals(BaseModel):
    """A junction's signals, as its bridge last said."""

    bridge: str
    arrived: UtcTime
    stale: bool = Field(description="The bridge is silent: this is the last state known, not the present one.")
    status: SignalStatus


class ActionRow(BaseModel):
    """What was asked of a junction's signals, and each word of the bridge on it."""

    bridge: str
    id: str
    junction: str
    first: UtcTime
    outcome: str
    granted_s: float | None
    request: SignalRequest | None
    replies: tuple[SignalReply, ...]


class Why(BaseModel):
    """A reason, for the logs."""

    why: str = Field(default="", max_length=120)


class SentRow(BaseModel):
    """A request on its way; its fate is told under `/api/v1/signals/actions`."""

    bridge: str
    id: str
    junction: str
    expires: UtcTime


class Asked(BaseModel):
    """Which actions."""

    junction: Slug | None = None
    since: UtcTime | None = Field(default=None, description="With a time zone; a day ago when left out.")
    limit: int = Field(default=100, ge=1, le=500)


Junction = Annotated[Slug, Path()]
Name = Annotated[Slug, Path(description="Id of a request.")]


def routes(console: Console, signals: Signals) -> APIRouter:
    """`/api/v1/signals…`. What changes something is there only where the centre may ask for something."""
    answers: dict[int | str, dict[str, Any]] = {status: {"model": Fault} for status in (400, 401, 403, 404, 422, 503)}
    router = APIRouter(prefix="/api/v1/signals", tags=["signals"], responses=answers)
    _seeing(router, console, signals)
    if console.desk is not None:
        _doing(router, console.desk)
    return router


def _seeing(router: APIRouter, console: Console, signals: Signals) -> None:
    def admit(request: Request) -> None:
        try:
            console.operators.allowed(token_of(request), Role.VIEW, console.now())
        except OperatorError as error:
            _refuse(error)

    @router.get("", summary="Every junction's signals now")
    def now(request: Request) -> list[JunctionSignals]:
        admit(request)
        time = console.now()
        return [
            JunctionSignals(bridge=one.bridge, arrived=one.arrived, stale=one.stale(time), status=one.status)
            for _, one in sorted(signals.board.junctions().items())
        ]

    @router.get("/actions", summary="What was asked of signals, the latest first")
    def actions(request: Request, asked: Annotated[Asked, Query()]) -> list[ActionRow]:
        admit(request)
        span = _span(asked.since, console.now())
        return [_row(one) for one in signals.book.arrived(span, junction=asked.junction, limit=asked.limit)]


def _doing(router: APIRouter, desk: SignalDesk) -> None:
    @router.post("/{junction}/proposals/{proposal}/approve", status_code=202, summary="Let a proposal happen")
    def approve(request: Request, junction: Junction, proposal: Name, said: Why) -> SentRow:
        return _sent(lambda: desk.decide(token_of(request), junction, proposal, approve=True, why=said.why))

    @router.post("/{junction}/proposals/{proposal}/reject", status_code=202, summary="Drop a proposal, with a reason")
    def reject(request: Request, junction: Junction, proposal: Name, said: Why) -> SentRow:
        return _sent(lambda: desk.decide(token_of(request), junction, proposal, approve=False, why=said.why))

    @router.post("/routes", status_code=202, summary="Open a green route")
    def open_route(request: Request, route: Route) -> list[SentRow]:
        return [_sent_row(one) for one in _asked(lambda: desk.open_route(token_of(request), route))]

    @router.post("/{junction}/requests/{id_}/release", status_code=202, summary="Take a request back")
    def release(request: Request, junction: Junction, id_: Name, said: Why) -> SentRow:
        return _sent(lambda: desk.release(token_of(request), junction, id_, said.why))


def _sent(ask: Callable[[], Sent]) -> SentRow:
    return _sent_row(_asked(ask))


def _asked(ask: Callable[[], T]) -> T:
    try:
        return ask()
    except (OperatorError, SignalError) as error:
        _refuse(error)


def _refuse(error: OperatorError | SignalError) -> NoReturn:
    raise HTTPException(_STATUS.get(error.key, 503), str(error)) from None


def _span(since: datetime | None, now: datetime) -> Span:
    day = timedelta(days=1)
    start = since or now - day
    if now - start > _DAYS * day:
        raise HTTPException(422, f"since lies more than {_DAYS} days back")
    return Span(start, now + day)


def _row(one: Action) -> ActionRow:
    return ActionRow(
        bridge=one.bridge,
        id=one.id,
        junction=one.junction,
        first=one.first,
        outcome=one.outcome,
        granted_s=one.granted_s,
        request=one.request,
        replies=one.replies,
    )


def _sent_row(one: Sent) -> SentRow:
    request = one.request
    return SentRow(bridge=one.bridge, id=request.id, junction=request.junction, expires=request.expires)
