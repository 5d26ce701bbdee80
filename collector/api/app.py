"""The one application of the centre. The console is built upon it; without the console it is the API alone.

Everything is read-only. What a citizen may see has no sign-in: no pictures, no plates, no single vehicle.
"""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import version

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException

from collector.api import feed, history, monitoring, now
from collector.api.faults import Fault
from collector.ingest.figures import Figures
from collector.store.ledger_reading import Clock
from collector.store.reading import Reader
from collector.store.writing import StoreError
from contract import Site

_ABOUT = """\
Volume kendaraan dan keadaan simpang. Waktu selalu UTC. / Vehicle volumes and the state of junctions. Times are UTC.

Data terbuka tidak memuat gambar. / Open data holds no pictures.
"""


def create_app(
    site: Site, reader: Reader, clock: Clock, *, figures: Figures | None = None, feed_per_minute: int = 60
) -> FastAPI:
    """The application over `reader`. `figures`: of the ingest that runs in the same process, for `/metrics`."""
    # A command centre's browser may have no way out: the page of the API brings its own scripts.
    app = FastAPIOffline(
        title="Simpang",
        description=_ABOUT,
        version=version("simpang"),
        docs_url="/api/docs",
        openapi_url="/api/openapi.json",
        redoc_url=None,
        static_url="/api/docs-static",
        responses={
            404: {"model": Fault, "description": "There is no such thing."},
            422: {"model": Fault, "description": "The question cannot be answered as it stands."},
            503: {"model": Fault, "description": "The store does not answer now."},
        },
    )
    app.include_router(now.routes(site, reader, clock))
    app.include_router(history.routes(site, reader, clock))
    app.include_router(feed.routes(site, reader, clock, per_minute=feed_per_minute))
    app.include_router(monitoring.routes(reader, clock, figures or Figures()))
    app.add_exception_handler(RequestValidationError, _misasked)
    app.add_exception_handler(StoreError, _store_down)
    app.add_exception_handler(HTTPException, _refused)
    return app


async def _misasked(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    faults = [f"{'.'.join(str(part) for part in item['loc'][1:])}: {item['msg']}" for item in error.errors()[:5]]
    return _answer(422, "; ".join(faults), "Perbaiki parameter. / Correct the parameters; see /api/docs.")


async def _store_down(_request: Request, error: Exception) -> JSONResponse:
    return _answer(503, str(error), "Coba lagi sebentar lagi. / Try again shortly.")


async def _refused(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    answer = _answer(error.status_code, str(error.detail), "Lihat / see /api/docs.")
    answer.headers.update(error.headers or {})
    return answer


def _answer(status: int, what: str, advice: str) -> JSONResponse:
    return JSONResponse(Fault(error=what, advice=advice, time=datetime.now(UTC)).model_dump(mode="json"), status)
