"""The series in InfluxDB: 2.x, 3 Core, or 1.x with its 2.x write call; the rest in the ledger beside it.

Writing: influxdb-client, synchronously (its batching mode loses what it cannot deliver), ready gzip line protocol.
Reading: InfluxQL over `/query`, which all three versions speak. A level is a bucket `<database>/<level>`: in 2.x that
name alone makes the DBRP mapping, in 1.x it is the retention policy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from gzip import compress
from heapq import merge
from operator import attrgetter
from pathlib import Path

from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.rest import ApiException
from influxdb_client.service.write_service import WriteService
from urllib3.exceptions import HTTPError

from collector.store.influxql import InfluxQl, Login, where
from collector.store.ledger import Ledger
from collector.store.ledger_reading import Clock, utc_now
from collector.store.line_protocol import lines, typed
from collector.store.observed import lines_of
from collector.store.reading import Span
from collector.store.schema import RAW, Fold, Level, Measurement, Point
from collector.store.store import Store
from collector.store.writing import DeadLetter, Received, StoreDownError, StoreRefusedError
from contract import Observation

_FOLDS = {Fold.SUM: "sum", Fold.MEAN: "mean", Fold.MAX: "max"}
_FASTEST = 1
"""gzip level: the wire to a store nearby is worth less than the processor."""

# influxdb-client leaves its functions untyped.
_client: Callable[..., InfluxDBClient] = InfluxDBClient
_service: Callable[..., WriteService] = WriteService


class InfluxSeries:
    """The series in the buckets of one database."""

    def __init__(self, login: Login) -> None:
        self._login = login
        self._ask = InfluxQl(login)
        client = _client(url=login.url, token=login.token, org=login.org, timeout=round(login.timeout_s * 1000))
        self._post: Callable[..., object] = _service(client.api_client).post_write

    def put(self, points: Iterable[Point], level: Level = RAW) -> None:
        """Keep `points`; one with the same measurement, tags and time is replaced."""
        self.put_lines(lines(points, folded=level is not RAW), level)

    def put_lines(self, text: str, level: Level = RAW) -> None:
        """Write line protocol. `StoreRefusedError`: never this; `StoreDownError`: not now."""
        if text:
            self.put_packed(packed(text), level)

    def put_packed(self, body: bytes, level: Level = RAW) -> None:
        """The same, gzipped already."""
        try:
            self._post(
                org=self._login.org,
                bucket=f"{self._login.database}/{level.name}",
                body=body,
                precision="us",
                content_encoding="gzip",
                content_type="text/plain; charset=utf-8",
            )
        except ApiException as error:
            raise _explained(error, self._login) from error
        except (HTTPError, OSError) as error:
            raise StoreDownError(f"InfluxDB at {self._login.url} does not answer: {error}") from error

    def points(
        self, measurement: Measurement, span: Span, *, cameras: Sequence[str] | None = None, level: Level = RAW
    ) -> Iterator[Point]:
        """Points within the span, oldest first."""
        fields = measurement.fields if level is RAW else measurement.folded
        columns = ", ".join(f'"{name}"' for name in (*(field.name for field in fields), *measurement.tags))
        query = f'SELECT {columns} FROM "{measurement.name}" WHERE {where(span, cameras)}'
        width = 1 + len(fields)
        for series in self._ask(query, level):
            for time_us, *row in series.values:
                values = tuple(map(typed, fields, row[: width - 1]))
                yield Point(measurement, int(time_us or 0), tuple(map(str, row[width - 1 :])), values)

    def folded(
        self,
        measurement: Measurement,
        span: Span,
        step_s: int,
        *,
        cameras: Sequence[str] | None = None,
        level: Level = RAW,
    ) -> Iterator[Point]:
        """Points folded into buckets of `step_s` as the schema says, oldest first."""
        fields = measurement.folded
        folds = ", ".join(f'{_FOLDS[field.fold]}("{field.name}") AS "{field.name}"' for field in fields if field.fold)
        tags = ", ".join(f'"{tag}"' for tag in measurement.tags)
        query = (
            f'SELECT {folds} FROM "{measurement.name}" WHERE {where(span, cameras)} '
            f"GROUP BY time({step_s}s), {tags} fill(none)"
        )
        answers = [
            [
                Point(
                    measurement,
                    int(row[0] or 0),
                    tuple(series.tags[tag] for tag in measurement.tags),
                    tuple(map(typed, fields, row[1:])),
                )
                for row in series.values
            ]
            for series in self._ask(query, level)
        ]
        return merge(*answers, key=attrgetter("time_us"))


class InfluxStore(Store):
    """Series in InfluxDB, the rest in a ledger at `ledger`."""

    def __init__(self, login: Login, ledger: Path, clock: Clock = utc_now) -> None:
        self._influx = InfluxSeries(login)
        super().__init__(Ledger(ledger), self._influx, clock)

    def prepared(self, received: Received) -> Received:
        """With its points as line protocol, and without the cameras that they tell of.

        Thousands wait for their batch, and their trees no longer fit the processor's cache (docs/decisions/0200).
        """
        topic, message, arrived, retained, payload, series = received
        if series is not None:
            return received
        series = lines_of(topic, message)
        if isinstance(message, Observation) and payload is not None:
            message = message.model_copy(update={"cameras": ()})
        return Received(topic, message, arrived, retained, payload, series)

    def send(self, messages: Sequence[Received], /) -> Sequence[DeadLetter]:
        """Keep the points. InfluxDB first: what the ledger counts as arrived is then in the series."""
        return list(self._put([one for one in map(self.prepared, messages) if one.series]))

    def record(self, messages: Sequence[Received], letters: Sequence[DeadLetter] = ()) -> None:
        """Keep all else in the ledger."""
        with self._lock:
            self.ledger.write(messages, letters)

    def _put(self, ready: Sequence[Received]) -> Iterator[DeadLetter]:
        """Write; halve what is refused until the message that is to blame stands alone, and yield it."""
        try:
            self._influx.put_lines("\n".join([one.series or "" for one in ready]))
        except StoreRefusedError as error:
            if len(ready) > 1:
                middle = len(ready) // 2
                yield from self._put(ready[:middle])
                yield from self._put(ready[middle:])
                return
            yield ready[0].refused(str(error))


def packed(text: str) -> bytes:
    """Lines as they travel."""
    return compress(text.encode(), _FASTEST)


def _explained(error: ApiException, login: Login) -> StoreDownError | StoreRefusedError:
    said = error.body.decode("utf-8", "replace") if isinstance(error.body, bytes) else str(error.body or error.reason)
    match error.status:
        case 400 | 413 | 422:
            return StoreRefusedError(f"InfluxDB refused it: {said[:300]}")
        case 401 | 403:
            return StoreDownError(f"InfluxDB at {login.url} refuses the token ({error.status}): {said[:300]}")
        case 404:
            return StoreDownError(f"InfluxDB has no database {login.database!r}: run `simpang collector init`")
        case _:
            return StoreDownError(f"InfluxDB at {login.url} answers {error.status}: {said[:300]}")
