"""InfluxQL over `/query`: the questions that InfluxDB 1.x, 2.x (through DBRP) and 3 Core all answer."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from typing import NamedTuple

import urllib3
from pydantic import BaseModel, ValidationError

from collector.store.points import to_us
from collector.store.reading import Span
from collector.store.schema import RAW, Level
from collector.store.writing import StoreDownError


class Login(NamedTuple):
    """Where InfluxDB is and who asks. `token`: of 2.x and 3, or `user:password` of 1.x."""

    url: str
    token: str
    database: str = "simpang"
    org: str = "simpang"
    timeout_s: float = 30.0

    @property
    def basic(self) -> str:
        """HTTP Basic, which every version takes: where there are only tokens, the password is the token."""
        pair = self.token if ":" in self.token else f"simpang:{self.token}"
        return "Basic " + b64encode(pair.encode()).decode()


class Answer(BaseModel):
    """One series of an answer; the first column is the time in microseconds."""

    name: str = ""
    tags: dict[str, str] = {}
    columns: list[str]
    values: list[list[int | float | bool | str | None]]


class _Result(BaseModel):
    series: list[Answer] = []
    error: str | None = None


class _Body(BaseModel):
    results: list[_Result] = []
    error: str | None = None


class InfluxQl:
    """Asks. `StoreDownError` when there is no answer."""

    def __init__(self, login: Login) -> None:
        self._login = login
        self._pool = urllib3.PoolManager(retries=False, timeout=login.timeout_s, maxsize=8)

    def __call__(self, query: str, level: Level = RAW) -> list[Answer]:
        """The series that answer `query` at `level`."""
        return self.run(query, rp=level.name)

    def run(self, query: str, *, rp: str | None = None) -> list[Answer]:
        """Run a statement; without `rp` one that speaks of the whole server."""
        fields = {"q": query, "epoch": "u", **({"db": self._login.database, "rp": rp} if rp else {})}
        try:
            reply = self._pool.request_encode_body(
                "POST",
                f"{self._login.url}/query",
                fields=fields,
                encode_multipart=False,
                headers={"Authorization": self._login.basic},
            )
            body = _Body.model_validate_json(reply.data)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise StoreDownError(f"InfluxDB at {self._login.url} does not answer: {error}") from error
        except ValidationError:
            raise StoreDownError(
                f"{self._login.url} answers {reply.status} and no InfluxQL: is it InfluxDB, is the token right?"
            ) from None
        fault = body.error or next((result.error for result in body.results if result.error), None)
        if fault:
            raise StoreDownError(f"InfluxDB at {self._login.url}: {fault}")
        return [series for result in body.results for series in result.series]


def where(span: Span, cameras: Sequence[str] | None) -> str:
    """The condition on time and camera. Times in nanoseconds, InfluxQL's own unit."""
    condition = f"time >= {to_us(span.start)}000 AND time < {to_us(span.end)}000"
    if cameras is None:
        return condition
    if not cameras:
        return condition + " AND \"camera\" = ''"
    return condition + " AND (" + " OR ".join(f'"camera" = {quoted(camera)}' for camera in cameras) + ")"


def quoted(text: str) -> str:
    """A string literal of InfluxQL."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
