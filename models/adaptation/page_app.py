"""The page on which a person corrects boxes, for the machine it runs on and nobody else."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI, HTTPException
from fastapi.responses import FileResponse, HTMLResponse
from starlette.middleware.trustedhost import TrustedHostMiddleware

from contract import ContractError
from models.adaptation.review import Correction, Review

_PAGE = Path(__file__).parent / "page"


def create_page(review: Review) -> FastAPI:
    """The application over a sample under correction; serve it on the loopback only: the pictures are of people."""
    app = FastAPI(title="Simpang: koreksi / corrections", docs_url=None, redoc_url=None)
    # A foreign page that rebinds its name to this machine must not read the pictures.
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost", "testserver"])

    @app.get("/", response_class=HTMLResponse)
    def page() -> str:
        return (_PAGE / "correct.html").read_text(encoding="utf-8")

    @app.get("/correct.js")
    def script() -> FileResponse:
        return FileResponse(_PAGE / "correct.js", media_type="text/javascript")

    @app.get("/api/pictures/{number}")
    def picture(number: int) -> dict[str, object]:
        return _found(review, number)

    @app.get("/api/pictures/{number}/image")
    def image(number: int) -> FileResponse:
        _found(review, number)
        return FileResponse(review.folder / review.pictures[number].file)

    @app.put("/api/pictures/{number}")
    def correct(number: int, said: Correction) -> dict[str, object]:
        _found(review, number)
        review.correct(number, said)
        return review.shown(number)

    return app


def _found(review: Review, number: int) -> dict[str, object]:
    try:
        return review.shown(number)
    except ContractError as error:
        raise HTTPException(404, str(error)) from None
